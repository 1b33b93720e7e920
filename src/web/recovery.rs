//! A forgotten password and the pages behind mailed links: `/password/forgot`, `/password/reset`, `/welcome`,
//! `/account/email/confirm`.
//!
//! A link's page changes nothing: programs that look into mails may open it. Its secret stands in the address of that
//! one page, which sends no referrer, and is never logged.

use std::sync::Arc;
use std::time::Duration;

use actix_web::cookie::Cookie;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::fault::ErrorCode;
use crate::domain::link::Purpose;
use crate::domain::password_rules::Rule;
use crate::domain::secret::{Password, PlainToken, TokenKind};
use crate::flow::browser::{Browser, form_token, form_token_matches};
use crate::flow::interaction::{Interaction, Unparked};
use crate::flow::recovery::{self, Choosing, Confirmation, Forgotten, Open, Request};
use crate::protocol::params::RawParams;
use crate::view::{
    ConfirmAddressPage, ForgotPage, ForgotState, Frame, LinkEndPage, LinkEndState, NewPasswordNotice, NewPasswordPage,
    NewPasswordPurpose, Page,
};

use super::context::Context;
use super::pages::{self, FormTarget, html, see_other};
use super::problem::Problem;
use super::signin::query;
use super::tenant::Tenant;
use super::{App, cookies, form};

const FORGOT: &str = "/password/forgot";
/// What was done is told in every language.
const DONE: [(&str, &str); 1] = [("done", "1")];
/// Time enough for an answer to be sent and read.
const LATER: Duration = Duration::from_millis(150);

/// A request to one of these pages, with what every answer needs.
struct Visit {
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    browser: Browser,
    fresh: Option<Cookie<'static>>,
}

impl Visit {
    fn new(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Self {
        let (browser, fresh) = cookies::browser(&request, &tenant.site);
        Self { request, app, tenant, browser, fresh }
    }

    /// An answer to one of our own forms, and whether its token holds.
    fn accept(
        request: HttpRequest,
        app: web::Data<App>,
        tenant: Tenant,
        (form, body): (&str, &[u8]),
    ) -> Result<(Self, RawParams, bool), Problem> {
        form::same_origin(&request, &tenant)?;
        let mut params = form::roomy_body(&request, body)?;
        let visit = Self::new(request, app, tenant);
        let token = params.take("csrf").unwrap_or_default();
        let holds = form_token_matches(&visit.tenant.site, &visit.browser, form, &token);
        Ok((visit, params, holds))
    }

    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.tenant.prefix)
    }

    fn csrf(&self, form: &str) -> String {
        form_token(&self.tenant.site, &self.browser, form)
    }

    /// The language links lead to the page's own GET.
    fn frame(&self, path: &str, kept: &[(&str, &str)]) -> Frame {
        let mut frame = pages::frame(&self.request, &self.tenant, None);
        for link in &mut frame.languages {
            let pairs = [kept, &[("lang", link.language.tag())]].concat();
            link.href = format!("{}{path}?{}", self.tenant.prefix, query(&pairs));
        }
        frame
    }

    fn page(&self, status: StatusCode, page: &impl Page) -> Result<HttpResponse, Problem> {
        self.finish(html(&self.request, status, page, FormTarget::Own))
    }

    fn finish(&self, response: HttpResponse) -> Result<HttpResponse, Problem> {
        cookies::with(response, &self.fresh)
    }

    /// What this browser was signing in for when the password was missing, if that still stands.
    fn waiting(&self) -> Option<String> {
        cookies::waiting(&self.request, &self.tenant.slug).filter(|sealed| self.stands(sealed))
    }

    fn stands(&self, sealed: &str) -> bool {
        match Interaction::unpark(&self.tenant.site, &self.browser.binding, sealed, self.tenant.now()) {
            Unparked::Open(_) | Unparked::Stale(_) => true,
            Unparked::Foreign => false,
        }
    }

    /// Kept in the browser for when the mailed link has been followed.
    fn keep_waiting(&self, sealed: Option<&str>) -> Vec<Cookie<'static>> {
        let Some(sealed) = sealed.filter(|sealed| self.stands(sealed)) else { return Vec::new() };
        cookies::set_waiting(&self.request, &self.tenant.slug, sealed, self.tenant.site.lifetimes.password_reset)
    }

    fn sign_in(&self, waiting: Option<&str>) -> String {
        let query = waiting.map(|sealed| format!("?{}", query(&[("interaction", sealed)]))).unwrap_or_default();
        self.path(&format!("/sign-in{query}"))
    }

    fn shut(&self, purpose: Purpose) -> Result<HttpResponse, Problem> {
        let (state, href) = match purpose {
            Purpose::Invitation => (LinkEndState::InvitationShut, "/sign-in"),
            Purpose::PasswordReset => (LinkEndState::ResetShut, FORGOT),
            Purpose::Address => (LinkEndState::AddressShut, "/account"),
        };
        tracing::info!(
            event.code = ErrorCode::LinkShut.code(),
            http.request.id = self.browser.origin.request_id.as_deref().unwrap_or_default(),
            "a mailed link opens nothing any more"
        );
        let page = LinkEndPage { frame: self.frame(purpose.path(), &[]), state, href: self.path(href) };
        self.page(super::problem::status(ErrorCode::LinkShut), &page)
    }
}

/// The secret of a link, if it could be one.
fn secret(params: &mut RawParams) -> Option<PlainToken> {
    params.take("token").and_then(|text| PlainToken::parse(TokenKind::Link, &text))
}

// ---- /password/forgot ----

pub async fn ask(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let mut params = form::roomy_query(&request)?;
    let visit = Visit::new(request, app, tenant);
    let state = if params.take("sent").is_some() { ForgotState::Sent } else { ForgotState::Ask };
    let waiting = params.take("interaction");
    forgot_page(&visit, StatusCode::OK, waiting, (state, String::new()))
}

pub async fn forgot(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let (visit, mut params, holds) = Visit::accept(request, app, tenant, (FORGOT, &body))?;
    let waiting = params.take("interaction");
    let typed: String = params.take("username").unwrap_or_default().trim().chars().take(320).collect();
    if !holds {
        return forgot_page(&visit, StatusCode::OK, waiting, (ForgotState::Expired, typed));
    }
    if typed.is_empty() {
        return forgot_page(&visit, StatusCode::OK, waiting, (ForgotState::Missing, typed));
    }
    let taken = {
        let (site, browser, typed) = (Arc::clone(&visit.tenant.site), visit.browser.clone(), typed.clone());
        visit.app.run(move || recovery::forgot(&site, &browser, &typed)).await?
    };
    match taken {
        Request::Taken(work) => {
            carry_out_later(&visit, work);
            let mut response = see_other(&visit.path("/password/forgot?sent=1"));
            for cookie in visit.keep_waiting(waiting.as_deref()) {
                response.add_cookie(&cookie).map_err(Problem::internal)?;
            }
            visit.finish(response)
        }
        Request::HeldBack { wait } => {
            let minutes = u32::try_from(wait.as_secs().div_ceil(60)).unwrap_or(u32::MAX);
            let state = (ForgotState::Throttled { minutes }, typed);
            let mut response = forgot_page(&visit, StatusCode::TOO_MANY_REQUESTS, waiting, state)?;
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(wait.as_secs().max(1)));
            Ok(response)
        }
    }
}

/// After the answer has left: whether there is an account is not to be read from how long it took.
fn carry_out_later(visit: &Visit, work: Box<Forgotten>) {
    let (app, site) = (visit.app.clone(), Arc::clone(&visit.tenant.site));
    let context = Context::of(&visit.request);
    actix_web::rt::spawn(async move {
        tokio::time::sleep(LATER).await;
        match app.run(move || work.carry_out(&site)).await {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => tracing::error!(%fault, "a request for a new password was lost"),
            Err(problem) => problem.log(&context),
        }
    });
}

fn forgot_page(
    visit: &Visit,
    status: StatusCode,
    waiting: Option<String>,
    (state, username): (ForgotState, String),
) -> Result<HttpResponse, Problem> {
    let sent = (state == ForgotState::Sent).then_some(("sent", "1"));
    let asked = waiting.as_deref().map(|sealed| ("interaction", sealed));
    let kept: Vec<(&str, &str)> = sent.into_iter().chain(asked).collect();
    let page = ForgotPage {
        frame: visit.frame(FORGOT, &kept),
        action: visit.path(FORGOT),
        csrf: visit.csrf(FORGOT),
        sign_in_href: visit.sign_in(waiting.as_deref().or(visit.waiting().as_deref())),
        username,
        interaction: waiting,
        state,
    };
    visit.page(status, &page)
}

// ---- /password/reset, /welcome ----

pub async fn show_reset(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    show_choice(request, app, tenant, Purpose::PasswordReset).await
}

pub async fn show_welcome(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    show_choice(request, app, tenant, Purpose::Invitation).await
}

pub async fn reset(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    choose(Visit::accept(request, app, tenant, (Purpose::PasswordReset.path(), &body))?, Purpose::PasswordReset).await
}

pub async fn welcome(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    choose(Visit::accept(request, app, tenant, (Purpose::Invitation.path(), &body))?, Purpose::Invitation).await
}

async fn show_choice(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    purpose: Purpose,
) -> Result<HttpResponse, Problem> {
    let mut params = form::query(&request)?;
    let visit = Visit::new(request, app, tenant);
    if params.take("done").is_some() {
        let (frame, href) = (visit.frame(purpose.path(), &DONE), visit.sign_in(visit.waiting().as_deref()));
        return visit.page(StatusCode::OK, &LinkEndPage { frame, state: LinkEndState::PasswordSet, href });
    }
    let Some(token) = secret(&mut params) else { return visit.shut(purpose) };
    match look(&visit, purpose, &token).await? {
        Some(open) => choice_page(&visit, (purpose, &token), open, (None, Vec::new())),
        None => visit.shut(purpose),
    }
}

async fn look(visit: &Visit, purpose: Purpose, token: &PlainToken) -> Result<Option<Open>, Problem> {
    let (site, token) = (Arc::clone(&visit.tenant.site), token.clone());
    Ok(visit.app.run(move || recovery::look(&site, purpose, &token)).await??)
}

async fn choose(
    (visit, mut params, holds): (Visit, RawParams, bool),
    purpose: Purpose,
) -> Result<HttpResponse, Problem> {
    let Some(token) = secret(&mut params) else { return visit.shut(purpose) };
    let typed = params.take("password").filter(|text| !text.is_empty());
    let password = match typed.map(Password::parse) {
        Some(Ok(password)) if holds => password,
        refused => {
            let notice = match refused {
                _ if !holds => NewPasswordNotice::Expired,
                Some(Err(_long)) => NewPasswordNotice::TooLong,
                Some(Ok(_)) | None => NewPasswordNotice::Missing,
            };
            return match look(&visit, purpose, &token).await? {
                Some(open) => choice_page(&visit, (purpose, &token), open, (Some(notice), Vec::new())),
                None => visit.shut(purpose),
            };
        }
    };
    let chosen = {
        let (site, browser, token) = (Arc::clone(&visit.tenant.site), visit.browser.clone(), token.clone());
        visit.app.run(move || recovery::choose_password(&site, &browser, (purpose, &token), &password)).await??
    };
    match chosen {
        Choosing::Done => {
            let location = visit.path(&format!("{}?done=1", purpose.path()));
            let mut response = see_other(&location);
            // Whoever was signed in here was signed out with everybody else.
            response.add_cookie(&cookies::clear(TokenKind::Session, &visit.tenant.slug)).map_err(Problem::internal)?;
            visit.finish(response)
        }
        Choosing::Unmet(open, unmet) => {
            choice_page(&visit, (purpose, &token), open, (Some(NewPasswordNotice::Unmet), unmet))
        }
        Choosing::Busy(open) => {
            choice_page(&visit, (purpose, &token), open, (Some(NewPasswordNotice::Busy), Vec::new()))
        }
        Choosing::Shut => visit.shut(purpose),
    }
}

fn choice_page(
    visit: &Visit,
    (purpose, token): (Purpose, &PlainToken),
    open: Open,
    (notice, unmet): (Option<NewPasswordNotice>, Vec<Rule>),
) -> Result<HttpResponse, Problem> {
    let is_busy = notice == Some(NewPasswordNotice::Busy);
    let status = if is_busy { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let is_first = purpose == Purpose::Invitation;
    let page = NewPasswordPage {
        frame: visit.frame(purpose.path(), &[("token", token.expose())]),
        purpose: if is_first { NewPasswordPurpose::Invitation } else { NewPasswordPurpose::Reset },
        action: visit.path(purpose.path()),
        hidden: vec![("token".to_owned(), token.expose().to_owned())],
        csrf: visit.csrf(purpose.path()),
        application: None,
        username: open.username,
        rules: open.rules,
        unmet,
        notice,
        cancel: None,
    };
    visit.page(status, &page)
}

// ---- /account/email/confirm ----

pub async fn show_address(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let mut params = form::query(&request)?;
    let visit = Visit::new(request, app, tenant);
    if params.take("done").is_some() {
        let (frame, href) = (visit.frame(Purpose::Address.path(), &DONE), visit.path("/account"));
        return visit.page(StatusCode::OK, &LinkEndPage { frame, state: LinkEndState::AddressConfirmed, href });
    }
    match secret(&mut params) {
        Some(token) => address_page(&visit, &token, false).await,
        None => visit.shut(Purpose::Address),
    }
}

pub async fn confirm_address(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let path = Purpose::Address.path();
    let (visit, mut params, holds) = Visit::accept(request, app, tenant, (path, &body))?;
    let Some(token) = secret(&mut params) else { return visit.shut(Purpose::Address) };
    if !holds {
        return address_page(&visit, &token, true).await;
    }
    let (site, browser) = (Arc::clone(&visit.tenant.site), visit.browser.clone());
    match visit.app.run(move || recovery::confirm_address(&site, &browser, &token)).await?? {
        Confirmation::Done => visit.finish(see_other(&visit.path(&format!("{path}?done=1")))),
        Confirmation::Shut | Confirmation::TooMany => visit.shut(Purpose::Address),
    }
}

async fn address_page(visit: &Visit, token: &PlainToken, is_stale: bool) -> Result<HttpResponse, Problem> {
    let proof = {
        let (site, token) = (Arc::clone(&visit.tenant.site), token.clone());
        visit.app.run(move || recovery::look_at_address(&site, &token)).await??
    };
    let Some(proof) = proof else { return visit.shut(Purpose::Address) };
    let path = Purpose::Address.path();
    let page = ConfirmAddressPage {
        frame: visit.frame(path, &[("token", token.expose())]),
        action: visit.path(path),
        csrf: visit.csrf(path),
        token: token.expose().to_owned(),
        address: proof.address,
        username: proof.username,
        is_stale,
    };
    visit.page(StatusCode::OK, &page)
}
