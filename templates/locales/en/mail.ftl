# What is sent by mail. Each mail says whom it is from, what happened and what the reader can do.
mail-greeting = Hello { $name }
mail-username = Your username is { $username }.
mail-when = It happened on { $time }.
mail-button-fails = If the button does not work, copy this address into your browser:
mail-ignore = If you did not ask for it, ignore this email. Nothing more will happen.
mail-never-share = Never give the code to anybody. We never ask you for it by phone or email.
mail-not-you = If it was not you, contact the IT support of { $tenant } at once.
mail-footer = This email was sent automatically by the sign-in of { $tenant }. It cannot be answered.
mail-valid-minutes =
    { $count ->
        [one] It is valid for 1 minute and works only once.
       *[other] It is valid for { $count } minutes and works only once.
    }
mail-valid-hours =
    { $count ->
        [one] It is valid for 1 hour and works only once.
       *[other] It is valid for { $count } hours and works only once.
    }
mail-valid-days =
    { $count ->
        [one] It is valid for 1 day and works only once.
       *[other] It is valid for { $count } days and works only once.
    }

mail-code-subject = Your code for { $tenant }
mail-code-text = Here is the code you need to sign in:
mail-invitation-subject = Welcome to { $tenant }
mail-invitation-text = An account has been made for you at { $tenant }. Choose a password, and you are ready to sign in.
mail-invitation-action = Choose a password
mail-reset-subject = Choose a new password at { $tenant }
mail-reset-text = Somebody asked for a new password for your account at { $tenant }. Choose it here:
mail-reset-action = Choose a new password
mail-verify-subject = Confirm your email address at { $tenant }
mail-verify-text = This address is to be used for your account at { $tenant }. Confirm that it is yours:
mail-verify-action = Confirm the address
mail-password-changed-subject = Your password was changed
mail-password-changed-text = The password of your account at { $tenant } was changed.
mail-address-changed-subject = Your email address was changed
mail-address-changed-text = The email address of your account was changed to { $address }.
mail-factor-added-subject = Your account has a new way to sign in
mail-factor-added-text = You can now also confirm that it is you with { $factor }.
mail-factor-removed-subject = A way to sign in was removed from your account
mail-factor-removed-text = You can no longer confirm that it is you with { $factor }.
mail-identity-linked-text = You can now also sign in to your account with { $provider }.
mail-identity-unlinked-text = You can no longer sign in to your account with { $provider }.
mail-factor-totp = an authenticator app
mail-factor-passkey = a passkey
mail-factor-email = codes by email
mail-recovery-renewed-subject = You have new recovery codes
mail-recovery-renewed-text = New recovery codes were made for your account at { $tenant }. The old ones no longer work.
mail-recovery-used-subject = A recovery code was used
mail-recovery-used-text =
    { $count ->
        [0] Somebody signed in to your account with a recovery code. No codes are left, so make new ones in My profile.
        [one] Somebody signed in to your account with a recovery code. There is 1 code left.
       *[other] Somebody signed in to your account with a recovery code. There are { $count } codes left.
    }
mail-locked-subject = Your account is locked for a while
mail-locked-text = Wrong details were entered too many times. The account opens again by itself on { $time }.
mail-closed-subject = A way to sign in to your account is locked
mail-closed-password = Somebody entered a wrong password for your account far too many times. It opens again when you choose a new password under “Forgot your password?”. Until then you can only sign in from a device you have used before.
mail-closed-code = Somebody knew your password and entered a wrong code far too many times. Codes of this kind no longer work until IT support of { $tenant } opens your account again. If it was not you, choose a new password at once.
mail-signed-out-subject = You are signed out on all devices
mail-signed-out-text = Your account at { $tenant } was signed out everywhere.
mail-new-device-subject = New sign-in to your account
mail-new-device-text = Somebody signed in to your account at { $tenant } from a device we do not know.
mail-new-device-browser = Device: { $device }
mail-new-device-network = IP address: { $address }
mail-new-device-mine = If it was you, you need not do anything.
mail-new-device-action = It was not me
mail-disabled-subject = Your account is disabled
mail-disabled-text = Your account at { $tenant } is disabled, and you can no longer sign in.
mail-self-locked-subject = You have frozen your account
mail-self-locked-text = Your account at { $tenant } is frozen, as you asked. Nobody can sign in until you reset your password or IT support opens it.
