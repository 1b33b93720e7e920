//! Pages of ours that are for somebody who is signed in: Min profil and the administration. The same demand, the same
//! sign-in as for an application.

use std::time::Duration;

use crate::domain::demand::{Demand, Need};
use crate::store::{self, StoreError};

use super::Site;
use super::browser::{Browser, SignedIn};
use super::federation::discovery;
use super::interaction::{Interaction, PagePath, Resume};
use super::resume::{self, Asking, Assessed, Refusal, Turn};

/// What changes how one signs in asks for a sign-in that is no older.
pub const FRESH: Duration = Duration::from_secs(5 * 60);

/// Whether a page may be shown to this browser.
#[derive(Debug)]
pub enum Visit {
    Welcome(Box<SignedIn>),
    /// Somebody has to sign in, or once more, or in full.
    SignIn,
}

pub(super) fn demand(fresh: bool) -> Demand {
    Demand { max_age: fresh.then_some(FRESH), ..Demand::default() }
}

/// Looking at a page counts as use of the session.
pub fn enter(site: &Site, browser: &Browser, fresh: bool) -> Result<Visit, StoreError> {
    let interaction = Interaction::new(Resume::Page { path: PagePath::account(), fresh }, site.now());
    let Assessed { need, known, .. } = resume::assess(site, browser, &demand(fresh), &interaction)?;
    match (need, known) {
        (Need::Nothing, Some(known)) => {
            let (id, now) = (known.session.id, site.now());
            site.store.write(move |tx| store::sessions::touch(tx, id, now))?;
            Ok(Visit::Welcome(Box::new(known)))
        }
        _ => Ok(Visit::SignIn),
    }
}

pub(super) fn go_on(
    site: &Site,
    browser: &Browser,
    interaction: &Interaction,
    (path, fresh): (&PagePath, bool),
) -> Result<Turn, Refusal> {
    let mut demand = demand(fresh);
    demand.fresh |= interaction.other_account;
    let Assessed { need, known, wanted } = resume::assess(site, browser, &demand, interaction)?;
    if need == Need::Nothing {
        return Ok(Turn::Page(path.clone()));
    }
    // Who is asked once more is known; nobody else could go on in this session, but for whoever asked to be another.
    let asked = known.as_ref().filter(|_| !interaction.other_account);
    let hint = asked.map(|known| known.user.username.to_string());
    let start = discovery::start(site, interaction, known.as_ref());
    resume::ask(site, browser, interaction, Asking { need, known, wanted, hint, start }, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assurance::Level;
    use crate::domain::secret::Password;
    use crate::flow::recovery::tests::{Bench, browser};
    use crate::flow::signin::{self, Attempt};

    #[test]
    fn what_is_sensitive_asks_for_a_sign_in_of_the_last_five_minutes() {
        let bench = Bench::new();
        let password = Password::parse("sild og løg på rugbrød".to_owned()).unwrap();
        let attempt = Attempt { username: "mette".to_owned(), password };
        let turn = signin::sign_in(&bench.site, &browser(), &attempt, Level::default()).unwrap();
        let signin::Turn::SignedIn(welcome) = turn else { panic!("{turn:?}") };
        let browser = Browser { session: Some(welcome.session), ..browser() };
        let enters = |fresh| matches!(enter(&bench.site, &browser, fresh).unwrap(), Visit::Welcome(_));
        assert!(enters(true) && enters(false));
        bench.later(4);
        assert!(enters(true));
        bench.later(1);
        assert!(!enters(true), "five minutes are over");
        assert!(enters(false), "the session is not");
    }
}
