//! `/playground/saml`: a sign-in as a SAML service provider sees it. Behind the page stands a service provider that is
//! registered like any other; what it receives is judged twice, by our own checks one by one and by another program.

pub mod logout;

use std::ops::Deref;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use url::Url;

use crate::domain::authn_context::ContextClass;
use crate::domain::fault::ErrorCode;
use crate::flow::playground::saml::{self as registered, HOME};
use crate::outbound::relying_party::Check;
use crate::protocol::reply::Reply;
use crate::protocol::saml::binding::{Incoming, Kind};
use crate::protocol::saml::message::MessageId;
use crate::protocol::saml::service_provider::{Examined, Finding, Parties, Subject, Wish, examine, pretty};
use crate::view::{PlaygroundAction, PlaygroundProtocol, PlaygroundSection, PlaygroundTitle, PlaygroundVerb};
use crate::web::pages::see_other;
use crate::web::problem::Problem;
use crate::web::tenant::Tenant;
use crate::web::{App, form, saml};

use super::place::{Ground, Place};
use super::sections;
use super::visits::put;

/// What can be asked for with a sign-in, and how the button says it.
const SIGN_INS: [(PlaygroundVerb, &str); 4] = [
    (PlaygroundVerb::SignIn, ""),
    (PlaygroundVerb::SignInAgain, "force"),
    (PlaygroundVerb::SignInSilently, "passive"),
    (PlaygroundVerb::RequireSecondFactor, "mfa"),
];

/// What is known of a browser between two requests.
#[derive(Clone, Default)]
pub struct Visit {
    /// The request whose answer is awaited, and what is to come back with it.
    pending: Option<(MessageId, String)>,
    /// Who came back, if every check passed.
    pub subject: Option<Subject>,
    /// The sign-out whose answer is awaited.
    leaving: Option<MessageId>,
    pub sections: Vec<PlaygroundSection>,
    pub error: Option<String>,
}

/// A request to the playground of a tenant that has one.
pub struct Stage {
    place: Place,
    pub parties: Parties,
}

impl Deref for Stage {
    type Target = Place;
    fn deref(&self) -> &Place {
        &self.place
    }
}

impl Stage {
    pub async fn enter(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<Self, Problem> {
        let not_there = || Problem::new(ErrorCode::NotFound);
        if !tenant.settings.playground {
            return Err(not_there());
        }
        let tenant = saml::ready(&app, tenant).await?;
        let parties = registered::parties(&tenant.site).ok_or_else(not_there)?;
        let ground = Ground { protocol: PlaygroundProtocol::Saml, home: HOME, form: "playground-saml" };
        Ok(Self { place: Place::enter(ground, request, app, tenant), parties })
    }

    /// A form of the page's own.
    pub async fn enter_by_form(
        request: HttpRequest,
        app: web::Data<App>,
        tenant: Tenant,
        body: &[u8],
    ) -> Result<Self, Problem> {
        let stage = Self::enter(request, app, tenant).await?;
        stage.check_form(body)?;
        Ok(stage)
    }

    pub fn visit(&self) -> Visit {
        self.app.saml_playground.of(&self.key(), self.now)
    }

    pub fn change<T>(&self, change: impl FnOnce(&mut Visit) -> T) -> T {
        self.app.saml_playground.change(self.key(), self.now, change)
    }

    pub fn page(&self, status: StatusCode, visit: Visit) -> Result<HttpResponse, Problem> {
        let actions = self.actions(&visit);
        self.show(status, application(&self.parties), (actions, visit.sections, visit.error))
    }

    fn actions(&self, visit: &Visit) -> Vec<PlaygroundAction> {
        let sign_ins = SIGN_INS.into_iter().map(|(verb, wish)| match wish {
            "" => self.action(verb, "/start", true),
            wish => self.action(verb, &format!("/start?wish={wish}"), false),
        });
        let sign_out = visit.subject.is_some().then(|| self.action(PlaygroundVerb::SignOut, "/logout", false));
        sign_ins.chain(sign_out).collect()
    }
}

/// `GET /playground/saml`.
pub async fn show(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let stage = Stage::enter(request, app, tenant).await?;
    let visit = stage.visit();
    stage.page(StatusCode::OK, visit)
}

/// `POST /playground/saml/start`: to the identity provider, by a signed Redirect.
pub async fn start(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let asked = form::query(&request)?.take("wish");
    let wish = Wish {
        force: asked.as_deref() == Some("force"),
        passive: asked.as_deref() == Some("passive"),
        context: (asked.as_deref() == Some("mfa")).then_some(ContextClass::RefedsMfa),
    };
    let stage = Stage::enter_by_form(request, app, tenant, &body).await?;
    let relay_state = MessageId::mint(stage.tenant.entropy.as_ref()).to_string();
    let asking = {
        let (site, parties) = (stage.tenant.site.clone(), stage.parties.clone());
        let (relay_state, now) = (relay_state.clone(), stage.now);
        stage.app.run(move || registered::ask(&site, &parties, (wish, &relay_state), now)).await?
    };
    let asking = asking.map_err(Problem::internal)?;
    stage.change(|visit| {
        *visit = Visit { pending: Some((asking.id, relay_state)), ..Visit::default() };
        put(&mut visit.sections, sent(PlaygroundTitle::AuthnRequest, &asking.xml, &asking.reply));
    });
    match asking.reply {
        Reply::Redirect(location) => stage.finish(see_other(&location)),
        Reply::FormPost { .. } => Err(Problem::internal("a redirect was asked for")),
    }
}

/// `POST /playground/saml/acs`: the assertion consumer service.
pub async fn receive(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    // Only for its content type and its bounds; the message is read as its binding says.
    form::body(&request, &body)?;
    let stage = Stage::enter(request, app, tenant).await?;
    let text = String::from_utf8_lossy(&body);
    let incoming = Incoming::post(&text).ok().filter(|incoming| incoming.kind == Kind::Response);
    let Some(incoming) = incoming else {
        return Err(Problem::new(ErrorCode::SamlMessage).detail("there is no SAMLResponse that can be read"));
    };
    let pending = stage.visit().pending;
    let (mut examined, opinion) = {
        let (parties, xml, now) = (stage.parties.clone(), incoming.xml.clone(), stage.now);
        let asked = pending.as_ref().map(|(id, _)| id.clone());
        let judge = move || {
            let examined = examine(&xml, &parties, asked.as_ref(), now);
            let opinion = registered::second_opinion(&xml, &parties, asked.as_ref(), &examined);
            (examined, opinion)
        };
        stage.app.run(judge).await?
    };
    if let Some((_, relay_state)) = &pending {
        examined.findings.push(came_back(incoming.relay_state.as_deref(), relay_state));
    }
    let visit = told(stage.visit(), &incoming, &examined, opinion);
    // An answer that this browser did not ask for changes nothing here.
    if !examined.answers_a_request() {
        return stage.page(StatusCode::BAD_REQUEST, visit);
    }
    stage.change(|kept| *kept = Visit { pending: None, ..visit });
    stage.go_home()
}

/// `POST /playground/saml/reset`: as if this browser had never been here.
pub async fn reset(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let stage = Stage::enter_by_form(request, app, tenant, &body).await?;
    stage.app.saml_playground.forget(&stage.key());
    stage.go_home()
}

/// Bindings §3.5.3: `RelayState` comes back as it was sent.
fn came_back(found: Option<&str>, sent: &str) -> Finding {
    let outcome = match found {
        Some(found) if found == sent => Ok(found.to_owned()),
        Some(_) | None => Err("another one was sent".to_owned()),
    };
    Finding { what: "RelayState", outcome }
}

/// What the page shows of an answer.
fn told(mut visit: Visit, incoming: &Incoming, examined: &Examined, opinion: Option<Finding>) -> Visit {
    let text = String::from_utf8_lossy(&incoming.xml);
    let relay_state = incoming.relay_state.iter().map(|value| ("RelayState".to_owned(), value.clone()));
    let received = PlaygroundSection {
        title: PlaygroundTitle::SamlResponse,
        ok: None,
        rows: relay_state.collect(),
        code: Some(pretty(&text)),
    };
    let agreed = opinion.as_ref().is_none_or(|opinion| opinion.outcome.is_ok());
    let failed = examined.findings.iter().chain(&opinion).find_map(|finding| {
        let why = finding.outcome.as_ref().err()?;
        Some(format!("{}: {why}", finding.what))
    });
    put(&mut visit.sections, received);
    put(&mut visit.sections, judged(PlaygroundTitle::SamlChecks, &examined.findings));
    if let Some(opinion) = opinion {
        put(&mut visit.sections, judged(PlaygroundTitle::SecondOpinion, &[opinion]));
    }
    let attributes = examined.attributes.iter().map(|(name, values)| (name.clone(), values.join(", ")));
    let rows: Vec<(String, String)> = attributes.collect();
    if !rows.is_empty() {
        put(&mut visit.sections, PlaygroundSection { title: PlaygroundTitle::Attributes, ok: None, rows, code: None });
    }
    visit.subject = examined.subject.clone().filter(|_| examined.is_good() && agreed);
    visit.error = failed;
    visit
}

fn judged(title: PlaygroundTitle, findings: &[Finding]) -> PlaygroundSection {
    let check = |finding: &Finding| Check { what: finding.what, outcome: finding.outcome.clone() };
    sections::judged(title, &findings.iter().map(check).collect::<Vec<_>>())
}

/// A message on its way to the identity provider: what stands beside it in the address, and what it says.
pub fn sent(title: PlaygroundTitle, xml: &str, reply: &Reply) -> PlaygroundSection {
    let mut rows = Vec::new();
    if let Reply::Redirect(location) = reply
        && let Ok(mut url) = Url::parse(location)
    {
        let beside: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, _)| !name.starts_with("SAML"))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        url.set_query(None);
        rows.push(("GET".to_owned(), url.to_string()));
        rows.extend(beside);
    }
    PlaygroundSection { title, ok: None, rows, code: Some(pretty(xml)) }
}

/// Who asks.
fn application(parties: &Parties) -> PlaygroundSection {
    let row = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    PlaygroundSection {
        title: PlaygroundTitle::Application,
        ok: None,
        rows: vec![
            row("entityID", &parties.entity_id),
            row("AssertionConsumerService", &parties.acs),
            row("SingleLogoutService", &parties.logout),
            row("AuthnRequestsSigned", "true"),
            row("IDP entityID", &parties.idp),
            row("SingleSignOnService", &parties.idp_sso),
        ],
        code: None,
    }
}
