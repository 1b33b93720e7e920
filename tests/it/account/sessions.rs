use super::{EDGE, IPHONE, hidden, is_inside, person, person_in, send};
use crate::on_each_engine;
use crate::support::App;

const HERE: &str = "/account/sessions";

#[test]
fn where_one_is_signed_in_is_told_in_words() {
    let app = App::shared();
    let mut here = person_in(&app, "alice", EDGE);
    person_in(&app, "alice", IPHONE);
    person_in(&app, "bob", "curl/8.5.0");
    let page = here.get(HERE);
    let text = page.reply.text();
    assert!(text.contains("Edge on Windows") && text.contains("Safari on iPhone"), "{text}");
    assert!(!text.contains("Unknown browser"), "that is bob's");
    assert_eq!(text.matches("This browser").count(), 2, "one session, one device: {text}");
    // Two sessions, of which one can be ended, and two devices.
    assert_eq!(hidden(&page, "id").len(), 3, "{text}");
}

on_each_engine! {
    fn a_session_ended_from_elsewhere_gets_no_token_any_more(engine) {
        let app = App::shared_on(engine);
        let rp = app.client("web");
        let online = app.client("web").with("scope", "openid profile");
        let mut phone = person_in(&app, "alice", IPHONE);
        let mut here = person_in(&app, "alice", EDGE);
        let kept = rp.redeem(&rp.code(&mut phone));
        let held = online.redeem(&online.code(&mut phone));
        let unspent = online.code(&mut phone);
        let id = hidden(&here.get(HERE), "id")[0].clone();
        let page = send(&mut here, HERE, &[("do", "end"), ("id", &id)]);
        assert!(page.has("[role=status]"), "{}", page.reply.text());
        assert!(is_inside(&mut here) && !is_inside(&mut phone));
        assert_eq!(online.try_redeem(&unspent).error(), "invalid_grant");
        assert_eq!(online.userinfo(held.access()).status, 401);
        assert_eq!(rp.refresh(kept.refresh()).status, 200, "what was to outlive the session does");
        assert_eq!(app.count_events("session.ended"), 1);
        assert_eq!(send(&mut here, HERE, &[("do", "end"), ("id", &id)]).status(), 404, "there is none any more");
    }
}

#[test]
fn signing_out_everywhere_else_ends_what_outlives_a_session_if_that_is_wanted() {
    let app = App::shared();
    let rp = app.client("web");
    let mut phone = person_in(&app, "alice", IPHONE);
    let mut here = person_in(&app, "alice", EDGE);
    let mut bob = person(&app, "bob");
    let (first, own) = (rp.redeem(&rp.code(&mut phone)), rp.redeem(&rp.code(&mut here)));
    send(&mut here, HERE, &[("do", "end-others")]);
    assert!(is_inside(&mut here) && !is_inside(&mut phone) && is_inside(&mut bob));
    let second = rp.refresh(first.refresh());
    assert_eq!(second.status, 200, "not asked for");
    let form = here.get(HERE).form("offline");
    let page = here.submit(&form.press("end-others"));
    assert!(page.reply.text().contains("only in this browser"), "{}", page.reply.text());
    let token = second.json()["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(rp.refresh(&token).error(), "invalid_grant");
    assert_eq!(rp.refresh(own.refresh()).status, 200, "what was given in this session stands");
    assert!(is_inside(&mut here) && is_inside(&mut bob));
}

#[test]
fn nobody_ends_or_forgets_what_is_anothers() {
    let app = App::shared();
    let mut alice = person(&app, "alice");
    person(&app, "alice");
    let page = alice.get(HERE);
    let ids = hidden(&page, "id");
    let mut bob = person(&app, "bob");
    assert!(ids.iter().all(|id| !bob.get(HERE).reply.text().contains(id.as_str())));
    for id in &ids {
        for deed in ["end", "forget"] {
            assert_eq!(send(&mut bob, HERE, &[("do", deed), ("id", id)]).status(), 404, "{deed} {id}");
        }
    }
    send(&mut bob, HERE, &[("do", "end-others"), ("offline", "yes")]);
    send(&mut bob, HERE, &[("do", "forget-all")]);
    assert_eq!(hidden(&alice.get(HERE), "id"), ids, "alice has everything she had");
    for (fields, why) in [
        (vec![("do", "end"), ("id", "x")], "not an id"),
        (vec![("do", "end")], "which?"),
        (vec![("do", "explode")], "no such thing"),
        (vec![], "nothing"),
    ] {
        assert_eq!(send(&mut bob, HERE, &fields).status(), 400, "{why}");
    }
}

#[test]
fn a_browser_that_is_forgotten_is_a_stranger_and_still_signed_in() {
    let app = App::shared();
    let mut here = person_in(&app, "alice", EDGE);
    person_in(&app, "alice", IPHONE);
    let devices = hidden(&here.get(HERE), "id").split_off(1);
    assert_eq!(devices.len(), 2);
    send(&mut here, HERE, &[("do", "forget"), ("id", &devices[0])]);
    assert_eq!(hidden(&here.get(HERE), "id").len(), 2);
    send(&mut here, HERE, &[("do", "forget-all")]);
    assert_eq!(hidden(&here.get(HERE), "id").len(), 1, "the other session");
    assert!(is_inside(&mut here));
    assert_eq!(app.count_events("device.forgotten"), 2);
}

#[test]
fn what_to_do_when_it_was_somebody_else_leads_to_signing_them_out() {
    let app = App::shared();
    let mut here = person(&app, "alice");
    let mut thief = person(&app, "alice");
    let page = here.get("/account/not-me");
    assert!(page.has("a[href$='/account/password']") && page.has("a[href$='/account/lock']"));
    let form = page.form("do").press("end-others");
    let page = here.submit(&form);
    assert_eq!(page.status(), 200, "{}", page.reply.text());
    assert!(is_inside(&mut here) && !is_inside(&mut thief));
}
