//! `/playground`: a sign-in as an application sees it, step by step. Behind the page stands a relying party that
//! reaches this server as any other would. Only where the tenant has switched it on.

mod place;
pub mod saml;
mod scene;
mod sections;
mod visits;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::oauth::Prompt;
use crate::outbound::relying_party::{Check, Fault, Heard, Provider, RelyingParty, Secrets, Tokens};
use crate::view::PlaygroundSection;

use super::App;
use super::form;
use super::pages::see_other;
use super::problem::Problem;
use super::tenant::Tenant;
use scene::Scene;
use visits::Visit;
pub use visits::Visits;

/// `GET /playground`; also where a sign-out returns, with the `state` that was sent along.
pub async fn show(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let state = form::query(&request)?.take("state");
    let scene = Scene::enter(request, app, tenant)?;
    if let Some(state) = state {
        scene.change(|visit| {
            if visit.depart(&state) {
                visit.put(sections::signed_out(&state));
            }
        });
    }
    let visit = scene.visit();
    scene.page(StatusCode::OK, visit)
}

/// `POST /playground/start`: to the authorization endpoint, as the provider's metadata names it.
pub async fn start(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let asked = form::query(&request)?.take("prompt");
    let scene = Scene::enter_by_form(request, app, tenant, &body)?;
    let secrets = Secrets::from_random(&random(&scene));
    let party = scene.party();
    let prepared = match party.discover().await {
        Ok(provider) => party.request(&provider, &secrets, prompt(asked.as_deref())).map(|url| (provider, url)),
        Err(fault) => Err(fault),
    };
    let (provider, url) = match prepared {
        Ok(prepared) => prepared,
        Err(fault) => {
            scene.change(|visit| *visit = Visit { error: Some(fault.to_string()), ..Visit::default() });
            return scene.go_home();
        }
    };
    scene.change(|visit| {
        let discovery = sections::discovery(&provider);
        visit.begin(provider, secrets);
        visit.put(discovery);
        visit.put(sections::request(&url));
    });
    scene.finish(see_other(url.as_str()))
}

fn random(scene: &Scene) -> [[u8; 32]; 3] {
    let mut bytes = [[0; 32]; 3];
    for part in &mut bytes {
        scene.tenant.entropy.fill(part);
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
    let scene = Scene::enter(request, app, tenant)?;
    let state = params.take("state").unwrap_or_default();
    // An answer without a request of this browser changes nothing here (RFC 6749 §10.12).
    let Some((provider, secrets)) = scene.change(|visit| visit.arrive(&state)) else {
        let checks = [Check::refused("state", "this browser has no such request under way")];
        let mut visit =
            Visit { error: Some("state: this browser has no such request under way".to_owned()), ..scene.visit() };
        visit.put(sections::callback(received, &checks));
        return scene.page(StatusCode::BAD_REQUEST, visit);
    };
    let party = scene.party();
    let checks = [Check::passed("state", &state), party.check_issuer(&provider, params.get("iss"))];
    scene.change(|visit| visit.put(sections::callback(received, &checks)));
    let outcome = match (params.take("error"), params.take("code")) {
        _ if !sections::all_passed(&checks) => Err("iss: the answer comes from another provider".to_owned()),
        (Some(error), _) => Err(match params.take("error_description") {
            Some(why) => format!("{error}: {why}"),
            None => error,
        }),
        (None, None) => Err("the answer has neither code nor error".to_owned()),
        (None, Some(code)) => redeem(&scene, &party, &provider, &secrets, code).await,
    };
    scene.change(|visit| visit.error = outcome.err());
    scene.go_home()
}

/// The code for tokens. They are kept only if every check of the ID token passes.
async fn redeem(
    scene: &Scene,
    party: &RelyingParty<'_>,
    provider: &Provider,
    secrets: &Secrets,
    code: String,
) -> Result<(), String> {
    let redeemed = party.redeem(provider, secrets, code).await;
    if let Some(heard) = party.heard() {
        scene.change(|visit| visit.put(sections::token_response(&heard)));
    }
    let tokens = redeemed.map_err(|fault| fault.to_string())?;
    receive(scene, party, provider, tokens).map_err(|fault| fault.to_string())
}

/// Shows tokens with their checks, and keeps them if they may be believed.
fn receive(scene: &Scene, party: &RelyingParty<'_>, provider: &Provider, tokens: Tokens) -> Result<(), Fault> {
    let checks = party.check_id_token(provider, &tokens, scene.now)?;
    let of_access = party.check_access_token(provider, &tokens, scene.now);
    scene.change(|visit| {
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
fn holdings(scene: &Scene) -> Option<(Provider, Tokens)> {
    let visit = scene.visit();
    Some((visit.provider?, visit.tokens?))
}

/// `POST /playground/userinfo` (OpenID Connect Core §5.3).
pub async fn userinfo(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let scene = Scene::enter_by_form(request, app, tenant, &body)?;
    let Some((provider, tokens)) = holdings(&scene) else { return scene.go_home() };
    let party = scene.party();
    let answered = party.userinfo(&provider, &tokens).await;
    note(&scene, party.heard(), answered, sections::userinfo);
    scene.go_home()
}

/// `POST /playground/refresh` (OpenID Connect Core §12).
pub async fn refresh(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let scene = Scene::enter_by_form(request, app, tenant, &body)?;
    let Some((provider, before)) = holdings(&scene) else { return scene.go_home() };
    let party = scene.party();
    let answered = match party.refresh(&provider, &before).await {
        Ok(after) => {
            let checks = party.check_refresh(&before, &after);
            receive(&scene, &party, &provider, after).map(|()| checks)
        }
        Err(fault) => Err(fault),
    };
    note(&scene, party.heard(), answered, sections::refresh);
    scene.go_home()
}

/// Puts an answer on the page, with what was found of it.
fn note(
    scene: &Scene,
    heard: Option<Heard>,
    answered: Result<Vec<Check>, Fault>,
    section: fn(&Heard, &[Check]) -> PlaygroundSection,
) {
    let checks = answered.as_ref().map_or(&[][..], Vec::as_slice);
    let shown = heard.map(|heard| section(&heard, checks));
    scene.change(|visit| {
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
    let scene = Scene::enter_by_form(request, app, tenant, &body)?;
    let Some((provider, tokens)) = holdings(&scene) else { return scene.go_home() };
    let [bytes, ..] = random(&scene);
    let state = URL_SAFE_NO_PAD.encode(bytes);
    match scene.party().logout(&provider, &tokens, &state) {
        Ok(url) => {
            scene.change(|visit| {
                visit.put(sections::sign_out_request(&url));
                visit.leaving = Some(state);
                visit.error = None;
            });
            scene.finish(see_other(url.as_str()))
        }
        Err(fault) => {
            scene.change(|visit| visit.error = Some(fault.to_string()));
            scene.go_home()
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
    let scene = Scene::enter_by_form(request, app, tenant, &body)?;
    scene.app.playground.forget(&scene.key());
    scene.go_home()
}
