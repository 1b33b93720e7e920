//! What every request to the playground needs, and the page that it ends with.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::Time;
use crate::domain::fault::ErrorCode;
use crate::flow::browser::{Browser, form_token, form_token_matches};
use crate::flow::playground::{CALLBACK, CLIENT_ID, HOME, registered};
use crate::outbound::relying_party::{Registration, RelyingParty};
use crate::view::{PlaygroundAction, PlaygroundPage, PlaygroundProtocol, PlaygroundVerb};
use crate::web::pages::{self, FormTarget, html, see_other};
use crate::web::problem::Problem;
use crate::web::tenant::Tenant;
use crate::web::{App, cookies, form};

use super::sections;
use super::visits::{self, Visit};

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
pub struct Scene {
    pub request: HttpRequest,
    pub app: web::Data<App>,
    pub tenant: Tenant,
    browser: Browser,
    /// The browser's binding, where it had none.
    cookie: Option<Cookie<'static>>,
    registration: Registration,
    pub now: Time,
}

impl Scene {
    pub fn enter(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<Self, Problem> {
        let registered = registered(&tenant.site).ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
        let registration = Registration {
            issuer: tenant.base.issuer().to_owned(),
            client_id: CLIENT_ID.to_owned(),
            redirect_uri: tenant.base.at(CALLBACK),
            post_logout_redirect_uri: tenant.base.at(HOME),
            scopes: registered.application.protocol.scopes.clone(),
        };
        let (browser, cookie) = cookies::browser(&request, &tenant.site);
        let now = tenant.now();
        Ok(Self { request, app, tenant, browser, cookie, registration, now })
    }

    /// A form of the page's own.
    pub fn enter_by_form(
        request: HttpRequest,
        app: web::Data<App>,
        tenant: Tenant,
        body: &[u8],
    ) -> Result<Self, Problem> {
        form::same_origin(&request, &crate::web::origin_of(tenant.base.issuer()))?;
        let mut params = form::body(&request, body)?;
        let scene = Self::enter(request, app, tenant)?;
        let token = params.take("csrf").unwrap_or_default();
        if form_token_matches(&scene.tenant.site, &scene.browser, FORM, &token) {
            Ok(scene)
        } else {
            Err(Problem::new(ErrorCode::FormExpired))
        }
    }

    pub fn party(&self) -> RelyingParty<'_> {
        RelyingParty::new(&self.app.fetch, &self.registration)
    }

    pub fn key(&self) -> visits::Key {
        (self.tenant.id, self.browser.binding)
    }

    pub fn visit(&self) -> Visit {
        self.app.playground.of(&self.key(), self.now)
    }

    pub fn change<T>(&self, change: impl FnOnce(&mut Visit) -> T) -> T {
        self.app.playground.change(self.key(), self.now, change)
    }

    fn address(&self, path: &str) -> String {
        format!("{}{HOME}{path}", self.tenant.prefix)
    }

    /// The page after a change, by a request that can be repeated.
    pub fn go_home(self) -> Result<HttpResponse, Problem> {
        let home = self.address("");
        self.finish(see_other(&home))
    }

    pub fn finish(self, mut response: HttpResponse) -> Result<HttpResponse, Problem> {
        if let Some(cookie) = &self.cookie {
            response.add_cookie(cookie).map_err(Problem::internal)?;
        }
        Ok(response)
    }

    pub fn page(self, status: StatusCode, visit: Visit) -> Result<HttpResponse, Problem> {
        let actions = self.actions(&visit);
        let application = sections::application(&self.registration);
        let page = PlaygroundPage {
            frame: pages::frame(&self.request, &self.tenant, None),
            protocol: PlaygroundProtocol::Oidc,
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
        let mut actions = Vec::new();
        if let Some(tokens) = &visit.tokens {
            actions.push(action(PlaygroundVerb::UserInfo, "/userinfo", true));
            if tokens.has_refresh_token() {
                actions.push(action(PlaygroundVerb::Refresh, "/refresh", false));
            }
            actions.push(action(PlaygroundVerb::SignOut, "/logout", false));
        }
        actions.extend(SIGN_INS.map(|(verb, prompt)| match prompt {
            "" => action(verb, "/start", visit.tokens.is_none()),
            prompt => action(verb, &format!("/start?prompt={prompt}"), false),
        }));
        if !visit.sections.is_empty() || visit.error.is_some() {
            actions.push(action(PlaygroundVerb::StartOver, "/reset", false));
        }
        actions
    }
}
