//! The one page at `/sign-in`, in all its states: sign-in, account choice, consent.

use std::sync::Arc;

use actix_web::cookie::Cookie;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use crate::domain::fault::ErrorCode;
use crate::domain::identity_provider::IdentityProvider;
use crate::domain::ids::IdpId;
use crate::domain::oauth::Display;
use crate::domain::policy::LocalSignIn;
use crate::domain::release;
use crate::domain::secret::{Password, TokenKind};
use crate::domain::user::User;
use crate::flow::authorize::Asked;
use crate::flow::browser::{Browser, form_token, form_token_matches};
use crate::flow::interaction::{Interaction, PagePath, Resume, Unparked};
use crate::flow::resume::{self, Decision, Refusal, Screen, Shown, Start, Turn};
use crate::flow::session::Welcome;
use crate::flow::signin::{self, Attempt};
use crate::protocol::params::RawParams;
use crate::view::{
    AccountInfo, ApplicationInfo, ChooseAccountPage, ConsentPage, ConsentRow, ConsentValue, Link, LinkingStep,
    SignInNotice, SignInPage,
};

use super::App;
use super::federation::link;
use super::pages::{self, FormTarget, html, see_other};
use super::problem::Problem;
use super::tenant::Tenant;
use super::{cookies, federation, form, reply, second_factor};

/// The form's name in its token.
pub(super) const FORM: &str = "sign-in";

/// A request to one of these pages, with what every answer needs.
#[derive(Clone)]
pub(super) struct Visit {
    pub request: HttpRequest,
    pub app: web::Data<App>,
    pub tenant: Tenant,
    pub browser: Browser,
    /// Cookies to set, whatever the answer.
    pub cookies: Vec<Cookie<'static>>,
}

impl Visit {
    pub fn new(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Self {
        let (browser, fresh) = cookies::browser(&request, &tenant.site);
        Self { request, app, tenant, browser, cookies: fresh.into_iter().collect() }
    }

    pub fn finish(self, response: HttpResponse) -> Result<HttpResponse, Problem> {
        let mut response = cookies::with(response, &self.cookies)?;
        // A page that is shown remembers it itself.
        let chosen = pages::asked_language(&self.request).filter(|_| response.status().is_redirection());
        if let Some(language) = chosen {
            response.add_cookie(&cookies::set_language(language)).map_err(Problem::internal)?;
        }
        Ok(response)
    }

    pub fn csrf(&self) -> String {
        form_token(&self.tenant.site, &self.browser, FORM)
    }

    pub fn action(&self, path: &str) -> String {
        format!("{}{path}", self.tenant.prefix)
    }

    /// What the form was about; a form that was open too long begins again, one of another browser is refused.
    pub fn interaction(&self, text: Option<&str>) -> Result<(Interaction, bool), Problem> {
        let now = self.tenant.now();
        let Some(text) = text else {
            let resume = Resume::Page { path: PagePath::account(), fresh: false };
            return Ok((Interaction::new(resume, now), true));
        };
        match Interaction::unpark(&self.tenant.site, &self.browser.binding, text, now) {
            Unparked::Open(interaction) => Ok((interaction, true)),
            Unparked::Stale(interaction) => Ok((interaction.again(now), false)),
            Unparked::Foreign => Err(Problem::new(ErrorCode::FormExpired)),
        }
    }
}

/// `GET /sign-in`: whatever the interaction needs now. `page` begins one that leads to a page of ours.
pub async fn show(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let mut params = form::roomy_query(&request)?;
    let visit = Visit::new(request, app, tenant);
    let sealed = params.take("interaction");
    let (mut interaction, in_time) = visit.interaction(sealed.as_deref())?;
    if let Some(path) = params.take("page").filter(|_| sealed.is_none()) {
        let path = PagePath::parse(&path)
            .ok_or_else(|| Problem::new(ErrorCode::RequestMalformed).detail("page must be a page of the account"))?;
        let fresh = params.take("fresh").is_some();
        interaction = Interaction::new(Resume::Page { path, fresh }, visit.tenant.now());
    }
    if params.take("restart").is_some() {
        interaction = Interaction { other_account: true, ..interaction.again(visit.tenant.now()) };
    }
    let turn = go_on(&visit, interaction, Decision::None).await?;
    respond(visit, turn, Typed::from_query(&mut params, in_time))
}

/// `POST /sign-in`: user name and password.
pub async fn submit(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let (mut visit, mut params) = accept(request, app, tenant, &body)?;
    let sealed = params.take("interaction");
    let (interaction, in_time) = visit.interaction(sealed.as_deref())?;
    let mut typed = Typed::from_form(&mut params);
    if !in_time || !csrf_holds(&visit, &mut params) {
        typed.notice = Some(SignInNotice::Expired);
        return again(visit, interaction, typed).await;
    }
    // The domain has an identity provider of its own: on to it, whoever it is.
    let here = typed.local || interaction.offer.is_some();
    let upstream = typed.username.as_deref().filter(|_| !here).and_then(|name| visit.tenant.upstream_of(name));
    if let Some(provider) = upstream {
        let sealed = interaction.park(&visit.tenant.site, &visit.browser.binding).map_err(Problem::internal)?;
        let address = federation::start_address(&visit.tenant, &provider.id, &sealed, typed.username.as_deref());
        return visit.finish(see_other(&address));
    }
    let attempt = match attempt(&typed, &mut params) {
        Ok(attempt) => attempt,
        Err(notice) => {
            typed.notice = Some(notice);
            return again(visit, interaction, typed).await;
        }
    };
    let turn = {
        let (site, browser) = (Arc::clone(&visit.tenant.site), visit.browser.clone());
        let waiting = interaction.clone();
        let sign_in = move || {
            let wanted = resume::wanted(&site, &waiting);
            signin::sign_in(&site, &browser, &attempt, wanted)
        };
        visit.app.run(sign_in).await??
    };
    match turn {
        signin::Turn::SignedIn(welcome) => welcome_in(visit, interaction, &typed, welcome).await,
        signin::Turn::Unfinished(sign_in) => {
            visit.remember_name(&typed);
            continue_with(visit, &Interaction { sign_in: Some(sign_in), method: None, ..interaction })
        }
        refused @ (signin::Turn::Refused
        | signin::Turn::Locked { .. }
        | signin::Turn::HeldBack { .. }
        | signin::Turn::Busy) => {
            typed.refuse(&visit, &refused);
            again(visit, interaction, typed).await
        }
    }
}

/// `POST /sign-in/account`: go on as the account at hand, or use another.
pub async fn choose(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let (visit, mut params) = accept(request, app, tenant, &body)?;
    let sealed = params.take("interaction");
    let (mut interaction, _) = visit.interaction(sealed.as_deref())?;
    if !csrf_holds(&visit, &mut params) {
        return Err(Problem::new(ErrorCode::FormExpired));
    }
    match params.take("choice").as_deref() {
        Some("continue") => interaction.account_chosen = true,
        Some("other") => {
            interaction = interaction.again(visit.tenant.now());
            interaction.account_chosen = true;
            interaction.other_account = true;
        }
        _ => return Err(Problem::new(ErrorCode::RequestMalformed).detail("choice must be continue or other")),
    }
    let turn = go_on(&visit, interaction, Decision::None).await?;
    respond(visit, turn, Typed::default())
}

/// `POST /sign-in/consent`: allow or deny.
pub async fn consent(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let (visit, mut params) = accept(request, app, tenant, &body)?;
    let sealed = params.take("interaction");
    let (interaction, in_time) = visit.interaction(sealed.as_deref())?;
    if !csrf_holds(&visit, &mut params) {
        return Err(Problem::new(ErrorCode::FormExpired));
    }
    let decision = match params.take("decision").as_deref() {
        // A page that was open too long is shown again: what is agreed to is what is seen now.
        Some("allow") if in_time => Decision::Allow,
        Some("allow") => Decision::None,
        Some("deny") => Decision::Deny,
        _ => return Err(Problem::new(ErrorCode::RequestMalformed).detail("decision must be allow or deny")),
    };
    let turn = go_on(&visit, interaction, decision).await?;
    respond(visit, turn, Typed::default())
}

pub(super) fn accept(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: &[u8],
) -> Result<(Visit, RawParams), Problem> {
    form::same_origin(&request, &tenant)?;
    let params = form::roomy_body(&request, body)?;
    Ok((Visit::new(request, app, tenant), params))
}

pub(super) fn csrf_holds(visit: &Visit, params: &mut RawParams) -> bool {
    let token = params.take("csrf").unwrap_or_default();
    form_token_matches(&visit.tenant.site, &visit.browser, FORM, &token)
}

pub(super) async fn go_on(visit: &Visit, interaction: Interaction, decision: Decision) -> Result<Turn, Problem> {
    let (site, browser) = (Arc::clone(&visit.tenant.site), visit.browser.clone());
    let turn = visit.app.run(move || resume::go_on(&site, &browser, &interaction, decision)).await?;
    turn.map_err(Problem::from)
}

/// What the person typed, to be shown again; never the password.
#[derive(Debug, Default)]
pub(super) struct Typed {
    username: Option<String>,
    remember: bool,
    /// The password of an account here is wanted, whatever the name's domain.
    local: bool,
    /// The page is wanted, wherever it would lead by itself.
    stay: bool,
    notice: Option<SignInNotice>,
    retry_after: Option<u64>,
    status: Option<StatusCode>,
}

impl Typed {
    fn from_query(params: &mut RawParams, in_time: bool) -> Self {
        let notice = (!in_time).then_some(SignInNotice::Expired);
        // `username=` shows the form with an empty name: "not you?".
        let username = params.take("other").map(|_| String::new());
        let stay = username.is_some() || !in_time;
        Self { username, notice, stay, local: params.take("local").is_some(), ..Self::default() }
    }
    pub fn expired() -> Self {
        Self { notice: Some(SignInNotice::Expired), stay: true, ..Self::default() }
    }
    fn from_form(params: &mut RawParams) -> Self {
        let username = params.take("username").map(|name| name.chars().take(320).collect());
        let (remember, local) = (params.take("remember").is_some(), params.take("local").is_some());
        Self { username, remember, local, stay: true, ..Self::default() }
    }
    fn refuse(&mut self, visit: &Visit, turn: &signin::Turn) {
        let (notice, status) = match turn {
            signin::Turn::Refused | signin::Turn::SignedIn(_) | signin::Turn::Unfinished(_) => {
                (SignInNotice::Failed { wait: visit.tenant.settings.policy.lockout.duration }, StatusCode::UNAUTHORIZED)
            }
            signin::Turn::Locked { until } => (SignInNotice::Locked { until: *until }, StatusCode::UNAUTHORIZED),
            signin::Turn::HeldBack { wait } => {
                self.retry_after = Some(wait.as_secs().max(1));
                let minutes = u32::try_from(wait.as_secs().div_ceil(60)).unwrap_or(u32::MAX);
                (SignInNotice::Throttled { minutes }, StatusCode::TOO_MANY_REQUESTS)
            }
            signin::Turn::Busy => {
                self.retry_after = Some(2);
                (SignInNotice::Busy, StatusCode::SERVICE_UNAVAILABLE)
            }
        };
        metrics::counter!("portner_login_attempts_total", "method" => "password", "outcome" => "failure").increment(1);
        tracing::info!(
            event.code = ErrorCode::SignInFailed.code(),
            http.request.id = visit.browser.origin.request_id.as_deref().unwrap_or_default(),
            "sign-in refused"
        );
        self.notice = Some(notice);
        self.status = Some(status);
    }
}

fn attempt(typed: &Typed, params: &mut RawParams) -> Result<Attempt, SignInNotice> {
    let (Some(username), Some(password)) = (typed.username.clone(), params.take("password")) else {
        return Err(SignInNotice::MissingFields);
    };
    let password = Password::parse(password).map_err(|_long| SignInNotice::PasswordTooLong)?;
    Ok(Attempt { username, password })
}

/// The page once more, with a notice; nothing that was parked is lost.
async fn again(visit: Visit, interaction: Interaction, typed: Typed) -> Result<HttpResponse, Problem> {
    // Whoever posts a user name and password is shown that form, whatever was begun before.
    let interaction = Interaction { sign_in: None, method: None, ..interaction };
    let turn = go_on(&visit, interaction, Decision::None).await?;
    respond(visit, turn, typed)
}

/// On to the next step, by a GET that can be repeated.
pub(super) fn continue_with(visit: Visit, interaction: &Interaction) -> Result<HttpResponse, Problem> {
    let sealed = interaction.park(&visit.tenant.site, &visit.browser.binding).map_err(Problem::internal)?;
    let location = address(&visit.tenant, &sealed);
    visit.finish(see_other(&location))
}

async fn welcome_in(
    mut visit: Visit,
    interaction: Interaction,
    typed: &Typed,
    welcome: Welcome,
) -> Result<HttpResponse, Problem> {
    metrics::counter!("portner_login_attempts_total", "method" => "password", "outcome" => "success").increment(1);
    visit.remember_name(typed);
    visit.welcome(welcome);
    let turn = go_on(&visit, interaction.signed_in(), Decision::None).await?;
    respond(visit, turn, Typed::default())
}

impl Visit {
    /// The cookies of a session that was just opened.
    pub fn welcome(&mut self, welcome: Welcome) {
        let slug = &self.tenant.slug;
        self.cookies.push(cookies::set(TokenKind::Session, slug, &welcome.session, None));
        if let Some(device) = welcome.device {
            self.cookies.push(cookies::set(TokenKind::Device, slug, &device, Some(welcome.device_lifetime)));
            self.browser.device = Some(device);
        }
        self.browser.session = Some(welcome.session);
    }

    fn remember_name(&mut self, typed: &Typed) {
        let slug = &self.tenant.slug;
        let name = typed.username.as_deref().filter(|_| typed.remember);
        if name.is_some() || cookies::remembered_name(&self.request, slug).is_some() {
            self.cookies.push(cookies::remember_name(slug, name));
        }
    }
}

/// Any turn, as an answer to the browser.
pub(super) fn respond(visit: Visit, turn: Turn, typed: Typed) -> Result<HttpResponse, Problem> {
    match turn {
        Turn::Reply { reply, application } => {
            let response = reply::send(&visit.request, &visit.tenant, reply, (application, None));
            visit.finish(response)
        }
        Turn::Page(path) => {
            let location = visit.action(path.as_str());
            visit.finish(see_other(&location))
        }
        Turn::Show { interaction, screen } => match *screen {
            Screen::SignIn { hint, start, application } => {
                let typed = Typed { username: typed.username.or(hint), ..typed };
                match straight(&visit, &start, &typed) {
                    Some(provider) => {
                        let address = federation::start_address(&visit.tenant, provider, &interaction, None);
                        visit.finish(see_other(&address))
                    }
                    None => sign_in_page(visit, interaction, application.as_ref(), (typed, start)),
                }
            }
            Screen::Newcomer { provider, person, may_create, application } => {
                let step = LinkingStep::Newcomer { may_create };
                link::page(visit, interaction, application.as_ref(), link::Asking { provider, person, step })
            }
            Screen::ConfirmLink { provider, person, user, application } => {
                let step = LinkingStep::Confirm(account_info(&user));
                link::page(visit, interaction, application.as_ref(), link::Asking { provider, person, step })
            }
            Screen::SecondFactor { asked, application, .. } => {
                second_factor::page(visit, interaction, application.as_ref(), (&asked, None))
            }
            Screen::Enrolment { setup, later_until, application, .. } => {
                let form = second_factor::EnrolmentForm { setup, later_until, notice: None };
                second_factor::enrolment_page(visit, interaction, application.as_ref(), form)
            }
            Screen::NewPassword { user, reason, application } => {
                second_factor::new_password_page(visit, interaction, application.as_ref(), (&user, reason))
            }
            Screen::Unreachable { application, .. } => {
                second_factor::unreachable_page(visit, &interaction, application.as_ref())
            }
            Screen::ChooseAccount { user, application } => choose_page(visit, interaction, &application, &user),
            Screen::Consent { user, application, asked } => {
                consent_page(visit, interaction, &application, (&user, asked))
            }
        },
        Turn::NotForUser { application, back } => {
            let response = reply::not_for_user(&visit.request, &visit.tenant, application, back);
            visit.finish(response)
        }
    }
}

/// The provider that the browser is sent on to at once. Not where the page itself is wanted; and where nobody asked for that
/// provider, not for whoever has just signed out.
fn straight<'a>(visit: &Visit, start: &'a Start, typed: &Typed) -> Option<&'a IdpId> {
    match start {
        Start::Upstream { provider, asked } => {
            let left = !asked && cookies::has_left(&visit.request, &visit.tenant.slug);
            (!typed.stay && !typed.local && !left).then_some(provider)
        }
        Start::Choice | Start::Local | Start::Link(_) | Start::Here => None,
    }
}

/// The sign-in page and no other, however it was left.
pub(super) async fn stay(visit: Visit, interaction: Interaction) -> Result<HttpResponse, Problem> {
    let turn = go_on(&visit, interaction, Decision::None).await?;
    respond(visit, turn, Typed { stay: true, ..Typed::default() })
}

fn sign_in_page(
    visit: Visit,
    interaction: String,
    application: Option<&Shown>,
    (mut typed, start): (Typed, Start),
) -> Result<HttpResponse, Problem> {
    let only_here = matches!(start, Start::Link(_) | Start::Here);
    typed.local |= only_here || start == Start::Local;
    let linking = match start {
        Start::Link(provider) => Some(provider),
        Start::Local | Start::Here | Start::Choice | Start::Upstream { .. } => None,
    };
    let only_upstream = visit.tenant.settings.policy.sign_in.local == LocalSignIn::Administrators;
    let remembered = cookies::remembered_name(&visit.request, &visit.tenant.slug);
    let filled_in = typed.username.is_none() && remembered.is_some();
    let link = |name: &str| format!("?{}", query(&[("interaction", &interaction), (name, "1")]));
    let mut frame = frame(&visit, application, &interaction);
    frame.announcements = super::status::announcements(&visit.tenant, frame.language);
    if typed.local {
        for language in &mut frame.languages {
            language.href.push_str("&local=1");
        }
    }
    let upstreams = visit.tenant.upstreams.iter().map(|stored| &stored.provider);
    let upstreams = upstreams.filter(|provider| provider.enabled && !only_here);
    let discovering = upstreams.clone().find(|provider| !provider.domains.is_empty()).filter(|_| !typed.local);
    let button = |provider: &IdentityProvider| Link {
        text: provider.name.clone(),
        href: federation::start_address(&visit.tenant, &provider.id, &interaction, None),
    };
    let page = SignInPage {
        providers: upstreams.map(button).collect(),
        local: typed.local,
        local_href: (discovering.is_some() || (only_upstream && !typed.local)).then(|| link("local")),
        only_upstream,
        linking,
        frame,
        action: visit.action("/sign-in"),
        csrf: visit.csrf(),
        application: application.map(application_info),
        remember: typed.remember || filled_in,
        username: typed.username.or(remembered).unwrap_or_default(),
        switch_user: filled_in.then(|| link("other")),
        error: typed.notice,
        interaction,
    };
    let status = typed.status.unwrap_or(StatusCode::OK);
    let mut response = dressed(&visit, status, &page, application);
    if let Some(seconds) = typed.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
    }
    visit.finish(response)
}

fn choose_page(visit: Visit, interaction: String, application: &Shown, user: &User) -> Result<HttpResponse, Problem> {
    let page = ChooseAccountPage {
        frame: frame(&visit, Some(application), &interaction),
        action: visit.action("/sign-in/account"),
        csrf: visit.csrf(),
        application: Some(application_info(application)),
        account: account_info(user),
        interaction,
    };
    let response = dressed(&visit, StatusCode::OK, &page, Some(application));
    visit.finish(response)
}

fn consent_page(
    visit: Visit,
    interaction: String,
    application: &Shown,
    (user, asked): (&User, Asked),
) -> Result<HttpResponse, Problem> {
    let row = |(claim, value): (String, Value)| ConsentRow { value: told(&claim, &value), claim };
    let mut rows: Vec<ConsentRow> = asked.claims.into_iter().map(row).collect();
    rows.sort_by_key(|row| release::place(&row.claim));
    let page = ConsentPage {
        frame: frame(&visit, Some(application), &interaction),
        action: visit.action("/sign-in/consent"),
        csrf: visit.csrf(),
        application: application_info(application),
        rows,
        later: asked.later,
        offline: asked.offline,
        other_scopes: asked.other_scopes,
        policy: asked.policy,
        terms: asked.terms,
        account: account_info(user),
        interaction,
    };
    let response = dressed(&visit, StatusCode::OK, &page, Some(application));
    visit.finish(response)
}

pub(super) fn dressed(
    visit: &Visit,
    status: StatusCode,
    page: &impl crate::view::Page,
    application: Option<&Shown>,
) -> HttpResponse {
    // A form may lead to an application, and to a provider on the way there.
    let upstreams = visit.tenant.upstreams.iter().map(|stored| &stored.provider).filter(|provider| provider.enabled);
    let upstreams = upstreams.map(|provider| provider.address().to_owned());
    let outside: Vec<String> =
        application.map(|shown| shown.redirect_uri.clone()).into_iter().chain(upstreams).collect();
    let target = if outside.is_empty() { FormTarget::Own } else { FormTarget::Applications(&outside) };
    let mut response = html(&visit.request, status, page, target);
    if application.is_some_and(|shown| shown.display == Display::Popup) {
        // The window that opened this one is waiting for it: the link between them must live on.
        let allow = header::HeaderValue::from_static("unsafe-none");
        response.headers_mut().insert(header::HeaderName::from_static("cross-origin-opener-policy"), allow);
    }
    response
}

/// The language links lead to the page's own GET, which knows the interaction from its query.
pub(super) fn frame(visit: &Visit, application: Option<&Shown>, interaction: &str) -> crate::view::Frame {
    let mut frame =
        pages::frame(&visit.request, &visit.tenant, application.and_then(|shown| shown.ui_locales.as_deref()));
    for link in &mut frame.languages {
        let query = query(&[("interaction", interaction), ("lang", link.language.tag())]);
        link.href = format!("{}/sign-in?{query}", visit.tenant.prefix);
    }
    frame
}

pub fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub(super) fn application_info(shown: &Shown) -> ApplicationInfo {
    let url = url::Url::parse(&shown.redirect_uri).ok();
    let host = url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    ApplicationInfo { name: shown.name.clone(), host }
}

pub fn account_info(user: &User) -> AccountInfo {
    AccountInfo {
        name: user.display_name(),
        username: user.username.to_string(),
        email: user.email.as_ref().map(ToString::to_string),
    }
}

/// A claim's value for the consent page. `updated_at` is the one time among them (OpenID Connect Core §5.1).
fn told(claim: &str, value: &Value) -> ConsentValue {
    let seconds = value.as_i64().filter(|_| claim == "updated_at");
    match (value, seconds.and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0))) {
        (_, Some(time)) => ConsentValue::Moment(time),
        (Value::Bool(flag), None) => ConsentValue::Flag(*flag),
        (other, None) => ConsentValue::Text(in_words(other)),
    }
}

/// A claim's value as a person reads it.
fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(in_words).collect::<Vec<_>>().join(", "),
        Value::Object(members) => members.values().map(in_words).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Null => value.to_string(),
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unaddressable { code, cause } => Self::new(code).detail(cause),
            Refusal::Store(fault) => fault.into(),
            Refusal::Seal(fault) => Self::internal(fault),
            Refusal::Fault(cause) => Self::internal(cause),
        }
    }
}

/// Where an authorization request is parked for a person: the page's address.
pub fn address(tenant: &Tenant, interaction: &str) -> String {
    format!("{}/sign-in?{}", tenant.prefix, query(&[("interaction", interaction)]))
}
