use super::{EDGE, person, person_in, send};
use crate::support::{App, PASSWORD};

const HERE: &str = "/account/export";

#[test]
fn a_copy_of_ones_own_data_has_everything_and_no_secret() {
    let app = App::shared();
    let mut alice = person_in(&app, "alice", EDGE);
    let rp = app.client("asking");
    let page = rp.clone().with("prompt", "consent").authorize(&mut alice);
    let tokens = rp.redeem(&alice.submit(&page.form("decision").press("allow")).answer().code());
    person(&app, "bob");
    let page = send(&mut alice, HERE, &[]);
    assert_eq!(page.status(), 200);
    assert_eq!(page.reply.header("content-type"), Some("application/json; charset=utf-8"));
    let disposition = page.reply.header("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment; filename="), "{disposition}");
    assert_eq!(page.reply.header("cache-control"), Some("no-store"));
    let data = page.reply.json();
    assert_eq!(data["schema"], "portner-account-export-1");
    assert_eq!(data["user"]["username"], "alice");
    assert_eq!(data["user"]["profile"]["given_name"], "Alice");
    assert!(data["password"]["changed_at"].is_string());
    assert_eq!(data["sessions"][0]["user_agent"], EDGE);
    assert_eq!(data["consents"][0]["application"], "asking");
    assert_eq!(data["grants"][0]["application"], "asking");
    let kinds: Vec<&str> = data["events"].as_array().unwrap().iter().filter_map(|it| it["kind"].as_str()).collect();
    assert!(kinds.contains(&"signin.succeeded") && kinds.contains(&"consent.given"), "{kinds:?}");
    let text = page.reply.text();
    for secret in [PASSWORD, "argon2", "bob", tokens.refresh(), alice.session_cookie().unwrap().1] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert_eq!(app.count_events("user.exported"), 1);
    assert_eq!(alice.get(HERE).status(), 200, "looking at the page fetches nothing");
    assert_eq!(app.count_events("user.exported"), 1);
}
