//! Min profil, and leaving: `/account…`, `/sign-out`, `/oauth2/logout`.

pub mod activity;
pub mod applications;
pub mod details;
pub mod email;
pub mod export;
pub mod factors;
pub mod identities;
pub mod lock;
pub mod overview;
pub mod password;
pub mod sessions;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::authority::Authority;
use crate::domain::fault::ErrorCode;
use crate::flow::browser::{Browser, form_token, form_token_matches};
use crate::flow::logout::oidc as logout;
use crate::protocol::oidc::logout::LogoutRequest;
use crate::protocol::params::RawParams;
use crate::view::{AccountMenu, AccountSection, Frame, SignOutPage};

use super::across::{self, Posted};
use super::pages::{self, FormTarget, html};
use super::person::Person;
use super::problem::Problem;
use super::sign_out;
use super::signin::account_info;
use super::tenant::Tenant;
use super::{App, cookies, form};

const FORM: &str = "sign-out";

/// The frame of a page for somebody who is known.
pub fn frame(person: &Person) -> Frame {
    pages::frame(&person.request, &person.tenant, None)
}

/// The navigation of Min profil.
pub fn menu(person: &Person, section: AccountSection) -> AccountMenu {
    AccountMenu {
        section,
        account: account_info(&person.known.user),
        sign_out_href: person.action("/sign-out"),
        transient: person.known.user.is_transient(),
        staff: Authority::of(&person.known.user.roles).is_staff(),
    }
}

/// `GET /sign-out` asks; `POST /sign-out` does it.
pub async fn ask(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let params = form::query(&request)?;
    leave(Leaving { request, app, tenant, confirmed: false }, params).await
}

pub async fn confirm(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    form::same_origin(&request, &tenant)?;
    let mut params = form::roomy_body(&request, &body)?;
    let (browser, _) = cookies::browser(&request, &tenant.site);
    let token = params.take("csrf").unwrap_or_default();
    let confirmed = form_token_matches(&tenant.site, &browser, FORM, &token);
    leave(Leaving { request, app, tenant, confirmed }, params).await
}

/// `/oauth2/logout` by POST: a request of an application, not an answer to our page.
pub async fn logout(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let params = match across::read(&request, &tenant, "/oauth2/logout", &body)? {
        Posted::Here(params) => params,
        Posted::Onward(response) => return Ok(response),
    };
    leave(Leaving { request, app, tenant, confirmed: false }, params).await
}

struct Leaving {
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    confirmed: bool,
}

async fn leave(leaving: Leaving, params: RawParams) -> Result<HttpResponse, Problem> {
    let Leaving { request, app, tenant, confirmed } = leaving;
    let kept = params.clone();
    let mut params = params;
    let asked = LogoutRequest::parse(&mut params).map_err(|fault| Problem::from(logout::Fault::from(fault)))?;
    let (browser, fresh) = cookies::browser(&request, &tenant.site);
    let turn = {
        let (site, browser) = (Arc::clone(&tenant.site), browser.clone());
        app.run(move || logout::run(&site, &browser, &asked, confirmed)).await??
    };
    match turn {
        logout::Turn::Onward(id) => Ok(sign_out::onward(&tenant, id)),
        logout::Turn::Done { return_to, told, language } => {
            pages::speak(&request, language);
            Ok(sign_out::done(&request, &tenant, &browser, (return_to, told)))
        }
        logout::Turn::Confirm { applications, addresses, ui_locales, language } => {
            pages::speak(&request, language);
            let wishes = (applications, addresses, ui_locales);
            cookies::with(confirmation(&request, &tenant, &browser, &kept, wishes), &fresh)
        }
    }
}

fn confirmation(
    request: &HttpRequest,
    tenant: &Tenant,
    browser: &Browser,
    kept: &RawParams,
    (applications, mut addresses, ui_locales): (Vec<String>, Vec<String>, Option<String>),
) -> HttpResponse {
    let names = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"];
    let hidden = names.into_iter().filter_map(|name| Some((name.to_owned(), kept.get(name)?.to_owned())));
    let page = SignOutPage {
        frame: pages::frame(request, tenant, ui_locales.as_deref()),
        action: format!("{}/sign-out", tenant.prefix),
        csrf: form_token(&tenant.site, browser, FORM),
        hidden: hidden.collect(),
        applications,
    };
    addresses.extend(kept.get("post_logout_redirect_uri").map(str::to_owned));
    let target = if addresses.is_empty() { FormTarget::Own } else { FormTarget::Applications(&addresses) };
    html(request, StatusCode::OK, &page, target)
}

impl From<logout::Fault> for Problem {
    fn from(fault: logout::Fault) -> Self {
        match fault {
            logout::Fault::Store(fault) => fault.into(),
            logout::Fault::Refused(_) | logout::Fault::Hint => {
                Self::new(fault.code().unwrap_or(ErrorCode::SignOutUnverified)).detail(fault)
            }
        }
    }
}
