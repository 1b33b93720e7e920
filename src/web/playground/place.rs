//! A browser at a playground, and the page that its requests end with: the same for both protocols.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::Time;
use crate::domain::fault::ErrorCode;
use crate::flow::browser::{Browser, form_token, form_token_matches};
use crate::view::{PlaygroundAction, PlaygroundPage, PlaygroundProtocol, PlaygroundSection, PlaygroundVerb};
use crate::web::pages::{self, FormTarget, html, see_other};
use crate::web::problem::Problem;
use crate::web::tenant::Tenant;
use crate::web::{App, cookies, form};

use super::visits::Key;

/// Which of them it is.
pub struct Ground {
    pub protocol: PlaygroundProtocol,
    pub home: &'static str,
    /// The form's name in its token.
    pub form: &'static str,
}

pub struct Place {
    pub app: web::Data<App>,
    pub tenant: Tenant,
    pub now: Time,
    ground: Ground,
    request: HttpRequest,
    browser: Browser,
    /// The browser's binding, where it had none.
    cookie: Option<Cookie<'static>>,
}

impl Place {
    pub fn enter(ground: Ground, request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Self {
        let (browser, cookie) = cookies::browser(&request, &tenant.site);
        let now = tenant.now();
        Self { app, tenant, now, ground, request, browser, cookie }
    }

    /// A form of the page's own.
    pub fn check_form(&self, body: &[u8]) -> Result<(), Problem> {
        form::same_origin(&self.request, &self.tenant)?;
        let token = form::body(&self.request, body)?.take("csrf").unwrap_or_default();
        if form_token_matches(&self.tenant.site, &self.browser, self.ground.form, &token) {
            Ok(())
        } else {
            Err(Problem::new(ErrorCode::FormExpired))
        }
    }

    pub fn key(&self) -> Key {
        (self.tenant.id, self.browser.binding)
    }

    fn address(&self, path: &str) -> String {
        format!("{}{}{path}", self.tenant.prefix, self.ground.home)
    }

    /// The page after a change, by a request that can be repeated.
    pub fn go_home(&self) -> Result<HttpResponse, Problem> {
        self.finish(see_other(&self.address("")))
    }

    pub fn finish(&self, response: HttpResponse) -> Result<HttpResponse, Problem> {
        cookies::with(response, &self.cookie)
    }

    pub fn action(&self, verb: PlaygroundVerb, path: &str, primary: bool) -> PlaygroundAction {
        let csrf = form_token(&self.tenant.site, &self.browser, self.ground.form);
        PlaygroundAction { verb, href: self.address(path), csrf: Some(csrf), primary }
    }

    /// `application` is who asks; it comes first.
    pub fn show(
        &self,
        status: StatusCode,
        application: PlaygroundSection,
        (mut actions, sections, error): (Vec<PlaygroundAction>, Vec<PlaygroundSection>, Option<String>),
    ) -> Result<HttpResponse, Problem> {
        if !sections.is_empty() || error.is_some() {
            actions.push(self.action(PlaygroundVerb::StartOver, "/reset", false));
        }
        let page = PlaygroundPage {
            frame: pages::frame(&self.request, &self.tenant, None),
            protocol: self.ground.protocol,
            sections: std::iter::once(application).chain(sections).collect(),
            actions,
            error,
        };
        self.finish(html(&self.request, status, &page, FormTarget::Own))
    }
}
