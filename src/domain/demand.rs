//! What a request requires of a sign-in, and whether a session satisfies it. Every protocol asks here.

use std::time::Duration;

use super::Time;
use super::assurance::Level;
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
    /// At least one of these must be reached; an empty list cannot be. `None` = any will do.
    pub essential: Option<Vec<Level>>,
    /// Asked for, the best liked first; missing them is no error.
    pub preferred: Vec<Level>,
    /// How many identity providers may stand between us and whoever knows the person (`ProxyCount`); 0: nobody's word
    /// but ours will do.
    pub proxies: Option<u32>,
}

impl Demand {
    /// The level to aim at where people can reach `reachable`; `None` = what is essential is out of reach.
    pub fn wanted(&self, reachable: Level) -> Option<Level> {
        let in_reach =
            |levels: &[Level]| levels.iter().copied().filter(|level| *level <= reachable).collect::<Vec<_>>();
        match &self.essential {
            Some(essential) => in_reach(essential).into_iter().min(),
            None => Some(in_reach(&self.preferred).first().copied().map(Level::aim).unwrap_or_default()),
        }
    }

    /// Everything that was asked for, to choose the `acr` that is told.
    pub fn asked(&self) -> &[Level] {
        self.essential.as_deref().unwrap_or(&self.preferred)
    }
}

/// What the person has done since the request arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub started_at: Time,
    pub account_chosen: bool,
    /// Whom the last page named: what was chosen there was chosen for nobody else.
    pub named: Option<UserId>,
}

impl Progress {
    /// Whoever has signed in since the request arrived has chosen by that.
    fn has_chosen(&self, session: &Session) -> bool {
        match self.named {
            None => self.account_chosen || session.auth_time >= self.started_at,
            Some(named) => self.account_chosen && named == session.user,
        }
    }
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Nothing,
    SignIn,
    ChooseAccount,
    /// Signed in, but as somebody else than was asked for.
    OtherSubject,
    /// Signed in well enough but for the second step.
    StepUp,
    /// No factor that exists here can reach it.
    Assurance,
}

/// What is known of the person besides the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The highest level that can be reached here.
    pub reachable: Level,
    /// Whether policy or the wanted level asks for more than the session's proofs (`assurance::owed`).
    pub owes: bool,
}

/// The heart: pure and table-tested.
pub fn assess(demand: &Demand, session: Option<&Session>, standing: Standing, progress: Progress, now: Time) -> Need {
    if demand.wanted(standing.reachable).is_none() {
        return Need::Assurance;
    }
    let Some(session) = session else { return Need::SignIn };
    if demand.proxies == Some(0) && session.is_upstream() {
        return Need::SignIn;
    }
    if demand.choose_account && !progress.has_chosen(session) {
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
    if standing.owes { Need::StepUp } else { Need::Nothing }
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
    use crate::domain::assurance::Proof;
    use crate::domain::ids::SessionId;

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
            proofs: vec![Proof::Password],
            ended_at: None,
            ends_by: None,
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
            ("typed since", Demand { choose_account: true, ..plain() }, Some(1), false, Need::Nothing),
            ("chosen", Demand { choose_account: true, ..plain() }, Some(-1), true, Need::Nothing),
            ("other subject", Demand { subject: Some(other), ..plain() }, Some(-1), false, Need::OtherSubject),
            (
                "reached acr",
                Demand { essential: Some(vec![Level::Password]), ..plain() },
                Some(-1),
                false,
                Need::Nothing,
            ),
            ("unknown acr", Demand { essential: Some(vec![]), ..plain() }, None, false, Need::Assurance),
            (
                "unreachable acr",
                Demand { essential: Some(vec![Level::Mfa]), ..plain() },
                Some(-1),
                false,
                Need::Assurance,
            ),
            ("unreachable wish", Demand { preferred: vec![Level::Mfa], ..plain() }, Some(-1), false, Need::Nothing),
        ];
        for (name, demand, auth_time, account_chosen, expected) in table {
            let session = auth_time.map(session);
            let progress = Progress { started_at: at(0), account_chosen, named: None };
            let standing = Standing { reachable: Level::TwoStep, owes: false };
            let need = assess(&demand, session.as_ref(), standing, progress, at(2));
            assert_eq!(need, expected, "{name}");
        }
    }

    #[test]
    fn where_no_word_of_others_will_do_whoever_comes_from_elsewhere_signs_in_here() {
        let progress = Progress { started_at: at(0), account_chosen: false, named: None };
        let standing = Standing { reachable: Level::Mfa, owes: false };
        let federated = Session { proofs: vec![Proof::Upstream, Proof::Totp], ..session(1) };
        for (proxies, need, local) in [
            (None, Need::Nothing, Need::Nothing),
            (Some(1), Need::Nothing, Need::Nothing),
            (Some(0), Need::SignIn, Need::Nothing),
        ] {
            let demand = Demand { proxies, ..Demand::default() };
            assert_eq!(assess(&demand, Some(&federated), standing, progress, at(2)), need, "{proxies:?}");
            assert_eq!(assess(&demand, Some(&session(1)), standing, progress, at(2)), local, "{proxies:?}");
        }
    }

    #[test]
    fn a_second_step_is_asked_of_the_right_person_after_a_sign_in_that_is_new_enough() {
        let progress = Progress { started_at: at(0), account_chosen: false, named: None };
        let standing = Standing { reachable: Level::Mfa, owes: true };
        let need = |demand: &Demand, session: Option<&Session>| assess(demand, session, standing, progress, at(2));
        assert_eq!(need(&Demand::default(), Some(&session(-1))), Need::StepUp);
        assert_eq!(need(&Demand { fresh: true, ..Demand::default() }, Some(&session(-1))), Need::SignIn);
        assert_eq!(need(&Demand::default(), None), Need::SignIn);
        let other = Some(UserId::from_uuid(Uuid::from_u128(3)));
        assert_eq!(need(&Demand { subject: other, ..Demand::default() }, Some(&session(-1))), Need::OtherSubject);
    }

    #[test]
    fn an_account_is_chosen_for_whom_the_page_named_and_nobody_else() {
        let demand = Demand { choose_account: true, ..Demand::default() };
        let standing = Standing { reachable: Level::TwoStep, owes: false };
        let (same, other) = (session(-1).user, UserId::from_uuid(Uuid::from_u128(3)));
        let table = [
            (same, true, -1, Need::Nothing),
            (same, false, -1, Need::ChooseAccount),
            (other, true, -1, Need::ChooseAccount),
            // Signed in since, but in another tab: the page that was answered named somebody else.
            (other, true, 1, Need::ChooseAccount),
            (other, false, 1, Need::ChooseAccount),
        ];
        for (named, account_chosen, auth_time, expected) in table {
            let progress = Progress { started_at: at(0), account_chosen, named: Some(named) };
            let need = assess(&demand, Some(&session(auth_time)), standing, progress, at(2));
            assert_eq!(need, expected, "{account_chosen} {auth_time}");
        }
    }

    #[test]
    fn the_least_essential_level_is_aimed_at_and_the_first_wish() {
        let essential = |levels: &[Level]| Demand { essential: Some(levels.to_vec()), ..Demand::default() };
        let wish = |levels: &[Level]| Demand { preferred: levels.to_vec(), ..Demand::default() };
        assert_eq!(essential(&[Level::Mfa, Level::TwoStep]).wanted(Level::Mfa), Some(Level::TwoStep));
        assert_eq!(essential(&[Level::Mfa]).wanted(Level::TwoStep), None);
        assert_eq!(wish(&[Level::Mfa, Level::TwoStep]).wanted(Level::Mfa), Some(Level::Mfa));
        assert_eq!(wish(&[Level::Mfa, Level::TwoStep]).wanted(Level::TwoStep), Some(Level::TwoStep));
        assert_eq!(wish(&[]).wanted(Level::Mfa), Some(Level::Federated));
        assert_eq!(wish(&[Level::Password]).wanted(Level::Mfa), Some(Level::Federated), "one factor, whichever");
        assert_eq!(essential(&[Level::Password]).wanted(Level::Mfa), Some(Level::Password));
    }
}
