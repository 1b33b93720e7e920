//! `/admin/applications/{id}`: one application, its settings, in use or not.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::application::{Application, ClientType, Protocol};
use crate::domain::authority::{Act as What, Over};
use crate::domain::fault::ErrorCode;
use crate::domain::ids::ClientId;
use crate::domain::registration::segment;
use crate::flow::admin::client_registration::client_of;
use crate::flow::admin::registered::{self, Whole};
use crate::flow::admin::registration::{self, RegistrationError, Turn};
use crate::view::{AdminApplicationPage, AdminClient, AdminSection, ApplicationNotice};
use crate::web::form;
use crate::web::pages::{FormTarget, html, see_other};
use crate::web::person::Detour;
use crate::web::problem::Problem;

use super::applications::{FORM, Filled, LONGEST, act_of, protocol_of, typed_from};
use super::{FreshAdministrator, Staff, clients};

pub(super) fn id_of(staff: &Staff) -> Result<ClientId, Problem> {
    let written = staff.request.match_info().get("id").unwrap_or_default();
    // Some escapes are still in it: those that would have changed the path.
    let pair = format!("id={}", written.replace('+', "%2B").replace('&', "%26"));
    let id = url::form_urlencoded::parse(pair.as_bytes()).next().and_then(|(_, id)| ClientId::parse(&id).ok());
    id.ok_or_else(|| Problem::new(ErrorCode::NotFound))
}

pub(super) fn home_of(staff: &Staff, id: &ClientId) -> String {
    staff.action(&format!("/admin/applications/{}", segment(id.as_str())))
}

/// `GET /admin/applications/{id}`.
pub async fn show(staff: Staff) -> Result<HttpResponse, Detour> {
    let staff = staff.allowed(What::SeeRules).await?;
    let id = id_of(&staff)?;
    let notice = notice(form::query(&staff.request)?.take("done").as_deref());
    let site = Arc::clone(&staff.tenant.site);
    let whole = staff.app.run(move || registered::look(&site, &id)).await?.map_err(Problem::from)?;
    let whole = whole.ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
    let page = page(&staff, whole, notice);
    Ok(staff.finish(html(&staff.request, StatusCode::OK, &page, FormTarget::Own))?)
}

fn notice(done: Option<&str>) -> Option<ApplicationNotice> {
    match done? {
        "created" => Some(ApplicationNotice::Created),
        "already" => Some(ApplicationNotice::Already),
        "saved" => Some(ApplicationNotice::Saved),
        "unchanged" => Some(ApplicationNotice::Unchanged),
        "enabled" => Some(ApplicationNotice::Enabled),
        "disabled" => Some(ApplicationNotice::Disabled),
        _ => None,
    }
}

fn page(staff: &Staff, whole: Whole, notice: Option<ApplicationNotice>) -> AdminApplicationPage {
    let (frame, menu) = staff.frame(AdminSection::Applications);
    let Whole { application, alerts, doubts, facts, fetched_at, last_sign_in, settings, attributes } = whole;
    let id = application.id.to_string();
    let trial = match &application.protocol {
        Protocol::Saml(provider) if provider.idp_initiated => Some(format!("/saml/start/{}", segment(&id))),
        Protocol::Wsfed(party) => {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("wa", "wsignin1.0").append_pair("wtrealm", party.realm.as_str());
            Some(format!("/wsfed?{}", query.finish()))
        }
        Protocol::Oidc(_) | Protocol::Saml(_) => None,
    };
    let client = client_of(&application).map(|client| AdminClient {
        endpoints: endpoints(staff, client.protocol.kind),
        nobody_signs_in: client.protocol.kind == ClientType::Service,
        has_secret: client.protocol.has_secret(),
    });
    let ours = match &application.protocol {
        Protocol::Oidc(_) => None,
        Protocol::Saml(_) => Some("/saml/metadata"),
        Protocol::Wsfed(_) => Some("/wsfed/metadata"),
    };
    AdminApplicationPage {
        frame,
        menu,
        csrf: staff.csrf(FORM),
        base: home_of(staff, &application.id),
        notice,
        may_change: staff.authority.may(What::ChangeRules, Over::Tenant),
        protocol: protocol_of(&application.protocol),
        trial_href: trial.filter(|_| application.enabled).map(|path| staff.action(&path)),
        client,
        our_metadata: ours.map(|path| format!("{}?app={}", staff.tenant.base.at(path), segment(&id))),
        id,
        name: application.name,
        enabled: application.enabled,
        require_role: application.require_role.map(|role| role.to_string()),
        alerts,
        doubts,
        settings,
        facts,
        attributes,
        fetched_at,
        last_sign_in,
    }
}

/// What the makers of an OpenID Connect application are told, by the names of the specification (OpenID Connect Discovery
/// §3).
fn endpoints(staff: &Staff, kind: ClientType) -> Vec<(&'static str, String)> {
    let base = &staff.tenant.base;
    let paths: &[(&str, &str)] = match kind {
        ClientType::Confidential | ClientType::Public => &[
            ("authorization_endpoint", "/oauth2/authorize"),
            ("token_endpoint", "/oauth2/token"),
            ("userinfo_endpoint", "/oauth2/userinfo"),
            ("jwks_uri", "/oauth2/jwks"),
            ("end_session_endpoint", "/oauth2/logout"),
        ],
        ClientType::Service => &[("token_endpoint", "/oauth2/token"), ("jwks_uri", "/oauth2/jwks")],
    };
    let first =
        [("issuer", base.issuer().to_owned()), ("openid-configuration", base.at("/.well-known/openid-configuration"))];
    first.into_iter().chain(paths.iter().map(|(name, path)| (*name, base.at(path)))).collect()
}

/// `GET /admin/applications/{id}/edit`.
pub async fn edit(FreshAdministrator(staff): FreshAdministrator) -> Result<HttpResponse, Problem> {
    let id = id_of(&staff)?;
    let found = find(&staff, &id).await?;
    match client_of(&found) {
        Some(client) => clients::edit(&staff, &client, registration::stamp(&found)),
        None => super::applications::form(&staff, stands(&found)?),
    }
}

async fn find(staff: &Staff, id: &ClientId) -> Result<Application, Problem> {
    let (site, wanted) = (Arc::clone(&staff.tenant.site), id.clone());
    let found = staff.app.run(move || registration::find(&site, &wanted)).await??;
    found.ok_or_else(|| Problem::new(ErrorCode::NotFound))
}

/// The form as what is registered fills it in.
fn stands(found: &Application) -> Result<Filled, Problem> {
    let typed = registration::typed_of(found).ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
    let known = Some((found.id.to_string(), registration::stamp(found)));
    Ok(Filled { typed, known, ..Filled::new() })
}

/// `POST /admin/applications/{id}/edit`.
pub async fn save(FreshAdministrator(staff): FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let id = id_of(&staff)?;
    let mut params = staff.form_within(FORM, &body, LONGEST)?;
    if let Some(client) = client_of(&find(&staff, &id).await?) {
        return clients::save(&staff, client, params).await;
    }
    let stamp = params.take("stamp").unwrap_or_default();
    let typed = typed_from(&mut params);
    let (site, host, act) = (Arc::clone(&staff.tenant.site), Arc::clone(&staff.app.host), act_of(&staff));
    let (wanted, based_on, asked) = (id.clone(), stamp.clone(), typed.clone());
    let turn = staff.app.run(move || {
        let turn = registration::change(&site, &act, (&wanted, based_on), asked)?;
        host.refresh(site.id);
        Ok::<_, RegistrationError>(turn)
    });
    let done = |how: &str| staff.finish(see_other(&format!("{}?done={how}", home_of(&staff, &id))));
    match turn.await?? {
        Turn::Saved(_) => done("saved"),
        Turn::Unchanged(_) => done("unchanged"),
        Turn::NotAllowed => Err(Problem::new(ErrorCode::NotAllowed)),
        Turn::Unknown => Err(Problem::new(ErrorCode::NotFound)),
        Turn::Stale => {
            let filled = stands(&find(&staff, &id).await?)?;
            super::applications::form(&staff, Filled { stale: true, ..filled })
        }
        Turn::Faults(faults) => {
            let known = Some((id.to_string(), stamp));
            super::applications::form(&staff, Filled { typed, known, faults, ..Filled::new() })
        }
    }
}

/// `POST /admin/applications/{id}/enable`.
pub async fn enable(staff: FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    set_enabled(&staff, &body, true).await
}

/// `POST /admin/applications/{id}/disable`.
pub async fn disable(staff: FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    set_enabled(&staff, &body, false).await
}

async fn set_enabled(staff: &Staff, body: &[u8], enabled: bool) -> Result<HttpResponse, Problem> {
    staff.form(FORM, body)?;
    let id = id_of(staff)?;
    let (site, host, act) = (Arc::clone(&staff.tenant.site), Arc::clone(&staff.app.host), act_of(staff));
    let wanted = id.clone();
    let turn = staff.app.run(move || {
        let turn = registration::set_enabled(&site, &act, wanted, enabled)?;
        host.refresh(site.id);
        Ok::<_, RegistrationError>(turn)
    });
    match turn.await?? {
        Turn::Saved(_) | Turn::Unchanged(_) => {
            let how = if enabled { "enabled" } else { "disabled" };
            staff.finish(see_other(&format!("{}?done={how}", home_of(staff, &id))))
        }
        Turn::NotAllowed => Err(Problem::new(ErrorCode::NotAllowed)),
        Turn::Unknown | Turn::Stale | Turn::Faults(_) => Err(Problem::new(ErrorCode::NotFound)),
    }
}
