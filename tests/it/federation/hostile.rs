//! An upstream, or somebody in its place, that means no good: a page, an event, and nobody's account changed.

use serde_json::{Value, json};
use url::Url;

use super::{Bench, Trip};
use crate::support::idp::{Idp, Manner};
use crate::support::saml_idp::SamlIdp;
use crate::support::{App, Browser, Call, Engine, PASSWORD, Settings};

fn seconds(offset: i64) -> i64 {
    crate::support::idp::seconds() + offset
}

#[test]
fn every_forged_or_misdirected_token_is_refused() {
    let bench = Bench::new();
    let claims: Vec<(Value, &str)> = vec![
        (json!({ "iss": "https://evil.example" }), "issuer"),
        (json!({ "aud": "other" }), "audience"),
        (json!({ "aud": ["portner", "other"] }), "audience"),
        (json!({ "azp": "other" }), "audience"),
        (json!({ "nonce": "another" }), "nonce"),
        (json!({ "nonce": null }), "nonce"),
        (json!({ "at_hash": "AAAAAAAAAAAAAAAAAAAAAA" }), "at_hash"),
        (json!({ "exp": seconds(-120) }), "time"),
        (json!({ "iat": seconds(3600), "exp": seconds(7200) }), "time"),
        (json!({ "exp": null }), "time"),
        (json!({ "sub": null }), "subject"),
        (json!({ "sub": "" }), "subject"),
    ];
    for (claims, reason) in claims {
        bench.idp.claims(claims.clone());
        bench.assert_refused(&bench.arrives(), "PRT-1404", reason);
    }
    bench.idp.claims(json!({}));
    for header in [
        json!({ "alg": "none" }),
        json!({ "alg": "HS256" }),
        json!({ "alg": "RS256" }),
        json!({ "typ": "at+jwt" }),
        json!({ "crit": ["x"], "x": 1 }),
    ] {
        bench.idp.header(header.clone());
        let (browser, page) = bench.arrives();
        assert!(page.status() == 403 && page.reply.text().contains("PRT-1404"), "{header}: {}", page.reply.text());
        assert!(!browser.is_signed_in(), "{header}");
    }
    assert_eq!(bench.users(), ["alice", "bob"]);
    assert_eq!(bench.app.count_events("user.created"), 2);
    assert_eq!(bench.app.count_events("federation.refused"), 17);
    bench.idp.header(json!({}));
    assert!(bench.arrives().0.is_signed_in(), "and the right one is let in");
}

#[test]
fn a_sign_in_that_is_too_old_or_has_no_time_is_made_anew_once() {
    let bench = Bench::new();
    let client = bench.app.client("web");
    for (claims, reason) in [
        (json!({ "auth_time": seconds(-13 * 3600) }), "older than sessions may be"),
        (json!({ "auth_time": null }), "no time"),
    ] {
        let sent_again = |browser: &mut Browser| {
            bench.idp.claims(claims.clone());
            let page = client.clone().with("max_age", "600").authorize(browser);
            let trip = bench.set_out_by(browser, &page.link("a[href*='/federation/up/start']"));
            assert!(!trip.has("prompt") && !trip.has("claims"), "{reason}: {}", trip.location);
            let page = bench.come_back(browser, &trip);
            assert_eq!(page.status(), 303, "{reason}: {}", page.reply.text());
            let again = Trip { location: Url::parse(page.reply.location()).unwrap() };
            assert_eq!(again.get("prompt"), "login", "{reason}");
            let wanted: Value = serde_json::from_str(&again.get("claims")).unwrap();
            assert_eq!(wanted["id_token"]["auth_time"]["essential"], true, "{reason}");
            assert_ne!(again.get("state"), trip.get("state"));
            again
        };
        let mut browser = bench.app.browser();
        let again = sent_again(&mut browser);
        bench.idp.claims(json!({}));
        let page = bench.come_back(&mut browser, &again);
        assert!(page.answer().get("code").is_some(), "{reason}: {}", page.reply.text());

        let mut stubborn = bench.app.browser();
        let again = sent_again(&mut stubborn);
        let page = bench.come_back(&mut stubborn, &again);
        bench.assert_refused(&(stubborn, page), "PRT-1409", "too_old");
    }
}

#[test]
fn a_key_that_is_new_is_fetched_once_a_minute_and_one_without_a_name_is_tried() {
    let bench = Bench::new();
    assert!(bench.arrives().0.is_signed_in());
    assert_eq!(bench.idp.key_fetches(), 1);
    bench.idp.rotate("k2");
    assert!(bench.arrives().0.is_signed_in(), "rolled over without notice");
    assert_eq!(bench.idp.key_fetches(), 2);
    bench.idp.rotate("k3");
    bench.assert_refused(&bench.arrives(), "PRT-1404", "unknown_key");
    bench.assert_refused(&bench.arrives(), "PRT-1404", "unknown_key");
    assert_eq!(bench.idp.key_fetches(), 2, "nobody can make this server ask again and again");
    let other = Bench::new();
    other.idp.header(json!({ "kid": null }));
    assert!(other.arrives().0.is_signed_in());
}

#[test]
fn an_answer_belongs_to_one_browser_one_tenant_one_provider_and_one_time() {
    let bench = Bench::new();
    let mut mine = bench.app.browser();
    let trip = bench.set_out(&mut mine);
    // Another browser; with the cookie, but not the browser's own; another provider; another tenant.
    let mut other = bench.app.browser();
    let page = bench.come_back(&mut other, &trip);
    bench.assert_refused(&(other, page), "PRT-1401", "state");
    let mut thief = bench.app.browser();
    let (name, value) = mine.cookies.iter().find(|(name, _)| name.starts_with("__Host-fed-")).expect("a cookie");
    thief.cookies.insert(name.clone(), value.clone());
    let page = bench.come_back(&mut thief, &trip);
    bench.assert_refused(&(thief, page), "PRT-1401", "state");
    bench.app.apply(&super::provider("oidc", &bench.idp.issuer(), "create_users = true").replace("\"up\"", "\"twin\""));
    let query = format!("code={}&state={}", trip.get("nonce"), trip.get("state"));
    let mut twin = mine.clone();
    let page = twin.get(&format!("/federation/twin/callback?{query}"));
    bench.assert_refused(&(twin, page), "PRT-1401", "state");
    let neighbour = App::on(&bench.app.server);
    neighbour.apply(&super::provider("oidc", &bench.idp.issuer(), "create_users = true"));
    let mut there = neighbour.browser();
    there.cookies =
        mine.cookies.iter().map(|(k, v)| (k.replace(&bench.app.slug, &neighbour.slug), v.clone())).collect();
    let page = there.get(&format!("/federation/up/callback?{query}"));
    assert!(page.reply.text().contains("PRT-1401") && !there.is_signed_in(), "{}", page.reply.text());
    assert_eq!(neighbour.count_events("federation.refused"), 1);
    // Once.
    let before = mine.clone();
    bench.come_back(&mut mine, &trip);
    assert!(mine.is_signed_in());
    let mut again = before;
    let page = bench.come_back(&mut again, &trip);
    bench.assert_refused(&(again, page), "PRT-1401", "replayed");
    for state in ["", "x", &"a".repeat(43)] {
        let mut browser = bench.app.browser();
        let page = bench.answer(&mut browser, &[("code", "c".to_owned()), ("state", state.to_owned())]);
        bench.assert_refused(&(browser, page), "PRT-1401", "state");
    }
}

#[test]
fn an_answer_that_names_another_issuer_or_none_where_one_was_promised_is_refused() {
    let bench = Bench::new();
    bench.idp.document(json!({ "authorization_response_iss_parameter_supported": true }));
    let answers = |iss: Option<String>| {
        let mut browser = bench.app.browser();
        let trip = bench.set_out(&mut browser);
        let mut query = vec![("code", trip.get("nonce")), ("state", trip.get("state"))];
        query.extend(iss.map(|iss| ("iss", iss)));
        let page = bench.answer(&mut browser, &query);
        (browser, page)
    };
    bench.assert_refused(&answers(None), "PRT-1404", "iss_parameter");
    bench.assert_refused(&answers(Some("https://evil.example".to_owned())), "PRT-1404", "iss_parameter");
    assert!(answers(Some(bench.idp.issuer())).0.is_signed_in());
}

#[test]
fn what_is_sent_up_is_bound_by_state_nonce_and_challenge() {
    let bench = Bench::with(
        Engine::Sqlite,
        "oidc",
        Idp::start(),
        "acr_values = [\"high\"]\nparameters = { ui = \"dark\" }\nscopes = [\"openid\", \"email\"]",
    );
    let trips: Vec<Trip> = (0..2).map(|_| bench.set_out(&mut bench.app.browser())).collect();
    let trip = &trips[0];
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "portner"),
        ("code_challenge_method", "S256"),
        ("acr_values", "high"),
        ("ui", "dark"),
        ("scope", "openid email"),
        ("max_age", "43200"),
    ] {
        assert_eq!(trip.get(name), value, "{name}");
    }
    for name in ["state", "nonce", "code_challenge"] {
        assert_eq!(trip.get(name).len(), 43, "{name}");
        assert_ne!(trip.get(name), trips[1].get(name), "{name}");
    }
    assert!(!trip.has("prompt") && !trip.has("login_hint"));
}

#[test]
fn a_higher_level_is_asked_for_where_policy_or_an_application_wants_two_factors() {
    let keys = "create_users = true\nacr_values = [\"low\"]\nmfa_acr_values = [\"high\", \"higher\"]";
    let bench = Bench::with(Engine::Sqlite, "oidc", Idp::start(), keys);
    assert_eq!(bench.set_out(&mut bench.app.browser()).get("acr_values"), "low");
    let mut browser = bench.app.browser();
    let page = bench.app.client("web").with("acr_values", "urn:portner:acr:mfa").authorize(&mut browser);
    let trip = bench.set_out_by(&mut browser, &page.link("a[href*='/federation/up/start']"));
    assert_eq!(trip.get("acr_values"), "high higher");
    bench.app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.second_factor]\nrequired = \"everyone\"\n\
         methods = [\"totp\"]\n",
    );
    assert_eq!(bench.set_out(&mut bench.app.browser()).get("acr_values"), "high higher");
}

#[test]
fn a_slow_or_dead_upstream_gives_a_clear_page_and_does_not_hold_people_up() {
    let bench = Bench::new();
    bench.idp.answer(Manner::Slow);
    let mut browser = bench.app.browser();
    let trip = bench.set_out(&mut browser);
    let page = bench.come_back(&mut browser, &trip);
    assert_eq!((page.status(), page.reply.header("retry-after")), (503, Some("60")));
    bench.assert_refused(&(browser, page), "PRT-1403", "unavailable");
    bench.idp.answer(Manner::Status(0));
    for _ in 0..2 {
        bench.assert_refused(&bench.arrives(), "PRT-1403", "unavailable");
    }
    bench.assert_refused(&bench.arrives(), "PRT-1403", "resting");
    assert!(bench.app.signed_in().is_signed_in(), "local sign-in is unaffected");
    // One that refuses the code is there.
    let bench = Bench::new();
    bench.idp.answer(Manner::Status(400));
    bench.assert_refused(&bench.arrives(), "PRT-1404", "code_refused");
    // One that is not there at all, and one that is another than it should be.
    let dead = App::shared_open_on(Engine::Sqlite);
    dead.apply(&super::provider("oidc", "http://127.0.0.1:1", ""));
    assert_eq!(dead.get("/federation/up/start").status, 503);
    let bench = Bench::new();
    bench.idp.document(json!({ "issuer": "https://evil.example" }));
    let page = bench.app.browser().peek("/federation/up/start");
    assert!(page.status() == 403 && page.reply.text().contains("PRT-1404"), "{}", page.reply.text());
    assert_eq!(bench.refusals(), ["discovery_issuer"]);
}

#[test]
fn a_token_endpoint_that_answers_with_a_page_without_end_or_elsewhere_lets_nobody_in() {
    for manner in [Manner::Html, Manner::Huge, Manner::Elsewhere] {
        let bench = Bench::new();
        bench.idp.answer(manner);
        bench.assert_refused(&bench.arrives(), "PRT-1403", "unavailable");
        assert!(bench.idp.redeemed().is_empty(), "{manner:?}: the code and the secret go nowhere else");
        assert_eq!(bench.users(), ["alice", "bob"], "{manner:?}");
        bench.idp.answer(Manner::Right);
        assert!(bench.arrives().0.is_signed_in(), "{manner:?}");
    }
}

#[test]
fn a_discovery_document_cannot_lead_this_server_to_places_that_are_not_open_to_it() {
    for (member, address) in [
        ("token_endpoint", "http://10.0.0.1/token"),
        ("token_endpoint", "http://169.254.169.254/latest/meta-data"),
        ("token_endpoint", "http://example.com/token"),
        ("jwks_uri", "http://[::1]/keys"),
        ("jwks_uri", "http://192.168.1.1/keys"),
        ("jwks_uri", "file:///etc/passwd"),
        ("authorization_endpoint", "javascript:alert(1)"),
    ] {
        let bench = Bench::new();
        bench.idp.document(json!({ member: address }));
        let mut browser = bench.app.browser();
        let begun = browser.peek("/federation/up/start");
        if begun.status() == 303 {
            let location = url::Url::parse(begun.reply.location()).expect("an absolute address");
            let page = bench.come_back(&mut browser, &Trip { location });
            bench.assert_refused(&(browser, page), "PRT-1403", "unavailable");
        } else {
            // Nobody has set out: a page, and no sign-in that failed.
            assert_eq!(begun.status(), 503, "{member} {address}");
            assert!(begun.reply.text().contains("PRT-1403"), "{member} {address}");
        }
        assert_eq!(bench.users(), ["alice", "bob"], "{member} {address}");
    }
}

#[test]
fn what_the_upstream_says_of_its_refusal_is_inert_text() {
    let bench = Bench::new();
    let mut browser = bench.app.browser();
    let trip = bench.set_out(&mut browser);
    let said = "AADSTS65004: User 'x' declined <script>alert(1)</script>\r\nTrace ID: 1";
    let query =
        [("error", "access_denied".to_owned()), ("error_description", said.to_owned()), ("state", trip.get("state"))];
    let page = bench.answer(&mut browser, &query);
    let text = page.reply.text();
    assert!(text.contains("AADSTS65004") && !text.contains("<script>alert"), "{text}");
    bench.assert_refused(&(browser, page), "PRT-1402", "error: access_denied");
    // A code that is no code is not written down.
    let mut browser = bench.app.browser();
    let trip = bench.set_out(&mut browser);
    let page = bench.answer(&mut browser, &[("error", "<b>x</b>".to_owned()), ("state", trip.get("state"))]);
    assert!(!page.reply.text().contains("<b>x</b>"));
    bench.assert_refused(&(browser, page), "PRT-1402", "error");
}

#[test]
fn an_upstream_in_a_private_network_is_reached_only_where_the_operator_says_so() {
    let (idp, app) = (Idp::start(), App::shared());
    app.apply(&super::provider("oidc", &idp.issuer(), "create_users = true"));
    assert_eq!(app.get("/federation/up/start").status, 503);
}

#[test]
fn entra_with_its_quirks_is_taken_by_directory_and_object() {
    let directory = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    let guest = "00000000-1111-4222-8333-444444444444";
    let bench = Bench::with(
        Engine::Sqlite,
        "entra",
        Idp::at("/common/v2.0"),
        &format!("create_users = true\ntenants = [\"{directory}\"]"),
    );
    let root = bench.idp.issuer().replace("/common/v2.0", "");
    let open = format!("{root}/{{tenantid}}/v2.0");
    bench.idp.document(json!({ "issuer": open }));
    bench.idp.key(json!({ "issuer": open }));
    let of = |tid: &str, more: Value| {
        let mut claims = json!({ "iss": format!("{root}/{tid}/v2.0"), "tid": tid, "oid": "o-1", "email_verified": null,
            "auth_time": null });
        claims.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        bench.idp.claims(claims);
    };
    of(directory, json!({}));
    assert!(bench.arrives().0.is_signed_in());
    assert_eq!(bench.user("mette")["email_verified"], false);
    of(directory, json!({ "sub": "another-for-each-app" }));
    assert!(bench.arrives().0.is_signed_in());
    assert_eq!(bench.users(), ["alice", "bob", "mette"], "`sub` is not the key");
    of(guest, json!({}));
    bench.assert_refused(&bench.arrives(), "PRT-1405", "not_admitted");
    of(directory, json!({ "iss": format!("{root}/{guest}/v2.0") }));
    bench.assert_refused(&bench.arrives(), "PRT-1404", "issuer");
    // A key of another directory.
    of(directory, json!({}));
    bench.idp.rotate("k2");
    bench.idp.key(json!({ "issuer": format!("{root}/{guest}/v2.0") }));
    let (browser, page) = bench.arrives();
    assert!(page.reply.text().contains("PRT-1404") && !browser.is_signed_in(), "{}", page.reply.text());
}

#[test]
fn google_counts_the_organisation_that_was_signed() {
    let bench =
        Bench::with(Engine::Sqlite, "google", Idp::start(), "create_users = true\nhosted_domains = [\"up.example\"]");
    let mut browser = bench.app.browser();
    assert_eq!(bench.set_out(&mut browser).get("hd"), "up.example");
    bench.assert_refused(&bench.arrives(), "PRT-1405", "not_admitted");
    bench.idp.claims(json!({ "hd": "evil.example" }));
    bench.assert_refused(&bench.arrives(), "PRT-1405", "not_admitted");
    bench.idp.claims(json!({ "hd": "up.example" }));
    assert!(bench.arrives().0.is_signed_in());
}

#[test]
fn whoever_sets_out_and_brings_rubbish_back_is_counted_against_the_network() {
    let mut settings = Settings::open(Engine::Sqlite);
    settings.config = settings.config.replace("failures_per_source = \"off\"", "failures_per_source = \"5/1h\"");
    let bench = Bench { app: App::own(settings), idp: Idp::start() };
    bench.declare("oidc", "create_users = true");
    bench.idp.claims(json!({ "aud": "other" }));
    let mut tries = Vec::new();
    while tries.len() < 9 && tries.last() != Some(&429) {
        let mut browser = bench.app.browser();
        let page = browser.peek("/federation/up/start");
        tries.push(match page.status() {
            303 => {
                let trip = Trip { location: Url::parse(page.reply.location()).unwrap() };
                bench.come_back(&mut browser, &trip).status()
            }
            refused => refused,
        });
    }
    assert_eq!(tries[0], 403);
    assert_eq!(tries.last(), Some(&429), "{tries:?}");
}

#[test]
fn pages_of_other_sites_can_neither_stop_the_sign_ins_of_their_visitors_network_nor_fill_the_log() {
    let mut settings = Settings::open(Engine::Sqlite);
    settings.config = settings.config.replace("failures_per_source = \"off\"", "failures_per_source = \"5/1h\"");
    let app = App::own(settings);
    app.apply(&super::provider("oidc", "https://idp.example", ""));
    app.apply(&SamlIdp::new().declaration("").replace("id = \"up\"", "id = \"saml\""));
    // What an image, a frame or a form of any page can have a browser send: no cookie of ours comes along.
    let sent = [
        Call::get("/federation/up/callback?state=x&code=y"),
        Call::get("/federation/saml/acs?state=x&answer=y"),
        Call::form("/federation/saml/acs", &[("SAMLResponse", "PHg+"), ("RelayState", "x")]),
        Call::form("/federation/saml/acs", &[("SAMLResponse", "rubbish")]),
        Call::get("/federation/saml/slo?SAMLRequest=rubbish"),
        Call::form("/federation/saml/slo", &[("SAMLResponse", "PHg+")]),
    ];
    for call in &sent {
        for _ in 0..30 {
            let reply = app.send(call);
            assert!((400..500).contains(&reply.status) && reply.status != 429, "{}: {}", call.target, reply.status);
        }
    }
    let rows = app.count_events("federation.refused") + app.count_events("logout.requested");
    assert!((20..90).contains(&rows), "{rows} rows: an attack is seen, and does not fill the log");
    assert_eq!(app.count_events("source.throttled"), 0);
    let mut mette = app.browser();
    mette.sign_in("alice", PASSWORD);
    assert!(mette.is_signed_in(), "whoever shares the network signs in");
}
