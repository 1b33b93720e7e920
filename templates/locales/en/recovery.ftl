# A forgotten password, invitations and the proof of an address. Never tells whether an account exists.
sign-in-forgot = Forgot your password?
forgot-title = Forgotten password
forgot-text = Type your username or email address. We then send a link with which you can choose a new password.
forgot-username = Username or email address
forgot-submit = Send the link
forgot-back = Back to sign-in
forgot-missing = Type your username or email address.
forgot-sent-title = Check your email
forgot-sent-text = If there is an account of that name, we have sent a link to its email address.
forgot-nothing-title = No email?
forgot-nothing-wait = Wait a few minutes, and check your junk or spam folder.
forgot-nothing-name = Try again if you may have mistyped the name.
forgot-nothing-help = Contact IT support if your email address is not the one you had before.

password-set-title = Your password is saved
password-set-text = Sign in with the new password.

confirm-address-title = Is this your email address?
confirm-address-text = Confirm the address, and we use it for your account at { $tenant }.
confirm-address-label = Email address
confirm-address-submit = Yes, it is my address
address-confirmed-title = The email address is confirmed
address-confirmed-text = From now on we write to that address.

link-shut-title = The link cannot be used any more
link-shut-reset = It was used, is too old or was replaced by a newer one. Ask for another link.
link-shut-invitation = It was used or is too old. Sign in if you have chosen a password. Otherwise ask IT support for another invitation.
link-shut-address = It was used, is too old or was replaced by a newer one. You can ask for another one in My profile.
link-another = Ask for another link
link-sign-in = Sign in now
link-go-on = Go to My profile

password-rule-min-length =
    { $count ->
        [one] At least 1 character
       *[other] At least { $count } characters
    }
password-rule-max-length =
    { $count ->
        [one] At most 1 character
       *[other] At most { $count } characters
    }
password-rule-digits =
    { $count ->
        [one] At least 1 digit
       *[other] At least { $count } digits
    }
password-rule-special =
    { $count ->
        [one] At least 1 special character
       *[other] At least { $count } special characters
    }
password-rule-upper =
    { $count ->
        [one] At least 1 capital letter
       *[other] At least { $count } capital letters
    }
password-rule-lower =
    { $count ->
        [one] At least 1 small letter
       *[other] At least { $count } small letters
    }
password-rule-common = Not one that many others use
password-rule-breached = Not one that has leaked on the net
password-rule-own-words = Not your own name or that of the organisation
password-rule-history =
    { $count ->
        [one] Not the one you have now
       *[other] Not one of your last { $count }
    }
