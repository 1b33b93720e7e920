//! The administration of a tenant by its own people (AC-1, AC-7, ADM-01 … ADM-13).

mod applications;
mod authority;
mod clients;
mod commands;
mod disabling;
mod identity_providers;
mod people;
mod search;

use serde_json::Value;

use crate::support::{App, Browser, Engine, PASSWORD, Page};

/// Two administrators, two of the helpdesk, an auditor; `alice` and `bob` have no role.
fn staffed(engine: Engine) -> App {
    let app = App::shared_on(engine);
    with_staff(&app);
    app
}

fn with_staff(app: &App) {
    let people = [("ada", "admin"), ("abe", "admin"), ("hal", "helpdesk"), ("hana", "helpdesk"), ("otto", "auditor")];
    let people: String = people
        .iter()
        .map(|(name, role)| {
            format!(
                "[[tenant.user]]\nusername = \"{name}\"\nemail = \"{name}@acme.example\"\nroles = [\"{role}\"]\n\
                 password = \"{PASSWORD}\"\n"
            )
        })
        .collect();
    app.apply(&format!("version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n{people}"));
}

fn show(app: &App, name: &str) -> Value {
    let text = app.cli(&["user", "show", name, "--output", "json"]);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn id(app: &App, name: &str) -> String {
    show(app, name)["id"].as_str().expect("an id").to_owned()
}

/// Somebody at work, with the token of the forms: it belongs to the browser, not to whoever uses it.
struct Desk {
    browser: Browser,
    csrf: String,
}

impl Desk {
    fn of(app: &App, name: &str) -> Self {
        let mut browser = app.browser();
        browser.sign_in("ada", PASSWORD);
        let page = browser.get(&format!("/admin/users/{}/unlock", id(app, "alice")));
        let csrf = page.form("csrf").get("csrf").expect("a token").to_owned();
        let session = browser.session_cookie().expect("ada is signed in").0.to_owned();
        browser.cookies.remove(&session);
        browser.sign_in(name, PASSWORD);
        assert!(browser.is_signed_in(), "{name}");
        Self { browser, csrf }
    }

    /// Posts straight to where a button would, whether or not it is shown.
    fn press(&mut self, id: &str, deed: &str) -> Page {
        let url = self.browser.url(&format!("/admin/users/{id}/{deed}"));
        self.browser.send(&url, "POST", Some(crate::support::http::encode(&[("csrf", &self.csrf)])))
    }

    /// Posts the form of a person as it would stand there, with some fields changed.
    fn edit(&mut self, id: &str, fields: &[(&str, &str)]) -> Page {
        let mut all = vec![("csrf", self.csrf.as_str())];
        all.extend(fields);
        let url = self.browser.url(&format!("/admin/users/{id}/edit"));
        self.browser.send(&url, "POST", Some(crate::support::http::encode(&all)))
    }
}
