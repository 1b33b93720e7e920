//! `/playground`: a sign-in as an application sees it, step by step. Behind the page stands a relying party that
//! reaches this server as any other would. Only where the tenant has switched it on.

mod sections;
mod visits;

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::Time;
use crate::domain::fault::ErrorCode;
use crate::domain::oauth::Prompt;
use crate::flow::browser::{Browser, form_token, form_token_matches};
use crate::flow::playground::{CALLBACK, CLIENT_ID, HOME, registered};
use crate::outbound::relying_party::{Check, Fault, Heard, Provider, Registration, RelyingParty, Secrets, Tokens};
use crate::view::{PlaygroundAction, PlaygroundPage, PlaygroundVerb};

use super::App;
use super::pages::{self, FormTarget, html, see_other};
use super::problem::Problem;
use super::tenant::Tenant;
use super::{cookies, form};
use visits::Visit;
pub use visits::Visits;

/// The form's name in its token.
const FORM: &str = "playground";

/// What can be asked for with a sign-in, and how `prompt` says it.
const SIGN_INS: [(PlaygroundVerb, &str); 5] = [
    (PlaygroundVerb::SignIn, ""),
    (PlaygroundVerb::SignInAgain, "login"),
    (PlaygroundVerb::SignInSilently, "none"),
    (PlaygroundVerb::ChooseAccount, "select_account"),
    (PlaygroundVerb::AskConsent, "consent"),
];

/// A request to the playground of a tenant that has one.
struct Stage {
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    browser: Browser,
    /// The browser's binding, where it had none.
    cookie: Option<Cookie<'static>>,
    registration: Registration,
    now: Time,
}

impl Stage {
    fn enter(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<Self, Problem> {
        let registered = registered(&tenant.site).ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
        let registration = Registration {
            issuer: tenant.base.issuer().to_owned(),
            client_id: CLIENT_ID.to_owned(),
            redirect_uri: tenant.base.at(CALLBACK),
            post_logout_redirect_uri: tenant.base.at(HOME),
            scopes: registered.application.oidc.scopes.clone(),
        };
        let (browser, cookie) = cookies::browser(&request, &tenant.site);
        let now = tenant.now();
        Ok(Self { request, app, tenant, browser, cookie, registration, now })
    }

    /// A form of the page's own.
    fn enter_by_form(
        request: HttpRequest,
        app: web::Data<App>,
        tenant: Tenant,
        body: &[u8],
    ) -> Result<Self, Problem> {
        form::same_origin(&request, &super::origin_of(tenant.base.issuer()))?;
        let mut params = form::body(&request, body)?;
        let stage = Self::enter(request, app, tenant)?;
        let token = params.take("csrf").unwrap_or_default();
        if form_token_matches(&stage.tenant.site, &stage.browser, FORM, &token) {
            Ok(stage)
        } else {
            Err(Problem::new(ErrorCode::FormExpired))
        }
    }

    fn party(&self) -> RelyingParty<'_> {
        RelyingParty::new(&self.app.fetch, &self.registration)
    }

    fn key(&self) -> visits::Key {
        (self.tenant.id, self.browser.binding)
    }

    fn visit(&self) -> Visit {
        self.app.playground.of(&self.key(), self.now)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Visit) -> T) -> T {
        self.app.playground.change(self.key(), self.now, change)
    }

    fn address(&self, path: &str) -> String {
        format!("{}{HOME}{path}", self.tenant.prefix)
    }

    /// The page after a change, by a request that can be repeated.
    fn go_home(self) -> Result<HttpResponse, Problem> {
        let home = self.address("");
        self.finish(see_other(&home))
    }

    fn finish(self, mut response: HttpResponse) -> Result<HttpResponse, Problem> {
        if let Some(cookie) = &self.cookie {
            response.add_cookie(cookie).map_err(Problem::internal)?;
        }
        Ok(response)
    }

    fn page(self, status: StatusCode, visit: Visit) -> Result<HttpResponse, Problem> {
        let actions = self.actions(&visit);
        let application = sections::application(&self.registration);
        let page = PlaygroundPage {
            frame: pages::frame(&self.request, &self.tenant, None),
            sections: std::iter::once(application).chain(visit.sections).collect(),
            actions,
            error: visit.error,
        };
        let response = html(&self.request, status, &page, FormTarget::Own);
        self.finish(response)
    }

    fn actions(&self, visit: &Visit) -> Vec<PlaygroundAction> {
        let csrf = form_token(&self.tenant.site, &self.browser, FORM);
        let action = |verb, path: &str, primary| PlaygroundAction {
            verb,
            href: self.address(path),
            csrf: Some(csrf.clone()),
            primary,
        };
        let mut actions: Vec<_> = SIGN_INS
            .iter()
            .map(|(verb, prompt)| match *prompt {
                "" => action(*verb, "/start", visit.tokens.is_none()),
                prompt => action(*verb, &format!("/start?prompt={prompt}"), false),
            })
            .collect();
        if let Some(tokens) = &visit.tokens {
            actions.push(action(PlaygroundVerb::UserInfo, "/userinfo", true));
            if tokens.has_refresh_token() {
                actions.push(action(PlaygroundVerb::Refresh, "/refresh", false));
            }
            actions.push(action(PlaygroundVerb::SignOut, "/logout", false));
        }
        if !visit.sections.is_empty() || visit.error.is_some() {
            actions.push(action(PlaygroundVerb::StartOver, "/reset", false));
        }
        actions
    }
}

/// `GET /playground`; also where a sign-out returns, with the `state` that was sent along.
pub async fn show(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let state = form::query(&request)?.take("state");
    let stage = Stage::enter(request, app, tenant)?;
    if let Some(state) = state {
        stage.change(|visit| {
            if visit.depart(&state) {
                visit.put(sections::signed_out(&state));
            }
        });
    }
    let visit = stage.visit();
    stage.page(StatusCode::OK, visit)
}

/// `POST /playground/start`: to the authorization endpoint, as the provider's metadata names it.
pub async fn start(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let asked = form::query(&request)?.take("prompt");
    let stage = Stage::enter_by_form(request, app, tenant, &body)?;
    let secrets = Secrets::from_random(&random(&stage));
    let party = stage.party();
    let prepared = match party.discover().await {
        Ok(provider) => party.request(&provider, &secrets, prompt(asked.as_deref())).map(|url| (provider, url)),
        Err(fault) => Err(fault),
    };
    let (provider, url) = match prepared {
        Ok(prepared) => prepared,
        Err(fault) => {
            stage.change(|visit| *visit = Visit { error: Some(fault.to_string()), ..Visit::default() });
            return stage.go_home();
        }
    };
    stage.change(|visit| {
        let discovery = sections::discovery(&provider);
        visit.begin(provider, secrets);
        visit.put(discovery);
        visit.put(sections::request(&url));
    });
    stage.finish(see_other(url.as_str()))
}

fn random(stage: &Stage) -> [[u8; 32]; 3] {
    let mut bytes = [[0; 32]; 3];
    for part in &mut bytes {
        stage.tenant.entropy.fill(part);
    }
    bytes
}

fn prompt(asked: Option<&str>) -> Prompt {
    let is = |name| asked == Some(name);
    Prompt { none: is("none"), login: is("login"), consent: is("consent"), select_account: is("select_account") }
}

/// `GET /playground/callback`: the authorization answer (OpenID Connect Core §3.1.2.5, §3.1.2.6).
pub async fn callback(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let received = url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    let mut params = form::query(&request)?;
    let stage = Stage::enter(request, app, tenant)?;
    let state = params.take("state").unwrap_or_default();
    // An answer without a request of this browser changes nothing here (RFC 6749 §10.12).
    let Some((provider, secrets)) = stage.change(|visit| visit.arrive(&state)) else {
        let checks = [Check::refused("state", "this browser has no such request under way")];
        let mut visit = Visit { error: Some("state: this browser has no such request under way".to_owned()), ..stage.visit() };
        visit.put(sections::callback(received, &checks));
        return stage.page(StatusCode::BAD_REQUEST, visit);
    };
    let party = stage.party();
    let checks = [Check::passed("state", &state), party.check_issuer(&provider, params.get("iss"))];
    stage.change(|visit| visit.put(sections::callback(received, &checks)));
    let outcome = match (params.take("error"), params.take("code")) {
        _ if !sections::all_passed(&checks) => Err("iss: the answer comes from another provider".to_owned()),
        (Some(error), _) => Err(match params.take("error_description") {
            Some(why) => format!("{error}: {why}"),
            None => error,
        }),
        (None, None) => Err("the answer has neither code nor error".to_owned()),
        (None, Some(code)) => redeem(&stage, &party, &provider, &secrets, code).await,
    };
    stage.change(|visit| visit.error = outcome.err());
    stage.go_home()
}

/// The code for tokens. They are kept only if every check of the ID token passes.
async fn redeem(
    stage: &Stage,
    party: &RelyingParty<'_>,
    provider: &Provider,
    secrets: &Secrets,
    code: String,
) -> Result<(), String> {
    let redeemed = party.redeem(provider, secrets, code).await;
    if let Some(heard) = party.heard() {
        stage.change(|visit| visit.put(sections::token_response(&heard)));
    }
    let tokens = redeemed.map_err(|fault| fault.to_string())?;
    receive(stage, party, provider, tokens).map_err(|fault| fault.to_string())
}

/// Shows tokens with their checks, and keeps them if they may be believed.
fn receive(stage: &Stage, party: &RelyingParty<'_>, provider: &Provider, tokens: Tokens) -> Result<(), Fault> {
    let checks = party.check_id_token(provider, &tokens, stage.now)?;
    let of_access = party.check_access_token(provider, &tokens, stage.now);
    stage.change(|visit| {
        for section in sections::id_token(&tokens.id_token(), &checks) {
            visit.put(section);
        }
        visit.put(sections::access_token(tokens.access_token(), &of_access));
        if sections::all_passed(&checks) {
            visit.tokens = Some(tokens);
        }
    });
    Ok(())
}

/// What the page's buttons work on: a browser that has tokens.
fn holdings(stage: &Stage) -> Option<(Provider, Tokens)> {
    let visit = stage.visit();
    Some((visit.provider?, visit.tokens?))
}

/// `POST /playground/userinfo` (OpenID Connect Core §5.3).
pub async fn userinfo(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let stage = Stage::enter_by_form(request, app, tenant, &body)?;
    let Some((provider, tokens)) = holdings(&stage) else { return stage.go_home() };
    let party = stage.party();
    let answered = party.userinfo(&provider, &tokens).await;
    note(&stage, party.heard(), answered, sections::userinfo);
    stage.go_home()
}

/// `POST /playground/refresh` (OpenID Connect Core §12).
pub async fn refresh(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let stage = Stage::enter_by_form(request, app, tenant, &body)?;
    let Some((provider, before)) = holdings(&stage) else { return stage.go_home() };
    let party = stage.party();
    let answered = match party.refresh(&provider, &before).await {
        Ok(after) => {
            let checks = party.check_refresh(&before, &after);
            receive(&stage, &party, &provider, after).map(|()| checks)
        }
        Err(fault) => Err(fault),
    };
    note(&stage, party.heard(), answered, sections::refresh);
    stage.go_home()
}

/// Puts an answer on the page, with what was found of it.
fn note(
    stage: &Stage,
    heard: Option<Heard>,
    answered: Result<Vec<Check>, Fault>,
    section: fn(&Heard, &[Check]) -> crate::view::PlaygroundSection,
) {
    let checks = answered.as_ref().map_or(&[][..], Vec::as_slice);
    let shown = heard.map(|heard| section(&heard, checks));
    stage.change(|visit| {
        if let Some(shown) = shown {
            visit.put(shown);
        }
        visit.error = answered.err().map(|fault| fault.to_string());
    });
}

/// `POST /playground/logout` (RP-Initiated Logout §2). What is known of the person goes when they are back.
pub async fn logout(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let stage = Stage::enter_by_form(request, app, tenant, &body)?;
    let Some((provider, tokens)) = holdings(&stage) else { return stage.go_home() };
    let [bytes, ..] = random(&stage);
    let state = URL_SAFE_NO_PAD.encode(bytes);
    match stage.party().logout(&provider, &tokens, &state) {
        Ok(url) => {
            stage.change(|visit| {
                visit.put(sections::sign_out_request(&url));
                visit.leaving = Some(state);
                visit.error = None;
            });
            stage.finish(see_other(url.as_str()))
        }
        Err(fault) => {
            stage.change(|visit| visit.error = Some(fault.to_string()));
            stage.go_home()
        }
    }
}

/// `POST /playground/reset`: as if this browser had never been here.
pub async fn reset(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let stage = Stage::enter_by_form(request, app, tenant, &body)?;
    stage.app.playground.forget(&stage.key());
    stage.go_home()
}
