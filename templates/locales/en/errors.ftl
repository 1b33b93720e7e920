# A heading and an explanation for each error code. No terms of art: the developer reads those under technical details.
error-for-support = For support
error-code = Error code
error-at = Time
error-trace = Trace ID
error-copy = Copy
error-copied = Copied
error-detail = Technical details
error-again = Try again
error-retry-seconds =
    { $seconds ->
        [one] You can try again in 1 second.
       *[other] You can try again in { $seconds } seconds.
    }
error-retry-minutes =
    { $minutes ->
        [one] You can try again in 1 minute.
       *[other] You can try again in { $minutes } minutes.
    }

error-request-malformed-title = We could not read the request
error-request-malformed-text = The link or form you came from is damaged. Go back to the service and try again.
error-not-found-title = This page does not exist
error-not-found-text = The address may be mistyped, or the page has moved. Start again from the service you want to use.
error-method-not-allowed-title = This page cannot be used that way
error-method-not-allowed-text = Go back and use the buttons on the page.
error-request-too-large-title = Too much was sent at once
error-request-too-large-text = Go back to the service and try again. Contact IT support if it keeps happening.
error-request-too-slow-title = The request took too long
error-request-too-slow-text = The connection may be slow or was interrupted. Try again.
error-unknown-application-title = We do not know this service
error-unknown-application-text = The service you came from is not set up to sign in here. Contact those who run the service.
error-redirect-uri-title = We cannot send you back to the service
error-redirect-uri-text = The service asked us to send you to an address that is not approved. Contact those who run it.
error-invalid-request-title = We did not understand what the service asked for
error-invalid-request-text = You have done nothing wrong. Go back to the service and try again.
error-invalid-client-title = The service could not prove who it is
error-invalid-client-text = The fault is in how the service is set up. Contact those who run the service.
error-invalid-grant-title = The permission can no longer be used
error-invalid-grant-text = It has expired, been used already or been withdrawn. Sign in again from the service.
error-unauthorized-client-title = The service may not do it this way
error-unauthorized-client-text = The service is not set up for this kind of sign-in. Contact those who run the service.
error-unsupported-grant-type-title = The service used a method we do not offer
error-unsupported-grant-type-text = The fault is in how the service is set up. Contact those who run the service.
error-invalid-scope-title = The service asked for access it cannot have
error-invalid-scope-text = The fault is in how the service is set up. Contact those who run the service.
error-invalid-token-title = The access is no longer good
error-invalid-token-text = Sign in again from the service to get new access.
error-insufficient-scope-title = The service lacks a permission
error-insufficient-scope-text = The service has not been allowed to see what it asked for. Sign in again from the service.
error-access-denied-title = The service was not given access
error-access-denied-text = No information about you was shared. Go back to the service if you want to try again.
error-login-required-title = You are not signed in
error-login-required-text = The service tried to sign you in without asking you. Choose Sign in in the service yourself.
error-consent-required-title = You need to give your permission first
error-consent-required-text = The service cannot have your information until you have said yes. Choose Sign in in the service.
error-interaction-required-title = We need to ask you something first
error-interaction-required-text = The service tried to sign you in without asking you. Choose Sign in in the service yourself.
error-account-selection-required-title = You need to choose an account first
error-account-selection-required-text = The service does not know which account you want to use. Choose Sign in in the service.
error-unmet-authentication-requirements-title = The service requires a stronger sign-in
error-unmet-authentication-requirements-text = Your account cannot sign in as securely as the service requires. Contact IT support.
error-request-not-supported-title = We cannot read the service’s packed request
error-request-not-supported-text = You have done nothing wrong. Contact those who run the service.
error-request-uri-not-supported-title = We do not fetch requests from the service
error-request-uri-not-supported-text = You have done nothing wrong. Contact those who run the service.
error-unsupported-response-type-title = The service asked for an answer we do not give
error-unsupported-response-type-text = The fault is in how the service is set up. Contact those who run the service.
error-application-not-for-user-title = You do not have access to this service
error-application-not-for-user-text = If you need the service, ask your manager or IT support for access.
error-sign-in-failed-title = You were not signed in
error-sign-in-failed-text = The username or password is wrong. Check Caps Lock and try again.
error-too-many-attempts-title = There have been too many attempts
error-too-many-attempts-text = Many attempts from your network have failed. Wait a while and try again.
error-form-expired-title = This page has been open for too long
error-form-expired-text = Go back to the service and start again. What you typed has not been saved.
error-sign-out-unverified-title = You are still signed in
error-sign-out-unverified-text = We could not see who asked to sign you out. Sign out from the service again.
error-tenant-suspended-title = Sign-in is closed for this organisation
error-tenant-suspended-text = Contact your organisation if you think this is a mistake.
error-not-allowed-title = You do not have access to this
error-not-allowed-text = The page or the action needs another role. Ask an administrator if you need it.
error-last-administrator-title = There must be at least one administrator
error-last-administrator-text = Make somebody else an administrator first, then try again. Nothing has been changed.
error-no-address-title = The user has no email address
error-no-address-text = Enter an email address on the page of the user first. Nothing has been sent.
error-account-disabled-title = The account is disabled
error-account-disabled-text = Enable the account first, then try again. Nothing has been sent.
error-overloaded-title = It is busy right now
error-overloaded-text = Many people are signing in at the same time. Wait a moment and try again.
error-store-unavailable-title = Sign-in is out of service right now
error-store-unavailable-text = We cannot get the information we need. Try again in a while.
error-internal-title = Something went wrong on our side
error-internal-text = You have done nothing wrong. Try again in a while, and contact IT support if it continues.
error-link-shut-title = The link cannot be used any more
error-link-shut-text = It was used, is too old or was replaced by a newer one. Ask for another.
error-network-not-allowed-title = You cannot sign in from here
error-network-not-allowed-text = Your organisation lets people sign in from approved networks only. Try from work or with a VPN, or contact IT support.
