use super::*;
use crate::crypto::xml::Document;
use crate::protocol::saml::fixture::{ACS, ENTITY, SSO, consumer, now, provider, request, rule};
use crate::protocol::saml::message::written;

const POLICY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:";
const CLASSES: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:";

fn addressed(provider: &ServiceProvider, xml: &str) -> Result<ReplyAddress, Unaddressable> {
    let document = Document::parse(xml.as_bytes()).unwrap();
    let header = Header::read(document.root(), "AuthnRequest")?;
    reply_address(document.root(), &header, provider, Some("state".to_owned()))
}

fn parsed(provider: &ServiceProvider, xml: &str, signed: bool) -> Result<AuthnRequest, AuthnError> {
    let document = Document::parse(xml.as_bytes()).unwrap();
    let header = Header::read(document.root(), "AuthnRequest").unwrap();
    let address = reply_address(document.root(), &header, provider, None).unwrap();
    parse(document.root(), &header, provider, (&address, Arrival { location: SSO, signed, now: now() }))
}

fn asked(attributes: &[(&str, &str)], inside: &[&str]) -> Result<AuthnRequest, AuthnError> {
    parsed(&provider(), &request(attributes, inside), false)
}

/// Attributes of the request, and where it is answered.
type Good<'a> = (&'a [(&'a str, &'a str)], &'a str, Binding);
/// Who asks, with which policy, and the name that it means.
type Asked<'a> = (&'a ServiceProvider, String, Result<Option<NameIdKind>, AuthnError>);

#[test]
fn a_plain_request_asks_for_nothing_special() {
    assert_eq!(asked(&[], &[]), Ok(AuthnRequest::unsolicited()));
    let address = addressed(&provider(), &request(&[], &[])).unwrap();
    assert_eq!(address.in_response_to.unwrap().as_str(), "_request");
    assert_eq!((address.location.as_str(), address.binding), (ACS, Binding::Post));
    assert_eq!(address.relay_state.as_deref(), Some("state"));
}

#[test]
fn an_answer_goes_to_a_registered_address_only_byte_for_byte() {
    let mut provider = provider();
    provider.acs = vec![
        consumer(0, Binding::Post, ACS),
        consumer(1, Binding::Artifact, "https://sp.example/artifact"),
        consumer(2, Binding::Post, "https://sp.example/other?x=%2F"),
        consumer(3, Binding::Artifact, ACS),
    ];
    provider.acs[2].is_default = true;
    let at = |attributes: &[(&str, &str)]| {
        addressed(&provider, &request(attributes, &[]))
            .map(|address| (address.location.as_str().to_owned(), address.binding))
    };
    let url = "AssertionConsumerServiceURL";
    let index = "AssertionConsumerServiceIndex";
    let (post, artifact) = (Binding::Post, Binding::Artifact);
    let good: [Good<'_>; 8] = [
        (&[], "https://sp.example/other?x=%2F", post),
        (&[(url, ACS)], ACS, post),
        (&[(url, ACS), ("ProtocolBinding", artifact.urn())], ACS, artifact),
        (&[(url, "https://sp.example/other?x=%2F")], "https://sp.example/other?x=%2F", post),
        (&[(index, "1")], "https://sp.example/artifact", artifact),
        (&[(index, " 0 ")], ACS, post),
        (&[("ProtocolBinding", artifact.urn())], "https://sp.example/artifact", artifact),
        (&[("ProtocolBinding", post.urn())], "https://sp.example/other?x=%2F", post),
    ];
    for (attributes, location, binding) in good {
        assert_eq!(at(attributes).unwrap(), (location.to_owned(), binding), "{attributes:?}");
    }
    for other in [
        "",
        "https://sp.example/ACS",
        "https://sp.example/acs/",
        "https://sp.example/acs?",
        "https://sp.example:443/acs",
        "https://sp.example/%61cs",
        "https://sp.example/other?x=/",
        "https://evil.example/acs",
        "javascript:alert(1)",
    ] {
        assert_eq!(at(&[(url, other)]), Err(Unaddressable::Location), "{other}");
    }
    for other in ["4", "-1", "x", "", "65536"] {
        assert_eq!(at(&[(index, other)]), Err(Unaddressable::Index), "{other}");
    }
    assert_eq!(at(&[(url, ACS), (index, "0")]), Err(Unaddressable::Ambiguous));
    assert_eq!(at(&[("ProtocolBinding", post.urn()), (index, "0")]), Err(Unaddressable::Ambiguous));
}

#[test]
fn a_binding_that_is_not_registered_is_a_status_at_an_address_that_is() {
    for urn in [Binding::Redirect.urn(), Binding::Artifact.urn(), "urn:oasis:names:tc:SAML:2.0:bindings:PAOS", ""] {
        assert_eq!(asked(&[("ProtocolBinding", urn)], &[]), Err(AuthnError::Binding), "{urn}");
    }
}

#[test]
fn a_message_is_a_request_with_a_header() {
    let without = |attribute: &str| {
        let xml = request(&[], &[]);
        let start = xml.find(&format!(" {attribute}=")).unwrap();
        let end = start + xml[start..].find("\" ").unwrap() + 1;
        xml.replacen(&xml[start..end], "", 1)
    };
    let long = "a".repeat(257);
    let table: Vec<(String, MessageError)> = vec![
        (without("ID"), MessageError::Id),
        (request(&[("ID", "1")], &[]), MessageError::Id),
        (request(&[("ID", "a b")], &[]), MessageError::Id),
        (request(&[("ID", "a:b")], &[]), MessageError::Id),
        (request(&[("ID", &long)], &[]), MessageError::Id),
        (without("Version"), MessageError::NoVersion),
        (request(&[("IssueInstant", "yesterday")], &[]), MessageError::IssueInstant),
        (
            request(&[], &[]).replace("samlp:AuthnRequest", "samlp:LogoutRequest"),
            MessageError::OtherMessage("AuthnRequest"),
        ),
        (request(&[], &[]).replace(ENTITY, ""), MessageError::Issuer),
        (request(&[], &[]).replace(ENTITY, "a b"), MessageError::Issuer),
        (
            request(&[], &[]).replace(
                "<saml:Issuer>",
                "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">",
            ),
            MessageError::Issuer,
        ),
        (request(&[("Destination", &format!("https://{long}{}", "x".repeat(2048)))], &[]), MessageError::Destination),
    ];
    for (xml, expected) in table {
        assert_eq!(addressed(&provider(), &xml), Err(Unaddressable::Message(expected)), "{xml}");
    }
    let commented = request(&[], &[]).replace(ENTITY, "https://sp.example<!-- cut -->/metadata");
    assert!(addressed(&provider(), &commented).is_ok(), "a comment cuts nothing off");
}

#[test]
fn destination_time_and_version_are_checked() {
    for (destination, signed, good) in [
        (Some(SSO), true, true),
        (Some(SSO), false, true),
        (None, false, true),
        // Bindings §3.4.5.2: whoever signs says for whom.
        (None, true, false),
        (Some("https://id.example/t/other/saml/sso"), false, false),
        (Some("https://id.example/t/acme/saml/sso/"), false, false),
    ] {
        let attributes: Vec<(&str, &str)> = destination.map(|to| ("Destination", to)).into_iter().collect();
        let parsed = parsed(&provider(), &request(&attributes, &[]), signed);
        assert_eq!(parsed.is_ok(), good, "{destination:?} {signed}: {parsed:?}");
    }
    for (seconds, good) in [(0, true), (179, true), (181, false), (-479, true), (-481, false), (-86_400, false)] {
        let issued = written(now() + chrono::Duration::seconds(seconds));
        let parsed = asked(&[("IssueInstant", &issued)], &[]);
        assert_eq!(parsed == Err(AuthnError::IssueInstant(seconds)), !good, "{seconds}");
    }
    for instant in ["2027-01-15T08:00:00", "2027-01-15T09:00:00+01:00", "2027-01-15T08:00:00.123456789Z"] {
        assert!(asked(&[("IssueInstant", instant)], &[]).is_ok(), "{instant}");
    }
    assert_eq!(asked(&[("Version", "1.1")], &[]), Err(AuthnError::Version { higher: false }));
    assert_eq!(asked(&[("Version", "2.1")], &[]), Err(AuthnError::Version { higher: true }));
}

#[test]
fn force_and_passive_are_booleans_of_xml() {
    for (text, expected) in [("true", true), ("1", true), ("false", false), ("0", false)] {
        let request = asked(&[("ForceAuthn", text), ("IsPassive", text)], &[]).unwrap();
        assert_eq!((request.force, request.passive), (expected, expected), "{text}");
    }
    assert_eq!(asked(&[("ForceAuthn", "yes")], &[]), Err(AuthnError::Malformed("ForceAuthn")));
    assert_eq!(asked(&[("IsPassive", "")], &[]), Err(AuthnError::Malformed("IsPassive")));
}

#[test]
fn the_requested_context_is_read_with_its_comparison() {
    let context = |comparison: &str, classes: &[&str]| {
        let inside: String = classes
            .iter()
            .map(|class| format!("<saml:AuthnContextClassRef>{class}</saml:AuthnContextClassRef>"))
            .collect();
        let element = format!("<samlp:RequestedAuthnContext{comparison}>{inside}</samlp:RequestedAuthnContext>");
        asked(&[], &[&element]).map(|request| request.context.unwrap())
    };
    let password = format!("{CLASSES}PasswordProtectedTransport");
    let exact = context("", &[&password, "urn:unknown", "https://refeds.org/profile/mfa", &password]).unwrap();
    assert_eq!(exact.comparison, Comparison::Exact);
    assert_eq!(exact.classes, [ContextClass::PasswordProtectedTransport, ContextClass::RefedsMfa]);
    assert_eq!(context(" Comparison=\"minimum\"", &[&password]).unwrap().comparison, Comparison::Minimum);
    assert_eq!(context("", &["urn:unknown"]).unwrap().essential(), [], "what is not known is not reached");
    assert_eq!(context("", &[]).unwrap().essential(), []);
    assert_eq!(context(" Comparison=\"about\"", &[&password]), Err(AuthnError::Malformed("Comparison")));
}

#[test]
fn a_name_is_given_as_asked_where_it_tells_no_more_than_is_mapped() {
    let policy = |attributes: &str| format!("<samlp:NameIDPolicy {attributes}/>");
    let format = |name: &str| policy(&format!("Format=\"{name}\""));
    let mail = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
    let mut mapped = provider();
    mapped.attributes = vec![AttributeRuleOf::claim("mail", "email")];
    let mut named = provider();
    named.name_id = NameIdKind::Email;
    let own = policy(&format!("SPNameQualifier=\"{ENTITY}\" AllowCreate=\"true\""));
    let table: Vec<Asked<'_>> = vec![
        (&named, policy("AllowCreate=\"true\""), Ok(None)),
        (&named, own, Ok(None)),
        (&named, format(&format!("{POLICY}persistent")), Ok(Some(NameIdKind::Persistent))),
        (&named, format(&format!("{POLICY}transient")), Ok(Some(NameIdKind::Transient))),
        (&named, format("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"), Ok(None)),
        (&named, format(&format!("{POLICY}unspecified")), Ok(None)),
        (&named, format(mail), Ok(Some(NameIdKind::Email))),
        (&mapped, format(mail), Ok(Some(NameIdKind::Email))),
        (&mapped, format(&format!("{POLICY}entity")), Err(AuthnError::NameIdPolicy)),
        (&mapped, format(&format!("{POLICY}encrypted")), Err(AuthnError::NameIdPolicy)),
        (&mapped, format(&format!("{POLICY}kerberos")), Err(AuthnError::NameIdPolicy)),
        (&mapped, policy("SPNameQualifier=\"https://other.example\""), Err(AuthnError::NameIdPolicy)),
    ];
    for (provider, element, expected) in table {
        let parsed = parsed(provider, &request(&[], &[&element]), false).map(|request| request.name_id);
        assert_eq!(parsed, expected, "{element}");
    }
    let unmapped = asked(&[], &[&format(mail)]);
    assert_eq!(unmapped, Err(AuthnError::NameIdPolicy), "an address that is mapped nowhere is not told by its format");
}

struct AttributeRuleOf;
impl AttributeRuleOf {
    fn claim(name: &str, claim: &str) -> crate::domain::saml::AttributeRule {
        let source = crate::domain::saml::AttributeSource::Claim(crate::domain::saml::ClaimName::parse(claim).unwrap());
        crate::domain::saml::AttributeRule { source, ..rule(name, "") }
    }
}

#[test]
fn a_subject_is_a_hint_that_confirms_nothing() {
    let subject = |inside: &str| {
        asked(&[], &[&format!("<saml:Subject>{inside}</saml:Subject>")]).map(|request| request.subject.unwrap())
    };
    let hint = subject("<saml:NameID>mette<!-- --></saml:NameID>").unwrap();
    assert_eq!(hint, SubjectHint { kind: None, value: "mette".to_owned() });
    let persistent = subject(&format!("<saml:NameID Format=\"{POLICY}persistent\">_x</saml:NameID>")).unwrap();
    assert_eq!(persistent.kind, Some(NameIdKind::Persistent));
    let confirmed =
        "<saml:NameID>mette</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"/>";
    assert_eq!(subject(confirmed), Err(AuthnError::Malformed("SubjectConfirmation")));
    assert_eq!(subject("<saml:NameID></saml:NameID>"), Err(AuthnError::Malformed("NameID")));
    assert_eq!(subject("<saml:NameID><a/></saml:NameID>"), Err(AuthnError::Malformed("NameID")));
    for other in ["", "<saml:EncryptedID/>", "<saml:BaseID/>"] {
        assert!(matches!(subject(other), Err(AuthnError::Unsupported(_))), "{other}");
    }
    let kerberos = format!("<saml:NameID Format=\"{POLICY}kerberos\">x</saml:NameID>");
    assert!(matches!(subject(&kerberos), Err(AuthnError::Unsupported(_))));
    let twice = "<saml:Subject/><saml:Subject/>";
    assert_eq!(asked(&[], &[twice]), Err(AuthnError::Malformed("Subject")));
}

#[test]
fn what_waits_is_small_and_comes_back_as_it_was() {
    let mut attributes = vec![("ForceAuthn", "1"), ("AssertionConsumerServiceURL", ACS)];
    attributes.push(("Destination", SSO));
    let context = format!(
        "<samlp:RequestedAuthnContext><saml:AuthnContextClassRef>{CLASSES}Password</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>"
    );
    let xml = request(&attributes, &[&context]);
    let waiting = (addressed(&provider(), &xml).unwrap(), parsed(&provider(), &xml, true).unwrap());
    let text = serde_json::to_string(&waiting).unwrap();
    assert!(text.len() < 500, "{} {text}", text.len());
    assert_eq!(serde_json::from_str::<(ReplyAddress, AuthnRequest)>(&text).unwrap(), waiting);
}
