//! Whatever is sent, nobody is told anything but a registered application at its registered address.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner::crypto::credential::{Credential, mint};
use portner::crypto::entropy::SystemEntropy;
use portner::crypto::xml::{Place, sign_enveloped};
use portner::domain::signing::{KeyId, KeyType};
use portner::protocol::saml::message::written;

use crate::support::http::{Call, encode};
use crate::support::provider::{ALG, now};
use crate::support::{App, Browser, Page, ServiceProvider, eventually};

/// Where a request may end that is refused.
#[derive(Debug, PartialEq)]
enum End {
    /// A page with this code.
    Page(&'static str),
    /// A status at the registered address.
    Status(&'static str),
}

fn check(sp: &ServiceProvider, name: &str, page: &Page, expected: &End) {
    assert!(page.status() < 500, "{name}: {} {}", page.status(), page.reply.text());
    match expected {
        End::Page(code) => {
            assert!(page.reply.text().contains(code), "{name}: {} {}", page.status(), page.reply.text());
            assert!(!page.has("input[name=SAMLResponse]"), "{name}");
        }
        End::Status(status) => {
            let received = sp.received(page);
            assert_eq!((received.to.as_str(), received.refusal().as_str()), (sp.acs.as_str(), *status), "{name}");
        }
    }
}

fn by_redirect(browser: &mut Browser, sp: &ServiceProvider, xml: &str) -> Page {
    let request = sp.request();
    browser.get(&request.path_of(xml))
}

fn by_post(browser: &mut Browser, sp: &ServiceProvider, xml: &str) -> Page {
    crate::support::provider::post_from_elsewhere(browser, &sp.request().fields_of(xml))
}

#[test]
fn xml_that_does_harm_is_a_page_by_either_binding() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "xml", "");
    let mut browser = app.signed_in();
    let good = sp.request().xml();
    let doctype = |subset: &str| format!("<!DOCTYPE samlp:AuthnRequest [{subset}]>{good}");
    let open = good.find("<saml:Issuer>").unwrap();
    let with_entity = |name: &str| good.replacen(&sp.entity, &format!("&{name};"), 1);
    let bomb: String = "<!ENTITY a \"aaaaaaaaaa\">".to_owned()
        + &(0..9)
            .map(|n| {
                let (from, to) = (char::from(b'a' + n), char::from(b'b' + n));
                format!("<!ENTITY {to} \"&{from};&{from};&{from};&{from};&{from};&{from};&{from};&{from};\">")
            })
            .collect::<String>();
    let deep = format!("{}{}{}{}", &good[..open], "<x>".repeat(200), "</x>".repeat(200), &good[open..]);
    let wide: String = (0..500).map(|n| format!(" a{n}=\"\"")).collect();
    let include = "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\"/>";
    let table: Vec<(&str, String)> = vec![
        ("a document type", doctype("")),
        ("an external document type", format!("<!DOCTYPE x SYSTEM \"http://127.0.0.1:9/x.dtd\">{good}")),
        ("an external entity", doctype("<!ENTITY x SYSTEM \"file:///etc/passwd\">").replacen(&sp.entity, "&x;", 1)),
        ("entities that grow", format!("<!DOCTYPE x [{bomb}]>{}", with_entity("j"))),
        ("an entity nobody declared", with_entity("x")),
        ("a parameter entity", doctype("<!ENTITY % x SYSTEM \"http://127.0.0.1:9/\"> %x;")),
        ("an inclusion", format!("{}{include}{}", &good[..open], &good[open..])),
        ("a processing instruction", format!("<?xml-stylesheet href=\"x\"?>{good}")),
        ("too deep", deep),
        ("too many attributes", good.replacen(" Version", &format!("{wide} Version"), 1)),
        ("too large", good.replacen("</saml:Issuer>", &format!("{}</saml:Issuer>", " ".repeat(70_000)), 1)),
        ("an ID twice", good.replacen("<saml:Issuer>", &format!("<x ID=\"{}\"/><saml:Issuer>", id_of(&good)), 1)),
        ("an attribute twice", good.replacen(" Version", " ID=\"_x\" Version", 1)),
        (
            "two issuers",
            good.replacen("<saml:Issuer>", &format!("<saml:Issuer>{}</saml:Issuer><saml:Issuer>", sp.entity), 1),
        ),
        ("no issuer", good.replace(&format!("<saml:Issuer>{}</saml:Issuer>", sp.entity), "")),
        ("an issuer with elements", good.replacen(&sp.entity, &format!("{}<x/>", sp.entity), 1)),
        ("another message", good.replace("samlp:AuthnRequest", "samlp:AttributeQuery")),
        ("another namespace", good.replace("SAML:2.0:protocol", "SAML:1.0:protocol")),
        ("two roots", format!("{good}{good}")),
        ("text after the end", format!("{good}x")),
        ("cut off", good[..good.len() - 3].to_owned()),
        ("no XML", "hello".to_owned()),
        ("nothing", String::new()),
        ("UTF-16", "\u{feff}<\0a\0/\0>\0".to_owned()),
        ("an undeclared prefix", good.replacen("xmlns:saml=", "xmlns:other=", 1)),
        ("a control character", good.replacen(&sp.entity, &format!("{}\u{1}", sp.entity), 1)),
        ("a reference to a control character", good.replacen(&sp.entity, &format!("{}&#1;", sp.entity), 1)),
    ];
    for (name, xml) in table {
        if xml.len() < 40_000 {
            check(&sp, name, &by_post(&mut browser, &sp, &xml), &End::Page("PRT-13"));
        }
        let page = by_redirect(&mut browser, &sp, &xml);
        check(&sp, name, &page, &End::Page("PRT-1301"));
    }
}

fn id_of(xml: &str) -> &str {
    let start = xml.find(" ID=\"").unwrap() + 5;
    &xml[start..start + xml[start..].find('"').unwrap()]
}

#[test]
fn a_request_that_is_not_for_us_or_not_of_now_gets_a_status() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "checked", "");
    let other = App::shared();
    let mut browser = app.signed_in();
    let old = written(now() - chrono::Duration::hours(1));
    let early = written(now() + chrono::Duration::hours(1));
    let elsewhere = format!("{}/saml/sso", other.base());
    let denied = || End::Status("Requester RequestDenied");
    let table = [
        ("another tenant's address", sp.request().with("Destination", &elsewhere), denied()),
        ("somebody else's address", sp.request().with("Destination", "https://id.example/sso"), denied()),
        ("signed for nobody", sp.request().without("Destination").signed(), denied()),
        ("old", sp.request().with("IssueInstant", &old), denied()),
        ("of tomorrow", sp.request().with("IssueInstant", &early), denied()),
        ("version 1.1", sp.request().with("Version", "1.1"), End::Status("VersionMismatch RequestVersionTooLow")),
        ("version 3.0", sp.request().with("Version", "3.0"), End::Status("VersionMismatch RequestVersionTooHigh")),
        ("no boolean", sp.request().with("ForceAuthn", "maybe"), End::Status("Requester")),
        (
            "a confirmation",
            sp.request().inside(
                "<saml:Subject><saml:NameID>alice</saml:NameID>\
                 <saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"/></saml:Subject>",
            ),
            End::Status("Requester"),
        ),
        (
            "an encrypted subject",
            sp.request().inside("<saml:Subject><saml:EncryptedID/></saml:Subject>"),
            End::Status("Requester RequestUnsupported"),
        ),
    ];
    for (name, request, expected) in table {
        check(&sp, name, &request.send(&mut browser), &expected);
        check(&sp, name, &request.post(&mut browser), &expected);
    }
    let table = [
        (
            "an unknown address",
            sp.request().with("AssertionConsumerServiceURL", "https://evil.example/acs"),
            "PRT-1303",
        ),
        ("an address that runs", sp.request().with("AssertionConsumerServiceURL", "javascript:alert(1)"), "PRT-1303"),
        ("nearly the address", sp.request().with("AssertionConsumerServiceURL", &format!("{}/", sp.acs)), "PRT-1303"),
        (
            "an unknown index",
            sp.request().without("AssertionConsumerServiceURL").with("AssertionConsumerServiceIndex", "9"),
            "PRT-1303",
        ),
        ("both", sp.request().with("AssertionConsumerServiceIndex", "0"), "PRT-1301"),
        ("an ID that is no name", sp.request().with("ID", "1 \"2"), "PRT-1301"),
        ("no time", sp.request().with("IssueInstant", "now"), "PRT-1301"),
    ];
    for (name, request, code) in table {
        check(&sp, name, &request.send(&mut browser), &End::Page(code));
        check(&sp, name, &request.post(&mut browser), &End::Page(code));
    }
    let stranger = ServiceProvider::new(&app, "stranger");
    check(&sp, "a stranger", &stranger.request().send(&mut browser), &End::Page("PRT-1101"));
}

/// Whoever runs the application reads what was received, and finds it in the log by the number of the answer.
#[test]
fn what_is_refused_can_be_told_apart_and_found_again() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "told", "");
    let nearly = format!("{}/", sp.acs);
    let asked = sp.request().with("AssertionConsumerServiceURL", &nearly);
    let detail = asked.send(&mut app.signed_in()).text_of("details pre");
    assert!(detail.contains(&format!("AssertionConsumerServiceURL: {nearly}")), "{detail}");
    assert!(!detail.contains("registered: "), "only for those who see it in the administration: {detail}");
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"alice\"\nroles = [\"admin\"]\n",
    );
    let detail = asked.send(&mut app.signed_in()).text_of("details pre");
    assert!(detail.contains(&format!("registered: {} (differs in a slash at the end)", sp.acs)), "{detail}");

    // To look is written down as well.
    let events = || app.audit().iter().filter(|event| event["kind"] != "audit.read").count();
    let before = events();
    let mut browser = app.browser();
    let (old, here) = (written(now() - chrono::Duration::hours(1)), format!("{}/saml/sso", app.base()));
    let line_of = |page: &Page| {
        let id = page.reply.header("x-request-id").unwrap().to_owned();
        let find = || {
            let log = app.server.log();
            log.lines().find(|line| line.contains(&id) && line.contains("SAML request refused")).map(str::to_owned)
        };
        eventually("the log has it", || find().is_some());
        let line = find().unwrap();
        assert!(line.contains(&format!("\"tenant\":\"{}\"", app.slug)), "{line}");
        line
    };
    let elsewhere = "https://id.example/sso";
    let line = line_of(&sp.request().with("Destination", elsewhere).send(&mut browser));
    assert!(line.contains("https://id.example/sso") && line.contains(&here), "both addresses: {line}");
    let page = sp.request().with("IssueInstant", &old).post(&mut browser);
    assert!(line_of(&page).contains(&old), "what was sent");
    let received = sp.received(&page);
    let told =
        received.xml.split("IssueInstant is ").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default();
    let seconds = told.split_whitespace().find_map(|word| word.parse::<i64>().ok()).unwrap_or_default();
    assert!((3600..4200).contains(&seconds) && told.ends_with("seconds ago"), "by how much, and which way: {told}");
    assert_eq!(events(), before, "a stranger writes nothing into the audit log");
}

#[test]
fn a_request_without_the_right_signature_is_refused_where_one_belongs() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "signing", "require_signed_requests = true");
    let mut browser = app.signed_in();
    assert_eq!(sp.received(&sp.request().signed().send(&mut browser)).status(), "Success");
    assert_eq!(sp.received(&sp.request().signed().post(&mut browser)).status(), "Success");
    let refused = End::Page("PRT-1302");
    check(&sp, "unsigned by redirect", &sp.request().send(&mut browser), &refused);
    check(&sp, "unsigned by post", &sp.request().post(&mut browser), &refused);

    // By Redirect.
    let path = sp.request().signed().path();
    let tampered = |from: &str, to: &str| path.replacen(from, to, 1);
    let mut table = vec![
        ("another state", tampered("RelayState=state", "RelayState=stbte")),
        ("no state", path.replace("&RelayState=state%20of%20the%20application", "")),
        ("sha1", tampered("xmldsig-more%23rsa-sha256", "xmldsig%23rsa-sha1")),
        ("hmac", tampered("rsa-sha256", "hmac-sha256")),
        ("another algorithm", tampered("rsa-sha256", "rsa-sha512")),
        ("no signature", path.split("&Signature=").next().unwrap().to_owned() + "&Signature="),
    ];
    let signature = path.split("&Signature=").nth(1).unwrap();
    let other = sp.request().signed().path();
    table.push((
        "the signature of another request",
        path.replace(signature, other.split("&Signature=").nth(1).unwrap()),
    ));
    for (name, path) in &table {
        check(&sp, name, &browser.get(path), &refused);
    }
    for (name, path) in [
        ("a name twice", format!("{path}&SAMLRequest=x")),
        ("an alias", tampered("SAMLRequest=", "%53AMLRequest=")),
        ("an alias beside", format!("{path}&%53AMLRequest=x")),
        ("another case", format!("{path}&samlrequest=x")),
        ("an alias of the state", tampered("RelayState=", "relaystate=")),
        ("an algorithm alone", path.split("&Signature=").next().unwrap().to_owned()),
    ] {
        check(&sp, name, &browser.get(&path), &End::Page("PRT-1301"));
    }

    // Where none is required, one that is there is right all the same.
    let lenient = ServiceProvider::registered(&app, "lenient", "");
    assert_eq!(lenient.received(&lenient.request().send(&mut browser)).status(), "Success");
    let path = lenient.request().signed().path().replacen("RelayState=state", "RelayState=stbte", 1);
    check(&lenient, "tampered", &browser.get(&path), &refused);
}

#[test]
fn a_posted_request_whose_signature_is_wrapped_moved_or_anothers_is_refused() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "signing", "require_signed_requests = true");
    let mut browser = app.signed_in();
    let good = sp.request().xml();
    let signed = sign_enveloped(&good, Place::AfterIssuer, &sp.credential, ALG).unwrap();
    let minted = mint(KeyType::Rsa, "evil", now(), &SystemEntropy).unwrap();
    let evil = Credential::parse(KeyId("e".to_owned()), KeyType::Rsa, &minted.private, minted.certificate).unwrap();
    let by_evil = sign_enveloped(&good, Place::AfterIssuer, &evil, ALG).unwrap();
    let inner = signed[signed.find("<samlp:AuthnRequest").unwrap()..].to_owned();
    let wrapped = good.replacen(&format!(" ID=\"{}\"", id_of(&good)), " ID=\"_evil\"", 1).replacen(
        "</saml:Issuer>",
        &format!("</saml:Issuer><samlp:Extensions>{inner}</samlp:Extensions>"),
        1,
    );
    let moved = {
        let (start, end) = (signed.find("<ds:Signature").unwrap(), signed.find("</ds:Signature>").unwrap() + 15);
        let signature = &signed[start..end];
        let original = format!("{}{}", &signed[..start], &signed[end..]);
        let carried =
            signature.replacen("</ds:Signature>", &format!("<ds:Object>{original}</ds:Object></ds:Signature>"), 1);
        good.replacen(&format!(" ID=\"{}\"", id_of(&good)), " ID=\"_evil\"", 1).replacen(
            "</saml:Issuer>",
            &format!("</saml:Issuer>{carried}"),
            1,
        )
    };
    let post = [
        ("another address", signed.replacen("AssertionConsumerServiceURL", "ProviderName", 1)),
        ("forced", signed.replacen(" Version", " ForceAuthn=\"true\" Version", 1)),
        ("by a key that only the message names", by_evil),
        ("wrapped", wrapped),
        ("moved into an object", moved),
        ("sha1", signed.replace("xmldsig-more#rsa-sha256", "xmldsig#rsa-sha1")),
        ("hmac", signed.replace("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256")),
        ("a digest with a comment", signed.replacen("<ds:DigestValue>", "<ds:DigestValue><!-- x -->AAAA", 1)),
        ("twice signed", {
            let (start, end) = (signed.find("<ds:Signature").unwrap(), signed.find("</ds:Signature>").unwrap() + 15);
            format!("{}{}{}", &signed[..end], &signed[start..end], &signed[end..])
        }),
    ];
    for (name, xml) in &post {
        let page = by_post(&mut browser, &sp, xml);
        assert!(!page.has("input[name=SAMLResponse]"), "{name}");
        assert!(
            page.reply.text().contains("PRT-1302") || page.reply.text().contains("PRT-1301"),
            "{name}: {}",
            page.reply.text()
        );
    }
}

#[test]
fn parameters_that_are_no_message_are_pages() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "params", "");
    let mut browser = app.browser();
    let request = sp.request().path();
    let value = request.split("SAMLRequest=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let mut bomb = Vec::new();
    // A stored block and then one byte repeated without end, as DEFLATE writes it.
    flate(&mut bomb);
    let bomb = url::form_urlencoded::byte_serialize(STANDARD.encode(&bomb).as_bytes()).collect::<String>();
    let long = format!("SAMLRequest={value}&RelayState={}", "x".repeat(1025));
    for (name, query) in [
        ("nothing", String::new()),
        ("only a state", "RelayState=x".to_owned()),
        ("both messages", format!("SAMLRequest={value}&SAMLResponse={value}")),
        ("a response", format!("SAMLResponse={value}")),
        ("not base64", "SAMLRequest=%21%21".to_owned()),
        ("half an escape", "SAMLRequest=%2".to_owned()),
        ("not UTF-8", format!("SAMLRequest={value}&RelayState=%FF")),
        ("not deflated", format!("SAMLRequest={}", STANDARD.encode("<a/>").replace('+', "%2B").replace('=', "%3D"))),
        ("another encoding", format!("SAMLRequest={value}&SAMLEncoding=urn:x")),
        ("too long a state", long),
        ("a bomb", format!("SAMLRequest={bomb}")),
        ("an artifact", "SAMLart=AAQAAA".to_owned()),
    ] {
        check(&sp, name, &browser.get(&format!("/saml/sso?{query}")), &End::Page("PRT-1301"));
    }
    let fields = sp.request().fields();
    let xml = fields[0].1.as_str();
    for body in [
        encode(&[("SAMLRequest", xml), ("SAMLRequest", xml)]),
        encode(&[("SAMLRequest", xml), ("samlrequest", xml)]),
        encode(&[("SAMLRequest", xml), ("Signature", "x"), ("SigAlg", "y")]),
        encode(&[("SAMLRequest", "<a/>")]),
        encode(&[("RelayState", "x")]),
    ] {
        let reply = app.send(&Call::new("POST", "/saml/sso").body("application/x-www-form-urlencoded", body.clone()));
        assert_eq!(reply.status, 400, "{body}");
        assert!(reply.text().contains("PRT-1301"), "{body}");
    }
    let large = encode(&[("SAMLRequest", &"A".repeat(100_000))]);
    let reply = app.send(&Call::new("POST", "/saml/sso").body("application/x-www-form-urlencoded", large));
    assert_eq!(reply.status, 413);
}

/// 64 MiB of one byte in DEFLATE.
fn flate(out: &mut Vec<u8>) {
    // Fixed Huffman codes: a literal, then a quarter of a million copies of 258 bytes at distance 1.
    let mut bits: Vec<bool> = vec![true, true, false];
    let code = |value: u16, length: u32, bits: &mut Vec<bool>| {
        bits.extend((0..length).rev().map(|bit| value >> bit & 1 == 1));
    };
    code(0x30 + 32, 8, &mut bits);
    for _ in 0..260_000 {
        // Length 258 is symbol 285 (8 bits from 0b11000000 for 280), distance 1 is symbol 0 in 5 bits.
        code(0b1100_0000 + 5, 8, &mut bits);
        code(0, 5, &mut bits);
    }
    code(0, 7, &mut bits);
    let mut bytes: Vec<u8> = bits
        .chunks(8)
        .map(|eight| eight.iter().enumerate().fold(0, |byte, (at, bit)| byte | u8::from(*bit) << at))
        .collect();
    bytes.truncate(30_000);
    out.append(&mut bytes);
}
