# My profile: what all its pages share, and the first of them.
account-title = My profile
account-at = Your profile at { $tenant }
account-overview = Overview
account-details = Details
account-password = Password
account-factors = Two-step sign-in
account-sessions = Devices
account-applications = Services
account-activity = Activity
account-data = My data
account-lock = Freeze account

account-not-kept = You sign in elsewhere. Nothing about you is kept here once you have signed out.
account-in-order = Your account is in order
account-todo = What you should do
account-todo-second-factor = Only a password protects your account. Add an authenticator app that makes one-time codes.
account-do-second-factor = Add an authenticator app
account-todo-recovery-codes =
    { $left ->
        [0] You have no recovery codes left. You will need one if you lose your phone.
        [one] You have only 1 recovery code left. Make new ones before you run out.
       *[other] You have only { $left } recovery codes left. Make new ones before you run out.
    }
account-do-recovery-codes = Make new recovery codes
account-todo-address = We have no email address for you. Without one you cannot reset your password yourself.
account-do-address = Add your email address
account-todo-verify = Your email address is not confirmed yet.
account-do-verify = Confirm your email address

account-details-about = Name, contact details and language.
account-password-changed = Last changed on { $at }.
account-password-none = You have no password here.
account-factors-none = Not switched on.
account-factors-apps =
    { $apps ->
        [one] 1 authenticator app.
       *[other] { $apps } authenticator apps.
    }
account-factors-codes =
    { $codes ->
        [0] No recovery codes left.
        [one] 1 recovery code left.
       *[other] { $codes } recovery codes left.
    }
account-sessions-count =
    { $sessions ->
        [one] You are signed in at 1 place.
       *[other] You are signed in at { $sessions } places.
    }
account-applications-count =
    { $applications ->
        [0] No services have access to your information.
        [one] 1 service has access to your information.
       *[other] { $applications } services have access to your information.
    }
account-activity-about = See what has happened on your account in the last 90 days.
account-data-about = Get a copy of everything we have stored about you.
account-lock-about = Stop all use at once if somebody else has got hold of your account.
account-since = You signed in here on { $at }.
