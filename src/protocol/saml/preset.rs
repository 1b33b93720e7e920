//! What federations ask for beyond SAML: OIOSAML Web SSO 3.0.3 (Denmark) and the deployment profile of Sweden Connect.
//! Their rules stand above an application's own settings.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::assurance::Level;
use crate::domain::authn_context::ContextClass;
use crate::domain::saml::{AttributeRule, AttributeSource, NameIdKind, Preset, ServiceProvider};

/// OIOSAML 3: the version of the profile, the level of assurance, the organisation's number.
pub const SPEC_VERSION: &str = "https://data.gov.dk/model/core/specVersion";
pub const NSIS_LEVEL: &str = "https://data.gov.dk/concept/core/nsis/loa";
pub const CVR: &str = "https://data.gov.dk/model/core/eid/professional/cvr";
pub const ORGANISATION: &str = "https://data.gov.dk/model/core/eid/professional/orgName";
const EID: &str = "https://data.gov.dk/model/core/eid/";

/// What of an answer is signed and encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    pub sign_response: bool,
    pub sign_assertion: bool,
    pub encrypt: bool,
}

pub fn form(provider: &ServiceProvider) -> Form {
    let own = Form {
        sign_response: provider.signed.response(),
        sign_assertion: provider.signed.assertion(),
        encrypt: provider.encrypt_assertion,
    };
    match provider.preset {
        Preset::Default => own,
        Preset::Oiosaml3 => Form { sign_response: false, sign_assertion: true, encrypt: true },
        Preset::SwedenConnect => Form { sign_response: true, encrypt: true, ..own },
    }
}

/// The kind of name: both federations want one that says nothing.
pub fn name_id(provider: &ServiceProvider, asked: Option<NameIdKind>) -> Option<NameIdKind> {
    let kind = asked.unwrap_or(provider.name_id);
    let silent = matches!(kind, NameIdKind::Persistent | NameIdKind::Transient);
    match provider.preset {
        Preset::Default => Some(kind),
        Preset::Oiosaml3 | Preset::SwedenConnect if silent => Some(kind),
        Preset::Oiosaml3 | Preset::SwedenConnect if asked.is_none() => Some(NameIdKind::Persistent),
        Preset::Oiosaml3 | Preset::SwedenConnect => None,
    }
}

/// A random name in the preset's shape. OIOSAML wants a UUID, which is taken from the name's own random bits.
pub fn shaped(provider: &ServiceProvider, name: String) -> String {
    match provider.preset {
        Preset::Default | Preset::SwedenConnect => name,
        Preset::Oiosaml3 => {
            let bits = name.strip_prefix('_').and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
            let bits = bits.and_then(|bits| bits.first_chunk::<16>().copied());
            let Some(bits) = bits else { return name };
            let uuid = uuid::Builder::from_random_bytes(bits).into_uuid();
            let whose = if is_professional(provider) { "professional" } else { "person" };
            format!("{EID}{whose}/uuid/{uuid}")
        }
    }
}

/// Somebody acting for an organisation, whose number is then told.
fn is_professional(provider: &ServiceProvider) -> bool {
    provider.attributes.iter().any(|rule| rule.name == CVR)
}

/// Attributes that the profile prescribes, unless the administrator maps them: the version, and the lowest level, since
/// nobody here can know of a higher one that was approved. No level at all where somebody else has seen the person, and
/// nobody here knows how.
pub fn attributes(provider: &ServiceProvider, reached: Level) -> Vec<(AttributeRule, Vec<String>)> {
    let level = ContextClass::NsisLow.uri().rsplit('/').next().unwrap_or_default();
    let prescribed: &[(&str, &str)] = match provider.preset {
        Preset::Default | Preset::SwedenConnect => &[],
        Preset::Oiosaml3 if reached < ContextClass::NsisLow.level() => &[(SPEC_VERSION, "OIO-SAML-3.0")],
        Preset::Oiosaml3 => &[(SPEC_VERSION, "OIO-SAML-3.0"), (NSIS_LEVEL, level)],
    };
    let missing = prescribed.iter().filter(|(name, _)| provider.attributes.iter().all(|rule| rule.name != *name));
    let rule = |name: &str, value: &str| {
        let values = vec![value.to_owned()];
        let source = AttributeSource::Fixed(values.clone());
        (AttributeRule { name: name.to_owned(), format: None, friendly_name: None, source }, values)
    };
    missing.map(|(name, value)| rule(name, value)).collect()
}
