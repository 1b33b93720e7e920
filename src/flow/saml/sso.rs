//! A SAML sign-in from its arrival to its answer. Until the address is known a failure is a page; afterwards it is a
//! status, sent there.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::crypto::seal::SealError;
use crate::crypto::xml::{Document, Element};
use crate::domain::Time;
use crate::domain::application::Application;
use crate::domain::assurance::Level;
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::demand::{Demand, Need};
use crate::domain::fault::ErrorCode;
use crate::domain::ids::{ClientId, UserId};
use crate::domain::oauth::Display;
use crate::domain::policy::LocalSignIn;
use crate::domain::saml::{Binding, NameIdKind, ServiceProvider};
use crate::domain::user::{EmailAddress, User, Username};
use crate::protocol::saml::SSO_PATH;
use crate::protocol::saml::authn_request::{
    ACS_INDEX, ACS_URL, Arrival, AuthnError, AuthnRequest, ReplyAddress, SubjectHint, Unaddressable, parse,
    reply_address, unsolicited_address,
};
use crate::protocol::saml::binding::{Incoming, Kind, Signed};
use crate::protocol::saml::message::{Header, written};
use crate::protocol::saml::preset;
use crate::store::{self, StoreError};

use super::super::browser::{Browser, SignedIn, signed_in};
use super::super::federation::{Home, discovery};
use super::super::interaction::{Interaction, Resume};
use super::super::resume::{self, Asking, Assessed, Decision, Refusal, Shown, Start, Turn};
use super::super::{Site, name_id, received};
use super::{provider, unaddressable};

/// For the way from a POST to the GET after it.
const ARRIVAL: Duration = Duration::from_secs(5 * 60);

/// What waits while the person signs in: verified, parsed, and sealed to the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub address: ReplyAddress,
    pub request: AuthnRequest,
}

/// A request once it was read.
#[derive(Debug)]
pub enum Read {
    Asked(Box<Waiting>),
    /// It is answered already.
    Refused(Turn),
}

/// A request that has just arrived. Its sender is believed no more than its signature is worth.
pub fn read(site: &Site, browser: &Browser, incoming: &Incoming) -> Result<Read, Refusal> {
    let malformed = |cause: &dyn ToString| unaddressable(ErrorCode::SamlMessage, cause.to_string());
    if incoming.kind != Kind::Request {
        return Err(malformed(&"a request belongs here, not a response"));
    }
    let document = Document::parse(&incoming.xml).map_err(|cause| malformed(&format!("the message {cause}")))?;
    let root = document.root();
    let header = Header::read(root, "AuthnRequest").map_err(|cause| malformed(&cause))?;
    let application = provider(site, &header.issuer)?;
    let registered = &application.protocol;
    let signed = incoming
        .authenticate(root, &registered.signing_certificates, registered.signs_requests)
        .map_err(|cause| unaddressable(ErrorCode::SamlSignature, cause.to_string()))?;
    let address = match reply_address(root, &header, registered, incoming.relay_state.clone()) {
        Ok(address) => address,
        Err(cause) => {
            return Err(unaddressable(cause.code(), unregistered(site, browser, (root, registered), &cause)?));
        }
    };
    let location = site.base.at(SSO_PATH);
    let arrival = Arrival { location: &location, signed: signed != Signed::No, now: site.now() };
    match parse(root, &header, registered, (&address, arrival)) {
        Ok(request) => Ok(Read::Asked(Box::new(Waiting { address, request }))),
        Err(error) => {
            let cause = received_with(error, (root, &header, &location));
            log_refusal(site, application, browser, (error, &cause));
            super::issue::refuse(site, application, &address, error).map(Read::Refused)
        }
    }
}

/// A sign-in that begins here, where the application allows it.
pub fn start(site: &Site, id: &ClientId) -> Result<Waiting, Refusal> {
    let application = site.applications.service_providers().find(|one| one.id == *id && one.enabled);
    let Some(application) = application else {
        return Err(unaddressable(ErrorCode::UnknownApplication, "no SAML application of this name"));
    };
    if !application.protocol.idp_initiated {
        return Err(unaddressable(ErrorCode::SamlStart, "the application does not allow sign-ins to begin here"));
    }
    let address = unsolicited_address(&application.protocol);
    let address = address.ok_or_else(|| unaddressable(ErrorCode::SamlAddress, "it has no address for assertions"))?;
    Ok(Waiting { address, request: AuthnRequest::unsolicited() })
}

pub fn begin(site: &Site, browser: &Browser, waiting: Waiting) -> Result<Turn, Refusal> {
    let interaction = Interaction::new(Resume::Saml(Box::new(waiting)), site.now());
    resume::go_on(site, browser, &interaction, Decision::None)
}

#[derive(Serialize, Deserialize)]
struct Arrived {
    waiting: Waiting,
    #[serde(with = "chrono::serde::ts_microseconds")]
    at: Time,
}

/// A POST from another site brings no cookies (`SameSite=Lax`), so what it asked goes on by a GET, which does. Sealed,
/// though not to a browser: it is worth no more than the request itself, which anybody could have sent.
pub fn hand_over(site: &Site, waiting: Waiting) -> Result<String, SealError> {
    let arrived = Arrived { waiting, at: site.now() };
    let plain = serde_json::to_vec(&arrived).map_err(|_unwritable| SealError::Failed)?;
    site.store.sealer().seal_text("saml-arrival", &plain, site.entropy.as_ref())
}

pub fn take_over(site: &Site, text: &str) -> Result<Waiting, Refusal> {
    let opened = site.store.sealer().open_text("saml-arrival", text).ok();
    let arrived = opened.and_then(|plain| serde_json::from_slice::<Arrived>(&plain).ok());
    match arrived {
        Some(arrived) if site.now() < arrived.at + ARRIVAL => Ok(arrived.waiting),
        Some(_) => Err(unaddressable(ErrorCode::SamlExpired, "the request waited too long")),
        None => Err(unaddressable(ErrorCode::SamlMessage, "the request cannot be read")),
    }
}

/// The parked request again, after the person did something. Everything that can have changed is checked once more.
pub(in crate::flow) fn go_on(
    site: &Site,
    browser: &Browser,
    interaction: &Interaction,
    waiting: &Waiting,
) -> Result<Turn, Refusal> {
    let application = provider(site, &waiting.address.entity)?;
    if !waiting.address.is_of(&application.protocol) {
        return Err(unaddressable(ErrorCode::SamlAddress, "the address is not registered any more"));
    }
    let step = Step { site, browser, application, waiting, interaction };
    match step.run()? {
        Ok(turn) => Ok(turn),
        Err(error) => {
            log_refusal(site, application, browser, (error, &error.to_string()));
            super::issue::refuse(site, application, &waiting.address, error)
        }
    }
}

/// The level that the parked request asks for.
pub(in crate::flow) fn wanted(site: &Site, waiting: &Waiting) -> Level {
    demand(&waiting.request, None).wanted(site.reachable()).unwrap_or_default()
}

/// The application of the parked request, as a person sees it.
pub(in crate::flow) fn shown(site: &Site, waiting: &Waiting) -> Option<Shown> {
    provider(site, &waiting.address.entity).ok().map(|application| in_view(application, waiting))
}

fn in_view(application: &Application<ServiceProvider>, waiting: &Waiting) -> Shown {
    Shown {
        name: application.name.clone(),
        redirect_uri: waiting.address.location.as_str().to_owned(),
        ui_locales: None,
        display: Display::Page,
    }
}

/// What the parked request tells of where its person comes from: what the application is set up for. `Scoping` with its
/// `IDPList` is not obeyed (Core §3.4.1.2 leaves that to us).
pub(in crate::flow) fn home(site: &Site, waiting: &Waiting) -> Home {
    let application = provider(site, &waiting.address.entity).ok();
    Home { application: application.and_then(|one| one.identity_provider.clone()), ..Home::default() }
}

pub(in crate::flow) fn demand(request: &AuthnRequest, subject: Option<UserId>) -> Demand {
    Demand {
        silent: request.passive,
        fresh: request.force,
        subject,
        proxies: request.proxies,
        essential: request.context.as_ref().map(crate::domain::authn_context::RequestedContext::essential),
        ..Demand::default()
    }
}

/// A refusal for the application inside, a fault of ours outside.
pub(super) type Stepped<T> = Result<Result<T, AuthnError>, Refusal>;

pub(super) struct Step<'a> {
    pub site: &'a Site,
    pub browser: &'a Browser,
    pub application: &'a Application<ServiceProvider>,
    pub waiting: &'a Waiting,
    interaction: &'a Interaction,
}

impl Step<'_> {
    fn run(&self) -> Stepped<Turn> {
        let request = &self.waiting.request;
        let subject = match &request.subject {
            None => None,
            Some(hint) => Some(self.meant(hint)?),
        };
        let mut demand = demand(request, subject);
        demand.fresh |= self.interaction.other_account;
        let Assessed { need, known, wanted } = resume::assess(self.site, self.browser, &demand, self.interaction)?;
        let only_here = demand.proxies == Some(0);
        match (need, known) {
            (Need::Nothing, Some(known)) => self.authorize(&known),
            (Need::Assurance, _) => Ok(Err(AuthnError::NoAuthnContext)),
            (_, _) if demand.silent => Ok(Err(AuthnError::NoPassive)),
            (Need::SignIn, known) if only_here && !self.may_sign_in_here(known.as_ref())? => {
                Ok(Err(AuthnError::ProxyCount))
            }
            (Need::OtherSubject, _) if self.interaction.signed_in => Ok(Err(AuthnError::UnknownPrincipal)),
            (need, known) => {
                let start =
                    if only_here { Start::Here } else { discovery::start(self.site, self.interaction, known.as_ref()) };
                let asking = Asking { need, known, wanted, hint: self.hint(), start };
                resume::ask(
                    self.site,
                    self.browser,
                    self.interaction,
                    asking,
                    Some(in_view(self.application, self.waiting)),
                )
                .map(Ok)
            }
        }
    }

    fn authorize(&self, known: &SignedIn) -> Stepped<Turn> {
        if self.application.may_be_used_by(&known.user) {
            return self.issue(known);
        }
        if self.waiting.request.passive {
            return Ok(Err(AuthnError::NotForUser));
        }
        let event = self.event(EventKind::AuthorizationRefused, Outcome::Failure, known).detail("reason", "role");
        self.site.store.write(move |tx| store::audit::append(tx, &event))?;
        // Only a form could carry a status there: the way back is the service itself.
        let location = url::Url::parse(self.waiting.address.location.as_str()).ok();
        let back = location.map(|url| format!("{}/", url.origin().ascii_serialization()));
        Ok(Ok(Turn::NotForUser { application: self.application.name.clone(), back }))
    }

    /// Whether it is worth asking for a sign-in here, where nobody else's word will do (Core §3.4.1.5). Not where people come
    /// from elsewhere, and not of somebody who has, and has no password or has just been asked for it.
    fn may_sign_in_here(&self, known: Option<&SignedIn>) -> Result<bool, StoreError> {
        let settings = &self.site.settings;
        let open = settings.policy.sign_in.local == LocalSignIn::Everyone
            && !settings.broker
            && self.application.identity_provider.is_none();
        match known {
            None => Ok(open),
            Some(known) if !known.session.is_upstream() => Ok(true),
            Some(_) if !open || self.interaction.signed_in => Ok(false),
            Some(known) => Ok(self.site.store.read(|tx| store::passwords::find(tx, known.user.id))?.is_some()),
        }
    }

    /// Who is meant: whoever is signed in, if that is what the application calls them, and else nobody there is. Nobody is
    /// looked up by a name: so it is the same for people who are not kept, and a stranger learns of no one.
    fn meant(&self, hint: &SubjectHint) -> Result<UserId, StoreError> {
        let (policy, now) = (&self.site.settings.policy, self.site.now());
        let known = self.site.store.read(|tx| signed_in(tx, policy, self.browser, now))?;
        let meant = match known {
            Some(known) if self.is_called(&known.user, hint)? => Some(known.user.id),
            Some(_) | None => None,
        };
        Ok(meant.unwrap_or_else(|| UserId::from_uuid(Uuid::nil())))
    }

    fn is_called(&self, user: &User, SubjectHint { kind, value }: &SubjectHint) -> Result<bool, StoreError> {
        let (application, registered) = (&self.application.id, &self.application.protocol);
        let persistent = || {
            let name = name_id::known(self.site, user.id, registered.entity_id.as_str())?;
            Ok::<bool, StoreError>(name.is_some_and(|name| preset::shaped(registered, name) == *value))
        };
        let email = || {
            let asked = EmailAddress::parse(value).ok().map(|address| address.key());
            asked.is_some() && asked == user.email.as_ref().map(EmailAddress::key)
        };
        let username = || Username::parse(value).is_ok_and(|name| name.key() == user.username.key());
        match kind {
            Some(NameIdKind::Persistent) => persistent(),
            Some(NameIdKind::Transient) => {
                let told = self.site.store.read(|tx| store::participants::named(tx, application, value))?;
                Ok(told.iter().any(|one| one.user == user.id))
            }
            Some(NameIdKind::Email) => Ok(email()),
            Some(NameIdKind::Username) | None => Ok(username() || email() || persistent()?),
        }
    }

    /// What may stand in the form: never a name that only machines know.
    fn hint(&self) -> Option<String> {
        let hint = self.waiting.request.subject.as_ref()?;
        match hint.kind {
            Some(NameIdKind::Persistent | NameIdKind::Transient) => None,
            Some(NameIdKind::Email | NameIdKind::Username) | None => Some(hint.value.clone()),
        }
    }

    pub fn event(&self, kind: EventKind, outcome: Outcome, known: &SignedIn) -> Event {
        Event::new(self.site.now(), kind, outcome, Actor::User(known.user.id), &self.browser.origin)
            .user(known.user.id)
            .username(known.user.username.as_str())
            .session(known.session.id)
            .application(&self.application.id)
            .detail("protocol", "saml")
    }
}

/// What was asked for beside the error; for administrators what is registered, too.
fn unregistered(
    site: &Site,
    browser: &Browser,
    (root, registered): (Element<'_>, &ServiceProvider),
    cause: &Unaddressable,
) -> Result<String, StoreError> {
    let consumers = registered.acs.iter().filter(|one| one.binding != Binding::Redirect);
    match cause {
        Unaddressable::Location => {
            let asked = root.attribute(ACS_URL).unwrap_or_default();
            let registered = consumers.map(|one| one.location.as_str().to_owned());
            received::beside(site, browser, cause, (ACS_URL, asked, registered))
        }
        Unaddressable::Index => {
            let asked = root.attribute(ACS_INDEX).unwrap_or_default();
            let registered = consumers.map(|one| format!("{} {}", one.index, one.location.as_str()));
            received::beside(site, browser, cause, (ACS_INDEX, asked, registered))
        }
        Unaddressable::Message(_) | Unaddressable::Ambiguous | Unaddressable::Nowhere => Ok(cause.to_string()),
    }
}

/// For the log: the application is told only what it did not write itself.
fn received_with(error: AuthnError, (root, header, location): (Element<'_>, &Header, &str)) -> String {
    match error {
        AuthnError::Destination => {
            let asked = header.destination.as_deref().unwrap_or_default();
            received::with(format!("{error}, {location}"), ("Destination", asked))
        }
        AuthnError::IssueInstant(_) => received::with(error, ("IssueInstant", &written(header.issue_instant))),
        AuthnError::Binding => {
            received::with(error, ("ProtocolBinding", root.attribute("ProtocolBinding").unwrap_or_default()))
        }
        AuthnError::Version { .. } => received::with(error, ("Version", &header.version)),
        AuthnError::Malformed(_)
        | AuthnError::Unsupported(_)
        | AuthnError::NameIdPolicy
        | AuthnError::NoPassive
        | AuthnError::NoAuthnContext
        | AuthnError::UnknownPrincipal
        | AuthnError::ProxyCount
        | AuthnError::NotForUser
        | AuthnError::SessionEnded
        | AuthnError::Unwritable => error.to_string(),
    }
}

/// Only a log line: whoever is not signed in cannot fill the audit log.
fn log_refusal(
    site: &Site,
    application: &Application<ServiceProvider>,
    browser: &Browser,
    (error, cause): (AuthnError, &str),
) {
    tracing::info!(
        event.code = error.code().code(),
        client.application.id = %application.id,
        tenant = %site.slug,
        http.request.id = browser.origin.request_id.as_deref().unwrap_or_default(),
        cause,
        "SAML request refused"
    );
}
