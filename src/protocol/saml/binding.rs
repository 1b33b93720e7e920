//! How a message comes through the browser and goes back: HTTP-Redirect (SAML Bindings §3.4, DEFLATE encoding) and
//! HTTP-POST (§3.5).
//!
//! A Redirect is signed over octets as they were sent, so the raw query is kept and nothing is decoded twice. Refused
//! on purpose: a parameter twice, a parameter of ours under a name that only looks like it (`%53AMLRequest`,
//! `samlrequest`), other encodings than DEFLATE, what inflates beyond a message's size, HTTP-POST-SimpleSign. Other
//! parameters are nobody's and mean nothing.

use std::io::Read as _;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use flate2::Compression;
use flate2::bufread::{DeflateDecoder, DeflateEncoder};
use url::form_urlencoded::byte_serialize;

use crate::crypto::credential::Credential;
use crate::crypto::xml::{self, Element, XmlError, sign_query, verify_enveloped, verify_query};
use crate::domain::saml::{Binding, CertificateDer, SignatureAlg};
use crate::protocol::params::decode;
use crate::protocol::reply::Reply;

/// The specification says 80 (§3.4.3, §3.5.3); many applications put an address there.
pub const RELAY_STATE_MAX_BYTES: usize = 1024;
const DEFLATE: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";

/// Everything that the bindings know by name.
const NAMES: [&str; 6] = ["SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature", "SAMLEncoding"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Request,
    Response,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    #[error("the parameters are longer than 64 KiB")]
    TooLong,
    #[error("{0} is there twice")]
    Twice(&'static str),
    #[error("a parameter's name only looks like {0}")]
    Alias(&'static str),
    #[error("a parameter has a wrong percent escape, or is not UTF-8")]
    Escape,
    #[error("there is neither SAMLRequest nor SAMLResponse, or there are both")]
    NoMessage,
    #[error("SAMLEncoding is not DEFLATE")]
    Encoding,
    #[error("the message is not base64")]
    Base64,
    #[error("the message cannot be inflated, or something follows it")]
    Deflate,
    #[error("the message is larger than 64 KiB")]
    TooLarge,
    #[error("RelayState is longer than 1,024 bytes")]
    RelayState,
    #[error("SigAlg and Signature belong together, and to HTTP-Redirect alone")]
    Signature,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the message is not signed")]
    Missing,
    #[error("the signature's algorithm is not accepted")]
    Algorithm,
    #[error("no certificate is registered to verify the signature with")]
    NoCertificate,
    #[error("the signature is wrong: {0}")]
    Wrong(XmlError),
}

/// A message as it came. Nothing in it is trusted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    pub kind: Kind,
    pub binding: Binding,
    pub xml: Vec<u8>,
    /// Octet for octet. An empty one counts: it is signed and given back.
    pub relay_state: Option<String>,
    detached: Option<Detached>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Detached {
    algorithm: String,
    signature: Vec<u8>,
    /// As sent, and as `encodeURIComponent` writes it: some applications sign the second and send the first.
    octets: [String; 2],
}

impl Incoming {
    /// From the raw query of a GET.
    pub fn redirect(query: &str) -> Result<Self, BindingError> {
        let given = Given::read(query)?;
        let (kind, message) = given.message()?;
        if given.text("SAMLEncoding")?.is_some_and(|encoding| encoding != DEFLATE) {
            return Err(BindingError::Encoding);
        }
        let xml = inflate(&unbase64(&decoded(message)?)?)?;
        let detached = given.detached(kind)?;
        Ok(Self { kind, binding: Binding::Redirect, xml, relay_state: given.relay_state()?, detached })
    }

    /// From the body of a POST, which is `application/x-www-form-urlencoded`.
    pub fn post(body: &str) -> Result<Self, BindingError> {
        let given = Given::read(body)?;
        let (kind, message) = given.message()?;
        if given.raw("SigAlg").is_some() || given.raw("Signature").is_some() {
            return Err(BindingError::Signature);
        }
        let xml = unbase64(&decoded(message)?)?;
        if xml.len() > xml::MESSAGE {
            return Err(BindingError::TooLarge);
        }
        Ok(Self { kind, binding: Binding::Post, xml, relay_state: given.relay_state()?, detached: None })
    }

    /// Whether it says that it is signed, in the way of its binding.
    pub fn is_signed(&self, root: Element<'_>) -> bool {
        match self.binding {
            Binding::Redirect => self.detached.is_some(),
            Binding::Post | Binding::Artifact => root.children().any(|child| child.is(xml::DSIG, "Signature")),
        }
    }

    /// `root` is the parsed `xml`: what is verified is what is read afterwards. Only registered keys count.
    pub fn verify(&self, root: Element<'_>, keys: &[CertificateDer]) -> Result<(), SignatureError> {
        if !self.is_signed(root) {
            return Err(SignatureError::Missing);
        }
        if keys.is_empty() {
            return Err(SignatureError::NoCertificate);
        }
        let Some(detached) = &self.detached else {
            return verify_enveloped(root, keys).map_err(SignatureError::Wrong);
        };
        let alg = SignatureAlg::parse(&detached.algorithm).ok_or(SignatureError::Algorithm)?;
        let [sent, component] = &detached.octets;
        let verify = |octets: &str| verify_query(octets.as_bytes(), alg, &detached.signature, keys);
        verify(sent).or_else(|wrong| verify(component).map_err(|_again| SignatureError::Wrong(wrong)))
    }

    /// For what comes from an application: a signature that is there is right, and it is there where it must be.
    pub fn authenticate(
        &self,
        root: Element<'_>,
        keys: &[CertificateDer],
        required: bool,
    ) -> Result<Signed, SignatureError> {
        let present = self.is_signed(root);
        if required || (present && !keys.is_empty()) {
            return self.verify(root, keys).map(|()| Signed::Yes);
        }
        Ok(if present { Signed::Unverifiable } else { Signed::No })
    }
}

/// What is known of a message's signature once it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    Yes,
    No,
    /// There is one, but no certificate to verify it with, and none is required.
    Unverifiable,
}

/// The parameters of ours, raw, each at most once.
struct Given<'a>(Vec<(&'static str, &'a str)>);

impl<'a> Given<'a> {
    fn read(encoded: &'a str) -> Result<Self, BindingError> {
        // A message in base64 and percent escapes.
        if encoded.len() > 4 * xml::MESSAGE {
            return Err(BindingError::TooLong);
        }
        let mut given: Vec<(&'static str, &'a str)> = Vec::new();
        for piece in encoded.split('&') {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let Some(known) = known(name)? else { continue };
            if given.iter().any(|(other, _)| *other == known) {
                return Err(BindingError::Twice(known));
            }
            given.push((known, value));
        }
        Ok(Self(given))
    }

    fn raw(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    fn text(&self, name: &str) -> Result<Option<String>, BindingError> {
        self.raw(name).map(decoded).transpose()
    }

    fn message(&self) -> Result<(Kind, &'a str), BindingError> {
        match (self.raw("SAMLRequest"), self.raw("SAMLResponse")) {
            (Some(message), None) => Ok((Kind::Request, message)),
            (None, Some(message)) => Ok((Kind::Response, message)),
            (None, None) | (Some(_), Some(_)) => Err(BindingError::NoMessage),
        }
    }

    fn relay_state(&self) -> Result<Option<String>, BindingError> {
        let text = self.text("RelayState")?;
        match text {
            Some(text) if text.len() > RELAY_STATE_MAX_BYTES => Err(BindingError::RelayState),
            text => Ok(text),
        }
    }

    /// §3.4.4.1: message, `RelayState` if it was sent, and `SigAlg`, in this order whatever order they came in.
    fn detached(&self, kind: Kind) -> Result<Option<Detached>, BindingError> {
        let (algorithm, signature) = match (self.text("SigAlg")?, self.text("Signature")?) {
            (None, None) => return Ok(None),
            (Some(algorithm), Some(signature)) => (algorithm, unbase64(&signature)?),
            (Some(_), None) | (None, Some(_)) => return Err(BindingError::Signature),
        };
        let (mut sent, mut component) = (String::new(), String::new());
        for name in [kind.name(), "RelayState", "SigAlg"] {
            let Some(raw) = self.raw(name) else { continue };
            let joint = if sent.is_empty() { "" } else { "&" };
            let encoded = encode_component(&decoded(raw)?);
            sent.extend([joint, name, "=", raw]);
            component.extend([joint, name, "=", &encoded]);
        }
        Ok(Some(Detached { algorithm, signature, octets: [sent, component] }))
    }
}

/// Whether a raw name is one of ours; one that another reader could take for ours is refused.
fn known(raw: &str) -> Result<Option<&'static str>, BindingError> {
    if let Some(name) = NAMES.into_iter().find(|name| *name == raw) {
        return Ok(Some(name));
    }
    let text = decoded(raw)?;
    let letters =
        |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let plain = letters(&text);
    match NAMES.into_iter().find(|name| letters(name) == plain) {
        Some(name) => Err(BindingError::Alias(name)),
        None => Ok(None),
    }
}

fn decoded(raw: &str) -> Result<String, BindingError> {
    decode(raw.as_bytes()).map_err(|_wrong| BindingError::Escape)
}

/// As JavaScript's `encodeURIComponent` writes it (ECMA-262 §19.2.6.4).
fn encode_component(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte);
    let written = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(written).collect()
}

/// Line breaks are allowed (RFC 2045 §6.8), padding may be missing.
fn unbase64(text: &str) -> Result<Vec<u8>, BindingError> {
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let text: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    ENGINE.decode(text).map_err(|_wrong| BindingError::Base64)
}

/// RFC 1951. Never more than a message's size is written, whatever came.
fn inflate(deflated: &[u8]) -> Result<Vec<u8>, BindingError> {
    let limit = u64::try_from(xml::MESSAGE).unwrap_or(u64::MAX) + 1;
    let mut decoder = DeflateDecoder::new(deflated);
    let mut plain = Vec::new();
    decoder.by_ref().take(limit).read_to_end(&mut plain).map_err(|_wrong| BindingError::Deflate)?;
    if plain.len() > xml::MESSAGE {
        return Err(BindingError::TooLarge);
    }
    if decoder.into_inner().is_empty() { Ok(plain) } else { Err(BindingError::Deflate) }
}

/// A message on its way out.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    pub kind: Kind,
    pub xml: &'a str,
    pub to: &'a str,
    pub relay_state: Option<&'a str>,
}

impl Outgoing<'_> {
    /// Signed over what is sent. The message itself carries no signature then (§3.4.4.1).
    pub fn redirect(self, signer: &Credential, alg: SignatureAlg) -> Result<Reply, XmlError> {
        let mut query = self.query()?;
        query.extend(["&SigAlg=", &escaped(alg.uri())]);
        let signature = STANDARD.encode(sign_query(&query, signer, alg)?);
        query.extend(["&Signature=", &escaped(&signature)]);
        Ok(Reply::Redirect(joined(self.to, &query)))
    }

    /// For whoever wants no signature.
    pub fn redirect_unsigned(self) -> Result<Reply, XmlError> {
        Ok(Reply::Redirect(joined(self.to, &self.query()?)))
    }

    fn query(self) -> Result<String, XmlError> {
        let mut deflated = Vec::new();
        let encoded = DeflateEncoder::new(self.xml.as_bytes(), Compression::default()).read_to_end(&mut deflated);
        encoded.map_err(|_never| XmlError::Malformed)?;
        let mut query = format!("{}={}", self.kind.name(), escaped(&STANDARD.encode(deflated)));
        if let Some(relay_state) = self.relay_state {
            query.extend(["&RelayState=", &escaped(relay_state)]);
        }
        Ok(query)
    }

    /// A page that posts itself.
    pub fn post(self) -> Reply {
        let mut params = vec![(self.kind.name(), STANDARD.encode(self.xml))];
        if let Some(relay_state) = self.relay_state {
            params.push(("RelayState", relay_state.to_owned()));
        }
        Reply::FormPost { action: self.to.to_owned(), params }
    }
}

/// Spaces as `%20`: some readers take a plus sign for one.
fn escaped(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The address with more in its query; what it has is kept, octet for octet.
pub fn joined(address: &str, query: &str) -> String {
    let joint = match address.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some((_, has)) if has.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{address}{joint}{query}")
}

#[cfg(test)]
#[path = "binding_tests.rs"]
mod tests;
