//! `/wsfed` by GET and POST (WS-Federation §13.2), and federation metadata.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::flow::admin::certificates;
use crate::flow::browser::{Browser, form_token, form_token_matches};
use crate::flow::wsfed::document;
use crate::flow::wsfed::signin::begin;
use crate::flow::wsfed::signout::{self, Reach};
use crate::protocol::params::RawParams;
use crate::protocol::wsfed::request::{Action, SignOutRequest, action};
use crate::view::SignOutPage;

use super::across::{self, Posted};
use super::oidc::discovery;
use super::pages::{self, FormTarget, html};
use super::problem::Problem;
use super::saml::{self, ready};
use super::tenant::Tenant;
use super::{App, cookies, form, reply, sign_out};

const FORM: &str = "wsfed-sign-out";

pub async fn get(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let params = form::query(&request)?;
    arrive(request, app, tenant, params).await
}

pub async fn post(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let params = match across::read(&request, &tenant, "/wsfed", &body)? {
        Posted::Here(params) => params,
        Posted::Onward(response) => return Ok(response),
    };
    arrive(request, app, tenant, params).await
}

async fn arrive(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    params: RawParams,
) -> Result<HttpResponse, Problem> {
    let action = action(&params).map_err(|error| Problem::new(error.code()).detail(error))?;
    match action {
        Action::SignIn => sign_in(request, app, tenant, params).await,
        Action::SignOut => leave(request, app, tenant, (Reach::Everywhere, params)).await,
        Action::CleanUp => leave(request, app, tenant, (Reach::HereAlone, params)).await,
    }
}

async fn sign_in(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    params: RawParams,
) -> Result<HttpResponse, Problem> {
    let tenant = ready(&app, tenant).await?;
    let (browser, fresh) = cookies::browser(&request, &tenant.site);
    let site = Arc::clone(&tenant.site);
    let turn = app.run(move || begin(&site, &browser, params)).await??;
    cookies::with(reply::turn(&request, &tenant, turn), &fresh)
}

async fn leave(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    (reach, mut params): (Reach, RawParams),
) -> Result<HttpResponse, Problem> {
    let kept = params.clone();
    let (browser, fresh) = cookies::browser(&request, &tenant.site);
    let own = form::same_origin(&request, &tenant).is_ok();
    let token = params.take("csrf").unwrap_or_default();
    let confirmed = own && form_token_matches(&tenant.site, &browser, FORM, &token);
    let asked = SignOutRequest::parse(&mut params);
    let turn = {
        let (site, browser) = (Arc::clone(&tenant.site), browser.clone());
        app.run(move || signout::run(&site, &browser, &asked, (reach, confirmed))).await??
    };
    let response = match turn {
        signout::Turn::Onward(id) => sign_out::onward(&tenant, id),
        signout::Turn::Done { return_to, told, language } => {
            pages::speak(&request, language);
            sign_out::done(&request, &tenant, &browser, (return_to, told))
        }
        signout::Turn::Confirm { applications, addresses, language } => {
            pages::speak(&request, language);
            confirmation(&request, &tenant, (&browser, &kept), (applications, &addresses))
        }
    };
    cookies::with(response, &fresh)
}

fn confirmation(
    request: &HttpRequest,
    tenant: &Tenant,
    (browser, kept): (&Browser, &RawParams),
    (applications, addresses): (Vec<String>, &[String]),
) -> HttpResponse {
    let names = ["wa", "wtrealm", "wreply"];
    let hidden = names.into_iter().filter_map(|name| Some((name.to_owned(), kept.get(name)?.to_owned())));
    let page = SignOutPage {
        frame: pages::frame(request, tenant, None),
        action: format!("{}/wsfed", tenant.prefix),
        csrf: form_token(&tenant.site, browser, FORM),
        hidden: hidden.collect(),
        applications,
    };
    let target = if addresses.is_empty() { FormTarget::Own } else { FormTarget::Applications(addresses) };
    html(request, StatusCode::OK, &page, target)
}

/// `/wsfed/metadata`, also where Microsoft's tools look for it.
pub async fn metadata(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let tenant = ready(&app, tenant).await?;
    let site = Arc::clone(&tenant.site);
    let reader = saml::metadata::reader(&request);
    let document = app.run(move || {
        if let Some(reader) = reader {
            certificates::note_fetch(&site, reader);
        }
        document(&site)
    });
    let document = document.await??;
    let document = document.ok_or_else(|| Problem::internal("the tenant has no key that signs metadata"))?;
    Ok(discovery::answer(&request, &document, "application/samlmetadata+xml"))
}
