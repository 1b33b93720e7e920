//! The catalogue of errors. One code in page, JSON, log, metric and audit; a code never changes its meaning.

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $key:literal;)*) => {
        /// Why something was refused or failed. Ranges: 1xxx the application's request, 2xxx sign-in,
        /// 4xxx session and consent, 5xxx administration, 8xxx configuration and operation, 9xxx ourselves.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $variant),* }
        impl ErrorCode {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// `PRT-1203`.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }
            /// The key of its texts in the language files: `error-{key}-title`, `error-{key}-text`.
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key),* }
            }
        }
    };
}

codes! {
    /// The request's parameters cannot be read: unknown encoding, duplicate, oversized.
    RequestMalformed = "PRT-1001", "request-malformed";
    /// No such page or tenant.
    NotFound = "PRT-1002", "not-found";
    MethodNotAllowed = "PRT-1003", "method-not-allowed";
    RequestTooLarge = "PRT-1004", "request-too-large";
    /// The request did not arrive whole in time.
    RequestTooSlow = "PRT-1005", "request-too-slow";
    /// `client_id` is missing, unknown or disabled.
    UnknownApplication = "PRT-1101", "unknown-application";
    /// `redirect_uri` is missing or not registered.
    RedirectUriMismatch = "PRT-1102", "redirect-uri";
    /// Anything else wrong with an authorization request; answered to the client where possible.
    InvalidRequest = "PRT-1103", "invalid-request";
    /// Client authentication failed.
    InvalidClient = "PRT-1201", "invalid-client";
    InvalidGrant = "PRT-1202", "invalid-grant";
    UnauthorizedClient = "PRT-1203", "unauthorized-client";
    UnsupportedGrantType = "PRT-1204", "unsupported-grant-type";
    InvalidScope = "PRT-1205", "invalid-scope";
    InvalidToken = "PRT-1206", "invalid-token";
    InsufficientScope = "PRT-1207", "insufficient-scope";
    AccessDenied = "PRT-1208", "access-denied";
    LoginRequired = "PRT-1209", "login-required";
    ConsentRequired = "PRT-1210", "consent-required";
    InteractionRequired = "PRT-1211", "interaction-required";
    AccountSelectionRequired = "PRT-1212", "account-selection-required";
    UnmetAuthenticationRequirements = "PRT-1213", "unmet-authentication-requirements";
    RequestNotSupported = "PRT-1214", "request-not-supported";
    RequestUriNotSupported = "PRT-1215", "request-uri-not-supported";
    UnsupportedResponseType = "PRT-1216", "unsupported-response-type";
    /// The user may not use this application (AC-2).
    ApplicationNotForUser = "PRT-1217", "application-not-for-user";
    /// A SAML message that cannot be read, or is not one that belongs here.
    SamlMessage = "PRT-1301", "saml-message";
    /// The signature is missing where it must be there, or is wrong.
    SamlSignature = "PRT-1302", "saml-signature";
    /// The address or binding that was asked for is not registered.
    SamlAddress = "PRT-1303", "saml-address";
    /// The message was meant for somebody else.
    SamlDestination = "PRT-1304", "saml-destination";
    /// The message is too old, or not yet made.
    SamlExpired = "PRT-1305", "saml-expired";
    /// A sign-in to this application cannot begin here.
    SamlStart = "PRT-1306", "saml-start";
    /// The person cannot be named as the application asks.
    SamlName = "PRT-1307", "saml-name";
    SamlUnsupported = "PRT-1308", "saml-unsupported";
    /// Somebody else signed in than the application asked for.
    SamlPrincipal = "PRT-1309", "saml-principal";
    /// What would have to be told cannot be written as the application is set up.
    SamlUnwritable = "PRT-1310", "saml-unwritable";
    /// A SAML logout message that cannot be read, or is for another address.
    LogoutMalformed = "PRT-1320", "logout-malformed";
    /// A SAML logout message without a signature of a registered key.
    LogoutUnverified = "PRT-1321", "logout-unverified";
    /// A SAML logout message that is too old, was used before, or answers to nothing.
    LogoutStale = "PRT-1322", "logout-stale";
    /// A SAML logout request about nobody who is signed in, without an address to say so.
    LogoutNobody = "PRT-1323", "logout-nobody";
    /// The answer of an identity provider belongs to no sign-in of this browser: another browser's, used, too old.
    FederationState = "PRT-1401", "federation-state";
    /// The identity provider did not sign the person in.
    FederationDenied = "PRT-1402", "federation-denied";
    /// The identity provider does not answer, or not as it should.
    FederationUnavailable = "PRT-1403", "federation-unavailable";
    /// What the identity provider says of the person fails a check.
    FederationUntrusted = "PRT-1404", "federation-untrusted";
    /// The person's organisation may not sign in here.
    FederationNotAdmitted = "PRT-1405", "federation-not-admitted";
    /// There is no account, and none is created.
    FederationNoAccount = "PRT-1406", "federation-no-account";
    /// A new account would have the name of another.
    FederationNameTaken = "PRT-1407", "federation-name-taken";
    /// The account is disabled or locked by its owner.
    FederationAccountClosed = "PRT-1408", "federation-account-closed";
    /// The sign-in at the identity provider is older than what was asked for.
    FederationTooOld = "PRT-1409", "federation-too-old";
    /// The identity provider is unknown or switched off.
    FederationClosed = "PRT-1410", "federation-closed";
    /// The identity provider sent somebody whom nobody here had sent to it.
    FederationUnsolicited = "PRT-1411", "federation-unsolicited";
    /// The identity provider does not name the person as was agreed with it.
    FederationNameless = "PRT-1412", "federation-nameless";
    /// Two independent readers of one answer do not agree on it.
    FederationDisagreement = "PRT-1413", "federation-disagreement";
    /// The identity is linked to the account of somebody else.
    FederationTaken = "PRT-1414", "federation-taken";
    /// Somebody else is signed in here than the one who began.
    FederationOtherUser = "PRT-1415", "federation-other-user";
    /// The account has an identity of this provider already.
    FederationLinked = "PRT-1416", "federation-linked";
    /// A link for a password is asked for, and the person signs in at an identity provider.
    SignsInElsewhere = "PRT-1417", "signs-in-elsewhere";
    /// Only administrators could sign in without this identity provider.
    LastProvider = "PRT-1418", "last-provider";
    /// Two factors are needed, and the identity provider is not known to have seen them; nothing can be set up here.
    FederationSecondFactor = "PRT-1426", "federation-second-factor";
    /// Somebody who is not kept here wants to set something up.
    NothingKept = "PRT-1427", "nothing-kept";
    /// `wa` is missing or none of the passive profile's.
    WsfedAction = "PRT-1330", "wsfed-action";
    /// `wtrealm` is missing, unknown or of an application that is switched off.
    WsfedRealm = "PRT-1331", "wsfed-realm";
    /// `wreply` is not registered.
    WsfedReply = "PRT-1332", "wsfed-reply";
    /// A parameter that is refused or cannot be read.
    WsfedParameter = "PRT-1333", "wsfed-parameter";
    /// `wct` is too long ago, or in the future.
    WsfedStale = "PRT-1334", "wsfed-stale";
    /// What the application is to be told cannot be written, or the person lacks it.
    WsfedToken = "PRT-1335", "wsfed-token";
    /// User name or password wrong, unknown, locked, disabled: one answer for all.
    SignInFailed = "PRT-2001", "sign-in-failed";
    /// This source has failed too often; no account is locked by it.
    TooManyAttempts = "PRT-2002", "too-many-attempts";
    /// A mailed link that was used, has expired or was replaced.
    LinkShut = "PRT-2003", "link-shut";
    /// The tenant lets nobody sign in from this network (IN-12).
    NetworkNotAllowed = "PRT-2004", "network-not-allowed";
    /// The form was open too long or came from another browser.
    FormExpired = "PRT-4001", "form-expired";
    SignOutUnverified = "PRT-4002", "sign-out-unverified";
    TenantSuspended = "PRT-4003", "tenant-suspended";
    /// Our own form, opened at another address than the tenant's.
    WrongAddress = "PRT-4004", "wrong-address";
    /// The page or the act is for people with another role.
    NotAllowed = "PRT-5001", "not-allowed";
    /// It would leave the tenant without an administrator.
    LastAdministrator = "PRT-5002", "last-administrator";
    /// A link is to be mailed, and there is no address to mail it to.
    NoAddress = "PRT-5003", "no-address";
    /// What was asked for makes no sense for an account that is disabled.
    AccountDisabled = "PRT-5004", "account-disabled";
    /// Too much to do at the moment; try again.
    Overloaded = "PRT-8001", "overloaded";
    StoreUnavailable = "PRT-8002", "store-unavailable";
    Internal = "PRT-9001", "internal";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_keys_are_unique() {
        let codes: std::collections::BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.code()).collect();
        let keys: std::collections::BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.key()).collect();
        assert_eq!((codes.len(), keys.len()), (ErrorCode::ALL.len(), ErrorCode::ALL.len()));
    }
}
