use super::*;
use crate::crypto::credential;
use crate::crypto::entropy::SystemEntropy;
use crate::domain::signing::KeyId;

const DAY: i64 = 24 * 60 * 60;

fn at(day: i64) -> Time {
    Time::from_timestamp(1_800_000_000 + day * DAY, 0).unwrap()
}

/// One made on a certain day, good for five years.
fn made(id: &str, state: KeyState, day: i64) -> StoredCredential {
    let minted = credential::mint(KeyType::EcP256, "x", at(day), &SystemEntropy).unwrap();
    StoredCredential {
        id: KeyId(id.to_owned()),
        kind: KeyType::EcP256,
        state,
        sealed_private: Vec::new(),
        certificate: minted.certificate,
        created_at: at(day),
        activated_at: None,
        retired_at: (state == KeyState::Retired).then_some(at(day)),
    }
}

#[test]
fn the_next_certificate_is_made_anew_and_follows_before_the_active_one_ends() {
    let all = [made("active", KeyState::Active, 0), made("next", KeyState::Next, 0)];
    for day in [0, 365, 4 * 365, 5 * 365 - 190] {
        assert_eq!(Needed::at(&all, at(day)), Needed::default(), "{day}");
    }
    let renewed = Needed::at(&all, at(5 * 365 - 170));
    assert_eq!(
        (renewed.forget, renewed.renew, renewed.follow),
        (vec![KeyId("next".to_owned())], vec![KeyType::EcP256], vec![])
    );
    // Late by accident: it is not followed by one that nobody knows.
    let late = Needed::at(&all, at(5 * 365 - 10));
    assert_eq!((late.renew.len(), late.follow.len()), (1, 0));
    let all = [made("active", KeyState::Active, 0), made("next", KeyState::Next, 5 * 365 - 170)];
    assert_eq!(Needed::at(&all, at(5 * 365 - 100)), Needed::default());
    let followed = Needed::at(&all, at(5 * 365 - 80));
    assert_eq!((followed.forget.len(), followed.renew.len(), followed.follow), (0, 0, vec![KeyType::EcP256]));
}

#[test]
fn a_retired_certificate_stays_published_for_a_month() {
    let all = [made("retired", KeyState::Retired, 0)];
    assert_eq!(Needed::at(&all, at(29)), Needed::default());
    assert_eq!(Needed::at(&all, at(31)).forget, [KeyId("retired".to_owned())]);
}
