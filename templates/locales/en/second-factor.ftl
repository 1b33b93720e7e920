second-factor-title = Confirm that it is you
second-factor-totp = Enter the code from your authenticator app.
second-factor-email = Enter the code we sent you.
second-factor-email-to = We sent a code to { $address }. It works in this browser, and for this sign-in only.
second-factor-recovery = Enter one of the recovery codes you saved. Each code works once.
second-factor-code = Code
second-factor-hint = 6 digits. Spaces do not matter.
second-factor-hint-recovery = 16 characters. Dashes and capitals do not matter.
second-factor-submit = Continue
second-factor-trouble = Trouble with the code?
second-factor-again = Send another code
second-factor-use-totp = Use my authenticator app
second-factor-use-email = Send a code by email
second-factor-use-recovery = Use a recovery code
second-factor-contact = If none of these work for you, contact the IT support of your organisation.
second-factor-restart = Start again
second-factor-wrong = The code did not match. Try a new one. If you have tried several times, wait a while or use another way.
second-factor-malformed = That does not look like a code. Check how many characters it needs.
second-factor-code-over = The code no longer works. Ask for another one.
second-factor-locked = A wrong code was entered too many times. Try again at { $until }, or use another way.
second-factor-closed = This way is locked because too many codes were tried. Use another way, or contact IT support.
second-factor-capped = We have sent you many codes. Use the latest one, or wait an hour.
second-factor-sent = A new code is on its way. The old one no longer works.
unreachable-title = You cannot sign in this way
unreachable-text = A safer way of signing in is required than your account has today.
unreachable-contact = Contact the IT support of your organisation and ask them to turn it on for you.
enrolment-title = Set up your authenticator app
enrolment-why = Your organisation asks you to confirm with a code when you sign in. It takes a few minutes to set up.
enrolment-app = Get an authenticator app on your phone if you have none. Any app that supports TOTP will do.
enrolment-scan = Scan this code with the app.
enrolment-qr = QR code for your authenticator app
enrolment-cannot-scan = I cannot scan it
enrolment-type = Type this key into the app. Choose time-based if it asks.
enrolment-open-app = Open in an app on this device
enrolment-code = Code from the app
enrolment-label = Name of the app (optional)
enrolment-label-hint = For example the phone's name, so that you can tell it from others.
enrolment-submit = Confirm and save
enrolment-cancel = Cancel
enrolment-wrong = The code did not match. Wait for the next code in the app and try again. Also check the clock of your phone.
enrolment-stale = The page was open too long. Here is a new code: delete the old one in the app and scan again.
enrolment-too-many = You have as many apps as you can have. Remove one first.
recovery-codes-title = Save your recovery codes
recovery-codes-enrolled = Your authenticator app is set up.
recovery-codes-text = With a recovery code you can sign in if you lose your phone. Each code works once. They are shown only now.
recovery-codes-download = Download as a file
recovery-codes-copy = Copy
recovery-codes-copied = Copied
recovery-codes-print = Print
recovery-codes-saved = I have saved the codes in a safe place
recovery-codes-unsaved = Tick the box below when you have saved the codes.
second-factor-remember =
    { $days ->
        [one] Do not ask again on this device for 1 day
       *[other] Do not ask again on this device for { $days } days
    }
enrolment-later =
    { $days ->
        [one] Do it later (1 day left)
       *[other] Do it later ({ $days } days left)
    }

factors-intro = When you sign in you can confirm with a code from an app on your phone. Then your password is not enough for anybody else.
factors-apps = Authenticator apps
factors-app = Authenticator app
factors-none = You have not set up an authenticator app.
factors-added = Set up
factors-used = last used
factors-rename = Rename
factors-label = Name
factors-save = Save name
factors-remove = Remove
factors-needed = Your organisation requires an authenticator app. Set up a new one before you remove this one.
factors-last-one = The last authenticator app cannot be removed, because your organisation requires one.
factors-add = Set up an authenticator app
factors-codes = Recovery codes
factors-codes-few = Make new ones while you can.
factors-codes-renew = Make new recovery codes
factors-codes-hint = The old ones stop working.
factors-identities = Where you sign in
factors-identities-hint = These places vouch for you, so that you can sign in here.
factors-identity-link = Link { $provider }
factors-last-way = It is your only way to sign in, so it cannot be removed. Choose a password first, or link another place.
factors-codes-shown = The codes have been shown once already. Make new ones if you could not save them.
factors-codes-left =
    { $count ->
        [one] You have 1 recovery code left.
       *[other] You have { $count } recovery codes left.
    }
