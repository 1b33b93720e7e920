//! A SAML upstream, or somebody in its place, that means no good: a page, an event, and nobody's account changed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner::crypto::credential::Credential;
use portner::crypto::xml::{Place, sign_enveloped};
use portner::domain::saml::SignatureAlg;

use super::saml::{Bench, set_out};
use crate::on_each_engine;
use crate::support::saml_idp::forge::taken;
use crate::support::saml_idp::{Asked, Forge, PLAIN, SHAPES, SamlIdp, bring, bring_to, signed_info};
use crate::support::{App, Browser, Call, Page};

/// Somebody with an answer that was made from what was asked.
fn brings(bench: &Bench, make: impl FnOnce(&Forge, &Asked) -> String) -> (Browser, Page) {
    let mut browser = bench.app.browser();
    let asked = set_out(&mut browser);
    let xml = make(&bench.idp.forge(&asked), &asked);
    let page = bring(&mut browser, &xml, &asked.relay_state);
    (browser, page)
}

/// Refused by a page with this code.
fn refused(name: &str, (browser, page): &(Browser, Page), code: &str) {
    let text = page.reply.text();
    assert!((400..500).contains(&page.status()), "{name}: {} {text}", page.status());
    assert!(text.contains(code), "{name}: no {code} in {text}");
    assert!(!browser.is_signed_in(), "{name}");
    assert!(page.has("html"), "{name}: a page");
}

/// Nobody came in by it, and nothing of anybody changed.
fn assert_untouched(bench: &Bench, attempts: usize) {
    assert_eq!(bench.users(), ["alice", "bob"]);
    assert_eq!(bench.app.count_events("user.created"), 2);
    assert_eq!(bench.app.count_events("user.changed"), 0);
    assert_eq!(bench.app.count_events("federation.accepted"), 0);
    assert_eq!(bench.app.count_events("federation.refused"), attempts);
}

#[test]
fn every_signature_wrapping_variant_is_refused_over_http_in_8() {
    let bench = Bench::new();
    let mut attempts = 0;
    let names = {
        let mut browser = bench.app.browser();
        let asked = set_out(&mut browser);
        let forge = bench.idp.forge(&asked);
        let (assertions, messages) = wrapped(&bench, &forge);
        assertions.len() + messages.len()
    };
    for n in 0..names {
        let mut name = "";
        let arrival = brings(&bench, |forge, _| {
            let (assertions, messages) = wrapped(&bench, forge);
            let (variant, xml) = assertions.into_iter().chain(messages).nth(n).unwrap();
            name = variant;
            xml
        });
        refused(name, &arrival, "PRT-14");
        attempts += 1;
    }
    assert!(attempts >= 24, "{attempts}");
    assert_untouched(&bench, attempts);
    assert!(bench.arrives(|_| {}).0.is_signed_in(), "and the right one is let in");
}

type Variants = Vec<(&'static str, String)>;
type Make<'a> = Box<dyn Fn(&Forge) -> String + 'a>;
type Change = Box<dyn Fn(&mut Forge)>;

fn wrapped(bench: &Bench, forge: &Forge) -> (Variants, Variants) {
    let assertion = bench.idp.sign(&forge.assertion("_a", "sub-1"));
    let message = bench.idp.sign(&forge.response("_r", &forge.assertion("_a", "sub-1")));
    (forge.wrapped_assertions(&assertion), forge.wrapped_messages(&message))
}

/// Elements without content in one tag, as the table of faults has them.
fn short(xml: &str) -> String {
    let mut text = xml.to_owned();
    for name in ["ds:CanonicalizationMethod", "ds:SignatureMethod", "ds:Transform", "ds:DigestMethod"] {
        text = text.replace(&format!("></{name}>"), "/>");
    }
    text
}

#[test]
fn a_signature_that_says_anything_else_than_it_should_is_refused_over_http() {
    let bench = Bench::new();
    let mut attempts = 0;
    for (why, from, to) in signed_info::faults("_a") {
        let arrival = brings(&bench, |forge, _| {
            let signed = short(&bench.idp.sign(&forge.assertion("_a", "sub-1")));
            assert!(signed.contains(&from), "{why}: {from} in {signed}");
            forge.response("_r", &signed.replacen(&from, &to, 1))
        });
        refused(&why, &arrival, "PRT-1404");
        let reason = bench.refusals().pop().unwrap();
        assert!(["shape", "algorithm", "signature", "xml"].contains(&reason.as_str()), "{why}: {reason}");
        attempts += 1;
    }
    assert_untouched(&bench, attempts);
    // What canonicalisation leaves out changes nothing: the short form by itself is let in.
    let (browser, page) =
        brings(&bench, |forge, _| forge.response("_r", &short(&bench.idp.sign(&forge.assertion("_a", "sub-1")))));
    assert!(browser.is_signed_in(), "{}", page.reply.text());
}

#[test]
fn keys_objects_and_second_signatures_of_the_senders_own_are_refused() {
    let bench = Bench::new();
    let mallory = SamlIdp::new().credential;
    let by = |signer: &Credential, xml: &str| {
        sign_enveloped(xml, Place::AfterIssuer, signer, SignatureAlg::RsaSha256).unwrap()
    };
    let inside = |forge: &Forge, edit: &dyn Fn(&str, &str) -> String| {
        let signed = bench.idp.sign(&forge.assertion("_a", "sub-1"));
        let (signature, _) = taken(&signed);
        forge.response("_r", &edit(&signed, &signature))
    };
    let variants: Vec<(&str, Make<'_>)> = vec![
        (
            "a key that the message brings",
            Box::new(|forge| forge.response("_r", &by(&mallory, &forge.assertion("_a", "mallory")))),
        ),
        (
            "a message by a stranger around the provider's assertion",
            Box::new(|forge| by(&mallory, &forge.response("_r", &bench.idp.sign(&forge.assertion("_a", "sub-1"))))),
        ),
        (
            "a stranger's assertion in the provider's message",
            Box::new(|forge| bench.idp.sign(&forge.response("_r", &by(&mallory, &forge.assertion("_a", "mallory"))))),
        ),
        ("no signature", Box::new(|forge| forge.response("_r", &forge.assertion("_a", "sub-1")))),
        (
            "a changed name",
            Box::new(|forge| {
                forge.response("_r", &bench.idp.sign(&forge.assertion("_a", "sub-1")).replacen("sub-1", "mallory", 1))
            }),
        ),
        (
            "two signatures",
            Box::new(|forge| inside(forge, &|signed, signature| signed.replacen(signature, &signature.repeat(2), 1))),
        ),
        (
            "an object",
            Box::new(|forge| {
                inside(forge, &|signed, _| signed.replacen("</ds:Signature>", "<ds:Object/></ds:Signature>", 1))
            }),
        ),
        (
            "two infos",
            Box::new(|forge| {
                inside(forge, &|signed, signature| {
                    let start = signature.find("<ds:SignedInfo").unwrap();
                    let info = &signature[start..signature.find("<ds:SignatureValue").unwrap()];
                    signed.replacen(info, &info.repeat(2), 1)
                })
            }),
        ),
        (
            "two keys",
            Box::new(|forge| {
                inside(forge, &|signed, _| signed.replacen("</ds:Signature>", "<ds:KeyInfo/></ds:Signature>", 1))
            }),
        ),
    ];
    let attempts = variants.len();
    for (name, make) in variants {
        let arrival = brings(&bench, |forge, _| make(forge));
        refused(name, &arrival, "PRT-1404");
    }
    assert_untouched(&bench, attempts);
}

#[test]
fn a_comment_in_a_name_makes_nobody_somebody_else() {
    let bench = Bench::with("create_users = true\nname_id = \"username\"");
    let arrival = brings(&bench, |forge, _| {
        let forge = Forge {
            format: "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified".to_owned(),
            attributes: Vec::new(),
            ..forge.clone()
        };
        let plain = forge.assertion("_a", "alice@acme.example-evil.example");
        let split = plain.replacen("alice@acme.example-", "alice@acme.example<!-- -->-", 1);
        forge.response("_r", &bench.idp.sign(&split))
    });
    let (browser, page) = &arrival;
    // Either both readers read the whole name, or nobody comes in. Never the first half.
    if browser.is_signed_in() {
        assert!(bench.users().contains(&"alice@acme.example-evil.example".to_owned()), "{:?}", bench.users());
    } else {
        assert!(page.reply.text().contains("PRT-1413"), "{}", page.reply.text());
        assert_eq!(bench.refusals(), ["disagreement"]);
    }
    assert_eq!(bench.app.count_events("user.changed"), 0);
}

#[test]
fn what_the_other_reader_does_not_believe_is_refused_and_has_a_reason_of_its_own() {
    let bench = Bench::new();
    // A time that only one of the two can reckon with; nobody judges by it.
    let arrival = brings(&bench, |forge, _| {
        let plain = forge.assertion("_a", "sub-1");
        let start = plain.find("IssueInstant=\"").unwrap() + "IssueInstant=\"".len();
        let end = start + plain[start..].find('"').unwrap();
        let far = format!("{}+262142-12-31T00:00:00Z{}", &plain[..start], &plain[end..]);
        forge.response("_r", &bench.idp.sign(&far))
    });
    bench.assert_refused(&arrival, "PRT-1413", "disagreement");
    assert_untouched(&bench, 1);
}

#[test]
fn an_answer_counts_for_one_connection_one_request_one_address_and_for_minutes() {
    let bench = Bench::new();
    let changes: Vec<(&str, Change)> = vec![
        ("other Issuer", Box::new(|forge| forge.issuer = "https://evil.example".to_owned())),
        ("other Audience", Box::new(|forge| forge.audience.push('/'))),
        ("other Destination", Box::new(|forge| forge.acs = forge.acs.replace("/up/", "/twin/"))),
        ("other AuthnInstant", Box::new(|forge| forge.minutes = -5)),
        ("time NotOnOrAfter of the confirmation", Box::new(|forge| forge.now -= chrono::Duration::minutes(10))),
        ("time NotBefore", Box::new(|forge| forge.now += chrono::Duration::minutes(10))),
    ];
    let attempts = changes.len();
    for (reason, change) in changes {
        let arrival = bench.arrives(|forge| change(forge));
        let reason = if reason == "other AuthnInstant" { "time AuthnInstant" } else { reason };
        bench.assert_refused(&arrival, "PRT-1404", reason);
    }
    assert_untouched(&bench, attempts);
}

#[test]
fn somebody_whom_nobody_sent_is_not_let_in() {
    let bench = Bench::new();
    let unsolicited = |forge: &Forge| {
        let request = format!(" InResponseTo=\"{}\"", forge.request);
        let inner = bench.idp.sign(&forge.assertion("_a", "sub-1").replace(&request, ""));
        forge.response("_r", &inner).replace(&request, "")
    };
    let arrival = brings(&bench, |forge, _| unsolicited(forge));
    bench.assert_refused(&arrival, "PRT-1411", "unsolicited");
    // With the browser's own cookies, and at the address that only we send to.
    let mut browser = bench.app.browser();
    let asked = set_out(&mut browser);
    let page = browser.get(&format!("/federation/up/acs?state={}&answer=x", asked.relay_state));
    bench.assert_refused(&(browser, page), "PRT-1401", "state");
    // An answer to what somebody else asked.
    let theirs = set_out(&mut bench.app.browser());
    let arrival = brings(&bench, |_, _| bench.idp.answer(&bench.idp.forge(&theirs), PLAIN, None));
    bench.assert_refused(&arrival, "PRT-1401", "request");
    assert_untouched(&bench, 3);
}

#[test]
fn an_answer_belongs_to_one_browser_one_tenant_one_provider_and_one_time() {
    let bench = Bench::new();
    let mut mine = bench.app.browser();
    let asked = set_out(&mut mine);
    let xml = bench.idp.answer(&bench.idp.forge(&asked), PLAIN, None);
    // Another browser; with the cookie, but not the browser's own.
    let mut other = bench.app.browser();
    let page = bring(&mut other, &xml, &asked.relay_state);
    bench.assert_refused(&(other, page), "PRT-1401", "state");
    let mut thief = bench.app.browser();
    thief.get("/sign-in");
    let (name, value) = mine.cookies.iter().find(|(name, _)| name.starts_with("__Host-fed-")).expect("a cookie");
    thief.cookies.insert(name.clone(), value.clone());
    let page = bring(&mut thief, &xml, &asked.relay_state);
    bench.assert_refused(&(thief, page), "PRT-1401", "state");
    // Without its state, or with another one.
    for state in ["", "x", &"a".repeat(43)] {
        let mut browser = mine.clone();
        let page = bring(&mut browser, &xml, state);
        bench.assert_refused(&(browser, page), "PRT-1401", "state");
    }
    // Another provider of the tenant, with the same keys and name.
    bench.app.apply(&bench.idp.declaration("create_users = true").replace("\"up\"", "\"twin\""));
    let mut twin = mine.clone();
    let page = bring_to(&mut twin, "/federation/twin/acs", &xml, &asked.relay_state);
    bench.assert_refused(&(twin, page), "PRT-1404", "other Destination");
    // Another tenant with the same provider.
    let neighbour = App::on(&bench.app.server);
    neighbour.apply(&bench.idp.declaration("create_users = true"));
    let mut there = neighbour.browser();
    let page = bring(&mut there, &xml, &asked.relay_state);
    assert!(page.reply.text().contains("PRT-1404") && !there.is_signed_in(), "{}", page.reply.text());
    assert_eq!(neighbour.count_events("federation.refused"), 1);
    // Once.
    let before = mine.clone();
    let page = bring(&mut mine, &xml, &asked.relay_state);
    assert!(mine.is_signed_in(), "{}", page.reply.text());
    let mut again = before;
    let page = bring(&mut again, &xml, &asked.relay_state);
    bench.assert_refused(&(again, page), "PRT-1401", "replayed");
}

on_each_engine! {
    fn an_assertion_counts_once_whatever_request_it_answers(engine) {
        let bench = Bench::on(engine, "create_users = true");
        let with_id = |id: &str| brings(&bench, |forge, _| {
            forge.response("_r", &bench.idp.sign(&forge.assertion(id, "sub-1")))
        });
        let (browser, page) = with_id("_one");
        assert!(browser.is_signed_in(), "{}", page.reply.text());
        bench.assert_refused(&with_id("_one"), "PRT-1401", "assertion_replayed");
        assert!(with_id("_two").0.is_signed_in());
    }
}

#[test]
fn an_answer_that_says_no_shows_why_as_inert_text() {
    let bench = Bench::new();
    let status = |inner: &str| {
        brings(&bench, |forge, _| {
            let no = format!(
                "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"><samlp:StatusCode \
                 Value=\"{inner}\"></samlp:StatusCode></samlp:StatusCode>"
            );
            let yes = "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"></samlp:StatusCode>";
            let answer = forge.response("_r", "");
            assert!(answer.contains(yes), "{answer}");
            bench.idp.sign(&answer.replace(yes, &no))
        })
    };
    let arrival = status("urn:oasis:names:tc:SAML:2.0:status:AuthnFailed");
    bench.assert_refused(&arrival, "PRT-1402", "status: AuthnFailed");
    let (_, page) = status("x:&lt;script&gt;alert(1)&lt;/script&gt;");
    assert!(page.reply.text().contains("PRT-1402") && !page.reply.text().contains("<script>alert"));
}

#[test]
fn what_cannot_be_read_is_refused_and_ends_nobodys_sign_in() {
    let bench = Bench::new();
    let mut browser = bench.app.browser();
    let asked = set_out(&mut browser);
    let good = bench.idp.answer(&bench.idp.forge(&asked), PLAIN, None);
    for (name, xml) in [
        ("nothing", String::new()),
        ("no XML", "hello".to_owned()),
        ("another message", asked.xml.clone()),
        ("a document type", format!("<!DOCTYPE x [<!ENTITY a \"a\">]>{good}")),
        ("cut off", good[..good.len() - 3].to_owned()),
        ("too deep", format!("{}{}", "<a>".repeat(200), "</a>".repeat(200))),
        ("an ID twice", good.replacen("<saml:Issuer>", "<x ID=\"_r\"/><saml:Issuer>", 1)),
    ] {
        let page = bring(&mut browser, &xml, &asked.relay_state);
        refused(name, &(browser.clone(), page), "PRT-1404");
    }
    let large = bring(&mut browser, &"a".repeat(70_000), &asked.relay_state);
    refused("too large", &(browser.clone(), large), "PRT-1404");
    let twice = Call::form("/federation/up/acs", &[("SAMLResponse", "a"), ("SAMLResponse", "b")]);
    assert_eq!(bench.app.send(&twice).status, 403);
    let alias = Call::form("/federation/up/acs", &[("SAMLResponse", "a"), ("samlresponse", "b")]);
    assert_eq!(bench.app.send(&alias).status, 403);
    assert_untouched(&bench, 10);
    let page = bring(&mut browser, &good, &asked.relay_state);
    assert!(browser.is_signed_in(), "{}", page.reply.text());
}

#[test]
fn an_answer_that_no_address_can_carry_is_refused() {
    let bench = Bench::with("create_users = true\nsubject = \"employee\"");
    let arrival = brings(&bench, |forge, _| {
        let mut forge = forge.clone();
        forge.attributes.push(("employee".to_owned(), vec!["e-1".to_owned()]));
        let long = format!(">{}</saml:NameID>", "n".repeat(8_000));
        forge.response("_r", &bench.idp.sign(&forge.assertion("_a", "sub-1").replace(">sub-1</saml:NameID>", &long)))
    });
    bench.assert_refused(&arrival, "PRT-1404", "too_large");
    assert_untouched(&bench, 1);
}

#[test]
fn every_shape_whose_octets_were_changed_is_refused() {
    let bench = Bench::new();
    let mut attempts = 0;
    for shape in SHAPES.into_iter().filter(|shape| !shape.encrypted) {
        for (from, to) in [("sub-1", "sub-2"), ("mette@up.example", "alice@acme.example"), (">Mette<", ">Alice<")] {
            let arrival = brings(&bench, |forge, _| {
                let xml = bench.idp.answer(forge, shape, None);
                assert!(xml.contains(from), "{from}");
                xml.replacen(from, to, 1)
            });
            bench.assert_refused(&arrival, "PRT-1404", "signature");
            attempts += 1;
        }
    }
    assert_untouched(&bench, attempts);
}

#[test]
fn what_is_handed_on_through_the_browser_is_sealed_and_short_lived_by_construction() {
    let bench = Bench::new();
    let mut browser = bench.app.browser();
    let asked = set_out(&mut browser);
    let xml = bench.idp.answer(&bench.idp.forge(&asked), PLAIN, None);
    let encoded = STANDARD.encode(xml);
    let fields = [("SAMLResponse", encoded.as_str()), ("RelayState", asked.relay_state.as_str())];
    let reply = bench.app.send(&Call::form("/federation/up/acs", &fields));
    assert_eq!(reply.status, 303, "{}", reply.text());
    assert_eq!(reply.cookies().count(), 0, "what the browser has is not replaced");
    let to = reply.location().to_owned();
    assert!(!to.contains("mette") && !to.contains("sub-1"), "{to}");
    // Changed in one place, or under another state, it is nothing.
    let changed =
        if to.ends_with('A') { format!("{}B", &to[..to.len() - 1]) } else { format!("{}A", &to[..to.len() - 1]) };
    let page = browser.get(&changed.replacen(&format!("/t/{}", bench.app.slug), "", 1));
    bench.assert_refused(&(browser.clone(), page), "PRT-1401", "state");
    let page = browser.get(&to.replacen(&format!("/t/{}", bench.app.slug), "", 1));
    assert!(browser.is_signed_in(), "{}", page.reply.text());
}
