# What surrounds every page. Rules for the words: speak to the reader, in the active voice, at most 20 words a sentence.
error-prefix = Error: { $title }
frame-skip = Skip to content
frame-sign-in-at = Sign in at { $tenant }
frame-languages = Language
frame-help = Need help? Contact IT support at { $tenant }.
frame-help-page = Help
frame-privacy = Privacy
frame-accessibility = Accessibility
continue-to = You are continuing to { $application }
back-to = Back to { $application }
home-title = This is where you sign in
home-text = This server signs you in to the services you use.
home-advice = Go to the service you want to use and choose Sign in there. You will then be sent here.
moment = { $day } { $month } { $year } at { $time }
month =
    { $number ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[other] December
    }
