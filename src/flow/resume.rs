//! From what a request requires to what the browser is told next, whatever waits: an application of any protocol, or
//! a page of ours.

use crate::crypto::seal::SealError;
use crate::domain::Time;
use crate::domain::assurance::{Level, Owed};
use crate::domain::demand::{Demand, Need, Standing, assess as needs};
use crate::domain::fault::ErrorCode;
use crate::domain::ids::IdpId;
use crate::domain::oauth::Display;
use crate::domain::user::User;
use crate::protocol::reply::Reply;
use crate::store::StoreError;

use super::Site;
use super::authorize::{self, Asked};
use super::browser::{Browser, SignedIn, signed_in};
use super::enrolment::{self, Setup};
use super::federation::{Home, link};
use super::interaction::{Interaction, PagePath, Resume};
use super::password::Reason;
use super::saml::sso;
use super::second_factor::{self, FactorAsked};
use super::{visit, wsfed};

/// What the browser is told next.
#[derive(Debug)]
pub enum Turn {
    /// To the application.
    Reply { reply: Reply, application: String },
    /// To a page of ours.
    Page(PagePath),
    /// To the person: go to the sign-in page with this sealed interaction.
    Show { interaction: String, screen: Box<Screen> },
    /// The person may not use this application; the way back tells it so.
    NotForUser { application: String, back: Option<String> },
}

/// What the person is asked. Every state of the one page at `/sign-in`. Where no application is named, a page of
/// ours waits.
#[derive(Debug)]
pub enum Screen {
    SignIn {
        hint: Option<String>,
        start: Start,
        application: Option<Shown>,
    },
    /// Somebody of an identity provider who is not known here: is there an account?
    Newcomer {
        provider: String,
        person: String,
        may_create: bool,
        application: Option<Shown>,
    },
    /// Whether this account and that identity are to be linked.
    ConfirmLink {
        provider: String,
        person: String,
        user: User,
        application: Option<Shown>,
    },
    SecondFactor {
        user: User,
        asked: FactorAsked,
        application: Option<Shown>,
    },
    Enrolment {
        user: User,
        setup: Setup,
        later_until: Option<Time>,
        application: Option<Shown>,
    },
    /// Another password, before anything else.
    NewPassword {
        user: User,
        reason: Reason,
        application: Option<Shown>,
    },
    /// Nothing that the person has or could set up will do.
    Unreachable {
        user: User,
        application: Option<Shown>,
    },
    ChooseAccount {
        user: User,
        application: Shown,
    },
    Consent {
        user: User,
        application: Shown,
        asked: Asked,
    },
}

/// How the sign-in page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// With all there is.
    Choice,
    /// With a password of an account here.
    Local,
    /// The same, and nothing else: somebody of this identity provider is to be linked to whoever signs in.
    Link(String),
    /// The same, and nothing else: nobody's word but ours will do.
    Here,
    /// At this identity provider. `asked`: the request or its application says so; else it is the only one.
    Upstream { provider: IdpId, asked: bool },
}

/// An application as a person sees it, and how the page is to look.
#[derive(Clone, Debug)]
pub struct Shown {
    pub name: String,
    pub redirect_uri: String,
    pub ui_locales: Option<String>,
    pub display: Display,
}

/// Why there is only a page to show.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("{cause}")]
    Unaddressable { code: ErrorCode, cause: String },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("an interaction could not be sealed")]
    Seal(#[from] SealError),
    /// Something of ours is not as it should be.
    #[error("{0}")]
    Fault(String),
}

/// What a person decided on the page, if this is the answer to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    None,
    Allow,
    Deny,
}

/// The parked request again, after the person did something. Everything is checked once more.
pub fn go_on(site: &Site, browser: &Browser, interaction: &Interaction, decision: Decision) -> Result<Turn, Refusal> {
    if let Some(offer) = &interaction.offer {
        return link::go_on(site, browser, interaction, offer);
    }
    match &interaction.resume {
        Resume::Authorize(query) => authorize::go_on(site, browser, (interaction, query), decision),
        Resume::Saml(waiting) => sso::go_on(site, browser, interaction, waiting),
        Resume::Wsfed(request) => wsfed::signin::go_on(site, browser, (interaction, request)),
        Resume::Page { path, fresh } => visit::go_on(site, browser, interaction, (path, *fresh)),
    }
}

/// The level that whatever waits asks for.
pub fn wanted(site: &Site, interaction: &Interaction) -> Level {
    if interaction.offer.is_some() {
        return link::wanted();
    }
    match &interaction.resume {
        Resume::Authorize(query) => authorize::wanted(site, query),
        Resume::Saml(waiting) => sso::wanted(site, waiting),
        Resume::Wsfed(request) => wsfed::signin::wanted(site, request),
        Resume::Page { .. } => Level::default(),
    }
}

/// What whatever waits demands of a sign-in, and whom it hints at: for those who pass it on.
pub(super) fn wish(site: &Site, interaction: &Interaction) -> (Demand, Option<String>) {
    let (mut demand, hint) = match &interaction.resume {
        Resume::Authorize(query) => authorize::wish(site, query),
        Resume::Saml(waiting) => (sso::demand(&waiting.request, None), None),
        Resume::Wsfed(request) => (request.demand(), None),
        Resume::Page { fresh, .. } => (visit::demand(*fresh), None),
    };
    demand.fresh |= interaction.other_account;
    (demand, hint)
}

/// The application that waits, as a person sees it.
pub(super) fn application(site: &Site, interaction: &Interaction) -> Option<Shown> {
    match &interaction.resume {
        Resume::Authorize(query) => authorize::shown(site, query),
        Resume::Saml(waiting) => sso::shown(site, waiting),
        Resume::Wsfed(request) => wsfed::signin::shown(site, request),
        Resume::Page { .. } => None,
    }
}

/// What whatever waits tells of where its person comes from.
pub(super) fn home(site: &Site, interaction: &Interaction) -> Home {
    match &interaction.resume {
        Resume::Authorize(query) => authorize::home(site, query),
        Resume::Saml(waiting) => sso::home(site, waiting),
        Resume::Wsfed(request) => wsfed::signin::home(site, request),
        Resume::Page { .. } => Home::default(),
    }
}

/// What is needed, and of whom.
pub(super) struct Assessed {
    pub need: Need,
    pub known: Option<SignedIn>,
    pub wanted: Level,
}

/// The demand against the session of this browser and the policy of now, in one read.
pub(super) fn assess(
    site: &Site,
    browser: &Browser,
    demand: &Demand,
    interaction: &Interaction,
) -> Result<Assessed, StoreError> {
    let now = site.now();
    let policy = &site.settings.policy;
    site.store.read(|tx| {
        let known = signed_in(tx, policy, browser, now)?;
        let reachable = match &known {
            None => site.reachable(),
            Some(known) => second_factor::reachable(policy, Some(&known.user)).max(known.session.level()),
        };
        let wanted = demand.wanted(reachable).unwrap_or_default();
        let owes = match &known {
            None => false,
            Some(known) => {
                let rules = policy.for_roles(&known.user.roles);
                let has = (known.session.proofs.as_slice(), wanted);
                second_factor::owed_by(tx, &known.user, &rules, has, now)? != Owed::Nothing
            }
        };
        let session = known.as_ref().map(|known| &known.session);
        let need = needs(demand, session, Standing { reachable, owes }, interaction.progress(), now);
        Ok(Assessed { need, known, wanted })
    })
}

/// A need that only the person can meet.
pub(super) struct Asking {
    pub need: Need,
    pub known: Option<SignedIn>,
    pub wanted: Level,
    pub hint: Option<String>,
    pub start: Start,
}

/// The page for it: what a sign-in that was begun still owes, else user name and password.
pub(super) fn ask(
    site: &Site,
    browser: &Browser,
    interaction: &Interaction,
    asking: Asking,
    application: Option<Shown>,
) -> Result<Turn, Refusal> {
    let Asking { need, known, wanted, hint, start } = asking;
    let mut interaction = interaction.clone();
    let mut asked = second_factor::asked(site, browser, &interaction, wanted)?;
    if let (None, Need::StepUp, Some(known)) = (&asked, need, &known) {
        interaction.sign_in = second_factor::step_up(site, browser, known, wanted)?;
        asked = second_factor::asked(site, browser, &interaction, wanted)?;
    }
    let screen = match asked {
        None => Screen::SignIn { hint, start, application },
        Some((user, second_factor::Asked::Factor(asked))) => Screen::SecondFactor { user, asked, application },
        Some((user, second_factor::Asked::Enrolment { later_until })) => {
            let setup = enrolment::begin(site, browser, &user)?;
            Screen::Enrolment { user, setup, later_until, application }
        }
        Some((user, second_factor::Asked::NewPassword(reason))) => Screen::NewPassword { user, reason, application },
        Some((user, second_factor::Asked::Unreachable)) => Screen::Unreachable { user, application },
    };
    show(site, browser, &interaction, screen)
}

pub(super) fn show(site: &Site, browser: &Browser, interaction: &Interaction, screen: Screen) -> Result<Turn, Refusal> {
    let interaction = interaction.park(site, &browser.binding)?;
    Ok(Turn::Show { interaction, screen: Box::new(screen) })
}
