//! Applications that speak SAML, and people who come to them from an upstream (IN-8, IN-9).

use url::Url;

use super::saml::Bench;
use crate::support::provider::Request;
use crate::support::saml_idp::{self, Asked, Forge, PLAIN, bring};
use crate::support::{App, Browser, PASSWORD, Page, ServiceProvider};

const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const CLASSES: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:";
const NSIS: &str = "https://data.gov.dk/concept/core/nsis/loa";
const TRUSTED: &str = "create_users = true\ntrust_mfa = true";

/// An application whose people come from `up`.
fn application(app: &App, id: &str, saml: &str) -> ServiceProvider {
    let provider = ServiceProvider::new(app, id);
    provider.register(app, "identity_provider = \"up\"", saml);
    provider
}

fn subject(name: &str) -> String {
    format!("<saml:Subject><saml:NameID Format=\"{PERSISTENT}\">{name}</saml:NameID></saml:Subject>")
}

fn exactly(class: &str) -> String {
    format!(
        "<samlp:RequestedAuthnContext><saml:AuthnContextClassRef>{class}</saml:AuthnContextClassRef>\
         </samlp:RequestedAuthnContext>"
    )
}

/// Somebody who is sent on to the provider, with what it is asked.
fn sent_on(page: &Page) -> Asked {
    assert_eq!(page.status(), 303, "{} {}", page.url, page.reply.text());
    saml_idp::asked(&Url::parse(page.reply.location()).unwrap())
}

/// The provider's answer about somebody who has a session there.
fn answer(bench: &Bench, browser: &mut Browser, asked: &Asked, change: impl FnOnce(&mut Forge)) -> Page {
    let mut forge = bench.idp.forge(asked);
    forge.minutes = 10;
    change(&mut forge);
    bring(browser, &bench.idp.answer(&forge, PLAIN, None), &asked.relay_state)
}

/// The same from the application's request on.
fn by_way_of(bench: &Bench, browser: &mut Browser, request: &Request<'_>) -> Page {
    let asked = sent_on(&request.send(browser));
    answer(bench, browser, &asked, |_| {})
}

fn two_factors(forge: &mut Forge) {
    "https://refeds.org/profile/mfa".clone_into(&mut forge.context);
}

#[test]
fn whoever_is_not_the_one_that_was_asked_for_is_sent_to_the_provider_once_and_then_refused() {
    let bench = Bench::new();
    let sp = application(&bench.app, "choosy", "");
    let mut browser = bench.app.browser();
    let somebody = || sp.request().inside(&subject("_nobody"));
    let page = by_way_of(&bench, &mut browser, &somebody());
    assert_eq!(sp.received(&page).refusal(), "Responder UnknownPrincipal");
    assert!(browser.is_signed_in(), "as whom they are");
    let page = by_way_of(&bench, &mut browser, &somebody());
    assert_eq!(sp.received(&page).refusal(), "Responder UnknownPrincipal", "signed in before");
    let told = sp.received(&sp.request().send(&mut browser)).assertion();
    let named = sp.request().inside(&subject(&told.name_id()));
    assert_eq!(sp.received(&named.send(&mut browser)).assertion().name_id(), told.name_id());
}

#[test]
fn an_id_token_of_somebody_else_is_answered_once_whoever_comes_from_elsewhere() {
    let bench = Bench::new();
    let client = bench.app.client("web");
    let hint = client.redeem(&client.code(&mut bench.app.signed_in()));
    let hint = hint.0["id_token"].as_str().unwrap().to_owned();
    let mut browser = bench.app.browser();
    let page = client.clone().with("id_token_hint", &hint).authorize(&mut browser);
    let page = browser.peek(&page.link("a[href*='/federation/up/start']"));
    let page = answer(&bench, &mut browser, &sent_on(&page), |_| {});
    assert_eq!(page.answer().error(), "login_required");
}

#[test]
fn a_level_of_nsis_is_told_of_nobody_whom_only_an_upstream_has_seen() {
    let bench = Bench::with(TRUSTED);
    let danish = application(&bench.app, "danish", "preset = \"oiosaml3\"");
    let level = |told: &crate::support::provider::Assertion| {
        let all = told.attributes();
        assert!(all.iter().any(|(name, _)| name == "https://data.gov.dk/model/core/specVersion"), "{all:?}");
        all.into_iter().find(|(name, _)| name == NSIS).map(|(_, values)| values)
    };
    let page = by_way_of(&bench, &mut bench.app.browser(), &danish.request());
    let told = danish.received(&page).assertion();
    assert_eq!((told.context(), level(&told)), (format!("{CLASSES}unspecified"), None));
    // Two factors that are trusted, or one of our own.
    let mut browser = bench.app.browser();
    let asked = sent_on(&danish.request().send(&mut browser));
    let told = danish.received(&answer(&bench, &mut browser, &asked, two_factors)).assertion();
    assert_eq!((told.context(), level(&told)), (format!("{NSIS}/Low"), Some(vec!["Low".to_owned()])));
    let told = danish.received(&danish.request().send(&mut bench.app.signed_in())).assertion();
    assert_eq!((told.context(), level(&told)), (format!("{NSIS}/Low"), Some(vec!["Low".to_owned()])));
}

#[test]
fn a_one_time_code_is_told_of_where_one_was_given_here() {
    let bench = Bench::with(TRUSTED);
    let sp = application(&bench.app, "tokens", "");
    for class in ["TimeSyncToken", "MobileTwoFactorContract"] {
        let mut browser = bench.app.browser();
        let page = sp.request().inside(&exactly(&format!("{CLASSES}{class}"))).send(&mut browser);
        let page = if page.status() == 303 { answer(&bench, &mut browser, &sent_on(&page), two_factors) } else { page };
        assert_eq!(sp.received(&page).refusal(), "Responder NoAuthnContext", "{class}");
    }
    let mut browser = bench.app.browser();
    let asked = sent_on(&sp.request().inside(&exactly("https://refeds.org/profile/mfa")).send(&mut browser));
    let told = sp.received(&answer(&bench, &mut browser, &asked, two_factors)).assertion();
    assert_eq!(told.context(), "https://refeds.org/profile/mfa");
}

#[test]
fn sweden_connect_is_told_one_of_the_contexts_that_it_asked_for_or_none() {
    let bench = Bench::with(TRUSTED);
    let swedish = application(&bench.app, "swedish", "preset = \"swedenconnect\"");
    let password = exactly(&format!("{CLASSES}PasswordProtectedTransport"));
    let page = by_way_of(&bench, &mut bench.app.browser(), &swedish.request().inside(&password));
    assert_eq!(swedish.received(&page).refusal(), "Responder NoAuthnContext");
    let told = swedish.received(&swedish.request().inside(&password).send(&mut bench.app.signed_in())).assertion();
    assert_eq!(told.context(), format!("{CLASSES}PasswordProtectedTransport"));
    let page = by_way_of(&bench, &mut bench.app.browser(), &swedish.request());
    assert_eq!(swedish.received(&page).assertion().context(), format!("{CLASSES}unspecified"), "nothing was asked for");
    let loa2 = exactly("http://id.elegnamnden.se/loa/1.0/loa2");
    let mut browser = bench.app.browser();
    let asked = sent_on(&swedish.request().inside(&loa2).send(&mut browser));
    let told = swedish.received(&answer(&bench, &mut browser, &asked, two_factors)).assertion();
    assert_eq!(told.context(), "http://id.elegnamnden.se/loa/1.0/loa2");
}

/// SAML Core §3.4.1.5: nobody else's word will do.
#[test]
fn where_an_application_wants_no_word_of_others_only_a_sign_in_here_counts() {
    let bench = Bench::new();
    let direct = |sp: &ServiceProvider| sp.request().inside("<samlp:Scoping ProxyCount=\"0\"/>").path();
    let upstream = application(&bench.app, "upstream", "");
    let open = ServiceProvider::registered(&bench.app, "open", "");
    let refused = |sp: &ServiceProvider, browser: &mut Browser| sp.received(&browser.get(&direct(sp))).refusal();
    assert_eq!(refused(&upstream, &mut bench.app.browser()), "Responder ProxyCountExceeded", "it is set up so");
    let (mut federated, _) = bench.arrives(|_| {});
    assert_eq!(refused(&open, &mut federated), "Responder ProxyCountExceeded", "there is no password");
    for sp in [&upstream, &open] {
        assert_eq!(sp.received(&bench.app.signed_in().get(&direct(sp))).status(), "Success", "signed in here");
    }
    let mut browser = bench.app.browser();
    let page = browser.get(&direct(&open));
    assert!(page.has("input[type=password]") && !page.has("a[href*='/federation/']"), "{}", page.reply.text());
    let again = browser.fill_in(&page, "alice", "wrong");
    assert!(again.has("input[type=password]") && !again.has("a[href*='/federation/']"), "{}", again.reply.text());
    assert_eq!(open.received(&browser.fill_in(&again, "alice", PASSWORD)).status(), "Success");
    // Whoever goes there all the same is not let through.
    let mut browser = bench.app.browser();
    let page = browser.get(&direct(&open));
    let interaction = page.form("password").get("interaction").unwrap().to_owned();
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("interaction", &interaction).finish();
    let asked = sent_on(&browser.get(&format!("/federation/up/start?{query}")));
    assert_eq!(open.received(&answer(&bench, &mut browser, &asked, |_| {})).refusal(), "Responder ProxyCountExceeded");
    let silent = open.request().with("IsPassive", "true").inside("<samlp:Scoping ProxyCount=\"0\"/>");
    assert_eq!(open.received(&silent.send(&mut federated)).refusal(), "Responder NoPassive");
    let odd = open.request().inside("<samlp:Scoping ProxyCount=\"-1\"/>");
    assert_eq!(open.received(&odd.send(&mut federated)).refusal(), "Requester");
}

/// SAML Core §3.4.1.5.1, §2.5.1.6.
#[test]
fn an_assertion_names_those_whose_word_it_rests_on_and_may_be_passed_on_no_further_than_theirs() {
    let bench = Bench::new();
    let sp = application(&bench.app, "chain", "");
    let proxied = |count: &str| sp.request().inside(&format!("<samlp:Scoping ProxyCount=\"{count}\"/>"));
    let mut browser = bench.app.browser();
    let asked = sent_on(&proxied("3").send(&mut browser));
    assert!(asked.xml.contains("<samlp:Scoping ProxyCount=\"2\""), "{}", asked.xml);
    let told = sp.received(&answer(&bench, &mut browser, &asked, |_| {})).assertion().text;
    let named = |name: &str| format!("<saml:AuthenticatingAuthority>{name}</saml:AuthenticatingAuthority>");
    assert!(told.contains(&format!("</saml:AuthnContextClassRef>{}", named(&bench.idp.entity))), "{told}");
    assert!(!told.contains("ProxyRestriction"), "{told}");
    // The provider has it from others, and lets it go further twice.
    let behind = |forge: &mut Forge| {
        forge.authorities = vec!["https://first.example".to_owned(), "https://second.example".to_owned()];
        forge.proxies = Some("<saml:ProxyRestriction Count=\"2\"/>".to_owned());
    };
    let mut browser = bench.app.browser();
    let asked = sent_on(&sp.request().send(&mut browser));
    assert!(!asked.xml.contains("Scoping"), "{}", asked.xml);
    let told = sp.received(&answer(&bench, &mut browser, &asked, behind)).assertion().text;
    let chain = ["https://first.example", "https://second.example", &bench.idp.entity].map(named).concat();
    assert!(told.contains(&format!("</saml:AuthnContextClassRef>{chain}</saml:AuthnContext>")), "{told}");
    assert!(told.contains("<saml:ProxyRestriction Count=\"1\""), "{told}");
    // Nobody vouches for those who sign in here.
    let told = sp.received(&sp.request().send(&mut bench.app.signed_in())).assertion().text;
    assert!(!told.contains("AuthenticatingAuthority") && !told.contains("ProxyRestriction"), "{told}");
    for restriction in [
        "<saml:ProxyRestriction Count=\"0\"/>",
        "<saml:ProxyRestriction Count=\"5\"><saml:Audience>https://chain.example/metadata</saml:Audience></saml:ProxyRestriction>",
        "<saml:ProxyRestriction Count=\"many\"/>",
    ] {
        let arrival = bench.arrives(|forge| forge.proxies = Some(restriction.to_owned()));
        bench.assert_refused(&arrival, "PRT-1404", "proxy_restriction");
    }
}
