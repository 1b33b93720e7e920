//! `wauth` and `AuthenticationMethod`: ways to sign in by the names that WS-Federation's applications know, beside
//! those of `authn_context`: SAML 1.1 Core §7.1 and Microsoft's. What is told is the truth: never above the evidence.

use crate::domain::assurance::Level;
use crate::domain::authn_context::{Comparison, ContextClass, Evidence, RequestedContext};
use crate::domain::saml::Preset;
use crate::domain::wsfed::TokenType;

const PASSWORD: &str = "urn:oasis:names:tc:SAML:1.0:am:password";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.0:am:unspecified";
const MICROSOFT_PASSWORD: &str = "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password";

const ALSO: [(&str, ContextClass); 3] = [
    (PASSWORD, ContextClass::Password),
    (MICROSOFT_PASSWORD, ContextClass::Password),
    (UNSPECIFIED, ContextClass::Unspecified),
];

/// `None` = not known here, and so never claimed.
pub fn read(wauth: &str) -> Option<ContextClass> {
    let also = ALSO.into_iter().find(|(name, _)| *name == wauth).map(|(_, class)| class);
    also.or_else(|| ContextClass::parse(wauth, Preset::Default))
}

/// `wauth` asks for a way to sign in, and a stronger one will do.
pub fn requested(class: ContextClass) -> RequestedContext {
    RequestedContext { comparison: Comparison::Minimum, classes: vec![class] }
}

/// What the token says: what was asked for if the evidence supports it, else the plainest for the evidence.
pub fn told(evidence: Evidence, asked: Option<ContextClass>) -> ContextClass {
    match (asked, evidence.level) {
        (Some(class), level) => {
            let told = requested(class).told(evidence, Preset::Default);
            told.unwrap_or_else(|| ContextClass::of(level, Preset::Default))
        }
        (None, Level::Mfa) => ContextClass::MicrosoftMultipleAuthn,
        (None, level @ (Level::Federated | Level::Password | Level::TwoStep)) => {
            ContextClass::of(level, Preset::Default)
        }
    }
}

/// As the token's version calls it.
pub fn name(class: ContextClass, token: TokenType) -> &'static str {
    match (token, class) {
        (TokenType::Saml11, ContextClass::Password | ContextClass::PasswordProtectedTransport) => PASSWORD,
        (TokenType::Saml11, ContextClass::Unspecified) => UNSPECIFIED,
        (TokenType::Saml11 | TokenType::Saml20, class) => class.uri(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_never_above_the_evidence() {
        for level in Level::ALL {
            assert!(told(local(level), None).level() <= level);
            for class in ContextClass::ALL {
                assert!(told(local(level), Some(class)).level() <= level, "{level:?} {class:?}");
            }
        }
    }

    fn local(level: Level) -> Evidence {
        Evidence { level, password: level > Level::Federated, totp: level == Level::Mfa }
    }

    #[test]
    fn what_somebody_else_has_seen_is_unspecified() {
        let upstream = Evidence::of(&[crate::domain::assurance::Proof::Upstream]);
        assert_eq!(name(told(upstream, None), TokenType::Saml11), UNSPECIFIED);
        assert_eq!(name(told(upstream, read(PASSWORD)), TokenType::Saml11), UNSPECIFIED, "no password was seen here");
    }

    #[test]
    fn the_names_of_saml_11_and_microsoft_are_understood_and_told() {
        assert_eq!(read(PASSWORD), Some(ContextClass::Password));
        assert_eq!(read(MICROSOFT_PASSWORD), Some(ContextClass::Password));
        assert_eq!(read("http://schemas.microsoft.com/claims/multipleauthn"), told(local(Level::Mfa), None).into());
        assert_eq!(read("urn:ietf:rfc:1510"), None);
        assert_eq!(name(told(local(Level::Password), None), TokenType::Saml11), PASSWORD);
        assert_eq!(name(told(local(Level::Mfa), read(PASSWORD)), TokenType::Saml11), PASSWORD, "it was asked for");
        let mailed = told(local(Level::TwoStep), read("http://schemas.microsoft.com/claims/multipleauthn"));
        assert_eq!(name(mailed, TokenType::Saml11), "urn:portner:acr:two-step");
    }

    #[test]
    fn a_stronger_way_will_do() {
        assert_eq!(requested(ContextClass::Password).essential(), Level::ALL);
        assert_eq!(requested(ContextClass::MicrosoftMultipleAuthn).essential(), [Level::Mfa]);
    }
}
