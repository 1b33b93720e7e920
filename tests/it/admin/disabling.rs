//! Access ends at once, everywhere (AC-7, security 3.21).

use super::{Desk, id, show, staffed, with_staff};
use crate::on_each_engine;
use crate::support::browser::Form;
use crate::support::server::postgres_is_there;
use crate::support::{App, Browser, Engine, PASSWORD, Settings, Tokens};

/// All that somebody can have open.
struct Open {
    browser: Browser,
    tokens: Tokens,
    code: String,
    /// Past the password, before the second factor: the form that asks for it.
    pending: (Browser, Form),
    /// Where all of it began.
    origin: String,
    link: String,
}

const WEB: &str = "web";

/// The link of the newest mail to this person.
fn link(app: &App, name: &str) -> String {
    app.cli(&["admin", "recover", "--user", name]).trim().to_owned()
}

/// `carla` administers too, so that the operator can make a link for her, and has to give a mailed code.
fn open_everything(app: &App) -> Open {
    app.apply(&format!(
        "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.user]]\nusername = \"carla\"\nroles = [\"admin\"]\n\
         email = \"carla@acme.example\"\npassword = \"{PASSWORD}\"\n"
    ));
    let mut browser = app.browser();
    browser.sign_in("carla", PASSWORD);
    let web = app.client(WEB);
    let tokens = web.redeem(&web.code(&mut browser));
    let code = web.code(&mut browser);
    app.apply("version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.policy.role]]\nrole = \"admin\"\nsecond_factor.required = true\n");
    let mut pending = app.browser();
    let page = pending.sign_in("carla", PASSWORD);
    assert!(page.has("input[name=code]") && !pending.is_signed_in(), "{}", page.reply.text());
    app.apply("version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.policy.role]]\nrole = \"admin\"\nsecond_factor.required = false\n");
    let link = link(app, "carla");
    let pending = (pending, page.form("code").set("code", "000000"));
    Open { browser, tokens, code, pending, origin: app.server.public_url(), link }
}

/// Nothing of it works, at whatever node of the installation `app` is.
fn assert_closed(app: &App, open: &mut Open, moment: &str) {
    let web = app.client(WEB);
    assert_eq!(web.userinfo(open.tokens.access()).status, 401, "{moment}");
    assert!(!web.is_active(open.tokens.access()) && !web.is_active(open.tokens.refresh()), "{moment}");
    assert_eq!(web.refresh(open.tokens.refresh()).error(), "invalid_grant", "{moment}");
    assert_eq!(web.try_redeem(&open.code).status, 400, "{moment}");
    let mut here = app.browser();
    here.cookies.clone_from(&open.browser.cookies);
    assert_eq!(here.peek("/account").status(), 303, "{moment}");
    assert_eq!(here.peek("/admin").status(), 303, "{moment}");
    let silent = web.clone().with("prompt", "none").authorize(&mut here);
    assert_eq!(silent.answer().error(), "login_required", "{moment}");
    let (pending, mut form) = open.pending.clone();
    let mut here = app.browser().with_header("Origin", &open.origin);
    here.cookies.clone_from(&pending.cookies);
    form.action.set_port(Some(app.server.port())).unwrap();
    let page = here.submit(&form);
    assert!(!page.has("input[name=code]") && page.has("input[type=password]"), "{moment}: {}", page.reply.text());
    let path = open.link.split_once(&format!("/t/{}", app.slug)).unwrap().1;
    assert!(!app.browser().get(path).has("input[type=password]"), "{moment}: {path}");
}

on_each_engine! {
    fn ac7_whoever_is_disabled_has_nothing_open_and_enabling_revives_nothing(engine) {
        let app = staffed(engine);
        let mut open = open_everything(&app);
        let carla = id(&app, "carla");
        let mut desk = Desk::of(&app, "ada");
        let page = desk.browser.get(&format!("/admin/users/{carla}/disable"));
        assert_eq!(page.text_of("h1"), "Disable the account");
        let page = desk.browser.submit(&page.form("csrf"));
        assert!(page.has(".done") && page.text_of(".badge") == "Disabled", "{}", page.reply.text());
        assert_eq!(show(&app, "carla")["enabled"], false);
        assert_closed(&app, &mut open, "disabled");
        let mut again = app.browser();
        again.sign_in("carla", PASSWORD);
        assert!(!again.is_signed_in());
        assert_eq!(desk.press(&carla, "send-reset").status(), 409, "no new way in either");
        assert_eq!(desk.press(&carla, "enable").status(), 303);
        assert_closed(&app, &mut open, "enabled again");
        assert_eq!(desk.press(&carla, "enable").status(), 303, "twice does no harm");
        again.sign_in("carla", PASSWORD);
        assert!(again.is_signed_in());
        let disabled = app.audit().into_iter().rfind(|event| event["kind"] == "user.disabled").unwrap();
        assert_eq!(disabled["details"]["after"], "{\"enabled\":\"disabled\"}");
        assert_eq!(app.count_events("user.enabled"), 1);
    }
}

#[test]
fn ac7_it_ends_on_every_node_at_once() {
    if !postgres_is_there() {
        return;
    }
    let app = App::own(Settings::new(Engine::Postgres));
    with_staff(&app);
    let mut open = open_everything(&app);
    let other = App { server: std::sync::Arc::new(app.server.beside()), slug: app.slug.clone() };
    let mut there = other.browser();
    there.cookies.clone_from(&open.browser.cookies);
    assert_eq!(there.get("/account").status(), 200, "a session of one node is good at the other");
    assert_eq!(other.client(WEB).userinfo(open.tokens.access()).status, 200);
    let mut desk = Desk::of(&app, "ada");
    assert_eq!(desk.press(&id(&app, "carla"), "disable").status(), 303);
    assert_closed(&other, &mut open, "at the other node");
    assert_closed(&app, &mut open, "at this node");
}
