//! What a service provider's metadata says (SAML Metadata §2.3, §2.4.2; mdui: *Metadata Extensions for Login and
//! Discovery User Interface*). Read once, when the application is registered or its metadata is fetched anew; what is
//! kept is typed.
//!
//! Refused: metadata without a usable place for assertions, addresses that are not http or https, an `entityID` that
//! is none. Left out with a word about it: bindings and certificates that nothing here uses. A `KeyDescriptor` without
//! `use` serves both uses (§2.4.1.1): it can never switch a check off. Who has to have signed it is what its caller says
//! (`metadata_signature`).

use std::time::Duration;

use super::metadata_signature::{Signature, Source};
use crate::crypto::certificate::{self, CertificateFault};
use crate::crypto::xml::{Document, Element, XmlError};
use crate::domain::Time;
use crate::domain::saml::{
    AssertionConsumer, Binding, CertificateDer, Endpoint, EndpointError, EntityId, EntityIdError, LogoutEndpoint,
};

pub(super) const MD: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const MDUI: &str = "urn:oasis:names:tc:SAML:metadata:ui";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const ROLE: &str = "SPSSODescriptor";
/// Of each kind, in one descriptor.
const MOST: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpMetadata {
    pub entity_id: EntityId,
    /// Never empty.
    pub acs: Vec<AssertionConsumer>,
    pub logout: Vec<LogoutEndpoint>,
    pub signing_certificates: Vec<CertificateDer>,
    pub encryption_certificates: Vec<CertificateDer>,
    pub signs_requests: bool,
    pub wants_assertions_signed: bool,
    pub name_id_formats: Vec<String>,
    pub requested: Vec<Requested>,
    /// Names for people, each with its language.
    pub names: Vec<(String, String)>,
    pub valid_until: Option<Time>,
    pub cache_for: Option<Duration>,
    pub signature: Signature,
    pub left_out: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    pub name: String,
    pub friendly_name: Option<String>,
    pub is_required: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataFault {
    #[error("is not XML that is read here: {0}")]
    Xml(String),
    #[error("is not SAML metadata: its root is neither EntityDescriptor nor EntitiesDescriptor")]
    NotMetadata,
    #[error("describes no SAML 2.0 service provider")]
    NoServiceProvider,
    #[error("describes several service providers: say which by entity_id ({})", .0.join(", "))]
    Several(Vec<String>),
    #[error("does not describe the service provider {0:?}")]
    Absent(String),
    #[error("has an entityID that {0}")]
    EntityId(EntityIdError),
    #[error("has an address that {fault} (it is {address:?})")]
    Address { address: String, fault: EndpointError },
    #[error(
        "names no place for assertions that can be used (AssertionConsumerService with HTTP-POST or HTTP-Artifact)"
    )]
    NoConsumer,
    #[error("says that requests are signed, but holds no certificate that can be used")]
    NoKey,
    #[error("holds more than 64 of {0}")]
    TooMany(&'static str),
    #[error("says until when it is valid in a way that cannot be read")]
    Validity,
    /// Said of the certificates that have to have signed it, as the next is.
    #[error("cannot vouch for the metadata, which {0}")]
    Unvouched(XmlError),
    #[error("cannot vouch for the metadata, which does not say until when it is valid (validUntil)")]
    Endless,
}

impl MetadataFault {
    /// The key in the declarative file that it is about.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Unvouched(_) | Self::Endless => "metadata_certificates",
            Self::Xml(_)
            | Self::NotMetadata
            | Self::NoServiceProvider
            | Self::Several(_)
            | Self::Absent(_)
            | Self::EntityId(_)
            | Self::Address { .. }
            | Self::NoConsumer
            | Self::NoKey
            | Self::TooMany(_)
            | Self::Validity => "metadata",
        }
    }
}

impl From<XmlError> for MetadataFault {
    fn from(error: XmlError) -> Self {
        Self::Xml(error.to_string())
    }
}

/// The service provider that is described, or the one of several that is wanted. Where there are `signers`, one of them
/// signed what is read; where there are none, nobody has to have.
pub fn read(text: &[u8], wanted: Option<&EntityId>, signers: &[CertificateDer]) -> Result<SpMetadata, MetadataFault> {
    let source = Source::open(text, (ROLE, wanted), signers)?;
    let chosen = choose(entities(&source.document, ROLE)?, wanted)?;
    source.ends(chosen.limits)?;
    let known = Reader { sp: chosen.role, left_out: Vec::new() }.run(&chosen)?;
    Ok(SpMetadata { signature: source.signature, ..known })
}

/// Everybody in it who plays this role.
pub(super) fn entities<'a>(document: &'a Document, role: &str) -> Result<Vec<Found<'a>>, MetadataFault> {
    let mut found = Vec::new();
    collect((document.root(), role), Limits::default(), &mut found)?;
    Ok(found)
}

/// How long it holds, by what stands around it and on it.
#[derive(Clone, Copy, Default)]
pub(super) struct Limits {
    pub valid_until: Option<Time>,
    cache_for: Option<Duration>,
}

impl Limits {
    fn on(self, element: Element<'_>) -> Result<Self, MetadataFault> {
        let said = element.attribute("validUntil").map(|text| time(text).ok_or(MetadataFault::Validity)).transpose()?;
        let cache = element.attribute("cacheDuration").and_then(duration);
        Ok(Self { valid_until: earlier(self.valid_until, said), cache_for: earlier(self.cache_for, cache) })
    }
}

fn earlier<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// An entity that plays the role that is looked for.
pub(super) struct Found<'a> {
    pub id: &'a str,
    pub entity: Element<'a>,
    pub role: Element<'a>,
    pub limits: Limits,
}

fn collect<'a>(
    (element, role): (Element<'a>, &str),
    around: Limits,
    found: &mut Vec<Found<'a>>,
) -> Result<(), MetadataFault> {
    if element.is(MD, "EntityDescriptor") {
        let limits = around.on(element)?;
        let speaks = |one: &Element<'_>| {
            one.is(MD, role)
                && one
                    .attribute("protocolSupportEnumeration")
                    .unwrap_or_default()
                    .split_whitespace()
                    .any(|one| one == PROTOCOL)
        };
        if let Some(role) = element.children().find(speaks) {
            let id = element.attribute("entityID").unwrap_or_default();
            found.push(Found { id, entity: element, role, limits: limits.on(role)? });
        }
        Ok(())
    } else if element.is(MD, "EntitiesDescriptor") {
        let limits = around.on(element)?;
        let inner = |child: &Element<'_>| child.is(MD, "EntityDescriptor") || child.is(MD, "EntitiesDescriptor");
        // The parser's own bound on depth is the bound on this recursion.
        element.children().filter(inner).try_for_each(|child| collect((child, role), limits, found))
    } else {
        Err(MetadataFault::NotMetadata)
    }
}

fn choose<'a>(mut found: Vec<Found<'a>>, wanted: Option<&EntityId>) -> Result<Found<'a>, MetadataFault> {
    if let Some(wanted) = wanted {
        found.retain(|one| one.id == wanted.as_str());
    }
    match (found.len(), wanted) {
        (0, Some(wanted)) => Err(MetadataFault::Absent(wanted.to_string())),
        (2.., None) => Err(MetadataFault::Several(found.iter().take(5).map(|one| one.id.to_owned()).collect())),
        (_, _) => found.pop().ok_or(MetadataFault::NoServiceProvider),
    }
}

struct Reader<'a> {
    sp: Element<'a>,
    left_out: Vec<String>,
}

impl<'a> Reader<'a> {
    fn run(mut self, found: &Found<'a>) -> Result<SpMetadata, MetadataFault> {
        let entity_id = EntityId::parse(found.id).map_err(MetadataFault::EntityId)?;
        let acs = self.consumers()?;
        let logout = self.logout()?;
        let (signing_certificates, encryption_certificates) = self.certificates()?;
        let signs_requests = flag(self.sp, "AuthnRequestsSigned");
        if signs_requests && signing_certificates.is_empty() {
            return Err(MetadataFault::NoKey);
        }
        let formats = self.all("NameIDFormat", "NameIDFormat")?;
        let formats = formats.into_iter().map(|one| Ok(one.text()?.trim().to_owned()));
        let name_id_formats = formats.collect::<Result<Vec<String>, MetadataFault>>()?;
        Ok(SpMetadata {
            entity_id,
            acs,
            logout,
            signing_certificates,
            encryption_certificates,
            signs_requests,
            wants_assertions_signed: flag(self.sp, "WantAssertionsSigned"),
            name_id_formats,
            requested: self.requested()?,
            names: self.names()?,
            valid_until: found.limits.valid_until,
            cache_for: found.limits.cache_for,
            signature: Signature::Absent,
            left_out: self.left_out,
        })
    }

    fn all(&self, local: &str, what: &'static str) -> Result<Vec<Element<'a>>, MetadataFault> {
        all(self.sp, local, what)
    }

    fn consumers(&mut self) -> Result<Vec<AssertionConsumer>, MetadataFault> {
        let mut consumers: Vec<AssertionConsumer> = Vec::new();
        for (n, element) in self.all("AssertionConsumerService", "AssertionConsumerService")?.into_iter().enumerate() {
            let urn = element.attribute("Binding").unwrap_or_default();
            let Some(binding) = Binding::parse(urn).filter(|binding| *binding != Binding::Redirect) else {
                self.left_out.push(format!("AssertionConsumerService with {urn}"));
                continue;
            };
            let index = element.attribute("index").and_then(|text| text.trim().parse().ok());
            let index = index.or_else(|| u16::try_from(n).ok()).unwrap_or(u16::MAX);
            if consumers.iter().any(|other| other.index == index) {
                self.left_out.push(format!("AssertionConsumerService with the index {index} again"));
                continue;
            }
            let location = address(element, "Location")?;
            consumers.push(AssertionConsumer { index, binding, location, is_default: flag(element, "isDefault") });
        }
        if consumers.is_empty() { Err(MetadataFault::NoConsumer) } else { Ok(consumers) }
    }

    fn logout(&mut self) -> Result<Vec<LogoutEndpoint>, MetadataFault> {
        let mut endpoints = Vec::new();
        for element in self.all("SingleLogoutService", "SingleLogoutService")? {
            let urn = element.attribute("Binding").unwrap_or_default();
            let Some(binding) = Binding::parse(urn).filter(|binding| *binding != Binding::Artifact) else {
                self.left_out.push(format!("SingleLogoutService with {urn}"));
                continue;
            };
            let location = address(element, "Location")?;
            let answers = element.attribute("ResponseLocation");
            let response_location = answers.map(|_| address(element, "ResponseLocation")).transpose()?;
            endpoints.push(LogoutEndpoint { binding, location, response_location });
        }
        Ok(endpoints)
    }

    /// For checking signatures and for encryption.
    fn certificates(&mut self) -> Result<(Vec<CertificateDer>, Vec<CertificateDer>), MetadataFault> {
        let (mut signing, mut encryption) = (Vec::new(), Vec::new());
        for descriptor in self.all("KeyDescriptor", "KeyDescriptor")? {
            let usage = descriptor.attribute("use");
            for certificate in certificates_in(descriptor, &mut self.left_out)? {
                let push = |list: &mut Vec<CertificateDer>| {
                    if !list.contains(&certificate) {
                        list.push(certificate.clone());
                    }
                };
                if usage != Some("encryption") {
                    push(&mut signing);
                }
                if usage != Some("signing") && certificate::can_encrypt(&certificate) {
                    push(&mut encryption);
                }
            }
        }
        Ok((signing, encryption))
    }

    fn requested(&self) -> Result<Vec<Requested>, MetadataFault> {
        let mut requested = Vec::new();
        for service in self.all("AttributeConsumingService", "AttributeConsumingService")? {
            for one in service.children().filter(|child| child.is(MD, "RequestedAttribute")) {
                let Some(name) = one.attribute("Name").filter(|name| !name.is_empty()) else { continue };
                requested.push(Requested {
                    name: name.to_owned(),
                    friendly_name: one.attribute("FriendlyName").map(str::to_owned),
                    is_required: flag(one, "isRequired"),
                });
            }
        }
        if requested.len() > MOST { Err(MetadataFault::TooMany("RequestedAttribute")) } else { Ok(requested) }
    }

    /// `mdui:DisplayName`, else the names of its services.
    fn names(&self) -> Result<Vec<(String, String)>, MetadataFault> {
        let mut names = display_names(self.sp)?;
        for service in self.all("AttributeConsumingService", "AttributeConsumingService")? {
            names.extend(texts(service, MD, "ServiceName")?);
        }
        names.truncate(MOST);
        Ok(names)
    }
}

/// Never more than anybody has.
pub(super) fn all<'a>(of: Element<'a>, local: &str, what: &'static str) -> Result<Vec<Element<'a>>, MetadataFault> {
    let found: Vec<_> = of.children().filter(|child| child.is(MD, local)).collect();
    if found.len() > MOST { Err(MetadataFault::TooMany(what)) } else { Ok(found) }
}

/// Those of a `KeyDescriptor` that can be used; a word about the others.
pub(super) fn certificates_in(
    descriptor: Element<'_>,
    left_out: &mut Vec<String>,
) -> Result<Vec<CertificateDer>, MetadataFault> {
    let Some(info) = descriptor.child(DS, "KeyInfo")? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for data in info.children().filter(|child| child.is(DS, "X509Data")) {
        for element in data.children().filter(|child| child.is(DS, "X509Certificate")) {
            match one_certificate(&element.text()?) {
                Ok(certificate) => found.push(certificate),
                Err(fault) => left_out.push(format!("a certificate that {fault}")),
            }
        }
    }
    if found.is_empty() {
        left_out.push("a key without a certificate that can be used".to_owned());
    }
    Ok(found)
}

/// `mdui:DisplayName` of a role, each with its language.
pub(super) fn display_names(role: Element<'_>) -> Result<Vec<(String, String)>, MetadataFault> {
    let Some(extensions) = role.child(MD, "Extensions")? else { return Ok(Vec::new()) };
    let Some(info) = extensions.child(MDUI, "UIInfo")? else { return Ok(Vec::new()) };
    texts(info, MDUI, "DisplayName")
}

fn texts(parent: Element<'_>, namespace: &str, local: &str) -> Result<Vec<(String, String)>, MetadataFault> {
    let mut found = Vec::new();
    for element in parent.children().filter(|child| child.is(namespace, local)) {
        let text: String = element.text()?.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.is_empty() && text.chars().count() <= 200 {
            found.push((element.attribute_in(XML, "lang").unwrap_or_default().to_owned(), text));
        }
    }
    Ok(found)
}

fn one_certificate(text: &str) -> Result<CertificateDer, CertificateFault> {
    certificate::read_certificates(text)?.into_iter().next().ok_or(CertificateFault::Unreadable)
}

pub(super) fn address(element: Element<'_>, name: &str) -> Result<Endpoint, MetadataFault> {
    let text = element.attribute(name).unwrap_or_default();
    Endpoint::parse(text).map_err(|fault| {
        let address = text.chars().take(120).collect();
        MetadataFault::Address { address, fault }
    })
}

/// `xs:boolean`.
pub(super) fn flag(element: Element<'_>, name: &str) -> bool {
    matches!(element.attribute(name).map(str::trim), Some("true" | "1"))
}

/// `xs:dateTime`, which without an offset means UTC here (SAML Core §1.3.3).
fn time(text: &str) -> Option<Time> {
    let text = text.trim();
    let with_offset = chrono::DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    with_offset.or_else(|_none| text.parse::<chrono::NaiveDateTime>().map(|time| time.and_utc())).ok()
}

/// `xs:duration` in days and below; years and months have no fixed length and stand for 365 and 30 days.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim().strip_prefix('P')?;
    let (days, times) = text.split_once('T').unwrap_or((text, ""));
    let seconds = part(days, &[('Y', 31_536_000), ('M', 2_592_000), ('D', 86_400)])?;
    let more = part(times, &[('H', 3600), ('M', 60), ('S', 1)])?;
    seconds.checked_add(more).map(Duration::from_secs)
}

fn part(text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut rest = text;
    let mut sum: u64 = 0;
    for (unit, seconds) in units {
        if let Some((number, after)) = rest.split_once(*unit) {
            // Fractions of a second are left away.
            let whole = number.split('.').next().unwrap_or_default();
            sum = sum.checked_add(whole.parse::<u64>().ok()?.checked_mul(*seconds)?)?;
            rest = after;
        }
    }
    rest.is_empty().then_some(sum)
}

/// For people: the name in their language, else in English, else the first.
pub fn name_for<'a>(names: &'a [(String, String)], language: &str) -> Option<&'a str> {
    let of = |tag: &str| names.iter().find(|(lang, _)| lang.split('-').next() == Some(tag));
    of(language).or_else(|| of("en")).or_else(|| names.first()).map(|(_, name)| name.as_str())
}

impl SpMetadata {
    /// Attributes that it cannot do without.
    pub fn required(&self) -> impl Iterator<Item = &Requested> {
        self.requested.iter().filter(|one| one.is_required)
    }
}

#[cfg(test)]
#[path = "sp_metadata_tests.rs"]
mod tests;
