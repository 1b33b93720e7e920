sign-in-title = Sign in
sign-in-username = Username
sign-in-password = Password
sign-in-show = Show
sign-in-show-password = Show password
sign-in-caps-lock = Caps Lock is on.
sign-in-remember = Remember my username on this device
sign-in-switch-user = Not you? Switch user
sign-in-submit = Sign in
sign-in-or = Or
sign-in-with = Sign in with { $name }
sign-in-local = Are you sent somewhere else? Use your password at { $tenant }
sign-in-administrators = Administrators sign in here
sign-in-linking = Sign in with the account you have here. Then you can link it to { $provider }.
newcomer-title = Do you already have an account here?
newcomer-text = You come from { $provider } as { $person }. We do not know you from there yet.
newcomer-ask = If you have an account here, sign in with it. Next time you come straight in.
newcomer-link = Sign in with my account here
newcomer-create = Create a new account
newcomer-cancel = Cancel
newcomer-none = If you have no account, ask your administrator to set one up.
confirm-link-title = Link these accounts?
confirm-link-text = You came from { $provider } as { $person }. From now on you can sign in that way to this account:
confirm-link-hint = Only do this if both accounts are yours. Name and address may be updated from { $provider }.
confirm-link-submit = Link them
confirm-link-cancel = Not now

sign-in-failed = The username or password is wrong. Check Caps Lock. If you have tried several times, wait { $time } or reset your password.
sign-in-expired = This page has been open for too long. Try again.
sign-in-locked-title = You cannot sign in right now
sign-in-locked = A wrong password has been entered too many times. To protect the account, you can try again at { $until }.
sign-in-locked-do = What you can do
sign-in-locked-wait = Wait until the time above, then sign in as usual.
sign-in-locked-check = Check that Caps Lock is off and that the keyboard is set to the right language.
sign-in-locked-help = If you have forgotten your password, reset it with the link below. If it was not you, contact IT support.
sign-in-throttled =
    { $minutes ->
        [one] There have been too many attempts from your network. Try again in 1 minute.
       *[other] There have been too many attempts from your network. Try again in { $minutes } minutes.
    }
sign-in-busy = Many people are signing in right now. Wait a moment and try again.
sign-in-password-too-long = The password is longer than we can accept. Check that you pasted the right text.
sign-in-missing = Enter both username and password.

choose-account-title = Which account do you want to use?
choose-account-continue = Continue as { $name }
choose-account-other = Use another account

sign-out-title = Do you want to sign out?
sign-out-here = You will be signed out at { $tenant } in this browser.
sign-out-everywhere = You will be signed out at { $tenant } in this browser and in these services:
sign-out-submit = Sign out
sign-out-stay = Stay signed in
signed-out-title = You are signed out
signed-out-text = Close the browser if others use this computer too.
signed-out-again = Sign in again
sign-out-told-out = Signed out
sign-out-told-asked = Has been told
sign-out-told-silent = Did not answer
sign-out-told-unable = Could not be told
sign-out-partial = You may still be signed in where it says so. Sign out there yourself, or close the browser.
signed-out-still = You are still signed in at { $provider }.
sign-out-upstream = Sign out at { $provider } too
sign-out-wait-title = Waiting for { $application }
sign-out-wait-text = You are signed out here. { $application } has not answered yet.
sign-out-wait-submit = Go on without waiting

form-post-title = Sending you on
form-post-text = If nothing happens, choose Continue.
form-post-submit = Continue
