//! IN-5, IN-6, IN-11, IN-12: the tenant's own rules, from the declaration and from its administrators, as people and
//! their browsers meet them.

use crate::on_each_engine;
use crate::support::{App, Browser, Form, PASSWORD, Page, Settings};

const ADMIN: &str = "fire tigre spiser grønne æbler";
const NEW: &str = "syv små fisk i en stor dam";

fn tenant(app: &App, rest: &str) {
    app.apply(&format!("version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n{rest}"));
}

/// An administrator beside the usual people, signed in.
fn administrator(app: &App) -> Browser {
    tenant(app, &format!("[[tenant.user]]\nusername = \"root\"\nroles = [\"admin\"]\npassword = \"{ADMIN}\"\n"));
    let mut browser = app.browser();
    browser.sign_in("root", ADMIN);
    assert!(browser.is_signed_in());
    browser
}

fn change(browser: &mut Browser, current: &str, new: &str) -> Page {
    let page = browser.get("/account/password");
    let form = page.form("new_password").set("password", current).set("new_password", new);
    browser.submit(&form)
}

/// The policy form with one field changed, sent and confirmed.
fn set_policy(browser: &mut Browser, fields: &[(&str, &str)]) -> Page {
    let page = browser.get("/admin/policy");
    let form = fields.iter().fold(page.form("lockout.failures"), |form, (name, value)| form.set(name, value));
    let asked = browser.submit(&form);
    assert_eq!(asked.status(), 200, "{}", asked.reply.text());
    let confirm = asked.form("lockout.failures").press("yes");
    browser.submit(&without(confirm, "again"))
}

/// `press` takes the first button of a value; this form has two.
fn without(form: Form, name: &str) -> Form {
    let mut form = form;
    form.fields.retain(|(key, _)| key != name);
    form
}

fn works(app: &App, username: &str, password: &str) -> bool {
    let mut browser = app.browser();
    browser.sign_in(username, password);
    browser.is_signed_in()
}

on_each_engine! {
    fn in5_ones_own_password_is_changed_by_the_present_one_and_others_are_signed_out(engine) {
        let app = App::shared_on(engine);
        let mut here = app.signed_in();
        let mut there = app.signed_in();
        let page = change(&mut here, PASSWORD, NEW);
        assert!(page.reply.status == 200 && !page.has("#notice"), "{}", page.reply.text());
        assert_eq!(here.peek("/account").status(), 200, "this browser stays signed in");
        assert_eq!(there.peek("/account").status(), 303, "the other one does not");
        assert!(works(&app, "alice", NEW) && !works(&app, "alice", PASSWORD));
        assert_eq!(app.audit().iter().filter(|event| event["details"]["way"] == "chosen").count(), 1);
        let printed = format!("{:?}", app.audit());
        assert!(!printed.contains(NEW) && !printed.contains(PASSWORD));
    }
}

on_each_engine! {
    fn in5_the_rules_take_effect_at_the_next_change_per_tenant(engine) {
        let (strict, other) = (App::shared_on(engine), App::shared_on(engine));
        tenant(&strict, "[tenant.policy.password]\nmin_length = 20\nmin_digits = 2\nmin_special = 1\nmin_upper = 1\n");
        let mut browser = strict.signed_in();
        let page = browser.get("/account/password");
        let told = page.text_of("#rules");
        assert!(told.contains("20 characters") && told.contains("2 digits"), "before anything is typed: {told}");
        let page = change(&mut browser, PASSWORD, "æøåæøåæøå 12");
        assert_eq!(page.status(), 422);
        assert_eq!(page.html().select(&selector("#rules li.unmet")).count(), 2, "too short, and no capital letter");
        assert!(!page.reply.text().contains("æøåæøåæøå"), "the password does not come back");
        let page = change(&mut browser, PASSWORD, "Æblegrød på øen 12 gange");
        assert!(!page.has("#notice"), "{}", page.reply.text());
        let page = change(&mut other.signed_in(), PASSWORD, "æøåæøåæøå 12");
        assert!(!page.has("#notice"), "another tenant has rules of its own: {}", page.reply.text());
    }
}

on_each_engine! {
    fn in5_earlier_passwords_do_not_come_again(engine) {
        let app = App::shared_on(engine);
        tenant(&app, "[tenant.policy.password]\nhistory = 2\n");
        let mut browser = app.signed_in();
        assert!(change(&mut browser, PASSWORD, PASSWORD).text_of("#rules .unmet").contains("last 2"));
        assert!(!change(&mut browser, PASSWORD, NEW).has("#notice"));
        assert_eq!(change(&mut browser, NEW, PASSWORD).status(), 422, "the one before");
        assert!(!change(&mut browser, NEW, "otte store fugle flyver lavt").has("#notice"));
        let again = change(&mut browser, "otte store fugle flyver lavt", PASSWORD);
        assert!(!again.has("#notice"), "two changes ago is free again: {}", again.reply.text());
    }
}

fn selector(text: &str) -> scraper::Selector {
    scraper::Selector::parse(text).unwrap()
}

#[test]
fn in4_the_present_password_is_not_guessed_from_an_open_browser() {
    let app = App::shared();
    let mut browser = app.signed_in();
    // Three as a browser that is known, and three as any other.
    for _ in 0..6 {
        let page = change(&mut browser, "wrong wrong wrong", NEW);
        assert_eq!(page.status(), 403);
    }
    let page = change(&mut browser, PASSWORD, NEW);
    assert_eq!(page.status(), 403, "locked: {}", page.reply.text());
    assert!(!works(&app, "alice", NEW));
}

#[test]
fn password_managers_find_the_page_to_change_a_password() {
    let app = App::shared();
    let reply = app.get("/.well-known/change-password");
    assert_eq!((reply.status, reply.location()), (303, app.path("/account/password").as_str()));
    let mut browser = app.signed_in();
    let page = browser.get("/account/password");
    assert!(page.has("input[name=password][autocomplete=current-password]"));
    assert!(page.has("input[name=new_password][autocomplete=new-password]"));
    let bare = browser.post("/account/password", &[("password", PASSWORD), ("new_password", NEW)]);
    assert_ne!(bare.status(), 200, "a form without its token changes nothing");
    assert!(works(&app, "alice", PASSWORD));
}

#[test]
fn in6_a_role_has_stricter_rules_than_the_others() {
    let app = App::shared();
    let mut admin = administrator(&app);
    tenant(&app, "[[tenant.policy.role]]\nrole = \"admin\"\npassword.min_length = 30\n");
    assert_eq!(change(&mut admin, ADMIN, NEW).status(), 422, "26 characters are too few for an administrator");
    assert!(!change(&mut app.signed_in(), PASSWORD, NEW).has("#notice"), "and enough for others");
}

#[test]
fn in5_an_administrator_edits_the_policy_and_sees_first_what_it_means() {
    let app = App::shared();
    let mut admin = administrator(&app);
    let page = admin.get("/admin/policy");
    assert_eq!(page.status(), 200, "{}", page.reply.text());
    assert!(
        page.text_of("main").contains("Passwords: at least 12 characters"),
        "in plain words: {}",
        page.text_of("main")
    );
    let form = page.form("lockout.failures").set("password.min_length", "20").set("second_factor.required", "everyone");
    let asked = admin.submit(&form);
    let told = asked.text_of("main");
    assert!(told.contains("Minimum length 12 → 20") && told.contains("users can sign in"), "{told}");
    assert!(told.contains("1 has to set up a second step"), "the administrator has no address: {told}");
    assert_eq!(app.count_events("tenant.changed"), 0, "nothing is done before it is confirmed");

    let saved = set_policy(&mut admin, &[("password.min_length", "20")]);
    assert!(saved.has("#notice[role=status]"), "{}", saved.reply.text());
    let mut alice = app.signed_in();
    assert_eq!(change(&mut alice, PASSWORD, "tolv tegn ok").status(), 422, "at once, on this node");
    let events = app.audit();
    let changed = events.iter().find(|event| event["kind"] == "tenant.changed").unwrap();
    assert_eq!(changed["details"]["changed"], "policy.password.min_length");
    assert!(changed["details"]["before"].as_str().unwrap().contains("12"), "{changed}");
    assert!(changed["details"]["after"].as_str().unwrap().contains("20"), "{changed}");
}

#[test]
fn in6_every_rule_of_a_role_is_edited_and_an_emptied_role_has_none() {
    let app = App::shared();
    let mut admin = administrator(&app);
    let rules = [
        ("role[0].role", "customer"),
        ("role[0].password.min_length", "16"),
        ("role[0].password.min_digits", "2"),
        ("role[0].password.min_upper", "1"),
        ("role[0].password.history", "5"),
        ("role[0].password.refuse_breached", "yes"),
        ("role[0].password.max_age", "90d"),
        ("role[0].second_factor.remember_device", "1d"),
        ("role[0].session.idle", "10m"),
    ];
    let saved = set_policy(&mut admin, &rules);
    assert!(saved.has("#notice[role=status]"), "{}", saved.reply.text());
    let told = saved.text_of("#in-force + ul");
    assert!(
        told.contains("customer") && told.contains(": at least 16 characters") && told.contains("2 digits"),
        "{told}"
    );
    let form = saved.form("lockout.failures");
    for (name, value) in rules {
        assert_eq!(form.get(name), Some(value), "{name}");
    }
    // A new role in the last row, whose length no rule allows: its row is marked and no other.
    let wrong = form.set("role[0].role", "").set("role[1].role", "admin").set("role[1].password.min_length", "3");
    let refused = admin.submit(&wrong);
    assert_eq!(refused.status(), 422);
    assert!(refused.has("#role-1--password-min_length[aria-invalid=true]"), "{}", refused.reply.text());
    assert!(!refused.has("#role-0--password-min_length[aria-invalid=true]"));
    let emptied = set_policy(&mut admin, &[("role[0].role", "")]);
    assert!(!emptied.text_of("#in-force + ul").contains("customer"), "{}", emptied.text_of("main"));
}

#[test]
fn the_policy_form_refuses_what_makes_no_sense_and_what_is_stale() {
    let app = App::shared();
    let mut admin = administrator(&app);
    let page = admin.get("/admin/policy");
    for (name, value) in [
        ("password.min_length", "3"),
        ("lockout.failures", "many"),
        ("session.idle", "later"),
        ("password.max_age", "-1d"),
    ] {
        let refused = admin.submit(&page.form("lockout.failures").set(name, value));
        assert_eq!(refused.status(), 422, "{name}");
        assert!(refused.has("[aria-invalid=true]") && refused.has("[role=alert]"), "{name}");
        assert_eq!(refused.form("lockout.failures").get(name), Some(value), "what was typed stays");
    }
    let mut hopeless = page.form("lockout.failures").set("second_factor.required", "everyone");
    hopeless.fields.retain(|(name, _)| !name.starts_with("second_factor.method."));
    assert_eq!(admin.submit(&hopeless).status(), 422);

    let asked = admin.submit(&page.form("lockout.failures").set("password.min_length", "14"));
    tenant(&app, "[tenant.policy.password]\nhistory = 3\n");
    let stale = admin.submit(&without(asked.form("lockout.failures").press("yes"), "again"));
    assert_eq!(stale.status(), 409, "somebody else has changed the rules: {}", stale.reply.text());
}

#[test]
fn nobody_shuts_themselves_out_by_the_rules() {
    let app = App::shared();
    let mut admin = administrator(&app);
    let fill_in = |admin: &mut Browser, keep: &str| {
        let mut form = admin.get("/admin/policy").form("lockout.failures").set("second_factor.required", "everyone");
        assert!(form.get("second_factor.method.passkey").is_some(), "what the file says of later is kept");
        form.fields.retain(|(name, _)| !name.starts_with("second_factor.method.") || name.ends_with(keep));
        let page = admin.submit(&form);
        if page.status() != 200 {
            return page;
        }
        admin.submit(&without(page.form("lockout.failures").press("yes"), "again"))
    };
    let page = fill_in(&mut admin, "passkey");
    assert_eq!(page.status(), 422, "nobody can have a passkey yet: {}", page.reply.text());
    assert!(page.text_of("#second_factor-method-totp-wrong").contains("no method is left"));
    let page = fill_in(&mut admin, "email_code");
    assert!(page.status() == 422 && page.text_of("#notice").contains("could not sign in again yourself"), "no address");
    let page = admin.get("/admin/policy");
    assert!(
        !page.has("input[type=checkbox][name='second_factor.method.passkey']"),
        "nothing is offered that is not there"
    );
    let form = page.form("lockout.failures").set("lockout.duration", "2h").set("lockout.longest", "soon");
    let page = admin.submit(&form);
    let told = page
        .html()
        .select(&selector("[name='lockout.longest']"))
        .next()
        .unwrap()
        .attr("aria-describedby")
        .unwrap()
        .to_owned();
    assert!(page.status() == 422 && told.starts_with("lockout-longest-wrong "), "{told}");
    let page = admin.submit(&form.set("lockout.longest", "1h"));
    assert!(page.text_of("#lockout-longest-wrong").contains("not shorter than the first"), "{}", page.reply.text());
    assert_eq!(app.count_events("tenant.changed"), 0);
}

#[test]
fn a_password_that_is_tried_is_judged_as_it_would_be_and_never_kept() {
    let app = App::shared();
    let mut admin = administrator(&app);
    for (tried, badge) in [("Sommer2026!", ".bad"), (NEW, ".good"), ("acme og æbler i haven", ".bad")] {
        let page = admin.get("/admin/policy");
        let page = admin.submit(&page.form("try_password").set("try_password", tried));
        assert_eq!(page.status(), 200, "{}", page.reply.text());
        assert!(page.has(&format!("[role=status] p .badge{badge}")), "{tried}");
        assert!(!page.reply.text().contains(tried), "{tried} comes back");
    }
    assert!(!format!("{:?}", app.audit()).contains("Sommer2026"));
}

#[test]
fn rules_are_for_administrators_to_change_and_for_auditors_to_see() {
    let app = App::shared();
    let people = ["auditor", "helpdesk"]
        .map(|role| format!("[[tenant.user]]\nusername = \"{role}\"\nroles = [\"{role}\"]\npassword = \"{ADMIN}\"\n"));
    tenant(&app, &people.concat());
    for path in ["/admin/policy", "/admin/networks", "/admin/notices"] {
        let mut auditor = app.browser();
        auditor.sign_in("auditor", ADMIN);
        let page = auditor.get(path);
        assert_eq!(page.status(), 200, "{path}: {}", page.reply.text());
        if let Some(form) = page.find_form("stamp") {
            let refused = auditor.submit(&form);
            assert_eq!(refused.status(), 403, "{path}");
        }
        let mut helpdesk = app.browser();
        helpdesk.sign_in("helpdesk", ADMIN);
        assert_eq!(helpdesk.get(path).status(), 403, "{path}");
        assert_eq!(app.signed_in().get(path).status(), 403, "{path}");
    }
    assert_eq!(app.count_events("tenant.changed"), 0);
}

#[test]
fn in5_a_password_known_from_a_breach_is_refused_by_a_list_that_never_leaves_the_machine() {
    let settings = Settings::new(crate::support::Engine::Sqlite);
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("pwned.txt"), dir.path().join("breached.list"));
    let sha1 = |password: &str| {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
        hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect::<String>()
    };
    let mut lines = [NEW, "noget helt andet i dag"].map(|password| format!("{}:7\r\n", sha1(password)));
    lines.sort_unstable();
    std::fs::write(&from, lines.concat()).unwrap();
    let app = App::shared();
    let paths = [from.to_str().unwrap(), to.to_str().unwrap()];
    let told = app.server.run(&["breached", "build", "--from", paths[0], "--to", paths[1]]);
    assert!(told.starts_with("2 passwords"), "{told}");
    assert!(!change(&mut app.signed_in(), PASSWORD, NEW).has("#notice"), "without the list it is as good as any");

    let config = format!("{}\n[password_lists]\nbreached = \"{}\"\n", settings.config, paths[1]);
    let app = App::own(Settings { config, ..settings });
    let page = change(&mut app.signed_in(), PASSWORD, NEW);
    assert_eq!(page.status(), 422, "{}", page.reply.text());
    assert!(!change(&mut app.signed_in(), PASSWORD, "syv andre fisk i samme dam").has("#notice"));
}

/// A server that believes what the header says of the address.
fn behind_proxy() -> App {
    let mut settings = Settings::new(crate::support::Engine::Sqlite);
    settings.config.push_str("\n[proxy]\ntrusted = [\"127.0.0.0/8\"]\n");
    App::own(settings)
}

fn at(app: &App, address: &str) -> Browser {
    app.browser().with_header("x-forwarded-for", address)
}

#[test]
fn in12_outside_the_approved_networks_nobody_may_even_try() {
    let app = behind_proxy();
    tenant(&app, "[tenant.policy.networks]\neveryone = [\"10.0.0.0/8\"]\n");
    let mut inside = at(&app, "10.1.2.3");
    inside.sign_in("alice", PASSWORD);
    assert!(inside.is_signed_in());
    let mut outside = at(&app, "192.0.2.1");
    for path in [
        "/sign-in",
        "/account",
        "/account/password",
        "/admin",
        "/password/forgot",
        "/oauth2/authorize",
        "/federation/up/start",
        "/federation/up/acs",
    ] {
        let page = outside.peek(path);
        assert_eq!(page.status(), 403, "{path}");
        assert!(page.reply.text().contains("PRT-2004"), "{path}: {}", page.reply.text());
    }
    let page = outside.post("/sign-in", &[("username", "alice"), ("password", PASSWORD)]);
    assert_eq!(page.status(), 403);
    let tried = ["signin.failed", "signin.throttled", "account.locked"].map(|kind| app.count_events(kind));
    assert_eq!(tried, [0, 0, 0], "nothing is evaluated or counted");
    for path in ["/.well-known/openid-configuration", "/oauth2/jwks", "/status", "/sign-out"] {
        assert_ne!(outside.peek(path).status(), 403, "{path} is for programs, informs or leads out");
    }
    let unknown = outside.peek("/federation/up/metadata").reply.text();
    assert!(!unknown.contains("PRT-2004") && unknown.contains("PRT-1410"), "{unknown}");
    // A session does not travel.
    let mut taken = at(&app, "192.0.2.1");
    taken.cookies = inside.cookies.clone();
    assert_eq!(taken.peek("/account").status(), 403);
}

#[test]
fn in12_administrators_only_from_their_own_networks() {
    let app = behind_proxy();
    let mut admin = at(&app, "10.1.2.3");
    tenant(&app, &format!("[[tenant.user]]\nusername = \"root\"\nroles = [\"admin\"]\npassword = \"{ADMIN}\"\n"));
    admin.sign_in("root", ADMIN);
    let page = admin.get("/admin/networks");
    let form = page.form("everyone").set("administrators", "10.9.0.0/16");
    let refused = admin.submit(&form);
    assert_eq!(refused.status(), 422, "nobody shuts themselves out: {}", refused.reply.text());
    assert_eq!(admin.submit(&form.clone().set("administrators", "everywhere")).status(), 422);
    let saved = admin.submit(&form.set("administrators", "10.1.0.0/16\n2001:db8::/32"));
    assert!(saved.has("#notice[role=status]"), "{}", saved.reply.text());

    let mut away = at(&app, "192.0.2.1");
    let page = away.sign_in("root", ADMIN);
    assert!(!away.is_signed_in());
    let mut wrong = at(&app, "192.0.2.1");
    let other = wrong.sign_in("root", "wrong wrong wrong");
    assert_eq!((page.status(), page.text_of("#notice")), (other.status(), other.text_of("#notice")), "no oracle");
    for _ in 0..5 {
        at(&app, "192.0.2.1").sign_in("root", "wrong wrong wrong");
    }
    let mut back = at(&app, "10.1.2.4");
    back.sign_in("root", ADMIN);
    assert!(back.is_signed_in(), "attempts from elsewhere do not lock the account");
    back.headers.clear();
    let mut taken = back.clone().with_header("x-forwarded-for", "192.0.2.1");
    assert_eq!(taken.peek("/admin/networks").status(), 303, "the session is not good elsewhere");
    let mut alice = at(&app, "192.0.2.1");
    alice.sign_in("alice", PASSWORD);
    assert!(alice.is_signed_in(), "others sign in from anywhere");
}

#[test]
fn in11_an_announcement_is_seen_on_the_sign_in_page_and_on_the_status_page() {
    let app = App::shared();
    let mut admin = administrator(&app);
    // Nine hours ahead of UTC, all year.
    tenant(&app, "time_zone = \"Asia/Tokyo\"\n");
    let calm = app.get("/status");
    assert!(calm.status == 200 && calm.text().contains("Everything is running"));
    #[allow(clippy::disallowed_methods, reason = "the server runs by the real clock")]
    let time =
        |hours: i64| (chrono::Utc::now() + chrono::Duration::hours(9 + hours)).format("%Y-%m-%dT%H:%M").to_string();
    let page = admin.get("/admin/notices");
    assert_eq!(page.text_of("#zone-hint"), "The time zone is Asia/Tokyo.");
    let form = page
        .form("severity")
        .set("severity", "maintenance")
        .set("text_en", "We upgrade <everything>.")
        .set("text_da", "Vi opgraderer.")
        .set("starts_at", &time(23))
        .set("ends_at", &time(25));
    let late = admin.submit(&form);
    assert_eq!(late.status(), 422, "less than a day ahead");
    assert_eq!(late.form("severity").get("text_da"), Some("Vi opgraderer."), "what was written stays");
    let starts = time(25);
    let saved = admin.submit(&form.set("starts_at", &starts).set("ends_at", &time(27)));
    assert!(saved.has("#notice[role=status]"), "{}", saved.reply.text());
    let shown = app.browser().get("/status").text_of("section.announcement time");
    assert!(shown.ends_with(starts.split_once('T').unwrap().1), "as it was typed: {shown} of {starts}");
    for path in ["/sign-in", "/status"] {
        let page = app.browser().get(path);
        assert!(page.text_of("section.announcement").contains("We upgrade <everything>."), "{path}");
        assert!(page.has("section.announcement time[datetime]"), "{path}");
        let danish = app.browser().get(&format!("{path}?lang=da"));
        assert!(danish.text_of("section.announcement").contains("Vi opgraderer."), "{path}");
    }
    let page = admin.get("/admin/notices");
    let removed = admin.submit(&page.form("notice"));
    assert!(removed.has("#notice[role=status]"), "{}", removed.reply.text());
    assert!(!app.browser().get("/sign-in").has("section.announcement"));
    assert_eq!(app.count_events("tenant.changed"), 3);
}
