//! What every request to the playground for OpenID Connect needs.

use std::ops::Deref;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::fault::ErrorCode;
use crate::flow::playground::{CALLBACK, CLIENT_ID, HOME, registered};
use crate::outbound::relying_party::{Registration, RelyingParty};
use crate::view::{PlaygroundAction, PlaygroundProtocol, PlaygroundVerb};
use crate::web::App;
use crate::web::problem::Problem;
use crate::web::tenant::Tenant;

use super::place::{Ground, Place};
use super::sections;
use super::visits::Visit;

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
    place: Place,
    registration: Registration,
}

impl Deref for Scene {
    type Target = Place;
    fn deref(&self) -> &Place {
        &self.place
    }
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
        let ground = Ground { protocol: PlaygroundProtocol::Oidc, home: HOME, form: "playground" };
        Ok(Self { place: Place::enter(ground, request, app, tenant), registration })
    }

    /// A form of the page's own.
    pub fn enter_by_form(
        request: HttpRequest,
        app: web::Data<App>,
        tenant: Tenant,
        body: &[u8],
    ) -> Result<Self, Problem> {
        let scene = Self::enter(request, app, tenant)?;
        scene.check_form(body)?;
        Ok(scene)
    }

    pub fn party(&self) -> RelyingParty<'_> {
        RelyingParty::new(&self.app.fetch, &self.registration)
    }

    pub fn visit(&self) -> Visit {
        self.app.playground.of(&self.key(), self.now)
    }

    pub fn change<T>(&self, change: impl FnOnce(&mut Visit) -> T) -> T {
        self.app.playground.change(self.key(), self.now, change)
    }

    pub fn page(&self, status: StatusCode, visit: Visit) -> Result<HttpResponse, Problem> {
        let actions = self.actions(&visit);
        self.show(status, sections::application(&self.registration), (actions, visit.sections, visit.error))
    }

    fn actions(&self, visit: &Visit) -> Vec<PlaygroundAction> {
        let mut actions = Vec::new();
        if let Some(tokens) = &visit.tokens {
            actions.push(self.action(PlaygroundVerb::UserInfo, "/userinfo", true));
            if tokens.has_refresh_token() {
                actions.push(self.action(PlaygroundVerb::Refresh, "/refresh", false));
            }
            actions.push(self.action(PlaygroundVerb::SignOut, "/logout", false));
        }
        actions.extend(SIGN_INS.map(|(verb, prompt)| match prompt {
            "" => self.action(verb, "/start", visit.tokens.is_none()),
            prompt => self.action(verb, &format!("/start?prompt={prompt}"), false),
        }));
        actions
    }
}
