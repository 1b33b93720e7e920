//! What a request requires of a sign-in, and whether a session satisfies it. Every protocol asks here.

use std::time::Duration;

use super::Time;
use super::ids::UserId;
use super::session::Session;

/// What an application's request requires, whatever the protocol it came by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Nobody may be asked anything (`prompt=none`, `IsPassive`).
    pub silent: bool,
    /// A sign-in newer than the request itself (`prompt=login`, `ForceAuthn`).
    pub fresh: bool,
    /// A sign-in at most this old.
    pub max_age: Option<Duration>,
    /// The person is to choose the account (`prompt=select_account`).
    pub choose_account: bool,
    /// Only this person will do (`id_token_hint`, `claims.sub`). `Err` = nobody can.
    pub subject: Option<UserId>,
    /// At least one of these must be achieved; empty = any.
    pub essential_acr: Vec<String>,
}

/// What the person has done since the request arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub started_at: Time,
    pub account_chosen: bool,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Nothing,
    SignIn,
    ChooseAccount,
    /// Signed in, but as somebody else than was asked for.
    OtherSubject,
    /// No factor that exists here can reach it.
    Assurance,
}

/// The heart: pure and table-tested.
pub fn assess(demand: &Demand, session: Option<&Session>, achievable: &[&str], progress: Progress, now: Time) -> Need {
    if !demand.essential_acr.is_empty() && !demand.essential_acr.iter().any(|acr| achievable.contains(&acr.as_str())) {
        return Need::Assurance;
    }
    let Some(session) = session else { return Need::SignIn };
    if demand.choose_account && !progress.account_chosen {
        return Need::ChooseAccount;
    }
    if demand.fresh && session.auth_time < progress.started_at {
        return Need::SignIn;
    }
    if demand.max_age.is_some_and(|limit| too_old(session, limit, progress, now)) {
        return Need::SignIn;
    }
    if demand.subject.is_some_and(|wanted| wanted != session.user) {
        return Need::OtherSubject;
    }
    if !demand.essential_acr.is_empty() && !demand.essential_acr.iter().any(|acr| acr == session.acr()) {
        return Need::SignIn;
    }
    Need::Nothing
}

/// A sign-in since the request arrived satisfies any `max_age`, `max_age=0` included.
fn too_old(session: &Session, limit: Duration, progress: Progress, now: Time) -> bool {
    session.auth_time < progress.started_at && session.auth_time + limit <= now
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::SessionId;
    use crate::domain::oauth::{ACR_PASSWORD, Amr};

    fn at(seconds: i64) -> Time {
        chrono::Utc.timestamp_opt(1_800_000_000 + seconds, 0).unwrap()
    }

    fn session(auth_time: i64) -> Session {
        Session {
            id: SessionId::from_uuid(Uuid::from_u128(1)),
            user: UserId::from_uuid(Uuid::from_u128(2)),
            created_at: at(auth_time),
            auth_time: at(auth_time),
            last_seen: at(auth_time),
            amr: vec![Amr::Pwd],
            ended_at: None,
        }
    }

    #[test]
    fn every_demand_meets_its_need() {
        let other = UserId::from_uuid(Uuid::from_u128(3));
        let plain = Demand::default;
        let table = [
            ("nothing asked", plain(), Some(-50), false, Need::Nothing),
            ("no session", plain(), None, false, Need::SignIn),
            ("fresh, old session", Demand { fresh: true, ..plain() }, Some(-1), false, Need::SignIn),
            ("fresh, signed in since", Demand { fresh: true, ..plain() }, Some(1), false, Need::Nothing),
            (
                "young enough",
                Demand { max_age: Some(Duration::from_secs(60)), ..plain() },
                Some(-50),
                false,
                Need::Nothing,
            ),
            ("too old", Demand { max_age: Some(Duration::from_secs(40)), ..plain() }, Some(-50), false, Need::SignIn),
            ("zero age, old", Demand { max_age: Some(Duration::ZERO), ..plain() }, Some(-1), false, Need::SignIn),
            ("zero age, since", Demand { max_age: Some(Duration::ZERO), ..plain() }, Some(1), false, Need::Nothing),
            ("choose", Demand { choose_account: true, ..plain() }, Some(-1), false, Need::ChooseAccount),
            ("chosen", Demand { choose_account: true, ..plain() }, Some(-1), true, Need::Nothing),
            ("other subject", Demand { subject: Some(other), ..plain() }, Some(-1), false, Need::OtherSubject),
            (
                "reached acr",
                Demand { essential_acr: vec![ACR_PASSWORD.into()], ..plain() },
                Some(-1),
                false,
                Need::Nothing,
            ),
            (
                "unreachable acr",
                Demand { essential_acr: vec!["urn:x".into()], ..plain() },
                None,
                false,
                Need::Assurance,
            ),
        ];
        for (name, demand, auth_time, account_chosen, expected) in table {
            let session = auth_time.map(session);
            let progress = Progress { started_at: at(0), account_chosen };
            let need = assess(&demand, session.as_ref(), &[ACR_PASSWORD], progress, at(2));
            assert_eq!(need, expected, "{name}");
        }
    }
}
