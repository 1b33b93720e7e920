//! `wsignin1.0` from its arrival to the token. Whatever is refused ends on a page: the protocol has no way to tell
//! the application.

use crate::domain::Time;
use crate::domain::application::Application;
use crate::domain::assurance::Level;
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::authn_context::Evidence;
use crate::domain::demand::Need;
use crate::domain::fault::ErrorCode;
use crate::domain::oauth::Display;
use crate::domain::release::attributes;
use crate::domain::saml::NameIdKind;
use crate::domain::session::Participant;
use crate::domain::wsfed::RelyingParty;
use crate::flow::browser::{Browser, SignedIn};
use crate::flow::federation::{Home, discovery};
use crate::flow::interaction::{Interaction, Resume};
use crate::flow::resume::{self, Asking, Assessed, Decision, Refusal, Shown, Turn};
use crate::flow::{Site, federation, name_id, received};
use crate::protocol::params::RawParams;
use crate::protocol::reply::Reply;
use crate::protocol::saml::message::MessageId;
use crate::protocol::saml::metadata::entity_id;
use crate::protocol::saml::response::{Issuer, NameId, Told};
use crate::protocol::wsfed::request::{RequestError, SignInRequest, parse, realm};
use crate::protocol::wsfed::token::issue;
use crate::protocol::wsfed::{method, response};
use crate::store::{self, StoreError, Tx};

/// A request that has just arrived.
pub fn begin(site: &Site, browser: &Browser, params: RawParams) -> Result<Turn, Refusal> {
    let realm = realm(&params).map_err(refused)?;
    let Some(application) = site.relying_party(&realm) else {
        let told = received::with(RequestError::Realm, ("wtrealm", realm.as_str()));
        return Err(unanswerable(RequestError::Realm.code(), &told));
    };
    let asked = params.get("wreply").unwrap_or_default().to_owned();
    let request = match parse(params, &application.protocol, site.now()) {
        Ok(request) => request,
        Err(RequestError::Reply) => {
            let registered = application.protocol.reply_urls.iter().map(|one| one.as_str().to_owned());
            let told = received::beside(site, browser, RequestError::Reply, ("wreply", &asked, registered))?;
            return Err(unanswerable(RequestError::Reply.code(), &told));
        }
        Err(error) => return Err(refused(error)),
    };
    let interaction = Interaction::new(Resume::Wsfed(Box::new(request)), site.now());
    resume::go_on(site, browser, &interaction, Decision::None)
}

/// The parked request again. What was checked when it arrived stays so but for what may have changed since: the
/// registration, the person, the policy.
pub(in crate::flow) fn go_on(
    site: &Site,
    browser: &Browser,
    (interaction, request): (&Interaction, &SignInRequest),
) -> Result<Turn, Refusal> {
    let application = site.relying_party(&request.realm).ok_or_else(|| refused(RequestError::Realm))?;
    if !application.protocol.reply_urls.contains(&request.reply) {
        return Err(refused(RequestError::Reply));
    }
    let mut demand = request.demand();
    demand.fresh |= interaction.other_account;
    let Assessed { need, known, wanted } = resume::assess(site, browser, &demand, interaction)?;
    let step = Step { site, browser, application, request, interaction };
    match (need, known) {
        (Need::Nothing, Some(known)) => step.answer(&known),
        (Need::Assurance, _) => Err(unanswerable(
            ErrorCode::UnmetAuthenticationRequirements,
            "wauth asks for more than anybody can show here",
        )),
        (need, known) => step.ask((need, known, wanted)),
    }
}

/// The level that the parked request asks for.
pub(in crate::flow) fn wanted(site: &Site, request: &SignInRequest) -> Level {
    request.demand().wanted(site.reachable()).unwrap_or_default()
}

/// The application of the parked request, as a person sees it.
pub(in crate::flow) fn shown(site: &Site, request: &SignInRequest) -> Option<Shown> {
    site.relying_party(&request.realm).map(|application| in_view(application, request))
}

fn in_view(application: &Application<RelyingParty>, request: &SignInRequest) -> Shown {
    Shown {
        name: application.name.clone(),
        redirect_uri: request.reply.as_str().to_owned(),
        ui_locales: request.ui_locales.clone(),
        display: Display::Page,
    }
}

/// What the parked request tells of where its person comes from.
pub(in crate::flow) fn home(site: &Site, request: &SignInRequest) -> Home {
    let application = site.relying_party(&request.realm).and_then(|one| one.identity_provider.clone());
    Home { application, realm: request.home_realm.clone(), login_hint: None }
}

fn refused(error: RequestError) -> Refusal {
    unanswerable(error.code(), &error.to_string())
}

fn unanswerable(code: ErrorCode, cause: &str) -> Refusal {
    Refusal::Unaddressable { code, cause: cause.to_owned() }
}

struct Step<'a> {
    site: &'a Site,
    browser: &'a Browser,
    application: &'a Application<RelyingParty>,
    request: &'a SignInRequest,
    interaction: &'a Interaction,
}

impl Step<'_> {
    fn ask(&self, (need, known, wanted): (Need, Option<SignedIn>, Level)) -> Result<Turn, Refusal> {
        let start = discovery::start(self.site, self.interaction, known.as_ref());
        let asking = Asking { need, known, wanted, hint: None, start };
        let shown = in_view(self.application, self.request);
        resume::ask(self.site, self.browser, self.interaction, asking, Some(shown))
    }

    fn answer(&self, known: &SignedIn) -> Result<Turn, Refusal> {
        if !self.application.may_be_used_by(&known.user) {
            let event = self.event(EventKind::AuthorizationRefused, Outcome::Failure, known).detail("reason", "role");
            self.site.store.write(move |tx| store::audit::append(tx, &event))?;
            return Ok(Turn::NotForUser { application: self.application.name.clone(), back: None });
        }
        let now = self.site.now();
        let name = self.name_id(known)?;
        let id = MessageId::mint(self.site.entropy.as_ref()).to_string();
        // Signed before anything is written: nothing slow stands in the transaction.
        let reply = self.token(known, (&name, &id), now)?;
        if !self.record(known, (name, id), now)? {
            // Ended in between: somebody has to sign in again.
            return self.ask((Need::SignIn, None, wanted(self.site, self.request)));
        }
        Ok(Turn::Reply { reply, application: self.application.name.clone() })
    }

    /// What the application knows the person by. The realm is the audience of a pairwise name.
    fn name_id(&self, known: &SignedIn) -> Result<String, Refusal> {
        let party = &self.application.protocol;
        match party.name_id {
            NameIdKind::Persistent => Ok(name_id::persistent(self.site, known.user.id, party.realm.as_str())?),
            NameIdKind::Transient => Ok(name_id::transient(self.site)),
            NameIdKind::Username => Ok(known.user.username.to_string()),
            NameIdKind::Email => known.user.email.as_ref().map(ToString::to_string).ok_or_else(|| {
                unanswerable(ErrorCode::WsfedToken, "the application knows people by e-mail address, and there is none")
            }),
        }
    }

    fn token(&self, known: &SignedIn, (name, id): (&str, &str), now: Time) -> Result<Reply, Refusal> {
        let party = &self.application.protocol;
        let signer = self.site.credentials.signer(party.signature);
        let signer = signer.ok_or_else(|| Refusal::Fault("the tenant has no key for this signature".to_owned()))?;
        let issuer = Issuer {
            entity_id: &entity_id(&self.site.base),
            signer,
            alg: party.signature,
            now,
            entropy: self.site.entropy.as_ref(),
        };
        let evidence = Evidence::of(&known.session.proofs);
        let told = Told {
            name_id: NameId { kind: party.name_id, value: name.to_owned() },
            session_index: id.to_owned(),
            auth_time: known.session.auth_time,
            session_ends: None,
            context: method::told(evidence, self.request.method),
            level: evidence.level,
            chain: federation::session::chain(self.site, &known.session)?,
            attributes: attributes(&known.user, &party.attributes),
        };
        issue(issuer, party, &self.request.reply, &told)
            .and_then(|token| response::reply(self.request, &token, party.token_type, now))
            .map_err(|cause| unanswerable(ErrorCode::WsfedToken, &format!("the token cannot be written: it {cause}")))
    }

    /// One write: the participant, the session's last use, the event. `false` = the session has ended.
    fn record(&self, known: &SignedIn, (name_id, id): (String, String), now: Time) -> Result<bool, StoreError> {
        let session = known.session.id;
        let participant = Participant {
            session,
            application: self.application.id.clone(),
            user: known.user.id,
            name_id,
            name_id_format: self.application.protocol.name_id.format().to_owned(),
            session_index: id,
            joined_at: now,
        };
        let granted = self.event(EventKind::AuthorizationGranted, Outcome::Success, known);
        self.site.store.write(move |tx: &mut Tx<'_>| {
            let live = store::sessions::find_by_id(tx, session)?.is_some_and(|session| session.ended_at.is_none());
            if !live {
                return Ok(false);
            }
            store::participants::join(tx, &participant)?;
            store::sessions::touch(tx, session, now)?;
            store::audit::append(tx, &granted)?;
            Ok(true)
        })
    }

    fn event(&self, kind: EventKind, outcome: Outcome, known: &SignedIn) -> Event {
        Event::new(self.site.now(), kind, outcome, Actor::User(known.user.id), &self.browser.origin)
            .user(known.user.id)
            .username(known.user.username.as_str())
            .session(known.session.id)
            .application(&self.application.id)
            .detail("protocol", "wsfed")
    }
}
