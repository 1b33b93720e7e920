//! `/admin/applications`: the list, and registering one. Metadata is read and shown before anything is saved; what is
//! at an address is fetched here, before the flow.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use url::Url;

use crate::domain::application::Protocol;
use crate::domain::authority::{Act as What, Over};
use crate::domain::fault::ErrorCode;
use crate::domain::registration::{Fault, Field, Kind, MAPPINGS, Mapping, Trouble, Typed, choice, segment};
use crate::flow::admin::act::Act;
use crate::flow::admin::registered;
use crate::flow::admin::registration::{self, Preview, RegistrationError, Turn};
use crate::outbound::fetch::FetchError;
use crate::protocol::params::RawParams;
use crate::view::{
    AdminApplicationFormPage, AdminApplicationNewPage, AdminApplicationRow, AdminApplicationsPage, AdminProtocol,
    AdminSection,
};
use crate::web::pages::{FormTarget, html, see_other};
use crate::web::person::Detour;
use crate::web::problem::Problem;

use super::{FreshAdministrator, Staff};

/// The forms' name in their token.
pub(super) const FORM: &str = "admin-application";
pub(super) const HERE: &str = "/admin/applications";
/// Metadata of one application, percent-encoded. What is longer comes by its address or from the command line.
pub const LONGEST: usize = 512 * 1024;

pub(super) fn act_of(staff: &Staff) -> Act {
    Act::of_person(&staff.tenant.site, staff.known.user.id, &staff.browser.origin)
}

pub(super) fn protocol_of(protocol: &Protocol) -> AdminProtocol {
    match protocol {
        Protocol::Oidc(_) => AdminProtocol::Oidc,
        Protocol::Saml(_) => AdminProtocol::Saml,
        Protocol::Wsfed(_) => AdminProtocol::Wsfed,
    }
}

/// `GET /admin/applications`.
pub async fn show(staff: Staff) -> Result<HttpResponse, Detour> {
    let staff = staff.allowed(What::SeeRules).await?;
    let site = Arc::clone(&staff.tenant.site);
    let found = staff.app.run(move || registered::list(&site)).await?.map_err(Problem::from)?;
    let row = |(application, alert): (crate::domain::application::Application, bool)| AdminApplicationRow {
        id: application.id.to_string(),
        protocol: protocol_of(&application.protocol),
        name: application.name,
        enabled: application.enabled,
        require_role: application.require_role.map(|role| role.to_string()),
        alert,
    };
    let (frame, menu) = staff.frame(AdminSection::Applications);
    let may_change = staff.authority.may(What::ChangeRules, Over::Tenant);
    let page = AdminApplicationsPage { frame, menu, may_change, rows: found.into_iter().map(row).collect() };
    Ok(staff.finish(html(&staff.request, StatusCode::OK, &page, FormTarget::Own))?)
}

/// `GET /admin/applications/new`.
pub async fn ask(FreshAdministrator(staff): FreshAdministrator) -> Result<HttpResponse, Problem> {
    first_step(&staff, Typed::new(Kind::Saml), None)
}

/// `GET /admin/applications/new-wsfed`.
pub async fn ask_wsfed(FreshAdministrator(staff): FreshAdministrator) -> Result<HttpResponse, Problem> {
    form(&staff, Filled { typed: Typed::new(Kind::Wsfed), ..Filled::new() })
}

/// `GET /admin/applications/create`: whoever had to sign in again begins anew.
pub async fn back(FreshAdministrator(staff): FreshAdministrator) -> Result<HttpResponse, Problem> {
    staff.finish(see_other(&staff.action(HERE)))
}

fn first_step(staff: &Staff, typed: Typed, fault: Option<Fault>) -> Result<HttpResponse, Problem> {
    let (frame, menu) = staff.frame(AdminSection::Applications);
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (csrf, action) = (staff.csrf(FORM), staff.action("/admin/applications/new"));
    let page = AdminApplicationNewPage { frame, menu, csrf, action, typed, fault };
    staff.finish(html(&staff.request, status, &page, FormTarget::Own))
}

/// `POST /admin/applications/new`: reads the metadata and shows what it says.
pub async fn read(FreshAdministrator(staff): FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let mut params = staff.form_within(FORM, &body, LONGEST)?;
    let mut typed = Typed::new(Kind::Saml);
    typed.metadata = params.take("metadata").unwrap_or_default();
    typed.metadata_url = params.take("metadata_url").unwrap_or_default();
    typed.metadata_certificates = params.take("metadata_certificates").unwrap_or_default();
    typed.entity_id = params.take("entity_id").unwrap_or_default();
    if typed.metadata.trim().is_empty() {
        match fetch(&staff, typed.metadata_url.trim()).await {
            Ok(text) => typed.metadata = text,
            Err(fault) => return first_step(&staff, typed, Some(fault)),
        }
    }
    let (language, now) = (staff.frame(AdminSection::Applications).0.language, staff.tenant.site.now());
    let (kept, asked) = (typed.clone(), typed);
    let previewed = staff.app.run(move || registration::preview(asked, language, now)).await?;
    match previewed {
        Ok(Preview { facts, typed, doubts }) => {
            form(&staff, Filled { typed, facts: Some(facts), doubts, ..Filled::new() })
        }
        Err(fault) => first_step(&staff, kept, Some(fault)),
    }
}

/// The metadata at an address, through the one client that may fetch.
async fn fetch(staff: &Staff, address: &str) -> Result<String, Fault> {
    if address.is_empty() {
        return Err(Fault::Metadata(Trouble::NotXml));
    }
    let url = Url::parse(address).ok().ok_or(Fault::Wrong(Field::MetadataUrl))?;
    let fetched = staff.app.fetch.document(&url).await;
    if let Err(cause) = &fetched {
        tracing::info!(%cause, "metadata could not be fetched for an administrator");
    }
    // The form that is shown next sends it back.
    match fetched {
        Err(FetchError::TooLarge) => Err(Fault::Metadata(Trouble::TooLarge)),
        Ok(bytes) if bytes.len() > LONGEST / 2 => Err(Fault::Metadata(Trouble::TooLarge)),
        fetched => {
            let text = fetched.ok().and_then(|bytes| String::from_utf8(bytes).ok());
            text.ok_or(Fault::Metadata(Trouble::Unreachable))
        }
    }
}

/// `POST /admin/applications/create`.
pub async fn create(FreshAdministrator(staff): FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let mut params = staff.form_within(FORM, &body, LONGEST)?;
    let typed = typed_from(&mut params);
    let (site, host, act) = (Arc::clone(&staff.tenant.site), Arc::clone(&staff.app.host), act_of(&staff));
    let asked = typed.clone();
    let turn = staff.app.run(move || {
        let turn = registration::register(&site, &act, &asked)?;
        host.refresh(site.id);
        Ok::<_, RegistrationError>(turn)
    });
    match turn.await?? {
        Turn::Saved(id) | Turn::Unchanged(id) => {
            staff.finish(see_other(&staff.action(&format!("{HERE}/{}?done=created", segment(id.as_str())))))
        }
        Turn::NotAllowed => Err(Problem::new(ErrorCode::NotAllowed)),
        Turn::Unknown | Turn::Stale => Err(Problem::new(ErrorCode::NotFound)),
        Turn::Faults(faults) => {
            let facts = registration::facts(&typed, staff.tenant.site.now());
            form(&staff, Filled { typed, facts, faults, ..Filled::new() })
        }
    }
}

/// A form as it is shown.
pub(super) struct Filled {
    pub typed: Typed,
    /// Id and stamp of what is registered.
    pub known: Option<(String, String)>,
    pub facts: Option<crate::domain::registration::Facts>,
    pub doubts: Vec<crate::domain::doubt::Doubt>,
    pub faults: Vec<Fault>,
    pub stale: bool,
}

impl Filled {
    pub fn new() -> Self {
        let typed = Typed::new(Kind::Saml);
        Self { typed, known: None, facts: None, doubts: Vec::new(), faults: Vec::new(), stale: false }
    }
}

pub(super) fn form(staff: &Staff, filled: Filled) -> Result<HttpResponse, Problem> {
    let Filled { typed, known, facts, doubts, faults, stale } = filled;
    let (frame, menu) = staff.frame(AdminSection::Applications);
    let status = match (stale, faults.is_empty()) {
        (true, _) => StatusCode::CONFLICT,
        (false, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (false, true) => StatusCode::OK,
    };
    let (action, back_href, stamp) = match known {
        None => (staff.action("/admin/applications/create"), staff.action(HERE), None),
        Some((id, stamp)) => {
            let home = staff.action(&format!("{HERE}/{}", segment(&id)));
            (format!("{home}/edit"), home, Some(stamp))
        }
    };
    let csrf = staff.csrf(FORM);
    let page =
        AdminApplicationFormPage { frame, menu, csrf, action, back_href, stamp, typed, facts, doubts, faults, stale };
    staff.finish(html(&staff.request, status, &page, FormTarget::Own))
}

/// These fields and no others (ADM-02).
pub(super) fn typed_from(params: &mut RawParams) -> Typed {
    let kind = params.take("kind").and_then(|name| Kind::parse(&name));
    let mut typed = Typed::new(kind.unwrap_or(Kind::Saml));
    let row = |params: &mut RawParams, number: usize| Mapping {
        name: params.take(&format!("attribute_{number}")).unwrap_or_default(),
        source: params.take(&format!("claim_{number}")).unwrap_or_default(),
    };
    typed.mappings = (1..=MAPPINGS).map(|number| row(params, number)).filter(|row| !row.name.is_empty()).collect();
    let mut text = |name: &str| params.take(name).unwrap_or_default();
    typed.id = text("id");
    typed.name = text("name");
    typed.require_role = text("require_role");
    typed.metadata = text("metadata");
    typed.metadata_url = text("metadata_url");
    typed.metadata_certificates = text("metadata_certificates");
    typed.entity_id = text("entity_id");
    typed.realm = text("realm");
    typed.reply_urls = text("reply_urls");
    typed.certificate = text("certificate");
    typed.relay_state = text("relay_state");
    typed.sign_response = !text("sign_response").is_empty();
    typed.sign_assertion = !text("sign_assertion").is_empty();
    typed.encrypt = !text("encrypt").is_empty();
    typed.signs_requests = !text("signs_requests").is_empty();
    typed.idp_initiated = !text("idp_initiated").is_empty();
    typed.preset = choice(&text("preset")).unwrap_or(typed.preset);
    typed.token_type = choice(&text("token_type")).unwrap_or(typed.token_type);
    typed.signature = choice(&text("signature")).unwrap_or(typed.signature);
    typed.name_id = choice(&text("name_id")).unwrap_or(typed.name_id);
    typed
}

impl From<RegistrationError> for Problem {
    fn from(error: RegistrationError) -> Self {
        match error {
            RegistrationError::Store(error) => Self::from(error),
            RegistrationError::Credential(error) => Self::internal(error),
        }
    }
}
