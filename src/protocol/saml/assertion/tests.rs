//! Answers of an identity provider, right and wrong, and what samael says to each.

#[path = "../../../../tests/it/support/saml_idp/forge.rs"]
mod forge;

use forge::Forge;
use proptest::prelude::*;

use super::*;
use crate::crypto::credential::{Credential, mint};
use crate::crypto::entropy::SystemEntropy;
use crate::crypto::xml::{Cipher, Place, Writer, encrypt_element, sign_enveloped};
use crate::domain::assurance::Level;
use crate::domain::authn_context::ContextClass;
use crate::domain::saml::{Binding, EntityId, NameIdKind, ServiceProvider, SignatureAlg, Signed};
use crate::domain::signing::{KeyId, KeyType};
use crate::protocol::saml::authn_request::ReplyAddress;
use crate::protocol::saml::fixture;
use crate::protocol::saml::message::written;
use crate::protocol::saml::response::{Issuer, NameId, Told, success};
use crate::protocol::saml::second_opinion::{self, Dissent, Opinion, Question};

const ISSUER: &str = "https://idp.example/metadata";
const AUDIENCE: &str = "https://id.example/t/acme";
const ACS: &str = "https://id.example/t/acme/upstream/acs";
const REQUEST: &str = "_request";

/// An identity provider and us.
struct World {
    idp: Credential,
    keys: Vec<CertificateDer>,
    ours: (Vec<u8>, CertificateDer),
    request: MessageId,
}

fn now() -> Time {
    Time::from_timestamp(1_800_000_000, 0).unwrap()
}

fn world() -> &'static World {
    static WORLD: std::sync::OnceLock<World> = std::sync::OnceLock::new();
    WORLD.get_or_init(|| {
        let (idp, ours) = (credential(), mint(KeyType::Rsa, "us", now(), &SystemEntropy).unwrap());
        World {
            keys: vec![idp.certificate().clone()],
            idp,
            ours: (ours.private.to_vec(), ours.certificate),
            request: MessageId::parse(REQUEST).unwrap(),
        }
    })
}

fn credential() -> Credential {
    let minted = mint(KeyType::Rsa, "idp", now(), &SystemEntropy).unwrap();
    Credential::parse(KeyId("k".to_owned()), KeyType::Rsa, &minted.private, minted.certificate).unwrap()
}

impl World {
    fn expected(&self) -> Expected<'_> {
        Expected {
            issuer: ISSUER,
            keys: &self.keys,
            audience: AUDIENCE,
            acs: ACS,
            request: &self.request,
            private_key: Some(&self.ours.0),
            now: now(),
        }
    }

    fn read(&self, xml: &str) -> Result<Assertion, AssertionError> {
        read(xml.as_bytes(), &self.expected())
    }

    fn ask(&self, xml: &str) -> Result<Opinion, Dissent> {
        second_opinion::ask(Question {
            xml,
            issuer: ISSUER,
            keys: &self.keys,
            audience: AUDIENCE,
            acs: ACS,
            request: REQUEST,
        })
    }

    fn sign(&self, xml: &str) -> String {
        sign_enveloped(xml, Place::AfterIssuer, &self.idp, SignatureAlg::RsaSha256).unwrap()
    }

    /// An answer of this shape, its assertion and then the whole changed before they are signed.
    fn answer(&self, shape: Shape, assertion: impl Fn(String) -> String, whole: impl Fn(String) -> String) -> String {
        let mut inner = assertion(assertion_of("_a", "alice"));
        if shape.assertion {
            inner = self.sign(&inner);
        }
        if shape.encrypted {
            let data = encrypt_element(&inner, &self.ours.1, Cipher::Aes256Gcm, &SystemEntropy).unwrap();
            inner = format!("<saml:EncryptedAssertion xmlns:saml=\"{ASSERTION}\">{data}</saml:EncryptedAssertion>");
        }
        let response = whole(response_of("_r", &inner));
        if shape.response { self.sign(&response) } else { response }
    }
}

#[derive(Clone, Copy, Debug)]
struct Shape {
    response: bool,
    assertion: bool,
    encrypted: bool,
}

const SHAPES: [Shape; 6] = [
    Shape { response: false, assertion: true, encrypted: false },
    Shape { response: true, assertion: false, encrypted: false },
    Shape { response: true, assertion: true, encrypted: false },
    Shape { response: false, assertion: true, encrypted: true },
    Shape { response: true, assertion: false, encrypted: true },
    Shape { response: true, assertion: true, encrypted: true },
];
const PLAIN: Shape = SHAPES[0];

fn same(text: String) -> String {
    text
}

fn at(minutes: i64) -> String {
    written(now() + Duration::minutes(minutes))
}

fn forge() -> Forge {
    Forge {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        acs: ACS.to_owned(),
        request: REQUEST.to_owned(),
        now: now(),
        ..Forge::default()
    }
}

fn assertion_of(id: &str, name: &str) -> String {
    forge().assertion(id, name)
}

fn response_of(id: &str, inner: &str) -> String {
    forge().response(id, inner)
}

fn replaced(from: &str, to: &str) -> impl Fn(String) -> String {
    move |text| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    }
}

#[test]
fn every_signed_shape_is_read_and_samael_reads_the_same() {
    let world = world();
    for shape in SHAPES {
        let xml = world.answer(shape, same, same);
        let read = world.read(&xml).unwrap_or_else(|error| panic!("{shape:?}: {error}"));
        assert_eq!((read.id.as_str(), &*read.name.value), ("_a", "alice"));
        assert_eq!(read.session_index.as_deref(), Some("s1"));
        assert_eq!(read.context.as_deref(), Some("urn:oasis:names:tc:SAML:2.0:ac:classes:Password"));
        assert_eq!(read.attributes, [("mail".to_owned(), vec!["alice@idp.example".to_owned(), "second".to_owned()])]);
        assert_eq!(read.auth_time, now() - Duration::minutes(2));
        let opinion = world.ask(&read.shown).unwrap_or_else(|error| panic!("{shape:?}: {error}"));
        let expected = if shape.encrypted && !shape.assertion {
            Opinion::Sealed
        } else {
            Opinion::Subject { format: read.name.format, name: read.name.value }
        };
        assert_eq!(opinion, expected, "{shape:?}");
    }
}

#[test]
fn what_nobody_signed_is_not_read() {
    let world = world();
    for encrypted in [false, true] {
        // Whoever encrypts has our certificate, as everybody has. That proves nothing.
        let xml = world.answer(Shape { response: false, assertion: false, encrypted }, same, same);
        assert_eq!(world.read(&xml), Err(AssertionError::Unsigned));
    }
    // An encrypted assertion of somebody else, put into an answer whose signature was taken away.
    for shape in SHAPES {
        let stranger =
            World { idp: credential(), keys: Vec::new(), ours: world.ours.clone(), request: world.request.clone() };
        let xml = stranger.answer(shape, same, same);
        assert_eq!(world.read(&xml), Err(AssertionError::Xml(XmlError::Signature)), "{shape:?}");
        assert!(world.ask(&xml).is_err(), "{shape:?}");
    }
}

#[test]
fn both_signatures_count_where_there_are_two() {
    let world = world();
    let mallory = credential();
    let inner = sign_enveloped(&assertion_of("_a", "mallory"), Place::AfterIssuer, &mallory, SignatureAlg::RsaSha256);
    let xml = world.sign(&response_of("_r", &inner.unwrap()));
    assert_eq!(world.read(&xml), Err(AssertionError::Xml(XmlError::Signature)));
    let outer = response_of("_r", &world.sign(&assertion_of("_a", "alice")));
    let xml = sign_enveloped(&outer, Place::AfterIssuer, &mallory, SignatureAlg::RsaSha256).unwrap();
    assert_eq!(world.read(&xml), Err(AssertionError::Xml(XmlError::Signature)));
}

/// Signed by the right key, changed in this way before: refused for this reason.
fn refuses(why: &str, from: &str, to: &str, error: &AssertionError) {
    let edit = |text: String| {
        let close = if from == "<saml:NameID" { "</saml:Name>" } else { "</saml:NameID>" };
        replaced(from, to)(text).replace("</saml:NameID>", close)
    };
    let world = world();
    assert_eq!(world.read(&world.answer(PLAIN, edit, same)).as_ref(), Err(error), "{why}");
}

#[test]
fn an_answer_counts_for_one_connection_one_request_and_one_address() {
    let recipient = format!("Recipient=\"{ACS}\"");
    let begins = format!("NotBefore=\"{}\" Recipient=", at(-1));
    for (why, from, to, error) in [
        ("a different issuer", ISSUER, "https://other.example", Mismatch("Issuer")),
        ("a different audience", "/t/acme</saml:Audience>", "/t/beta</saml:Audience>", Mismatch("Audience")),
        ("a longer audience", "</saml:Audience>", "/</saml:Audience>", Mismatch("Audience")),
        ("a different recipient", "Recipient=\"https://id", "Recipient=\"https://evil", Mismatch("Recipient")),
        ("no recipient", &recipient, "", Mismatch("Recipient")),
        ("another request", "InResponseTo=\"_request\"", "InResponseTo=\"_other\"", Mismatch("InResponseTo")),
        ("no request", "InResponseTo=\"_request\"", "", Mismatch("InResponseTo")),
        ("holder of key", "cm:bearer", "cm:holder-of-key", Missing("SubjectConfirmation")),
        ("a confirmation that begins", "Recipient=", &begins, Mismatch("NotBefore")),
        (
            "an unknown condition",
            "</saml:Conditions>",
            "<x:C xmlns:x=\"urn:x\"/></saml:Conditions>",
            AssertionError::Condition,
        ),
        ("nobody", "<saml:NameID", "<saml:Name", Missing("NameID")),
        ("nobody by name", ">alice</saml:NameID>", "> </saml:NameID>", Missing("NameID")),
        ("another version", "Version=\"2.0\"", "Version=\"1.1\"", Mismatch("Version")),
    ] {
        refuses(why, from, to, &error);
    }
}

#[test]
fn an_answer_counts_for_minutes() {
    let quoted = |name: &str, minutes: i64| format!("{name}=\"{}\"", at(minutes));
    let confirmed = |minutes: i64| format!("{}></saml:SubjectC", quoted("NotOnOrAfter", minutes));
    let valid = |minutes: i64| format!("{}><saml:Aud", quoted("NotOnOrAfter", minutes));
    let begins = |minutes: i64| quoted("NotBefore", minutes);
    let authn = |minutes: i64| quoted("AuthnInstant", minutes);
    let session = format!("{} SessionIndex=", quoted("SessionNotOnOrAfter", -2));
    let far = "AuthnInstant=\"+262142-01-01T00:00:00\"";
    let time = AssertionError::Time;
    for (why, from, to, error) in [
        ("a confirmation without end", confirmed(5), "></saml:SubjectC", Missing("NotOnOrAfter")),
        ("a confirmation that ended", confirmed(5), &confirmed(-1), time("NotOnOrAfter of the confirmation")),
        ("not yet", begins(-1), &begins(2), time("NotBefore")),
        ("no longer", valid(5), &valid(-1), time("NotOnOrAfter")),
        ("a session that ended", "SessionIndex=".to_owned(), &session, time("SessionNotOnOrAfter")),
        ("signed in tomorrow", authn(-2), &authn(5), time("AuthnInstant")),
        ("no time at all", authn(-2), "AuthnInstant=\"x\"", Mismatch("AuthnInstant")),
        ("a time beyond reckoning", authn(-2), far, Mismatch("AuthnInstant")),
    ] {
        refuses(why, &from, to, &error);
    }
}

#[test]
fn an_assertion_without_one_of_its_parts_is_refused() {
    let world = world();
    let drop = |name: &str| {
        let (open, close) = (format!("<saml:{name}"), format!("</saml:{name}>"));
        let cut = |text: String| {
            let end = text.find(&close).unwrap() + close.len();
            format!("{}{}", &text[..text.find(&open).unwrap()], &text[end..])
        };
        world.read(&world.answer(PLAIN, cut, same))
    };
    for name in [
        "Issuer",
        "Subject",
        "SubjectConfirmation",
        "Conditions",
        "AudienceRestriction",
        "AuthnStatement",
        "AuthnContext",
    ] {
        assert!(matches!(drop(name), Err(Missing(_) | Mismatch("Issuer"))), "{name}");
    }
}

#[test]
fn the_envelope_must_be_right_whether_it_is_signed_or_not() {
    let world = world();
    // What is only in the envelope, which a signed answer vouches for and an unsigned one still must get right.
    let envelope = [
        ("another request", "InResponseTo=\"_request\"", "InResponseTo=\"_other\"", Mismatch("InResponseTo")),
        ("nobody asked", "InResponseTo=\"_request\"", "", Mismatch("InResponseTo")),
        ("another address", "Destination=\"https://id", "Destination=\"https://evil", Mismatch("Destination")),
        ("another issuer", ISSUER, "https://other.example", Mismatch("Issuer")),
        ("another version", "Version=\"2.0\"", "Version=\"1.1\"", Mismatch("Version")),
        (
            "no",
            "status:Success",
            "status:Responder",
            AssertionError::Status("urn:oasis:names:tc:SAML:2.0:status:Responder".to_owned()),
        ),
        ("no status", "samlp:StatusCode", "samlp:Code", Missing("StatusCode")),
    ];
    for (why, from, to, error) in envelope {
        for shape in SHAPES {
            let edit = |text: String| {
                replaced(from, to)(text).replace(
                    "</samlp:StatusCode>",
                    if from == "samlp:StatusCode" { "</samlp:Code>" } else { "</samlp:StatusCode>" },
                )
            };
            assert_eq!(world.read(&world.answer(shape, same, edit)), Err(error.clone()), "{why}");
        }
    }
    // No destination: fine where the envelope is not signed, and only there.
    for shape in SHAPES {
        let xml = world.answer(shape, same, replaced(&format!(" Destination=\"{ACS}\""), ""));
        assert_eq!(world.read(&xml).is_ok(), !shape.response, "{shape:?}");
    }
}

#[test]
fn clocks_may_differ_by_a_minute_and_no_more() {
    let world = world();
    let xml = world.answer(PLAIN, same, same);
    let read_at = |seconds| {
        let now = now() + Duration::seconds(seconds);
        read(xml.as_bytes(), &Expected { now, ..world.expected() })
    };
    assert!(read_at(5 * 60 + 59).is_ok() && read_at(-119).is_ok());
    assert!(read_at(5 * 60 + 60).is_err() && read_at(-121).is_err());
    assert_eq!(
        read_at(0).unwrap().until,
        now() + Duration::minutes(6),
        "it must be remembered for as long as it is accepted"
    );
    let ends = format!("SessionNotOnOrAfter=\"{}\" SessionIndex=", at(1));
    let xml = world.answer(PLAIN, replaced("SessionIndex=", &ends), same);
    let session = |seconds| {
        let now = now() + Duration::seconds(seconds);
        read(xml.as_bytes(), &Expected { now, ..world.expected() }).map(|assertion| assertion.session_until)
    };
    assert_eq!(session(119), Ok(Some(now() + Duration::minutes(2))), "what is accepted may be opened");
    assert_eq!(session(120), Err(AssertionError::Time("SessionNotOnOrAfter")));
}

#[test]
fn a_comment_in_a_name_cuts_nothing_off() {
    let world = world();
    for shape in SHAPES {
        let xml = world.answer(
            shape,
            replaced("alice</saml:NameID>", "alice@idp.example<!-- -->.evil.example</saml:NameID>"),
            same,
        );
        assert_eq!(world.read(&xml).unwrap().name.value, "alice@idp.example.evil.example", "{shape:?}");
    }
    // Put in afterwards, where canonicalisation does not see it, it changes nothing either.
    let xml = world.answer(PLAIN, same, same).replacen("alice</saml:NameID>", "al<!-- -->ice</saml:NameID>", 1);
    assert_eq!(world.read(&xml).unwrap().name.value, "alice");
}

#[test]
fn without_a_key_an_encrypted_assertion_is_refused_and_with_anothers_too() {
    let world = world();
    let xml = world.answer(SHAPES[3], same, same);
    let with = |private_key| read(xml.as_bytes(), &Expected { private_key, ..world.expected() });
    assert_eq!(with(None), Err(AssertionError::NoKey));
    let other = mint(KeyType::Rsa, "x", now(), &SystemEntropy).unwrap();
    assert_eq!(with(Some(&other.private)), Err(AssertionError::Xml(XmlError::Encryption)));
    // What comes out of the encryption is bounded and looked at like what came in.
    for inner in ["<!DOCTYPE a><a/>", "<a", "<a/>", "\u{0}", ""] {
        let data = encrypt_element(inner, &world.ours.1, Cipher::Aes256Gcm, &SystemEntropy).unwrap();
        let sealed = format!("<saml:EncryptedAssertion xmlns:saml=\"{ASSERTION}\">{data}</saml:EncryptedAssertion>");
        assert!(world.read(&world.sign(&response_of("_r", &sealed))).is_err(), "{inner}");
    }
}

#[test]
fn wrapped_answers_never_name_anybody_else() {
    let world = world();
    let assertion = world.sign(&assertion_of("_a", "alice"));
    let message = world.sign(&response_of("_r", &assertion_of("_a", "alice")));
    for (name, xml) in forge().wrapped_assertions(&assertion).into_iter().chain(forge().wrapped_messages(&message)) {
        let read = world.read(&xml);
        assert!(read.is_err(), "{name}: {read:?}");
        if let Ok(Opinion::Subject { name: subject, .. }) = world.ask(&xml) {
            assert_eq!(subject, "alice", "samael, {name}");
        }
    }
    // What only looks like an assertion is nobody's business: the real one is read.
    let lookalike = forge().evil("_e", "").replace(ASSERTION, "urn:x");
    let read = world.read(&response_of("_r", &format!("{lookalike}{assertion}"))).unwrap();
    assert_eq!(read.name.value, "alice");
}

#[test]
fn samael_refuses_what_was_changed_too() {
    let world = world();
    for shape in SHAPES.into_iter().filter(|shape| !shape.encrypted) {
        let xml = world.answer(shape, same, same).replacen("alice<", "mallory<", 1);
        assert!(world.read(&xml).is_err());
        assert!(matches!(world.ask(&xml), Err(Dissent::Refused(_))), "{shape:?}");
    }
    // A time that cannot be reckoned with stays inside.
    let far = world.answer(
        PLAIN,
        replaced(&format!("IssueInstant=\"{}\"", at(0)), "IssueInstant=\"+262142-12-31T00:00:00Z\""),
        same,
    );
    assert!(matches!(world.ask(&far), Err(Dissent::Panicked | Dissent::Refused(_))));
}

/// What we issue to an application, in this form.
fn issued(signer: &Credential, alg: SignatureAlg, parts: Signed, encrypt_assertion: bool) -> String {
    let entity_id = EntityId::parse(AUDIENCE).unwrap();
    let acs = fixture::consumer(0, Binding::Post, ACS);
    let address = ReplyAddress {
        entity: entity_id.clone(),
        location: acs.location.clone(),
        binding: Binding::Post,
        in_response_to: Some(world().request.clone()),
        relay_state: None,
    };
    let provider = ServiceProvider {
        entity_id,
        acs: vec![acs],
        encryption_certificates: vec![world().ours.1.clone()],
        signed: parts,
        encrypt_assertion,
        signature: alg,
        ..fixture::provider()
    };
    let rule = fixture::rule("mail", "unused");
    let told = Told {
        name_id: NameId { kind: NameIdKind::Email, value: NAME.to_owned() },
        session_index: "s1".to_owned(),
        auth_time: now(),
        session_ends: None,
        context: ContextClass::Password,
        level: Level::Password,
        chain: Chain::default(),
        attributes: vec![(&rule, VALUES.map(str::to_owned).to_vec())],
    };
    let issuer = Issuer { entity_id: ISSUER, signer, alg, now: now(), entropy: &SystemEntropy };
    success(issuer, &provider, &address, &told).unwrap()
}

const NAME: &str = "å&<b>\"@acme.example";
const VALUES: [&str; 2] = ["]]> & <x>", "\t\r\n"];

/// A service provider that is samael believes us in every form, and not once it was changed. Nor do we.
#[test]
fn samael_as_service_provider_believes_what_we_issue_and_nothing_else() {
    for (signed, alg, encrypt) in [Signed::Response, Signed::Assertion, Signed::Both]
        .into_iter()
        .flat_map(|signed| SignatureAlg::ALL.map(|alg| (signed, alg)))
        .flat_map(|(signed, alg)| [(signed, alg, false), (signed, alg, true)])
    {
        let form = format!("{signed:?} {alg:?} {encrypt}");
        let signer = fixture::credential(alg);
        let keys = [signer.certificate().clone()];
        let ask = |xml: &str| {
            let (audience, acs, request) = (AUDIENCE, ACS, REQUEST);
            second_opinion::ask(Question { xml, issuer: ISSUER, keys: &keys, audience, acs, request })
        };
        let expected = Expected { keys: &keys, ..world().expected() };
        let xml = issued(&signer, alg, signed, encrypt);
        let ours = read(xml.as_bytes(), &expected).unwrap_or_else(|error| panic!("{form}: {error}"));
        assert_eq!(ours.name.value, NAME);
        assert_eq!(ours.attributes, [("mail".to_owned(), VALUES.map(str::to_owned).to_vec())]);
        let theirs = ask(&ours.shown).unwrap_or_else(|error| panic!("{form}: {error}"));
        let sealed = encrypt && signed == Signed::Response;
        let subject = Opinion::Subject { format: ours.name.format, name: ours.name.value };
        assert_eq!(theirs, if sealed { Opinion::Sealed } else { subject }, "{form}");

        let (from, to) = if sealed { ("CipherValue>", "CipherValue>AAAA") } else { ("@acme.example", "@acne.example") };
        assert!(matches!(ask(&replaced(from, to)(ours.shown)), Err(Dissent::Refused(_))), "{form}");
        if !encrypt {
            assert!(read(replaced(from, to)(xml).as_bytes(), &expected).is_err(), "{form}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The property that matters: what is accepted says what was signed.
    #[test]
    fn a_changed_answer_is_refused_or_says_the_same(shape in 0_usize..6, at in any::<usize>(), with in any::<u8>(), cut in 0_usize..40) {
        static ANSWERS: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
        let answers = ANSWERS.get_or_init(|| SHAPES.map(|shape| world().answer(shape, same, same)).to_vec());
        let mut octets = answers[shape].clone().into_bytes();
        let at = at % octets.len();
        if cut % 2 == 0 {
            octets[at] = with;
        } else {
            let end = (at + cut).min(octets.len());
            octets.drain(at..end);
        }
        if let Ok(read) = read(&octets, &world().expected()) {
            prop_assert_eq!(&*read.name.value, "alice");
            prop_assert_eq!(read.attributes[0].1.len(), 2);
            prop_assert_eq!(read.id.as_str(), "_a");
        }
    }
}
