//! AU-1: what was done to the log behind the server's back is found.

use portner::domain::audit::{Actor, Event, EventKind, Outcome};
use portner::store::audit::{self, AuditFilter, Fault, Verification};

use super::both;
use super::ground::{Ground, client, now, origin, session_id, user_id};

both!(
    a_whole_chain_verifies,
    an_edited_row_is_found,
    a_removed_row_is_found,
    rows_that_changed_places_are_found,
    a_cut_tail_is_found,
    a_rewritten_chain_is_found_by_its_head,
    an_added_row_is_found,
    erasing_a_person_does_not_break_the_chain,
    events_are_read_back_and_filtered,
);

const ROWS: u64 = 7;

fn filled(ground: &Ground) {
    for n in 0..ROWS {
        ground.write(move |tx| {
            let event = Event::new(now(), EventKind::SignInFailed, Outcome::Failure, Actor::Nobody, &origin());
            audit::append(tx, &event.username(&format!("mette{n}")).detail("n", n))
        });
    }
    assert_eq!(verify(ground), Verification { rows: ROWS, first_break: None });
}

fn verify(ground: &Ground) -> Verification {
    ground.read(audit::verify)
}

fn tampered(ground: &Ground, sql: &str) -> (u64, u64, Fault) {
    ground.raw(ground.tenant).execute(sql);
    let Verification { rows, first_break } = verify(ground);
    let found = first_break.expect("the break is found");
    (rows, found.sequence, found.reason)
}

fn a_whole_chain_verifies(ground: &Ground) {
    assert_eq!(verify(ground), Verification { rows: 0, first_break: None });
    filled(ground);
}

fn an_edited_row_is_found(ground: &Ground) {
    let edits = [
        ("at = at + 1", Fault::Changed),
        ("kind = 'signin.succeeded'", Fault::Changed),
        ("outcome = 'success'", Fault::Changed),
        ("actor = 'operator'", Fault::Changed),
        ("user_id = ''", Fault::Changed),
        ("request_id = NULL", Fault::Changed),
        ("details = '{}'", Fault::Changed),
        ("personal_hash = hash", Fault::Changed),
        ("personal = replace(personal, 'mette', 'kaj')", Fault::PersonalChanged),
    ];
    filled(ground);
    let mut raw = ground.raw(ground.tenant);
    raw.execute("CREATE TABLE kept AS SELECT * FROM audit_events WHERE sequence = 4");
    for (edit, fault) in edits {
        let found = tampered(ground, &format!("UPDATE audit_events SET {edit} WHERE sequence = 4"));
        assert_eq!(found, (3, 4, fault), "{edit}");
        raw.execute("DELETE FROM audit_events WHERE sequence = 4; INSERT INTO audit_events SELECT * FROM kept");
        assert_eq!(verify(ground).first_break, None);
    }
}

fn a_removed_row_is_found(ground: &Ground) {
    filled(ground);
    assert_eq!(tampered(ground, "DELETE FROM audit_events WHERE sequence = 4"), (3, 4, Fault::Missing));
    // Closing the gap does not help.
    let close = "UPDATE audit_events SET sequence = 4 WHERE sequence = 5;
                 UPDATE audit_events SET sequence = 5 WHERE sequence = 6;
                 UPDATE audit_events SET sequence = 6 WHERE sequence = 7";
    assert_eq!(tampered(ground, close), (3, 4, Fault::Changed));
}

fn rows_that_changed_places_are_found(ground: &Ground) {
    filled(ground);
    let swap = "UPDATE audit_events SET sequence = 100 WHERE sequence = 2;
                UPDATE audit_events SET sequence = 2 WHERE sequence = 3;
                UPDATE audit_events SET sequence = 3 WHERE sequence = 100";
    assert_eq!(tampered(ground, swap), (1, 2, Fault::Changed));
}

fn a_cut_tail_is_found(ground: &Ground) {
    filled(ground);
    assert_eq!(tampered(ground, "DELETE FROM audit_events WHERE sequence > 5"), (5, 6, Fault::Missing));
    let shorter = "UPDATE audit_head SET sequence = 5, hash = (SELECT hash FROM audit_events WHERE sequence = 5)";
    assert_eq!(tampered(ground, shorter), (5, 5, Fault::HeadForged));
    assert_eq!(tampered(ground, "DELETE FROM audit_head"), (5, 5, Fault::HeadForged));
}

fn a_rewritten_chain_is_found_by_its_head(ground: &Ground) {
    filled(ground);
    // All rows gone, and a head that says there were none, with the MAC of another.
    assert_eq!(
        tampered(ground, "DELETE FROM audit_events; UPDATE audit_head SET sequence = 0"),
        (0, 0, Fault::HeadForged)
    );
}

fn an_added_row_is_found(ground: &Ground) {
    filled(ground);
    let add =
        "INSERT INTO audit_events SELECT 8, at, kind, outcome, actor, user_id, application, session_id, request_id,
               details, personal, personal_hash, hash FROM audit_events WHERE sequence = 7";
    assert_eq!(tampered(ground, add), (7, 8, Fault::Surplus));
}

fn erasing_a_person_does_not_break_the_chain(ground: &Ground) {
    filled(ground);
    ground.raw(ground.tenant).execute("UPDATE audit_events SET personal = NULL WHERE sequence IN (1, 4, 7)");
    assert_eq!(verify(ground), Verification { rows: ROWS, first_break: None });
    let records = ground.read(|tx| audit::list(tx, &AuditFilter { limit: 10, ..AuditFilter::default() }));
    assert_eq!((records[0].username.as_deref(), records[0].origin.address), (None, None));
    assert_eq!(records[1].username.as_deref(), Some("mette1"));
}

fn events_are_read_back_and_filtered(ground: &Ground) {
    filled(ground);
    let (user, session, shop) = (user_id(), session_id(), client("webshop"));
    let event =
        Event::new(now(), EventKind::CodeRedeemed, Outcome::Success, Actor::Application(shop.clone()), &origin())
            .user(user)
            .session(session)
            .application(&shop)
            .username("mette\0")
            .detail("grant", "g");
    let appended = event.clone();
    ground.write(move |tx| audit::append(tx, &appended));
    let found = |filter: AuditFilter| ground.read(move |tx| audit::list(tx, &filter));
    let all = AuditFilter { limit: 100, ..AuditFilter::default() };
    let records = found(all.clone());
    assert_eq!(records.len(), 8);
    let last = &records[7];
    assert_eq!((last.sequence, last.at, last.kind, last.outcome), (8, now(), event.kind, event.outcome));
    assert_eq!((&last.actor, last.user, last.session), (&event.actor, Some(user), Some(session)));
    assert_eq!((last.application.as_ref(), last.username.as_deref()), (Some(&shop), Some("mette\0")));
    assert_eq!(last.origin, origin());
    assert_eq!(last.details, [("grant".to_owned(), "g".to_owned())].into());
    assert_eq!(found(AuditFilter { after: Some(6), ..all.clone() }).len(), 2);
    assert_eq!(found(AuditFilter { limit: 3, ..all.clone() }).len(), 3);
    assert_eq!(found(AuditFilter { kind: Some(EventKind::SignInFailed), ..all.clone() }).len(), 7);
    assert_eq!(found(AuditFilter { user: Some(user), ..all }), std::slice::from_ref(last));
    let newest = AuditFilter { limit: 2, ..AuditFilter::default() };
    assert_eq!(ground.read(|tx| audit::latest(tx, &newest)), records[6..]);
}
