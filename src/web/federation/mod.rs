//! `/federation/{idp}/…`: to an upstream identity provider and back, whatever it speaks. What is fetched is fetched here,
//! between the flow that sets out and the one that judges.

pub mod link;
pub mod logout;
mod oidc;
pub mod saml;
mod trial;

use std::cell::OnceCell;
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::fault::ErrorCode;
use crate::domain::federation::Person;
use crate::domain::identity_provider::Protocol;
use crate::domain::ids::IdpId;
use crate::flow::federation::{self, Departure, Pending, Purpose, Refused, Turn};
use crate::flow::interaction::Interaction;
use crate::outbound::upstream::UpstreamFault;
use crate::store::identity_providers::StoredProvider;

use super::pages::see_other;
use super::problem::Problem;
use super::signin::{Visit, continue_with, query};
use super::tenant::Tenant;
use super::{App, cookies, form};
pub use oidc::callback;
pub use trial::set_out_to_try;

/// Where a button or a typed address leads.
pub fn start_address(tenant: &Tenant, provider: &IdpId, interaction: &str, hint: Option<&str>) -> String {
    let mut pairs = vec![("interaction", interaction)];
    pairs.extend(hint.map(|hint| ("hint", hint)));
    format!("{}/federation/{provider}/start?{}", tenant.prefix, query(&pairs))
}

/// The provider of the path.
struct Way {
    visit: Visit,
    stored: StoredProvider,
    /// What the person came for, once it is known.
    waiting: OnceCell<Interaction>,
}

impl Way {
    fn enter(visit: Visit, name: &str) -> Result<Self, Problem> {
        Self::enter_whatever(visit, name)?.open()
    }

    /// Whether or not it is switched on: only who tries the connection may go on with one that is not.
    fn enter_whatever(visit: Visit, name: &str) -> Result<Self, Problem> {
        let address = visit.browser.origin.address;
        if let Some(wait) = visit.tenant.sources.held_back(visit.tenant.id, address) {
            return Err(Problem::new(ErrorCode::TooManyAttempts).retry_after(wait.as_secs().max(1)));
        }
        let stored = IdpId::parse(name).ok().and_then(|id| visit.tenant.upstream_whatever(&id).cloned());
        let Some(stored) = stored else { return Err(closed(&visit)) };
        Ok(Self { visit, stored, waiting: OnceCell::new() })
    }

    fn open(self) -> Result<Self, Problem> {
        if self.stored.provider.enabled { Ok(self) } else { Err(closed(&self.visit)) }
    }

    fn id(&self) -> &IdpId {
        &self.stored.provider.id
    }

    /// Remembers it, and gives the page.
    async fn refuse(&self, state: Option<&str>, refused: Refused) -> Result<Problem, Problem> {
        let (site, browser) = (Arc::clone(&self.visit.tenant.site), self.visit.browser.clone());
        let (id, state) = (self.id().clone(), state.map(str::to_owned));
        let problem = self.page(&refused);
        let noted = self.visit.app.run(move || federation::refuse(&site, &browser, (&id, state.as_deref()), &refused));
        noted.await??;
        Ok(problem)
    }

    async fn unavailable(&self, state: Option<&str>, fault: UpstreamFault) -> Result<Problem, Problem> {
        tracing::warn!(provider = %self.id(), %fault, "an identity provider could not be used");
        let (code, reason) = match &fault {
            UpstreamFault::Unavailable(_) => (ErrorCode::FederationUnavailable, "unavailable"),
            UpstreamFault::Resting => (ErrorCode::FederationUnavailable, "resting"),
            UpstreamFault::Issuer(_) => (ErrorCode::FederationUntrusted, "discovery_issuer"),
            UpstreamFault::Refused(_) => (ErrorCode::FederationUntrusted, "code_refused"),
        };
        let refused = Refused::new(code, reason);
        if code != ErrorCode::FederationUnavailable {
            return self.refuse(state, refused).await;
        }
        // Before anybody has set out it is no sign-in that failed: strangers cannot fill the log with it.
        let problem = if state.is_some() { self.refuse(state, refused).await? } else { self.page(&refused) };
        Ok(problem.retry_after(60))
    }

    fn page(&self, refused: &Refused) -> Problem {
        leading_on(&self.visit, self.waiting.get(), refused)
    }
}

fn closed(visit: &Visit) -> Problem {
    Problem::new(ErrorCode::FederationClosed).again(visit.action("/sign-in"))
}

/// The page, with a way on: back to where the sign-in began; with another account, where this one is not let in.
fn leading_on(visit: &Visit, waiting: Option<&Interaction>, refused: &Refused) -> Problem {
    let sealed = waiting.and_then(|waiting| waiting.park(&visit.tenant.site, &visit.browser.binding).ok());
    let mut pairs: Vec<(&str, &str)> = sealed.iter().map(|sealed| ("interaction", sealed.as_str())).collect();
    if is_about_the_account(refused.code) {
        pairs.push(("restart", "1"));
    }
    let query = if pairs.is_empty() { String::new() } else { format!("?{}", query(&pairs)) };
    page_of(refused).again(visit.action(&format!("/sign-in{query}")))
}

fn page_of(refused: &Refused) -> Problem {
    metrics::counter!("portner_login_attempts_total", "method" => "federation", "outcome" => "failure").increment(1);
    Problem::new(refused.code)
}

/// Whether somebody else could be let in.
fn is_about_the_account(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::FederationNotAdmitted
            | ErrorCode::FederationNoAccount
            | ErrorCode::FederationNameTaken
            | ErrorCode::FederationAccountClosed
    )
}

/// `GET /federation/{idp}/start`: to the provider, with what waits here for the person.
pub async fn start(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    idp: web::Path<Name>,
) -> Result<HttpResponse, Problem> {
    let mut params = form::roomy_query(&request)?;
    let visit = Visit::new(request, app, tenant);
    let (interaction, in_time) = visit.interaction(params.take("interaction").as_deref())?;
    // Whoever waited to be linked is left: somebody else comes from here.
    let interaction = if in_time { interaction.without_offer() } else { interaction.again(visit.tenant.now()) };
    let way = Way::enter(visit, &idp.idp)?;
    set_out(way, &interaction, params.take("hint"), Purpose::SignIn).await
}

/// On to the provider, for whatever purpose.
async fn set_out(
    way: Way,
    interaction: &Interaction,
    hint: Option<String>,
    purpose: Purpose,
) -> Result<HttpResponse, Problem> {
    way.waiting.get_or_init(|| interaction.clone());
    let asked = (interaction, hint, purpose);
    match way.stored.provider.protocol.clone() {
        Protocol::Oidc(provider) => {
            let (departure, address) = oidc::set_out(&way, &provider, asked, false).await?;
            leave(way, &departure, &address)
        }
        Protocol::Saml(provider) => saml::set_out(way, &provider, asked, false).await,
    }
}

/// The browser goes, with what it has to bring back.
fn leave(mut way: Way, departure: &Departure, address: &str) -> Result<HttpResponse, Problem> {
    let slug = &way.visit.tenant.slug;
    let carried = cookies::set_federation(&way.visit.request, slug, &departure.state, &departure.sealed);
    way.visit.cookies.extend(carried.ok_or_else(|| Problem::new(ErrorCode::RequestTooLarge))?);
    way.visit.finish(see_other(address))
}

type Asked<'a> = (&'a Interaction, Option<String>, Purpose);

/// `anew`: whatever sign-in stands there.
fn depart(way: &Way, asked: Asked<'_>, anew: bool) -> Result<Departure, Problem> {
    let (site, browser) = (&way.visit.tenant.site, &way.visit.browser);
    let depart = if anew { federation::depart_anew } else { federation::depart };
    depart(site, browser, way.id(), asked).map_err(Problem::internal)
}

/// The last part of the address, as routes name it.
#[derive(serde::Deserialize)]
pub struct Name {
    idp: String,
}

/// What this browser set out with to this provider under this state.
fn taken_along(way: &Way, state: &str) -> Option<Pending> {
    let sealed = cookies::federation(&way.visit.request, &way.visit.tenant.slug, state)?;
    let pending = federation::pending(&way.visit.tenant.site, &way.visit.browser, way.id(), (state, &sealed))?;
    way.waiting.get_or_init(|| pending.interaction.clone());
    Some(pending)
}

/// Somebody who may be believed in, whatever the provider speaks.
async fn arrived(mut way: Way, (state, pending): (String, Pending), person: Person) -> Result<HttpResponse, Problem> {
    match pending.purpose {
        Purpose::SignIn => {}
        Purpose::Link { user } => return link::come_back(way, (state, pending), (person, user)).await,
        Purpose::Trial { user } => return trial::met(way, (&state, user), &person).await,
    }
    let turn = {
        let (site, browser) = (Arc::clone(&way.visit.tenant.site), way.visit.browser.clone());
        let (id, state, waiting) = (way.id().clone(), state.clone(), pending.interaction.clone());
        let arrive = move || federation::arrive(&site, &browser, (&id, &state), (&person, &waiting));
        way.visit.app.run(arrive).await??
    };
    if let Turn::Refused(refused) = &turn {
        return Err(way.page(refused));
    }
    let spent = cookies::clear_federation(&way.visit.request, &way.visit.tenant.slug, &state);
    way.visit.cookies.extend(spent);
    signed_in(way.visit, pending.interaction, turn)
}

/// On with what waited, or to what is asked first.
fn signed_in(mut visit: Visit, interaction: Interaction, turn: Turn) -> Result<HttpResponse, Problem> {
    let interaction = match turn {
        Turn::Refused(refused) => return Err(leading_on(&visit, Some(&interaction), &refused)),
        Turn::SignedIn(welcome) => {
            metrics::counter!("portner_login_attempts_total", "method" => "federation", "outcome" => "success")
                .increment(1);
            visit.welcome(welcome);
            interaction.signed_in()
        }
        Turn::Unfinished(sign_in) => Interaction { sign_in: Some(sign_in), method: None, ..interaction },
        Turn::Unknown(waiting) => waiting.map_or(interaction, |waiting| *waiting),
    };
    continue_with(visit, &interaction)
}
