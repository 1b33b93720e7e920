policy-in-force = What is in force
policy-will-hold = What will be in force
policy-try = Try a password
policy-try-password = Password
policy-try-hint = It is neither stored nor written to the log.
policy-try-role = For whom
policy-try-everyone = A user without rules of their own
policy-try-submit = Try it
policy-try-good = It would be taken
policy-try-bad = It would be refused
policy-met = Met
policy-days =
    { $count ->
        [one] 1 day
       *[other] { $count } days
    }
policy-hours =
    { $count ->
        [one] 1 hour
       *[other] { $count } hours
    }
policy-minutes =
    { $count ->
        [one] 1 minute
       *[other] { $count } minutes
    }
policy-seconds =
    { $count ->
        [one] 1 second
       *[other] { $count } seconds
    }
policy-without-limit = no limit
policy-says-password = Passwords: { $rules }.
policy-says-age = A password has to be changed after { $time }.
policy-says-no-age = A password never has to be changed just because it is old.
policy-says-lockout = After { $failures } wrong attempts the account is locked for { $first }, longer each time, at most { $longest }.
policy-says-factor-none = A second step is voluntary.
policy-says-factor-everyone = Everyone signs in with a second step.
policy-says-session = People are signed out after { $idle } without use and after { $absolute } in all.
policy-says-upstream = Only administrators sign in with a password from here. Everyone else comes through an identity provider.
policy-says-role = In addition for the role { $role }: { $rules }.
policy-says-role-factor = Always signs in with a second step
policy-says-role-idle = Signed out after { $time } without use
policy-says-role-age = Password changed after { $time }
policy-says-role-other = Rules of its own
policy-saved = The changes are saved and in force.
policy-unchanged = There was nothing to change.
policy-wrong = Some fields need to be corrected. They are marked below.
policy-stale = Somebody else has changed the rules meanwhile. See what is in force now and try again.
policy-no-method-left = A second step is required, but no method is left that everyone may use.
policy-no-provider = Then only administrators could sign in: no identity provider is switched on.
policy-never-forgotten = Sessions must end at some time: nobody is stored here, and whoever never leaves is never forgotten.
policy-shuts-out = Then you could not sign in again yourself. Leave a method that you have.
policy-wrong-number = Write a whole number from { $least } to { $most }.
policy-wrong-time = Write a number and m, h or d, for example 15m.
policy-wrong-role = The role cannot be called that, or it stands here twice.
policy-wrong-words = One of the words is too short or too long.
policy-wrong-longest = Write a time that is not shorter than the first, for example 1h.
policy-wrong-max-length = Write a whole number that is not less than the minimum length.
policy-methods = Methods for the second step
policy-yes = Yes
policy-no = No
policy-never = Never
policy-from-to = From { $least } to { $most }
policy-min-length = Minimum length
policy-max-length = Maximum length
policy-refuse-common = Refuse common passwords
policy-refuse-breached = Refuse passwords that have leaked
policy-refuse-own-words = Refuse names of the person and the organisation
policy-own-words-list = Words of the organisation
policy-own-words-hint = One on each line, at least four characters. For example names of places and systems.
policy-history = How many of the latest may not come again
policy-min-digits = Least number of digits
policy-min-special = Least number of special characters
policy-min-upper = Least number of capital letters
policy-min-lower = Least number of small letters
policy-max-age = Has to be changed after
policy-time = For example 15m, 12h or 90d
policy-time-or-never = For example 90d, or never.
policy-time-or-zero = For example 14d, or 0s for not at all.
policy-time-or-off = For example 15m or 12h, or off for no limit.
policy-failures = Wrong attempts before the account is locked
policy-lock-first = First lock
policy-lock-longest = Longest lock
policy-required = Who has to sign in with a second step?
policy-required-none = Only those who have turned it on themselves
policy-required-everyone = Everyone
policy-method-totp = Authenticator app on the phone
policy-method-passkey = Passkey
policy-method-email = Code by email
policy-remember = Do not ask again on the same device for
policy-grace = How long setting it up can be put off
policy-idle = Sign out after this long without use
policy-absolute = Sign out after this long in all
policy-role = Role
policy-role-hint = Empty the field to remove the rules of the role. Of several the strictest wins.
policy-as-everyone = Empty: as for everyone
policy-role-required = Always has to sign in with a second step
policy-group-password = Passwords
policy-group-lockout = Lockout
policy-group-factor = Second step
policy-group-session = How long people stay signed in
policy-group-sign-in = Where people sign in
policy-local = Who may sign in with a password from here?
policy-local-everyone = Everyone with an account
policy-local-administrators = Only administrators, helpdesk and auditors
policy-group-role = Stricter rules for a role
policy-group-new-role = Rules for another role
policy-advised-against = Standards advise against it
policy-continue = See what it means
policy-confirm-title = Save the new rules?
policy-changes = What you change
policy-effects = What it means
policy-people =
    { $count ->
        [one] 1 user can sign in.
       *[other] { $count } users can sign in.
    }
policy-effect-change =
    { $count ->
        [one] 1 has to change the password at the next sign-in.
       *[other] { $count } have to change the password at the next sign-in.
    }
policy-effect-enrol =
    { $count ->
        [one] 1 has to set up a second step at the next sign-in.
       *[other] { $count } have to set up a second step at the next sign-in.
    }
policy-effect-shut-out =
    { $count ->
        [one] 1 can no longer sign in.
       *[other] { $count } can no longer sign in.
    }
policy-effect-staff =
    { $count ->
        [one] Of these 1 from the administration.
       *[other] Of these { $count } from the administration.
    }
policy-effect-none = Nobody has to do anything at the next sign-in.
policy-careful = Take care
policy-unknown = Nobody can tell afterwards whether a password is long enough. New demands count at its next change.
policy-save = Save the rules
policy-back = Go back and edit
networks-intro = Here you decide from where people can sign in. From anywhere else they cannot even try.
networks-here = You are at { $address } yourself.
networks-everyone = Approved networks for everyone
networks-everyone-hint = One on each line, for example 192.0.2.0/24. Empty: from anywhere.
networks-administrators = Approved networks for administrators
networks-administrators-hint = Counts in addition for administrators, helpdesk and auditors.
networks-save = Save the networks
networks-wrong = A line is not a network. Write it like 192.0.2.0/24 or 2001:db8::/32.
networks-shuts-out = Then you could not sign in again from here yourself. Include your own network.
notices-intro = A notice is shown on the sign-in page and on the status page.
notices-none = There are no notices.
notices-shown = shown now
notices-over = over
notices-waiting = waiting
notices-remove = Remove
notices-new = New notice
notices-severity = What it is about
notices-shown-from = Shown from
notices-shown-hint = Empty: at once. Planned maintenance has to be shown at least 24 hours ahead.
notices-starts = Begins
notices-ends = Ends
notices-text = Text
notices-publish = Publish
notices-saved = The notice is published.
notices-removed = The notice is removed.
notices-no-text = Write a text in at least one language.
notices-too-long = A text can have at most 500 characters.
notices-order = The notice has to be shown before it begins, and it has to end after that.
notices-zone = The time zone is { $zone }.
notices-late = Planned maintenance has to be shown at least 24 hours before it begins.
notices-times = Say when it begins and ends.
notices-too-many = There are 20 notices already. Remove some of them first.
