//! What may happen once happens once, however many ask at the same moment.

use portner::domain::attempt::{Factor, Reservation, Subject};
use portner::domain::audit::{Actor, Event, EventKind, Outcome};
use portner::domain::grant::{GrantEnd, Spent};
use portner::domain::oauth::Scopes;
use portner::domain::policy::LockoutPolicy;
use portner::store::grants::NewRefresh;
use portner::store::{StoreError, assertions, attempts, audit, grants, sessions};

use super::both;
use super::ground::{Ground, after, at_once, binding, client, grant_of, lease_id, now, origin, session_of, token};

both!(
    one_code_from_50_threads_is_fresh_once,
    one_refresh_token_from_20_threads_leaves_one_usable_descendant,
    in4_of_50_attempts_at_once_exactly_three_are_evaluated,
    an_assertion_counts_once,
    a_session_is_ended_by_one,
    audit_chains_never_fork,
);

fn one_code_from_50_threads_is_fresh_once(ground: &Ground) {
    let user = ground.person("mette");
    let (grant, code) = (grant_of(user.id, "openid"), token());
    let id = grant.id;
    ground.write(move |tx| grants::insert(tx, &grant, &code, &binding()));
    let outcomes = at_once(50, |_| ground.write(move |tx| grants::redeem_code(tx, &code, now())));
    let fresh = outcomes.iter().filter(|outcome| matches!(outcome, Spent::Fresh(_))).count();
    let replayed = outcomes.iter().filter(|outcome| matches!(outcome, Spent::Replayed(of) if *of == id)).count();
    assert_eq!((fresh, replayed), (1, 49));
}

fn one_refresh_token_from_20_threads_leaves_one_usable_descendant(ground: &Ground) {
    let user = ground.person("mette");
    let (grant, first) = (grant_of(user.id, "openid offline_access"), token());
    let id = grant.id;
    let new = NewRefresh { scopes: Scopes::parse("openid").unwrap(), issued_at: now(), expires_at: after(60) };
    let issued = new.clone();
    ground.write(move |tx| {
        grants::insert(tx, &grant, &token(), &binding())?;
        grants::issue_refresh(tx, &first, id, &issued)
    });
    // As the token endpoint does: a replay ends the family and commits.
    let descendants = at_once(20, |_| {
        let (next, new) = (token(), new.clone());
        ground.write(move |tx| {
            let (grant, _, spent) = grants::find_refresh(tx, &first)?.expect("the token was issued");
            if !spent && grants::spend_refresh(tx, &first, now())? {
                grants::issue_refresh(tx, &next, grant.id, &new)?;
                return Ok(Some(next));
            }
            grants::end(tx, grant.id, GrantEnd::Replay, now())?;
            Ok(None)
        })
    });
    let descendants: Vec<_> = descendants.into_iter().flatten().collect();
    assert_eq!(descendants.len(), 1);
    let (grant, _, spent) = ground.read(|tx| grants::find_refresh(tx, &descendants[0])).unwrap();
    assert!(!spent);
    assert!(!grant.is_live(now()), "replay revokes what hangs from the grant");
}

fn in4_of_50_attempts_at_once_exactly_three_are_evaluated(ground: &Ground) {
    let user = ground.person("mette");
    for subject in [Subject::Account(user.id), Subject::Unknown([7; 32])] {
        let outcomes = at_once(50, |_| {
            let subject = subject.clone();
            ground.write(move |tx| {
                let mut counter = attempts::load(tx, &subject, Factor::Password)?;
                let policy = LockoutPolicy::default();
                let outcome = counter.reserve(Factor::Password, &policy, now(), lease_id());
                attempts::save(tx, &subject, Factor::Password, &counter)?;
                Ok(outcome)
            })
        });
        let granted = outcomes.iter().filter(|outcome| matches!(outcome, Reservation::Granted(_))).count();
        assert_eq!(granted, 3);
        let subject = subject.clone();
        let counter = ground.write(move |tx| attempts::load(tx, &subject, Factor::Password));
        assert_eq!(counter.leases.len(), 3);
    }
}

fn an_assertion_counts_once(ground: &Ground) {
    let hostile = "j\0ti".repeat(5000);
    for jti in ["a", hostile.as_str()] {
        let first = at_once(20, |_| {
            let jti = jti.to_owned();
            ground.write(move |tx| assertions::spend(tx, &client("service"), &jti, after(60)))
        });
        assert_eq!(first.iter().filter(|first| **first).count(), 1);
    }
    let other = ground.write(|tx| assertions::spend(tx, &client("other"), "a", after(60)));
    assert!(other, "another client's assertions are its own");
}

fn a_session_is_ended_by_one(ground: &Ground) {
    let user = ground.person("mette");
    let session = session_of(user.id);
    let id = session.id;
    ground.write(move |tx| sessions::insert(tx, &session, &token(), &origin()));
    let ended = at_once(20, |_| ground.write(move |tx| sessions::end(tx, id, now())));
    assert_eq!(ended.iter().filter(|ended| **ended).count(), 1);
}

fn audit_chains_never_fork(ground: &Ground) {
    let outcomes = at_once(32, |n| {
        let event = Event::new(now(), EventKind::SignInFailed, Outcome::Failure, Actor::Nobody, &origin());
        let outcome: Result<(), StoreError> = ground.store.write(move |tx| {
            audit::append(tx, &event.username(&format!("nobody {n}")))?;
            // Some transactions fail after they have appended.
            if n % 4 == 0 { Err(StoreError::Missing("luck")) } else { Ok(()) }
        });
        outcome.is_ok()
    });
    assert_eq!(outcomes.iter().filter(|done| **done).count(), 24);
    let verified = ground.read(audit::verify);
    assert_eq!((verified.rows, verified.first_break), (24, None));
}
