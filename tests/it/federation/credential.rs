//! Proving ourselves to the upstream without a secret: `private_key_jwt` (RFC 7523, RFC 10070).

use portner::crypto::jose::ClientKeys;

use super::{Bench, provider};
use crate::support::idp::{CLIENT, CLIENT_SECRET, Idp, seconds};
use crate::support::{App, Engine, PASSWORD};

fn keyed(kind: &str, issuer: &str, more: &str) -> String {
    let more = format!("token_endpoint_auth_method = \"private_key_jwt\"\n{more}");
    provider(kind, issuer, &more).replace(&format!("client_secret = \"{CLIENT_SECRET}\"\n"), "")
}

#[test]
fn in8_an_upstream_is_proven_to_by_a_key_that_it_fetches_from_us() {
    let bench = Bench { app: App::shared_open_on(Engine::Sqlite), idp: Idp::start() };
    bench.app.apply(&keyed("oidc", &bench.idp.issuer(), "create_users = true"));
    let (mut seen, begun) = (Vec::new(), seconds());
    for _ in 0..2 {
        let (browser, page) = bench.arrives();
        assert!(browser.is_signed_in(), "{}", page.reply.text());
    }
    let published = bench.app.get("/oauth2/jwks").text();
    for (fields, basic) in bench.idp.redeemed() {
        assert_eq!(basic, "", "no secret at all");
        let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        assert_eq!(field("client_secret"), None);
        assert_eq!(field("client_assertion_type"), Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
        let said = field("client_assertion").expect("an assertion");
        let verified = ClientKeys::parse(&published).unwrap().verify(said).expect("signed with a key that we publish");
        assert_eq!(verified.typ.as_deref(), Some("client-authentication+jwt"));
        let claim = |name: &str| verified.claims[name].clone();
        assert_eq!((claim("iss"), claim("sub")), (CLIENT.into(), CLIENT.into()));
        assert_eq!(claim("aud"), bench.idp.issuer(), "the issuer alone, as a single text");
        let (from, to) = (claim("iat").as_i64().unwrap(), claim("exp").as_i64().unwrap());
        assert!(to - from <= 60 && (begun - 30..=seconds()).contains(&from), "{from} {to}");
        seen.push(claim("jti"));
    }
    assert!(seen.len() == 2 && seen[0] != seen[1], "each is new: {seen:?}");
}

#[test]
fn it_signs_with_what_the_upstream_says_that_it_knows() {
    let bench = Bench { app: App::shared_open_on(Engine::Sqlite), idp: Idp::start() };
    bench.app.apply(&keyed("oidc", &bench.idp.issuer(), "create_users = true"));
    bench.idp.document(serde_json::json!({ "token_endpoint_auth_signing_alg_values_supported": ["HS256", "ES256"] }));
    let (browser, page) = bench.arrives();
    assert!(browser.is_signed_in(), "{}", page.reply.text());
    let (fields, _) = bench.idp.redeemed().remove(0);
    let said = &fields.iter().find(|(key, _)| key == "client_assertion").expect("an assertion").1;
    let published = bench.app.get("/oauth2/jwks").text();
    assert_eq!(ClientKeys::parse(&published).unwrap().verify(said).unwrap().alg.name(), "ES256");
}

#[test]
fn another_server_takes_the_key_and_nobody_elses() {
    let server = crate::support::server::shared(Engine::Sqlite);
    let (here, there) = (App::on(&server), App::empty(&server));
    let declare = |keys_of: &App| {
        there.apply(&format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.user]]\nusername = \"mette\"\n\
             password = \"{PASSWORD}\"\n[[tenant.application]]\nid = \"{CLIENT}\"\n[tenant.application.oidc]\n\
             type = \"confidential\"\ntoken_endpoint_auth_method = \"private_key_jwt\"\n\
             jwks_uri = \"{}/oauth2/jwks\"\nredirect_uris = [\"{}/federation/up/callback\"]\n",
            keys_of.base(),
            here.base()
        ));
    };
    here.apply(&keyed("oidc", &there.base(), "create_users = true"));
    for (keys_of, right) in [(&here, true), (&there, false)] {
        declare(keys_of);
        let mut browser = here.browser();
        let page = browser.get("/federation/up/start");
        let page = browser.fill_in(&page, "mette", PASSWORD);
        let signed_in = browser.cookies.keys().any(|name| name.starts_with("__Host-sid") && name.ends_with(&here.slug));
        assert_eq!(signed_in, right, "{}", page.reply.text());
    }
}

#[test]
fn a_key_and_a_secret_exclude_each_other() {
    let app = App::shared();
    let (done, told) =
        app.try_apply(&provider("oidc", "https://idp.example", "token_endpoint_auth_method = \"private_key_jwt\""));
    assert!(!done && told.contains("client_secret: is not for"), "{told}");
    let (done, told) = app.try_apply(&keyed("entra", "https://login.microsoftonline.com/x/v2.0", ""));
    assert!(!done && told.contains("is not for kind = \"entra\""), "{told}");
    app.apply(&provider("oidc", "https://idp.example", ""));
    app.apply(&keyed("oidc", "https://idp.example", ""));
    // The secret has been forgotten on the way.
    let secret = format!("client_secret = \"{CLIENT_SECRET}\"\n");
    let (done, told) = app.try_apply(&provider("oidc", "https://idp.example", "").replace(&secret, ""));
    assert!(!done && told.contains("client_secret: is missing"), "{told}");
}
