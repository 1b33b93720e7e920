//! The whole way by SAML, with another tenant of the same server as the upstream.

use url::Url;

use crate::support::{App, Browser, Engine, PASSWORD, Page};

struct Two {
    here: App,
    there: App,
}

impl Two {
    /// `more`: how the upstream answers.
    fn new(more: &str) -> Self {
        let server = crate::support::server::shared(Engine::Sqlite);
        let (here, there) = (App::on(&server), App::empty(&server));
        there.apply(&format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\nname = \"Upstream\"\nlanguages = [\"en\"]\n\
             [[tenant.user]]\nusername = \"mette\"\nemail = \"mette@up.example\"\nemail_verified = true\n\
             given_name = \"Mette\"\nfamily_name = \"Hansen\"\npassword = \"{PASSWORD}\"\n"
        ));
        here.apply(&format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.identity_provider]]\nid = \"up\"\n\
             name = \"Upstream\"\nkind = \"saml\"\ncreate_users = true\ndomains = [\"up.example\"]\n\
             metadata = '''{}'''\n",
            there.get("/saml/metadata").text()
        ));
        there.apply(&format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = \"downstream\"\n\
             name = \"Downstream\"\n[tenant.application.saml]\nmetadata = '''{}'''\n{more}\n\
             attributes = {{ uid = \"username\", mail = \"email\", givenName = \"given_name\", sn = \"family_name\" }}\n",
            here.get("/federation/up/metadata").text()
        ));
        Self { here, there }
    }

    fn choose(&self, browser: &mut Browser, page: &Page) -> Page {
        assert!(page.url.as_str().starts_with(&self.here.base()) && page.has("input[type=password]"), "{}", page.url);
        let page = browser.get(&page.link("a[href*='/federation/up/start']"));
        assert!(page.url.as_str().starts_with(&self.there.base()), "{} {}", page.url, page.reply.text());
        page
    }

    /// The page that brings the answer, sent by its button.
    fn bring(&self, browser: &mut Browser, page: &Page) -> Page {
        let form = page.find_form("SAMLResponse");
        let form = form.unwrap_or_else(|| panic!("no answer on {}: {}", page.url, page.reply.text()));
        assert_eq!(form.action, Url::parse(&format!("{}/federation/up/acs", self.here.base())).unwrap());
        browser.submit(&form)
    }
}

#[test]
fn an_application_is_told_of_somebody_who_signed_in_at_a_saml_upstream_in_8() {
    for more in ["", "encrypt_assertion = true", "sign_assertion = false", "sign_response = false"] {
        let two = Two::new(more);
        let client = two.here.client("web");
        let mut subjects = Vec::new();
        for _ in 0..2 {
            let mut browser = two.here.browser();
            let page = client.authorize(&mut browser);
            let page = two.choose(&mut browser, &page);
            let page = browser.fill_in(&page, "mette", PASSWORD);
            let page = two.bring(&mut browser, &page);
            let claims = client.redeem(&page.answer().code()).id_claims();
            assert_eq!(
                (claims["email"].as_str(), claims["email_verified"].as_bool()),
                (Some("mette@up.example"), Some(true))
            );
            assert_eq!((claims["given_name"].as_str(), &claims["amr"]), (Some("Mette"), &serde_json::json!(["fed"])));
            subjects.push(claims["sub"].clone());
        }
        assert_eq!(subjects[0], subjects[1], "{more}");
        assert_eq!(two.here.count_events("federation.accepted"), 2);
    }
}

#[test]
fn a_fresh_sign_in_is_made_at_the_saml_upstream_and_otherwise_its_session_is_enough() {
    let two = Two::new("");
    let client = two.here.client("web");
    let mut browser = two.here.browser();
    let page = client.authorize(&mut browser);
    let page = two.choose(&mut browser, &page);
    let page = browser.fill_in(&page, "mette", PASSWORD);
    two.bring(&mut browser, &page);
    for (name, value) in [("prompt", "login"), ("max_age", "0")] {
        let page = client.clone().with(name, value).authorize(&mut browser);
        let page = two.choose(&mut browser, &page);
        assert!(page.has("input[type=password]"), "the upstream asks again: {}", page.reply.text());
        let page = browser.fill_in(&page, "mette", PASSWORD);
        assert!(two.bring(&mut browser, &page).answer().get("code").is_some(), "{name}");
    }
    // Without the session here, but with the one there.
    browser.cookies.retain(|name, _| !name.ends_with(&two.here.slug));
    let page = client.authorize(&mut browser);
    let page = two.choose(&mut browser, &page);
    assert!(two.bring(&mut browser, &page).answer().get("code").is_some());
}
