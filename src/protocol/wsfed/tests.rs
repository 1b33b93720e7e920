//! What the tests of this protocol share, and the answer as a whole.

use chrono::TimeZone as _;

use crate::domain::Time;
use crate::domain::saml::{AttributeRule, AttributeSource, ClaimName, Endpoint, NameIdKind, SignatureAlg};
use crate::domain::wsfed::{Realm, RelyingParty, TokenType};

pub fn at(seconds: i64) -> Time {
    chrono::Utc.timestamp_opt(1_800_000_000 + seconds, 0).unwrap()
}

pub fn party() -> RelyingParty {
    let rule = |name: &str, claim: &str| AttributeRule {
        name: name.to_owned(),
        format: None,
        friendly_name: None,
        source: AttributeSource::Claim(ClaimName::parse(claim).unwrap()),
    };
    RelyingParty {
        realm: Realm::parse("urn:acme:intranet").unwrap(),
        reply_urls: ["https://intranet.example/signin-wsfed", "https://intranet.example/other?a=1"]
            .map(|url| Endpoint::parse(url).unwrap())
            .to_vec(),
        token_type: TokenType::Saml11,
        signature: SignatureAlg::RsaSha256,
        name_id: NameIdKind::Persistent,
        attributes: vec![
            rule("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "email"),
            rule("http://schemas.microsoft.com/ws/2008/06/identity/claims/role", "roles"),
        ],
        encryption_certificate: None,
    }
}
