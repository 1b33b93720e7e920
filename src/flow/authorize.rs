//! An authorization request from its arrival to its answer. Until the reply address is known a failure is a
//! page; afterwards it goes to the application.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::crypto::token;
use crate::domain::Time;
use crate::domain::application::{Client, ConsentMode};
use crate::domain::assurance::{Level, acr, amr};
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::consent::Consent;
use crate::domain::demand::{Demand, Need};
use crate::domain::fault::ErrorCode;
use crate::domain::grant::{CodeBinding, Grant};
use crate::domain::help::WebPage;
use crate::domain::ids::{GrantId, UserId};
use crate::domain::oauth::Scope;
use crate::domain::release::{SCOPES, claims_of, releasable, release};
use crate::domain::secret::TokenKind;
use crate::domain::user::User;
use crate::protocol::oidc::authorize::{AuthorizationError, AuthorizationRequest, parse};
use crate::protocol::oidc::reply::{ReplyAddress, Unaddressable, client_id, reply_address};
use crate::protocol::params::RawParams;
use crate::protocol::reply::Reply;
use crate::store::{self, StoreError, Tx};

use super::Site;
use super::browser::{Browser, SignedIn};
use super::federation::{Home, discovery};
use super::interaction::{Interaction, Resume};
use super::received;
use super::resume::{self, Asking, Assessed, Decision, Refusal, Screen, Shown, Turn};

const UNUSABLE_HINT: AuthorizationError =
    AuthorizationError::InvalidRequest("id_token_hint is not an ID token of this issuer");

/// What the application wants to know, with the values it would be told.
#[derive(Debug)]
pub struct Asked {
    pub claims: Vec<(String, Value)>,
    /// Claims without a value: it is told them too, once they have one.
    pub later: Vec<&'static str>,
    /// How long it keeps its access at most, where it asks for `offline_access`.
    pub offline: Option<Duration>,
    pub other_scopes: Vec<String>,
    /// What the application publishes about itself.
    pub policy: Option<WebPage>,
    pub terms: Option<WebPage>,
}

/// A request that has just arrived.
pub fn begin(site: &Site, browser: &Browser, params: &RawParams) -> Result<Turn, Refusal> {
    let interaction = Interaction::new(Resume::Authorize(params.to_query()), site.now());
    resume::go_on(site, browser, &interaction, Decision::None)
}

/// The parked request again, after the person did something. Everything is parsed and checked once more.
pub(super) fn go_on(
    site: &Site,
    browser: &Browser,
    (interaction, query): (&Interaction, &str),
    decision: Decision,
) -> Result<Turn, Refusal> {
    let params = RawParams::parse(query.as_bytes())
        .map_err(|cause| unaddressable(ErrorCode::RequestMalformed, &cause.to_string()))?;
    let id = client_id(&params).map_err(|cause| unaddressable(cause.code(), &cause.to_string()))?;
    let Some(registered) = site.client(&id) else {
        let told = received::with("no application with this client_id", ("client_id", id.as_str()));
        return Err(unaddressable(ErrorCode::UnknownApplication, &told));
    };
    let application = &registered.application;
    let address = match reply_address(&params, application) {
        Ok(address) => address,
        Err(Unaddressable::RedirectUriMismatch) => {
            let asked = params.get("redirect_uri").unwrap_or_default();
            let told = mismatch(site, browser, (application, asked))?;
            return Err(unaddressable(ErrorCode::RedirectUriMismatch, &told));
        }
        Err(cause) => return Err(unaddressable(cause.code(), &cause.to_string())),
    };
    let step = Step { site, browser, application, address: &address, interaction };
    match step.run(&params, decision)? {
        Ok(turn) => Ok(turn),
        Err(error) => {
            step.record_refusal(&error);
            Ok(step.reply(address.error(&error, &site.base)))
        }
    }
}

/// The level that the parked request asks for. One that cannot be read asks for nothing: it is refused elsewhere.
pub(super) fn wanted(site: &Site, query: &str) -> Level {
    let (demand, _) = wish(site, query);
    demand.wanted(site.reachable()).unwrap_or_default()
}

/// What the parked request demands, and whom it hints at; by the same rule.
pub(super) fn wish(site: &Site, query: &str) -> (Demand, Option<String>) {
    let wish = read(site, query).and_then(|(_, request)| Some((request.demand(None).ok()?, request.login_hint)));
    wish.unwrap_or_default()
}

fn read<'a>(site: &'a Site, query: &str) -> Option<(&'a Client, AuthorizationRequest)> {
    let params = RawParams::parse(query.as_bytes()).ok()?;
    let application = &site.client(&client_id(&params).ok()?)?.application;
    let address = reply_address(&params, application).ok()?;
    Some((application, parse(&params, &address, application).ok()?))
}

/// The application of the parked request, as a person sees it.
pub(super) fn shown(site: &Site, query: &str) -> Option<Shown> {
    read(site, query).map(|(application, request)| in_view(application, &request))
}

fn in_view(application: &Client, request: &AuthorizationRequest) -> Shown {
    Shown {
        name: application.name.clone(),
        redirect_uri: request.redirect_uri.clone(),
        ui_locales: request.ui_locales.clone(),
        display: request.display,
    }
}

/// What the parked request tells of where its person comes from.
pub(super) fn home(site: &Site, query: &str) -> Home {
    let home = read(site, query).map(|(application, request)| Home {
        application: application.identity_provider.clone(),
        realm: request.domain_hint,
        login_hint: request.login_hint,
    });
    home.unwrap_or_default()
}

/// Nobody can be answered: a page says why.
fn unaddressable(code: ErrorCode, cause: &str) -> Refusal {
    Refusal::Unaddressable { code, cause: cause.to_owned() }
}

fn mismatch(site: &Site, browser: &Browser, (application, asked): (&Client, &str)) -> Result<String, StoreError> {
    let registered = application.protocol.redirect_uris.iter().map(ToString::to_string);
    received::beside(site, browser, Unaddressable::RedirectUriMismatch, ("redirect_uri", asked, registered))
}

/// A refusal for the client inside, a fault of ours outside.
type Stepped<T> = Result<Result<T, AuthorizationError>, Refusal>;

struct Step<'a> {
    site: &'a Site,
    browser: &'a Browser,
    application: &'a Client,
    address: &'a ReplyAddress,
    interaction: &'a Interaction,
}

impl Step<'_> {
    fn run(&self, params: &RawParams, decision: Decision) -> Stepped<Turn> {
        let request = match parse(params, self.address, self.application) {
            Ok(request) => request,
            Err(error) => return Ok(Err(error)),
        };
        let demand = match self.demand(&request) {
            Ok(demand) => demand,
            Err(error) => return Ok(Err(error)),
        };
        let Assessed { need, known, wanted } = resume::assess(self.site, self.browser, &demand, self.interaction)?;
        match (need, known) {
            (Need::Nothing, Some(known)) => self.authorize(request, &known, decision),
            (Need::Assurance, _) => Ok(Err(AuthorizationError::UnmetAuthenticationRequirements)),
            (_, known) if demand.silent => Ok(Err(silent(need, known.is_some()))),
            (Need::ChooseAccount, Some(known)) => {
                let screen = Screen::ChooseAccount { user: known.user.clone(), application: self.shown(&request) };
                self.show(&known.user, false, screen)
            }
            (Need::OtherSubject, _) if self.interaction.signed_in => Ok(Err(AuthorizationError::LoginRequired)),
            (need, known) => {
                let start = discovery::start(self.site, self.interaction, known.as_ref());
                let asking = Asking { need, known, wanted, hint: request.login_hint.clone(), start };
                let turn = resume::ask(self.site, self.browser, self.interaction, asking, Some(self.shown(&request)))?;
                Ok(Ok(turn))
            }
        }
    }

    /// What the request asks, with a hint that is checked: the ID token must be ours.
    fn demand(&self, request: &AuthorizationRequest) -> Result<Demand, AuthorizationError> {
        let hinted = match &request.id_token_hint {
            None => None,
            Some(token) => Some(super::hint::read(self.site, token).ok_or(UNUSABLE_HINT)?.user),
        };
        let mut demand = request.demand(hinted)?;
        demand.fresh |= self.interaction.other_account;
        Ok(demand)
    }

    fn authorize(&self, request: AuthorizationRequest, known: &SignedIn, decision: Decision) -> Stepped<Turn> {
        if !self.application.may_be_used_by(&known.user) {
            return self.not_for_user(&request, known);
        }
        let agreed = self.agreement(&request, known.user.id)?;
        // What was decided on somebody else's page counts for nothing: this person is asked.
        let decision = if self.interaction.named == Some(known.user.id) { decision } else { Decision::None };
        match (agreed, decision) {
            (true, _) => self.issue(request, known, false),
            (false, Decision::Allow) => self.issue(request, known, true),
            (false, Decision::Deny) => {
                self.record(self.event(EventKind::ConsentRefused, Outcome::Failure, known))?;
                Ok(Err(AuthorizationError::AccessDenied))
            }
            (false, Decision::None) if request.prompt.none => Ok(Err(AuthorizationError::ConsentRequired)),
            (false, Decision::None) => {
                let asked = self.asked(&request, &known.user);
                let application = self.shown(&request);
                self.show(&known.user, true, Screen::Consent { user: known.user.clone(), application, asked })
            }
        }
    }

    fn not_for_user(&self, request: &AuthorizationRequest, known: &SignedIn) -> Stepped<Turn> {
        if request.prompt.none {
            return Ok(Err(AuthorizationError::ApplicationNotForUser));
        }
        let event = self.event(EventKind::AuthorizationRefused, Outcome::Failure, known);
        self.record(event.detail("reason", "role"))?;
        let back = match self.address.error(&AuthorizationError::ApplicationNotForUser, &self.site.base) {
            Reply::Redirect(url) => Some(url),
            Reply::FormPost { .. } => None,
        };
        Ok(Ok(Turn::NotForUser { application: self.application.name.clone(), back }))
    }

    /// Whether nothing remains to be asked: implied, or given before and not asked for again.
    fn agreement(&self, request: &AuthorizationRequest, user: UserId) -> Result<bool, StoreError> {
        if request.prompt.consent {
            return Ok(false);
        }
        if self.application.protocol.consent == ConsentMode::Implied {
            return Ok(true);
        }
        let given = self.site.store.read(|tx| store::consents::find(tx, user, &self.application.id))?;
        Ok(given.is_some_and(|consent| consent.covers(&request.scopes, &wishes(request))))
    }

    /// One write: the code, the consent if it is new, the session's last use, the event.
    fn issue(&self, request: AuthorizationRequest, known: &SignedIn, consented: bool) -> Stepped<Turn> {
        let now = self.site.now();
        let code = token::mint(TokenKind::Code, self.site.entropy.as_ref());
        let hash = code.hash();
        let granted =
            self.event(EventKind::AuthorizationGranted, Outcome::Success, known).detail("scope", &request.scopes);
        let consent_event = self.event(EventKind::ConsentGiven, Outcome::Success, known);
        let consent = consented.then(|| Consent {
            user: known.user.id,
            client: self.application.id.clone(),
            scopes: request.scopes.clone(),
            claims: wishes(&request),
            given_at: now,
        });
        let session = known.session.id;
        let (grant, binding) = self.grant(request, known, now);
        let issued = self.site.store.write(move |tx: &mut Tx<'_>| {
            // Ended in between (another tab signed out): nothing is issued.
            let live = store::sessions::find_by_id(tx, session)?.is_some_and(|session| session.ended_at.is_none());
            if !live {
                return Ok::<bool, StoreError>(false);
            }
            if let Some(consent) = consent {
                store::consents::save(tx, &consent)?;
                store::audit::append(tx, &consent_event)?;
            }
            store::grants::insert(tx, &grant, &hash, &binding)?;
            store::sessions::touch(tx, session, now)?;
            store::audit::append(tx, &granted)?;
            Ok(true)
        })?;
        if !issued {
            return Ok(Err(AuthorizationError::LoginRequired));
        }
        Ok(Ok(self.reply(self.address.success(&code, &self.site.base))))
    }

    /// Taken apart without `..`: a parameter that nothing obeys does not compile.
    fn grant(&self, request: AuthorizationRequest, known: &SignedIn, now: Time) -> (Grant, CodeBinding) {
        let demand = request.demand(None).unwrap_or_default();
        let acr = acr(&known.session.proofs, demand.asked()).to_owned();
        let AuthorizationRequest {
            client,
            redirect_uri,
            scopes,
            nonce,
            challenge,
            prompt: _obeyed_by_the_demand,
            max_age: _too,
            login_hint: _shown_on_the_page,
            domain_hint: _where_the_page_leads,
            ui_locales: _language_of_the_page,
            claims_locales,
            display: _look_of_the_page,
            acr_values: _a_wish_of_the_demand,
            id_token_hint: _checked_by_the_demand,
            claims,
        } = request;
        let grant = Grant {
            id: GrantId::from_uuid(self.site.new_id(now)),
            user: known.user.id,
            client,
            session: known.session.id,
            scopes,
            claims,
            claims_locales,
            nonce,
            auth_time: known.session.auth_time,
            amr: amr(&known.session.proofs),
            acr,
            created_at: now,
            expires_at: now + self.site.lifetimes.refresh_token_absolute,
            ended_at: None,
        };
        let expires_at = now + self.site.lifetimes.authorization_code;
        (grant, CodeBinding { redirect_uri, challenge, expires_at })
    }

    fn asked(&self, request: &AuthorizationRequest, user: &User) -> Asked {
        let wishes = wishes(request);
        let claims = release(user, &request.scopes, &wishes);
        let later =
            releasable(&request.scopes, &wishes).into_iter().filter(|name| !claims.contains_key(*name)).collect();
        let unknown = |scope: &&Scope| !SCOPES.contains(&scope.as_str()) && claims_of(scope.as_str()).is_empty();
        let client = &self.application.protocol;
        Asked {
            claims: claims.into_iter().collect(),
            later,
            offline: request.scopes.contains("offline_access").then_some(self.site.lifetimes.refresh_token_absolute),
            other_scopes: request.scopes.iter().filter(unknown).map(|scope| scope.as_str().to_owned()).collect(),
            policy: client.policy_uri.clone(),
            terms: client.tos_uri.clone(),
        }
    }

    fn shown(&self, request: &AuthorizationRequest) -> Shown {
        in_view(self.application, request)
    }

    /// A page that asks this person, and takes an answer of nobody else.
    fn show(&self, user: &User, account_chosen: bool, screen: Screen) -> Stepped<Turn> {
        let interaction = Interaction { named: Some(user.id), account_chosen, ..self.interaction.clone() };
        resume::show(self.site, self.browser, &interaction, screen).map(Ok)
    }

    fn reply(&self, reply: Reply) -> Turn {
        Turn::Reply { reply, application: self.application.name.clone() }
    }

    fn event(&self, kind: EventKind, outcome: Outcome, known: &SignedIn) -> Event {
        Event::new(self.site.now(), kind, outcome, Actor::User(known.user.id), &self.browser.origin)
            .user(known.user.id)
            .username(known.user.username.as_str())
            .session(known.session.id)
            .application(&self.application.id)
    }

    fn record(&self, event: Event) -> Result<(), StoreError> {
        self.site.store.write(move |tx| store::audit::append(tx, &event))
    }

    /// Only a log line: whoever is not signed in cannot fill the audit log.
    fn record_refusal(&self, error: &AuthorizationError) {
        tracing::info!(
            event.code = error.code().code(),
            client.application.id = %self.application.id,
            tenant = %self.site.slug,
            http.request.id = self.browser.origin.request_id.as_deref().unwrap_or_default(),
            cause = %error,
            "authorization refused"
        );
    }
}

/// OpenID Connect Core §3.1.2.6: what a silent request is told.
fn silent(need: Need, has_session: bool) -> AuthorizationError {
    match need {
        Need::ChooseAccount if has_session => AuthorizationError::AccountSelectionRequired,
        Need::Assurance => AuthorizationError::UnmetAuthenticationRequirements,
        Need::Nothing | Need::SignIn | Need::StepUp | Need::ChooseAccount | Need::OtherSubject => {
            AuthorizationError::LoginRequired
        }
    }
}

/// Claims asked for one by one, wherever they are delivered.
fn wishes(request: &AuthorizationRequest) -> BTreeSet<String> {
    request.claims.userinfo.union(&request.claims.id_token).cloned().collect()
}
