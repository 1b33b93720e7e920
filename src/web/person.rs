//! Whoever is signed in here. A handler that takes [`Person`] runs only for somebody who has signed in as policy
//! demands, one that takes [`Fresh`] only if that was a few minutes ago; anybody else is sent to sign in, and back.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};

use crate::domain::fault::ErrorCode;
use crate::flow::browser::{self, Browser, SignedIn, form_token, form_token_matches};
use crate::flow::interaction::PagePath;
use crate::flow::visit::{self, Visit};
use crate::protocol::params::{MAX_BYTES, RawParams};

use crate::view::AccountSection;

use super::pages::{self, see_other};
use super::problem::Problem;
use super::tenant::Tenant;
use super::{App, cookies, form, routes, signin};

pub struct Person {
    pub request: HttpRequest,
    pub app: web::Data<App>,
    pub tenant: Tenant,
    pub browser: Browser,
    pub known: SignedIn,
    fresh_cookie: Option<Cookie<'static>>,
}

/// And the sign-in is at most [`visit::FRESH`] old: for what changes how one signs in.
pub struct Fresh(pub Person);

/// Why there is no person: somebody has to sign in first, or something is wrong.
#[derive(Debug)]
pub enum Detour {
    SignIn(String),
    Problem(Problem),
}

impl From<Problem> for Detour {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Detour> for actix_web::Error {
    fn from(detour: Detour) -> Self {
        match detour {
            Detour::SignIn(location) => InternalError::from_response("sign-in first", see_other(&location)).into(),
            Detour::Problem(problem) => problem.into(),
        }
    }
}

impl Person {
    /// A token for a form of this name.
    pub fn csrf(&self, name: &str) -> String {
        form_token(&self.tenant.site, &self.browser, name)
    }

    /// Where a form posts to, or a link leads: a path below the tenant's base.
    pub fn action(&self, path: &str) -> String {
        format!("{}{path}", self.tenant.prefix)
    }

    /// A form of ours, from our origin, with the token of this name.
    pub fn form(&self, name: &str, body: &[u8]) -> Result<RawParams, Problem> {
        self.form_within(name, body, MAX_BYTES)
    }

    /// The same where more is to be expected.
    pub fn form_within(&self, name: &str, body: &[u8], limit: usize) -> Result<RawParams, Problem> {
        let origin = form::same_origin(&self.request, &self.tenant);
        origin.inspect_err(|_problem| self.remember_refusal(name, "origin"))?;
        let mut params = form::body_within(&self.request, body, limit)?;
        let token = params.take("csrf").unwrap_or_default();
        if !form_token_matches(&self.tenant.site, &self.browser, name, &token) {
            self.remember_refusal(name, "token");
            return Err(Problem::new(ErrorCode::FormExpired));
        }
        Ok(params)
    }

    /// Somebody is signed in here: strangers cannot fill the log with this.
    fn remember_refusal(&self, name: &str, reason: &'static str) {
        browser::form_refused(&self.tenant.site, &self.browser, &self.known, (name, reason));
    }

    pub fn finish(&self, response: HttpResponse) -> Result<HttpResponse, Problem> {
        cookies::with(response, &self.fresh_cookie)
    }
}

impl From<Person> for signin::Visit {
    fn from(person: Person) -> Self {
        let Person { request, app, tenant, browser, known: _, fresh_cookie } = person;
        Self { request, app, tenant, browser, cookies: fresh_cookie.into_iter().collect() }
    }
}

impl FromRequest for Person {
    type Error = Detour;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Detour>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        enter(request, payload, false)
    }
}

impl FromRequest for Fresh {
    type Error = Detour;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Detour>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let person = enter(request, payload, true);
        Box::pin(async move { person.await.map(Self) })
    }
}

fn enter(
    request: &HttpRequest,
    payload: &mut Payload,
    fresh: bool,
) -> Pin<Box<dyn Future<Output = Result<Person, Detour>>>> {
    let request = request.clone();
    let tenant = Tenant::from_request(&request, payload);
    Box::pin(async move {
        let tenant = tenant.await?;
        let app = request.app_data::<web::Data<App>>().cloned();
        let Some(app) = app else { return Err(Problem::internal("no application data").into()) };
        let (browser, fresh_cookie) = cookies::browser(&request, &tenant.site);
        let visit = {
            let (site, browser) = (Arc::clone(&tenant.site), browser.clone());
            app.run(move || visit::enter(&site, &browser, fresh)).await?.map_err(Problem::from)?
        };
        if let Visit::Welcome(known) = &visit {
            pages::speak(&request, known.user.locale);
        }
        match visit {
            Visit::Welcome(known) if known.user.is_transient() && is_kept_below(&request, &tenant) => {
                Err(Problem::new(ErrorCode::NothingKept).into())
            }
            Visit::Welcome(known) => Ok(Person { app, tenant, browser, known: *known, fresh_cookie, request }),
            Visit::SignIn => Err(Detour::SignIn(way_in(&request, &tenant, fresh))),
        }
    })
}

/// Whether the page is for setting something up that is kept (IN-10).
fn is_kept_below(request: &HttpRequest, tenant: &Tenant) -> bool {
    let below = request.path().strip_prefix(&tenant.prefix).unwrap_or_default();
    let kept = AccountSection::ALL.into_iter().filter(|section| section.is_kept()).map(AccountSection::path);
    kept.chain(["/account/email"]).any(|page| {
        let rest = below.strip_prefix(page);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// To sign in and back here.
fn way_in(request: &HttpRequest, tenant: &Tenant, fresh: bool) -> String {
    let page = here(request, tenant);
    let mut pairs = vec![("page", page.as_str())];
    if fresh {
        pairs.push(("fresh", "1"));
    }
    format!("{}/sign-in?{}", tenant.prefix, signin::query(&pairs))
}

/// To sign in as somebody else, and back here.
pub fn as_another(request: &HttpRequest, tenant: &Tenant) -> String {
    let page = here(request, tenant);
    let pairs = [("page", page.as_str()), ("restart", "1"), ("other", "1")];
    format!("{}/sign-in?{}", tenant.prefix, signin::query(&pairs))
}

/// The page itself, or the page that a form stands on.
fn here(request: &HttpRequest, tenant: &Tenant) -> PagePath {
    let below = request.path().strip_prefix(&tenant.prefix).unwrap_or_default();
    let query = request.query_string();
    let here = match (request.method() == Method::GET, query.is_empty()) {
        (true, false) => format!("{below}?{query}"),
        (true, true) => below.to_owned(),
        (false, _) => routes::page_above(below).to_owned(),
    };
    PagePath::parse(&here).or_else(|| PagePath::parse(below)).unwrap_or_else(PagePath::account)
}
