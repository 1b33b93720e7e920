new-password-title = Choose a new password
new-password-title-invitation = Welcome: choose a password
new-password-title-own = Change your password
new-password-text-expired = Your password has become too old by the rules of your organisation.
new-password-text-asked = Your administrator asks you to choose a new password.
new-password-text-reset = Once you have chosen, sign in with the new one. Everywhere else you are signed out.
new-password-text-invitation = You sign in with it from now on.
new-password-text-own = First type the one you have now.
new-password-present = Present password
new-password-new = New password
new-password-submit = Save password
new-password-advice = Several words in a row are easy to remember and hard to guess. Å, ä, æ, ö and ø are letters like any other.
new-password-end-others = Sign me out everywhere else
new-password-not-met = Missing
new-password-unmet = The password does not meet every rule. See what is missing.
new-password-missing = Fill in every field.
new-password-refused = The present password did not match. If you have tried several times, wait a while.
new-password-rule-common = Not a password that many people use or that has leaked
new-password-rule-own-words = Without your own name or that of the organisation
new-password-rule-min-length =
    { $count ->
        [one] At least 1 character
       *[other] At least { $count } characters
    }
new-password-rule-min-digits =
    { $count ->
        [one] At least 1 digit
       *[other] At least { $count } digits
    }
new-password-rule-min-special =
    { $count ->
        [one] At least 1 special character
       *[other] At least { $count } special characters
    }
new-password-rule-min-upper =
    { $count ->
        [one] At least 1 capital letter
       *[other] At least { $count } capital letters
    }
new-password-rule-min-lower =
    { $count ->
        [one] At least 1 small letter
       *[other] At least { $count } small letters
    }
new-password-rule-history =
    { $count ->
        [one] Not the one you have now
       *[other] Not one of your last { $count }
    }
