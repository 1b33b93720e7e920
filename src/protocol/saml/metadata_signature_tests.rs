use super::*;
use crate::crypto::xml::{Place, sign_enveloped};
use crate::domain::saml::SignatureAlg;
use crate::domain::signing::KeyType;
use crate::protocol::saml::fixture;
use crate::protocol::saml::sp_metadata::{self, SpMetadata};

const ENDS: &str = "validUntil='2030-01-01T00:00:00Z'";
const ROLE: &str = "<md:SPSSODescriptor protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'>\
                    <md:AssertionConsumerService index='0' \
                    Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST' Location='https://sp.example/acs'/>\
                    </md:SPSSODescriptor>";
const FEDERATION: SignatureAlg = SignatureAlg::RsaSha256;
/// Of somebody else.
const OTHER: SignatureAlg = SignatureAlg::EcdsaSha256;

fn entity(id: &str, more: &str) -> String {
    format!(
        "<md:EntityDescriptor xmlns:md='urn:oasis:names:tc:SAML:2.0:metadata' entityID='{id}' {more}>{ROLE}\
         </md:EntityDescriptor>"
    )
}

fn group(more: &str, inside: &[&str]) -> String {
    format!(
        "<md:EntitiesDescriptor xmlns:md='urn:oasis:names:tc:SAML:2.0:metadata' {more}>{}</md:EntitiesDescriptor>",
        inside.concat()
    )
}

fn signed(xml: &str, alg: SignatureAlg) -> String {
    sign_enveloped(xml, Place::First, &fixture::credential(alg), alg).unwrap()
}

/// By whoever demands the federation's signature.
fn demanded(text: &str, wanted: Option<&str>) -> Result<SpMetadata, MetadataFault> {
    let wanted = wanted.map(|id| EntityId::parse(id).unwrap());
    sp_metadata::read(text.as_bytes(), wanted.as_ref(), &[fixture::certificate(KeyType::Rsa)])
}

fn unvouched(text: &str, wanted: &str) -> XmlError {
    match demanded(text, Some(wanted)) {
        Err(MetadataFault::Unvouched(why)) => why,
        other => panic!("{other:?}\n{text}"),
    }
}

#[test]
fn in9_what_a_federation_signed_as_a_whole_is_read() {
    let (one, two) = (entity("urn:one", ""), entity("urn:two", "validUntil='2029-01-01T00:00:00Z'"));
    let inner = group("", &[&two]);
    let whole = signed(&group(&format!("ID='_whole' {ENDS}"), &[&one, &inner]), FEDERATION);
    let read = demanded(&whole, Some("urn:two")).unwrap();
    assert_eq!((read.entity_id.as_str(), read.signature), ("urn:two", Signature::Verified));
    assert_eq!(read.valid_until.unwrap().to_rfc3339(), "2029-01-01T00:00:00+00:00", "the earliest counts");
    assert!(matches!(demanded(&whole, None), Err(MetadataFault::Several(_))));
    assert!(matches!(demanded(&whole, Some("urn:three")), Err(MetadataFault::Absent(_))));
    let several = [fixture::certificate(KeyType::EcP256), fixture::certificate(KeyType::Rsa)];
    assert!(sp_metadata::read(whole.as_bytes(), Some(&read.entity_id), &several).is_ok(), "while they change over");
}

#[test]
fn in9_an_entity_that_is_signed_alone_is_read_wherever_it_stands() {
    let two = signed(&entity("urn:two", &format!("ID='_two' {ENDS}")), FEDERATION);
    assert_eq!(demanded(&two, None).unwrap().signature, Signature::Verified);
    let among = group("", &[&entity("urn:one", ENDS), &two]);
    assert_eq!(demanded(&among, Some("urn:two")).unwrap().entity_id.as_str(), "urn:two");
    assert_eq!(unvouched(&among, "urn:one"), XmlError::Unsigned, "its neighbour's signature is not its own");
    // Somebody hands it on under a signature of their own: the member's still counts.
    let handed_on = signed(&group("ID='_whole'", &[&two]), OTHER);
    assert_eq!(demanded(&handed_on, Some("urn:two")).unwrap().entity_id.as_str(), "urn:two");
}

#[test]
fn in9_metadata_that_nobody_vouches_for_is_refused() {
    let id = format!("ID='_two' {ENDS}");
    let (plain, good) = (entity("urn:two", &id), signed(&entity("urn:two", &id), FEDERATION));
    assert_eq!(unvouched(&plain, "urn:two"), XmlError::Unsigned);
    assert_eq!(unvouched(&entity("urn:two", ENDS), "urn:two"), XmlError::Unsigned, "nor has it an ID");
    let changed = good.replace("https://sp.example/acs", "https://evil.example/acs");
    assert_eq!(unvouched(&changed, "urn:two"), XmlError::Digest);
    let later = good.replace("2030-01-01", "2040-01-01");
    assert_eq!(unvouched(&later, "urn:two"), XmlError::Digest);
    assert_eq!(unvouched(&signed(&plain, OTHER), "urn:two"), XmlError::Signature, "whatever KeyInfo says");
    // The attacker's own signature, under the name of the certificate that is known.
    let (ours, theirs) = (signature_in(&good), signature_in(&signed(&plain, OTHER)));
    let named = good.replace(part_of(&ours, "SignatureValue"), part_of(&theirs, "SignatureValue"));
    assert_eq!(unvouched(&named, "urn:two"), XmlError::Signature);
    let twice = good.replace(&ours, &ours.repeat(2));
    assert_eq!(unvouched(&twice, "urn:two"), XmlError::Shape("two signatures"));
    let weak = good.replace("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", &format!("{DSIG}hmac-sha1"));
    assert_eq!(unvouched(&weak, "urn:two"), XmlError::Algorithm);
}

/// CVE-2024-45409 and its family, for metadata: a good signature, moved or put around something else.
#[test]
fn in9_a_signature_over_something_else_vouches_for_nothing() {
    let good = signed(&entity("urn:good", &format!("ID='_good' {ENDS}")), FEDERATION);
    let signature = signature_in(&good);
    let evil = entity("urn:evil", &format!("ID='_evil' {ENDS}"));
    let with = |text: &str, what: &str| text.replacen("<md:SPSSODescriptor", &format!("{what}<md:SPSSODescriptor"), 1);
    let elsewhere = XmlError::Shape("a reference to something else");
    assert_eq!(unvouched(&with(&evil, &signature), "urn:evil"), elsewhere);
    // At the root, about a child.
    let wrapped = group(&format!("ID='_root' {ENDS}"), &[&signature, &evil, &good]);
    assert_eq!(unvouched(&wrapped, "urn:evil"), elsewhere);
    // The signed one hidden inside the evil one.
    let hidden = with(&evil, &format!("<md:Extensions>{good}</md:Extensions>"));
    assert_eq!(unvouched(&hidden, "urn:evil"), XmlError::Unsigned);
    let hidden = with(&evil, &format!("{signature}<md:Extensions>{good}</md:Extensions>"));
    assert_eq!(unvouched(&hidden, "urn:evil"), elsewhere);
    // Under the same name, before and after it.
    let twin = entity("urn:good", ENDS);
    for inside in [[twin.as_str(), good.as_str()], [good.as_str(), twin.as_str()]] {
        assert_eq!(unvouched(&group(ENDS, &inside), "urn:good"), XmlError::Unsigned);
    }
    // Under the same ID nothing is read at all.
    let same = group("", &[&evil.replace("_evil", "_good"), &good]);
    assert!(matches!(demanded(&same, Some("urn:good")), Err(MetadataFault::Xml(_))));
}

#[test]
fn in9_what_is_signed_has_an_end() {
    let endless = signed(&entity("urn:two", "ID='_two'"), FEDERATION);
    assert_eq!(demanded(&endless, None), Err(MetadataFault::Endless));
    // An end that stands outside of what was signed is anybody's.
    let outside = group(ENDS, &[&endless]);
    assert_eq!(demanded(&outside, Some("urn:two")), Err(MetadataFault::Endless));
    assert!(sp_metadata::read(endless.as_bytes(), None, &[]).is_ok(), "nobody demanded anything");
}

#[test]
fn a_signature_that_nobody_looks_at_is_told_with_what_it_says_of_itself() {
    let asked = |text: &str| sp_metadata::read(text.as_bytes(), Some(&EntityId::parse("urn:two").unwrap()), &[]);
    let plain = entity("urn:two", "ID='_two'");
    let told = |text: &str| asked(text).unwrap().signature;
    assert_eq!(told(&plain), Signature::Absent);
    let by_itself = signed(&plain, OTHER);
    let name = Some(fingerprint(&fixture::certificate(KeyType::EcP256).0));
    assert_eq!(told(&by_itself), Signature::Unchecked(name.clone()));
    assert_eq!(told(&group("", &[&entity("urn:one", ""), &by_itself])), Signature::Unchecked(name));
    let signature = signature_in(&by_itself);
    let nameless = by_itself.replace(part_of(&signature, "KeyInfo"), "");
    assert_eq!(told(&nameless), Signature::Unchecked(None));
}

fn signature_in(text: &str) -> String {
    part_of(text, "Signature").to_owned()
}

fn part_of<'a>(text: &'a str, local: &str) -> &'a str {
    let end = format!("</ds:{local}>");
    let (from, to) = (text.find(&format!("<ds:{local}")).unwrap(), text.find(&end).unwrap());
    &text[from..to + end.len()]
}
