//! What a stranger sends as a SAML message, through the same door as the fuzz target (`fuzz/`): decoded, parsed, read,
//! verified and decrypted, nothing panics, and nothing is accepted that nobody signed.

use std::io::Read as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::bufread::DeflateEncoder;
use proptest::prelude::*;

use portner::crypto::credential::{Credential, mint};
use portner::crypto::entropy::SystemEntropy;
use portner::crypto::xml::{Cipher, Document, MESSAGE, Place, encrypt_element, sign_enveloped, verify_enveloped};
use portner::domain::Time;
use portner::domain::saml::SignatureAlg;
use portner::domain::signing::{KeyId, KeyType};
use portner::protocol::saml::binding::{BindingError, Incoming};

#[path = "../../../fuzz/examine.rs"]
mod examine;

/// Real messages: signed, and with something encrypted in them.
fn messages() -> &'static [String] {
    static MESSAGES: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    MESSAGES.get_or_init(|| {
        let minted = mint(KeyType::Rsa, "x", Time::from_timestamp(1_800_000_000, 0).unwrap(), &SystemEntropy).unwrap();
        let certificate = minted.certificate.clone();
        let signer = Credential::parse(KeyId("k".to_owned()), KeyType::Rsa, &minted.private, minted.certificate).unwrap();
        let request = "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
            xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_r\" Version=\"2.0\" \
            IssueInstant=\"2026-11-22T00:00:00Z\" Destination=\"https://id.example/saml/sso\">\
            <saml:Issuer>https://sp.example</saml:Issuer><samlp:NameIDPolicy AllowCreate=\"true\"/></samlp:AuthnRequest>";
        let data = encrypt_element("<saml:NameID/>", &certificate, Cipher::Aes256Gcm, &SystemEntropy).unwrap();
        let logout = request.replace("AuthnRequest", "LogoutRequest").replace(
            "<samlp:NameIDPolicy AllowCreate=\"true\"/>",
            &format!("<saml:EncryptedID>{data}</saml:EncryptedID>"),
        );
        let sign = |xml: &str| sign_enveloped(xml, Place::AfterIssuer, &signer, SignatureAlg::RsaSha256).unwrap();
        vec![request.to_owned(), sign(request), sign(&logout)]
    })
}

/// Pieces of markup that mean something to a parser, a verifier or a decoder.
const PIECES: [&str; 30] = [
    "<!DOCTYPE r [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>",
    "&b;",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?xml ",
    "?>",
    "<x:include xmlns:x=\"http://www.w3.org/2001/XInclude\" href=\"/etc/passwd\"/>",
    "xmlns=\"\"",
    "xmlns:a=\"\"",
    " ID=\"_r\"",
    "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>",
    "<ds:SignedInfo>",
    "<ds:Object>",
    "&#0;",
    "&#x110000;",
    "\u{0}",
    "\u{feff}",
    "\u{202e}",
    "\r\n",
    "<",
    ">",
    "\"",
    "'",
    "/",
    "=",
    "&",
    "%",
    "+262142-12-31T00:00:00",
];

fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_usize..30, any::<u8>());
    (0_usize..3, proptest::collection::vec(edit, 0..6)).prop_map(|(message, edits)| {
        let mut octets = messages()[message].clone().into_bytes();
        for (at, piece, cut, octet) in edits {
            let at = at.index(octets.len());
            let end = (at + cut).min(octets.len());
            let piece = PIECES[piece.index(PIECES.len())].as_bytes();
            match cut % 3 {
                0 => drop(octets.splice(at..at, piece.iter().copied())),
                1 => drop(octets.splice(at..end, piece.iter().copied())),
                _ => octets[at] = octet,
            }
            if octets.is_empty() {
                octets.push(b'<');
            }
        }
        octets
    })
}

fn deflated(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    DeflateEncoder::new(octets, Compression::best()).read_to_end(&mut out).unwrap();
    out
}

fn parameter(name: &str, octets: &[u8]) -> String {
    let value: String = url::form_urlencoded::byte_serialize(STANDARD.encode(octets).as_bytes()).collect();
    format!("{name}={value}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_a_stranger_sends_makes_a_reader_of_messages_panic(
        octets in damaged(), any in proptest::collection::vec(any::<u8>(), 0..300), tail in "[ -~]{0,40}",
    ) {
        for octets in [&octets, &any] {
            examine::message(octets);
            examine::message(parameter("SAMLRequest", octets).as_bytes());
            examine::message(parameter("SAMLResponse", &deflated(octets)).as_bytes());
            let more = format!("{}&RelayState={tail}&SigAlg={tail}&Signature={tail}", parameter("SAMLRequest", &deflated(octets)));
            examine::message(more.as_bytes());
        }
    }
}

#[test]
fn a_bomb_is_inflated_no_further_than_a_message_is_large() {
    for size in [MESSAGE + 1, 64 * 1024 * 1024] {
        let bomb = parameter("SAMLRequest", &deflated(&vec![b' '; size]));
        assert_eq!(Incoming::redirect(&bomb), Err(BindingError::TooLarge));
    }
    let large = parameter("SAMLRequest", &deflated(&vec![b' '; MESSAGE]));
    assert_eq!(Incoming::redirect(&large).unwrap().xml.len(), MESSAGE);
}

/// For how long this thread has been at work, whatever else the machine does (`proc_pid_schedstat`).
fn worked() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux counts it");
    Duration::from_nanos(told.split(' ').next().unwrap().parse().unwrap())
}

/// The costliest documents of the allowed size that were thought of. The bound is far above what they take (tenths of a
/// second without optimisation) and far below what growth with the square of their size would.
#[test]
fn the_costliest_documents_take_no_time_to_speak_of() {
    let fill = |piece: &str, room: usize| piece.repeat(room / piece.len());
    let declared: String = (0..60).map(|n| format!(" xmlns:p{n}=\"u\"")).collect();
    let scopes = 50;
    let documents = [
        format!("<a>{}</a>", fill("<b/>", 65_000)),
        format!("<a>{}</a>", fill("<b ID=''/>", 65_000)),
        format!("<a>{}</a>", fill("&lt;", 65_000)),
        format!("<a>{}</a>", fill("<!---->", 65_000)),
        format!("<a>{}</a>", fill("<![CDATA[]]>", 65_000)),
        format!("<a b='{}'/>", fill("&#9;", 65_000)),
        format!("<a{}{}", declared, fill("<", 60_000)),
        format!(
            "{}{}{}",
            format!("<a{declared}>").repeat(scopes),
            fill("<p0:b p1:x=''/>", 10_000),
            "</a>".repeat(scopes)
        ),
        fill("<a>", 65_000),
        fill("<a ", 65_000),
        fill("<!--", 65_000),
        fill("<![CDATA[", 65_000),
        format!("<a b={}", fill("'\"", 65_000)),
    ];
    for document in &documents {
        assert!(document.len() <= MESSAGE, "{}", document.len());
        let before = worked();
        examine::message(document.as_bytes());
        assert!(worked().saturating_sub(before).as_secs() < 5, "{}", &document[..60]);
    }
    // The same inside something that is to be verified: canonicalised with every prefix that may be asked for.
    let signed = &messages()[1];
    let prefixes: String = (0..16).map(|n| format!(" p{n}")).collect();
    let transform = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">";
    let asked = signed.replacen(
        transform,
        &format!("{transform}<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{prefixes}\"/>"),
        1,
    );
    assert_ne!(&asked, signed);
    let heavy = format!("<h{declared}>{}</h>", fill("<p0:b p1:x=''/>", 50_000));
    let asked = asked.replacen("<samlp:NameIDPolicy", &format!("{heavy}<samlp:NameIDPolicy"), 1);
    let before = worked();
    let document = Document::parse(asked.as_bytes()).unwrap();
    assert!(verify_enveloped(document.root(), &[]).is_err());
    assert!(worked().saturating_sub(before).as_secs() < 5);
}
