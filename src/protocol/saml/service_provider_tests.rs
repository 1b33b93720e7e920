use chrono::TimeZone as _;

use super::*;
use crate::crypto::credential::{Credential, mint};
use crate::crypto::entropy::SystemEntropy;
use crate::domain::assurance::Level;
use crate::domain::federation::Chain;
use crate::domain::saml::{
    AssertionConsumer, AttributeRule, AttributeSource, ClaimName, Endpoint, EntityId, NameIdKind, Preset,
    ServiceProvider, SignatureAlg, Signed,
};
use crate::domain::signing::{KeyId, KeyType};
use crate::protocol::saml::authn_request::ReplyAddress;
use crate::protocol::saml::response::{Issuer, NameId, Told, refusal, success};
use crate::protocol::saml::status::{Fault, Reason, Status};

const ACS: &str = "https://sp.example/acs";
const SP: &str = "https://sp.example/";
const IDP: &str = "https://id.example/saml/metadata";

fn at(minutes: i64) -> Time {
    chrono::Utc.timestamp_opt(1_800_000_000, 0).unwrap() + chrono::Duration::minutes(minutes)
}

fn credential() -> Credential {
    let minted = mint(KeyType::EcP256, IDP, at(0), &SystemEntropy).unwrap();
    Credential::parse(KeyId("k".to_owned()), KeyType::EcP256, &minted.private, minted.certificate).unwrap()
}

struct Stand {
    signer: Credential,
    parties: Parties,
    provider: ServiceProvider,
    request: MessageId,
}

impl Stand {
    fn new(what: Signed) -> Self {
        let signer = credential();
        let rule = AttributeRule {
            name: "email".to_owned(),
            format: None,
            friendly_name: None,
            source: AttributeSource::Claim(ClaimName::parse("email").unwrap()),
        };
        let location = Endpoint::parse(ACS).unwrap();
        let provider = ServiceProvider {
            entity_id: EntityId::parse(SP).unwrap(),
            acs: vec![AssertionConsumer { index: 0, binding: Binding::Post, location, is_default: true }],
            logout: Vec::new(),
            signing_certificates: Vec::new(),
            encryption_certificates: Vec::new(),
            signs_requests: false,
            signed: what,
            encrypt_assertion: false,
            signature: SignatureAlg::EcdsaSha256,
            name_id: NameIdKind::Persistent,
            attributes: vec![rule],
            preset: Preset::Default,
            idp_initiated: false,
            start_relay_state: None,
            metadata_url: None,
            metadata_certificates: Vec::new(),
        };
        let parties = Parties {
            entity_id: SP.to_owned(),
            acs: ACS.to_owned(),
            logout: String::new(),
            idp: IDP.to_owned(),
            idp_sso: "https://id.example/saml/sso".to_owned(),
            idp_logout: String::new(),
            keys: vec![signer.certificate().clone()],
        };
        Self { signer, parties, provider, request: MessageId::mint(&SystemEntropy) }
    }

    fn issuer(&self) -> Issuer<'_> {
        Issuer {
            entity_id: IDP,
            signer: &self.signer,
            alg: SignatureAlg::EcdsaSha256,
            now: at(0),
            entropy: &SystemEntropy,
        }
    }

    fn address(&self) -> ReplyAddress {
        ReplyAddress {
            entity: self.provider.entity_id.clone(),
            location: Endpoint::parse(ACS).unwrap(),
            binding: Binding::Post,
            in_response_to: Some(self.request.clone()),
            relay_state: None,
        }
    }

    fn response(&self) -> String {
        let values = vec!["mette@acme.example".to_owned()];
        let told = Told {
            name_id: NameId { kind: NameIdKind::Persistent, value: "_mette".to_owned() },
            session_index: "_session".to_owned(),
            auth_time: at(-1),
            session_ends: None,
            context: ContextClass::PasswordProtectedTransport,
            level: Level::Password,
            chain: Chain::default(),
            attributes: vec![(&self.provider.attributes[0], values)],
        };
        success(self.issuer(), &self.provider, &self.address(), &told).unwrap()
    }

    fn examine(&self, xml: &str) -> Examined {
        examine(xml.as_bytes(), &self.parties, Some(&self.request), at(0))
    }
}

fn failing(examined: &Examined) -> Vec<&'static str> {
    let failed = examined.findings.iter().filter(|finding| finding.outcome.is_err());
    failed.map(|finding| finding.what).collect()
}

#[test]
fn an_answer_of_ours_passes_every_check_however_it_is_signed() {
    for signed in [Signed::Both, Signed::Response, Signed::Assertion] {
        let stand = Stand::new(signed);
        let examined = stand.examine(&stand.response());
        assert!(examined.is_good(), "{signed:?}: {:?}", examined.findings);
        assert!(examined.answers_a_request());
        assert_eq!(examined.attributes, [("email".to_owned(), vec!["mette@acme.example".to_owned()])]);
        let subject = examined.subject.unwrap();
        assert_eq!((subject.name_id.as_str(), subject.session_index.as_str()), ("_mette", "_session"));
        let signatures = examined.findings.iter().filter(|finding| finding.what.ends_with("Signature")).count();
        assert_eq!(signatures, if signed == Signed::Both { 2 } else { 1 });
    }
}

#[test]
fn what_is_changed_on_the_way_turns_red() {
    let stand = Stand::new(Signed::Both);
    let good = stand.response();
    let request = stand.request.as_str();
    let table: [(&str, &str, &[&str]); 5] = [
        ("mette@acme.example", "admin@acme.example", &["Response: Signature", "Assertion: Signature"]),
        ("_mette", "_admin", &["Response: Signature", "Assertion: Signature"]),
        (ACS, "https://evil.example/acs", &["Destination", "Response: Signature", "Assertion: Signature", "Recipient"]),
        (
            request,
            "_another",
            &["InResponseTo", "Response: Signature", "Assertion: Signature", "SubjectConfirmationData: InResponseTo"],
        ),
        (":status:Success", ":status:Responder", &["Status", "Response: Signature"]),
    ];
    for (from, to, expected) in table {
        let changed = good.replace(from, to);
        assert_ne!(changed, good, "{from}");
        let examined = stand.examine(&changed);
        assert!(!examined.is_good(), "{from}");
        assert_eq!(failing(&examined), expected, "{from}");
    }
}

#[test]
fn an_answer_for_somebody_else_or_another_time_turns_red() {
    let stand = Stand::new(Signed::Both);
    let good = stand.response();
    let late = examine(good.as_bytes(), &stand.parties, Some(&stand.request), at(60));
    assert_eq!(failing(&late), ["Conditions: NotOnOrAfter", "SubjectConfirmationData: NotOnOrAfter"]);
    let early = examine(good.as_bytes(), &stand.parties, Some(&stand.request), at(-60));
    assert_eq!(failing(&early), ["Conditions: NotBefore"]);
    let other = Parties { entity_id: "https://other.example/".to_owned(), ..stand.parties.clone() };
    assert_eq!(failing(&examine(good.as_bytes(), &other, Some(&stand.request), at(0))), ["Audience"]);
    let stranger = Parties { keys: vec![credential().certificate().clone()], ..stand.parties.clone() };
    let unsigned = examine(good.as_bytes(), &stranger, Some(&stand.request), at(0));
    assert_eq!(failing(&unsigned), ["Response: Signature", "Assertion: Signature"]);
    let unasked = examine(good.as_bytes(), &stand.parties, None, at(0));
    assert_eq!(failing(&unasked), ["InResponseTo", "SubjectConfirmationData: InResponseTo"]);
    assert!(!unasked.answers_a_request());
}

#[test]
fn an_unsigned_answer_is_never_good() {
    let stand = Stand::new(Signed::Assertion);
    let good = stand.response();
    let (begin, end) = (good.find("<ds:Signature").unwrap(), good.find("</ds:Signature>").unwrap());
    let bare = format!("{}{}", &good[..begin], &good[end + "</ds:Signature>".len()..]);
    assert_eq!(failing(&stand.examine(&bare)), ["Assertion: Signature"]);
}

#[test]
fn a_refusal_is_told_in_the_providers_words() {
    let stand = Stand::new(Signed::Both);
    let status =
        Status::Refused { fault: Fault::Responder, reason: Some(Reason::NoPassive), message: "PRT-1209".to_owned() };
    let examined = stand.examine(&refusal(stand.issuer(), &stand.address(), &status).unwrap());
    assert!(examined.answers_a_request() && !examined.is_good());
    let told = &examined.findings[0];
    assert_eq!(told.outcome, Err("Responder / NoPassive: PRT-1209".to_owned()));
}

#[test]
fn what_is_no_response_is_refused_whole() {
    let stand = Stand::new(Signed::Both);
    for bad in ["", "<x/>", "<!DOCTYPE x><x/>", "not xml", "<samlp:Response xmlns:samlp=\"urn:wrong\"/>"] {
        let examined = stand.examine(bad);
        assert!(!examined.is_good() && !examined.answers_a_request(), "{bad}");
    }
}

#[test]
fn a_message_is_shown_with_one_element_a_line() {
    assert_eq!(
        pretty("<a x=\"1\"><b>text</b><c/><d><e></e></d></a>"),
        "<a x=\"1\">\n  <b>text</b>\n  <c/>\n  <d>\n    <e></e>\n  </d>\n</a>"
    );
    assert_eq!(pretty("no markup"), "no markup");
    let deep = "<a>".repeat(2000);
    assert!(pretty(&deep).len() < 200_000);
}

#[test]
fn a_request_says_what_is_wished_and_nothing_else() {
    let stand = Stand::new(Signed::Both);
    let plain = authn_request(&stand.parties, &stand.request, at(0), Wish::default()).unwrap();
    assert!(!plain.contains("ForceAuthn") && !plain.contains("IsPassive") && !plain.contains("Requested"));
    let wish = Wish { force: true, passive: true, context: Some(ContextClass::RefedsMfa) };
    let whole = authn_request(&stand.parties, &stand.request, at(0), wish).unwrap();
    for part in ["ForceAuthn=\"true\"", "IsPassive=\"true\"", "https://refeds.org/profile/mfa", ACS] {
        assert!(whole.contains(part), "{part}");
    }
}
