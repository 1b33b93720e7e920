//! What an administrator types about an application: the fields of one form, and no others (ADM-02).

use serde::{Serialize, de::DeserializeOwned};

use super::Time;
use super::saml::{AttributeSource, Binding, NameIdKind, Preset, SignatureAlg};
use super::wsfed::TokenType;

/// Stands for a value that is the same for everybody: kept as it is, shown and not edited.
pub const FIXED: &str = "=";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Saml,
    Wsfed,
}

impl Kind {
    /// As forms say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Saml => "saml",
            Self::Wsfed => "wsfed",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Saml, Self::Wsfed].into_iter().find(|kind| kind.name() == name)
    }
}

/// As it was typed. What belongs to the other protocol is not asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a box that can be ticked by itself")]
pub struct Typed {
    pub kind: Kind,
    pub id: String,
    pub name: String,
    /// Empty: everyone may use it.
    pub require_role: String,
    /// XML. Empty for what is registered: as it stands.
    pub metadata: String,
    pub metadata_url: String,
    /// PEM; one of them has to have signed the metadata. Empty: nobody has to.
    pub metadata_certificates: String,
    /// Which of several in the metadata.
    pub entity_id: String,
    pub sign_response: bool,
    pub sign_assertion: bool,
    pub encrypt: bool,
    pub signs_requests: bool,
    pub preset: Preset,
    pub idp_initiated: bool,
    pub relay_state: String,
    pub realm: String,
    /// One on each line.
    pub reply_urls: String,
    pub token_type: TokenType,
    /// PEM; tokens are encrypted for it. Empty: they are not.
    pub certificate: String,
    pub signature: SignatureAlg,
    pub name_id: NameIdKind,
    pub mappings: Vec<Mapping>,
}

/// What an application calls an attribute, and the claim it comes from, or [`FIXED`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    pub name: String,
    pub source: String,
}

impl Typed {
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            id: String::new(),
            name: String::new(),
            require_role: String::new(),
            metadata: String::new(),
            metadata_url: String::new(),
            metadata_certificates: String::new(),
            entity_id: String::new(),
            sign_response: true,
            sign_assertion: true,
            encrypt: false,
            signs_requests: false,
            preset: Preset::Default,
            idp_initiated: false,
            relay_state: String::new(),
            realm: String::new(),
            reply_urls: String::new(),
            token_type: TokenType::Saml11,
            certificate: String::new(),
            signature: SignatureAlg::RsaSha256,
            name_id: NameIdKind::Persistent,
            mappings: Vec::new(),
        }
    }
}

/// The most rows that one form can hold.
pub const MAPPINGS: usize = 40;

macro_rules! fields {
    ($($variant:ident = $name:literal),* $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Field { $($variant),* }
        impl Field {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The name of the input, and the end of its texts' keys.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

fields! {
    Id = "id",
    Name = "name",
    Role = "require_role",
    Metadata = "metadata",
    MetadataUrl = "metadata_url",
    MetadataCertificates = "metadata_certificates",
    EntityId = "entity_id",
    Signed = "signed",
    Encrypt = "encrypt",
    SignsRequests = "signs_requests",
    Preset = "preset",
    NameId = "name_id",
    RelayState = "relay_state",
    Attributes = "attributes",
    Realm = "realm",
    ReplyUrls = "reply_urls",
    Certificate = "certificate",
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Wrong(Field),
    /// Another application has it.
    Taken(Field),
    Metadata(Trouble),
}

impl Fault {
    pub fn field(&self) -> Field {
        match self {
            Self::Wrong(field) | Self::Taken(field) => *field,
            Self::Metadata(Trouble::Unreachable | Trouble::TooLarge) => Field::MetadataUrl,
            Self::Metadata(Trouble::Several(_) | Trouble::Absent) => Field::EntityId,
            Self::Metadata(_) => Field::Metadata,
        }
    }
}

/// Why metadata cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It could not be fetched.
    Unreachable,
    /// There is more of it than is read here.
    TooLarge,
    NotXml,
    NotMetadata,
    NoServiceProvider,
    /// It describes these, and it was not said which is meant.
    Several(Vec<String>),
    Absent,
    /// An address that no browser may be sent to.
    Address(String),
    NoConsumer,
    NoKey,
    TooMuch,
    Expired,
    /// Nobody has signed it, and somebody has to.
    SignatureMissing,
    /// The signature is another's, or over something else.
    SignatureWrong,
    /// It is signed for ever.
    Endless,
}

/// What is known of an application from itself, for people to compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    pub entity_id: String,
    pub consumers: Vec<Address>,
    pub logout: Vec<Address>,
    pub certificates: Vec<CertificateFact>,
    pub signs_requests: bool,
    pub formats: Vec<String>,
    /// Attributes it asks for, and whether it can do without.
    pub requested: Vec<(String, bool)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub url: String,
    pub binding: Binding,
}

impl Address {
    /// The short names that the specification gives to bindings.
    pub fn binding_name(&self) -> &'static str {
        match self.binding {
            Binding::Redirect => "HTTP-Redirect",
            Binding::Post => "HTTP-POST",
            Binding::Artifact => "HTTP-Artifact",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFact {
    pub subject: String,
    pub fingerprint: String,
    pub not_after: Time,
    pub signs: bool,
    pub encrypts: bool,
}

/// The word for a choice, in forms and in files.
pub fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The choice that a word stands for.
pub fn choice<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::from(word)).ok()
}

/// An id as one segment of a path or one value of a query: it may hold any printable character.
pub fn segment(id: &str) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0').to_ascii_uppercase();
    let mut written = String::new();
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            written.push(char::from(byte));
        } else {
            written.extend(['%', digit(byte >> 4), digit(byte & 0xf)]);
        }
    }
    written
}

/// What stands, as the form shows it.
pub fn source_word(source: &AttributeSource) -> String {
    match source {
        AttributeSource::Claim(claim) => claim.as_str().to_owned(),
        AttributeSource::Fixed(_) => FIXED.to_owned(),
    }
}

/// The claim that an attribute of this name or short name usually carries: a proposal for a person to judge.
pub fn usual_claim(name: &str) -> Option<&'static str> {
    let last = name.rsplit(['/', ':']).next().unwrap_or(name).to_ascii_lowercase();
    let by_oid = match name {
        "urn:oid:0.9.2342.19200300.100.1.3" => Some("email"),
        "urn:oid:2.5.4.42" => Some("given_name"),
        "urn:oid:2.5.4.4" => Some("family_name"),
        "urn:oid:2.5.4.3" | "urn:oid:2.16.840.1.113730.3.1.241" => Some("name"),
        "urn:oid:0.9.2342.19200300.100.1.1" => Some("username"),
        "urn:oid:2.5.4.20" => Some("phone_number"),
        _ => None,
    };
    by_oid.or(match last.as_str() {
        "mail" | "email" | "emailaddress" | "e-mail" => Some("email"),
        "givenname" | "given_name" | "firstname" => Some("given_name"),
        "sn" | "surname" | "familyname" | "family_name" | "lastname" => Some("family_name"),
        "cn" | "commonname" | "displayname" | "name" => Some("name"),
        "uid" | "username" | "userid" | "upn" | "samaccountname" => Some("username"),
        "role" | "roles" => Some("roles"),
        "group" | "groups" | "memberof" => Some("groups"),
        "telephonenumber" | "phone" | "mobile" => Some("phone_number"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::saml::ClaimName;
    use super::*;

    #[test]
    fn a_choice_is_known_by_its_word() {
        for kind in NameIdKind::ALL {
            assert_eq!(choice::<NameIdKind>(&word(&kind)), Some(kind));
        }
        assert_eq!(choice::<Preset>("oiosaml3"), Some(Preset::Oiosaml3));
        assert_eq!(choice::<TokenType>("saml30"), None);
    }

    #[test]
    fn an_id_is_one_segment_whatever_it_holds() {
        assert_eq!(segment("web-shop_1"), "web-shop_1");
        assert_eq!(segment("https://sp.example/a?b=c d%"), "https%3A%2F%2Fsp.example%2Fa%3Fb%3Dc%20d%25");
    }

    #[test]
    fn only_claims_that_exist_are_proposed() {
        let names = [
            "mail",
            "urn:oid:2.5.4.4",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
            "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
            "urn:oid:0.9.2342.19200300.100.1.1",
            "displayName",
            "memberOf",
            "telephoneNumber",
        ];
        for name in names {
            assert!(usual_claim(name).is_some_and(|claim| ClaimName::parse(claim).is_some()), "{name}");
        }
        assert_eq!(usual_claim("personnummer"), None);
    }
}
