//! People who are not kept (IN-10): what time ends is forgotten, and not served until then.

use std::time::Duration;

use portner::domain::Time;
use portner::domain::assurance::Proof;
use portner::domain::audit::{Actor, Event, EventKind, Outcome};
use portner::domain::ids::UserId;
use portner::domain::logout::{Asker, Logout};
use portner::domain::policy::{Limit, Policy};
use portner::domain::secret::TokenHash;
use portner::domain::user::{EmailAddress, User};
use portner::store::{audit, devices, grants, logouts, name_ids, sessions, settings, transients, users};

use super::both;
use super::ground::{Ground, after, binding, device_id, grant_of, now, origin, person, session_of, token};

both!(
    a_session_that_time_has_ended_is_not_served_and_soon_forgotten,
    only_the_last_session_takes_the_person_along,
    a_logout_under_way_keeps_an_empty_row_and_no_longer,
    what_names_them_never_gets_into_the_log,
    somebody_who_is_kept_is_never_forgotten,
);

fn passing(ground: &Ground, tag: u8) -> User {
    let mut user = person("canary");
    user.id = UserId::transient(&[tag; 32]);
    user.username = portner::domain::user::Username::parse(&format!("canary-{tag}")).unwrap();
    user.email = Some(EmailAddress::parse(&format!("canary-{tag}@up.example")).unwrap());
    let stored = user.clone();
    ground.write(move |tx| users::insert(tx, &stored));
    user
}

fn session(ground: &Ground, user: &User, last_seen: Time) -> portner::domain::session::Session {
    let mut session = session_of(user.id);
    session.proofs = vec![Proof::Upstream];
    session.last_seen = last_seen;
    let (stored, hash) = (session.clone(), TokenHash::of(&session.id.to_string()));
    ground.write(move |tx| sessions::insert(tx, &stored, &hash, &origin()));
    session
}

fn exists(ground: &Ground, user: &User) -> bool {
    ground.read(|tx| users::find(tx, user.id)).is_some()
}

/// Sessions may be idle for an hour.
fn with_limit(ground: &Ground) {
    let mut set = ground.read(settings::load);
    set.policy = Policy::default();
    set.policy.session.idle = Limit::At(Duration::from_secs(3600));
    ground.write(move |tx| settings::save(tx, &set));
}

fn a_session_that_time_has_ended_is_not_served_and_soon_forgotten(ground: &Ground) {
    with_limit(ground);
    let user = passing(ground, 1);
    let session = session(ground, &user, now());
    let mut grant = grant_of(user.id, "openid offline_access");
    grant.session = session.id;
    let stored = grant.clone();
    ground.write(move |tx| {
        grants::insert(tx, &stored, &token(), &binding())?;
        name_ids::keep(tx, stored.user, "https://sp.example", "_name", now())
    });
    let stands = |at| ground.read(|tx| transients::stands(tx, &user, session.id, at));
    assert!(stands(after(3599)) && !stands(after(3600)), "whatever the grant says");
    assert_eq!(ground.write(|tx| transients::purge(tx, after(3599))), 0);
    assert!(exists(ground, &user));
    assert_eq!(ground.write(|tx| transients::purge(tx, after(3600))), 1);
    assert!(!exists(ground, &user));
    assert!(ground.read(|tx| grants::find(tx, grant.id)).is_none());
    assert!(ground.read(|tx| sessions::find_by_id(tx, session.id)).is_none());
    assert!(ground.read(|tx| name_ids::find(tx, user.id, "https://sp.example")).is_none());
}

fn only_the_last_session_takes_the_person_along(ground: &Ground) {
    let user = passing(ground, 2);
    let (one, other) = (session(ground, &user, now()), session(ground, &user, now()));
    assert!(ground.write(move |tx| sessions::end(tx, one.id, now())));
    assert!(exists(ground, &user));
    assert!(ground.read(|tx| sessions::find_by_id(tx, one.id)).is_none(), "what is over is not kept either");
    // What is undone has not happened.
    let undone = ground.store.write(move |tx| -> Result<(), portner::store::StoreError> {
        sessions::end(tx, other.id, now())?;
        Err(portner::store::StoreError::Missing("a reason"))
    });
    assert!(undone.is_err() && exists(ground, &user));
    assert!(ground.write(move |tx| sessions::end(tx, other.id, now())));
    assert!(!exists(ground, &user));
    // Somebody who was let in no further leaves nothing either.
    let refused = passing(ground, 3);
    ground.write(move |tx| transients::depart(tx, refused.id));
    assert_eq!(ground.read(users::count), 0);
}

fn a_logout_under_way_keeps_an_empty_row_and_no_longer(ground: &Ground) {
    let user = passing(ground, 4);
    let session = session(ground, &user, now());
    let logout = Logout {
        id: portner::domain::ids::LogoutId::from_uuid(*session.id.as_uuid()),
        user: user.id,
        binding: Some(token()),
        asker: Asker::Person,
        parties: Vec::new(),
        upstream: None,
        created_at: now(),
        expires_at: after(900),
    };
    let row = logout.clone();
    ground.write(move |tx| {
        sessions::end(tx, session.id, now())?;
        logouts::insert(tx, &row)
    });
    let left = ground.read(|tx| users::find(tx, user.id)).expect("the row");
    assert!(left.email.is_none() && left.username.as_str() == user.id.to_string(), "{left:?}");
    assert!(ground.read(|tx| logouts::find(tx, logout.id, now())).is_some());
    assert_eq!(ground.write(|tx| transients::purge(tx, after(899))), 0);
    assert_eq!(ground.write(|tx| transients::purge(tx, after(900))), 1);
    assert!(!exists(ground, &user));
}

fn what_names_them_never_gets_into_the_log(ground: &Ground) {
    let user = passing(ground, 5);
    let event = Event::new(now(), EventKind::SignInSucceeded, Outcome::Success, Actor::User(user.id), &origin())
        .username("canary")
        .personal("subject", "canary");
    let own = person("kept");
    let kept = Event::new(now(), EventKind::SignInSucceeded, Outcome::Success, Actor::User(own.id), &origin())
        .username("kept-name");
    ground.write(move |tx| {
        audit::append(tx, &event)?;
        audit::append(tx, &kept)
    });
    let all = ground.raw(ground.tenant).texts("SELECT personal || details AS it FROM audit_events ORDER BY sequence");
    assert!(!all[all.len() - 2].contains("canary") && all[all.len() - 2].contains("2001:db8::7"), "{all:?}");
    assert!(all[all.len() - 1].contains("kept-name"));
    assert_eq!(ground.read(audit::verify).first_break, None);
}

fn somebody_who_is_kept_is_never_forgotten(ground: &Ground) {
    let user = ground.person("kept");
    let session = session(ground, &user, now());
    ground.write(move |tx| {
        devices::insert(tx, device_id(), &token(), session.user, (now(), after(60)))?;
        sessions::end(tx, session.id, now())?;
        transients::depart(tx, session.user)
    });
    ground.write(|tx| transients::purge(tx, after(1_000_000)));
    assert!(exists(ground, &user));
    assert!(ground.read(|tx| transients::stands(tx, &user, session.id, after(1_000_000))), "decided elsewhere");
}
