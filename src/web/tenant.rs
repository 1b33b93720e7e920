//! The tenant of a request: by the path, or by a host name of its own. A handler without it reaches no data.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::guard::GuardContext;
use actix_web::{FromRequest, HttpRequest, web};

use crate::domain::fault::ErrorCode;
use crate::domain::ids::Slug;
use crate::flow::Site;

use super::App;
use super::context::Context;
use super::problem::Problem;

/// Proof that the request names a tenant that exists and is active.
#[derive(Clone)]
pub struct Tenant {
    pub site: Arc<Site>,
    /// What stands before a page's own path: `/t/{slug}`, or nothing under the tenant's own host name.
    pub prefix: String,
}

impl Deref for Tenant {
    type Target = Site;
    fn deref(&self) -> &Site {
        &self.site
    }
}

enum Name {
    Slug(Slug),
    Host(String),
}

impl FromRequest for Tenant {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<web::Data<App>>().cloned();
        let name = name_of(request);
        let request = request.clone();
        Box::pin(async move {
            let (Some(app), Some(name)) = (app, name) else { return Err(Problem::new(ErrorCode::NotFound)) };
            let tenant = find(&app, name).await?;
            let tenant = Context::of(&request).tenant.get_or_init(|| tenant).clone();
            tenant.admit(&request)?;
            Ok(tenant)
        })
    }
}

/// Paths that are for programs, that only inform, or that lead out. Everything else is for people, and closed to those
/// outside the approved networks (IN-12): a page that is added later is closed without being named here.
const OPEN_TO_ALL_NETWORKS: &[&str] = &[
    "/.well-known/",
    "/FederationMetadata/2007-06/FederationMetadata.xml",
    "/api/",
    "/docs/",
    "/federation/*/backchannel-logout",
    "/federation/*/frontchannel-logout",
    "/federation/*/metadata",
    "/federation/*/signed-out",
    "/federation/*/slo",
    "/oauth2/device_authorization",
    "/oauth2/introspect",
    "/oauth2/jwks",
    "/oauth2/logout",
    "/oauth2/par",
    "/oauth2/register",
    "/oauth2/revoke",
    "/oauth2/token",
    "/oauth2/userinfo",
    "/saml/artifact",
    "/saml/metadata",
    "/saml/slo",
    "/scim/",
    "/sign-out",
    "/sign-out/progress",
    "/status",
    "/wsfed/metadata",
];

impl Tenant {
    /// Before anything else is looked at: whoever is outside the approved networks may not even try.
    fn admit(&self, request: &HttpRequest) -> Result<(), Problem> {
        let networks = &self.settings.policy.networks;
        let below = request.path().strip_prefix(&self.prefix).unwrap_or_default();
        let open = OPEN_TO_ALL_NETWORKS.iter().any(|path| is_open(path, below));
        if open || networks.admits(Context::of(request).address) {
            return Ok(());
        }
        Err(Problem::new(ErrorCode::NetworkNotAllowed))
    }
}

/// Whether an address is this one: exactly, below it, or with a name in the star's place.
fn is_open(path: &str, below: &str) -> bool {
    if let Some((before, after)) = path.split_once('*') {
        let name = below.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        return name.is_some_and(|name| !name.is_empty() && !name.contains('/'));
    }
    if path.ends_with('/') { below.starts_with(path) } else { below == path }
}

fn name_of(request: &HttpRequest) -> Option<Name> {
    match request.match_info().get("slug") {
        Some(slug) => Slug::parse(slug).ok().map(Name::Slug),
        None => host_name(request.head()).map(Name::Host),
    }
}

async fn find(app: &web::Data<App>, name: Name) -> Result<Tenant, Problem> {
    let prefix = match &name {
        Name::Slug(slug) => format!("/t/{slug}"),
        Name::Host(_) => String::new(),
    };
    if let Name::Slug(slug) = &name
        && let Some(site) = app.host.cached(slug)
    {
        return Ok(Tenant { site, prefix });
    }
    let host = Arc::clone(&app.host);
    let site = app.run(move || match name {
        Name::Slug(slug) => host.site(&slug),
        Name::Host(name) => host.site_by_host(&name),
    });
    match site.await?? {
        Some(site) => Ok(Tenant { site, prefix }),
        None => Err(Problem::new(ErrorCode::NotFound)),
    }
}

/// The Host header only chooses among the names that tenants have; nothing is built from it.
fn host_name(head: &actix_web::dev::RequestHead) -> Option<String> {
    let header = head.headers().get("host").and_then(|value| value.to_str().ok());
    let named = header.or_else(|| head.uri.authority().map(actix_web::http::uri::Authority::as_str))?;
    let name = named.rsplit_once(':').map_or(named, |(name, _)| name);
    Some(name.to_ascii_lowercase())
}

/// Lets only requests through that come under a tenant's own host name.
pub fn own_host(context: &GuardContext<'_>) -> bool {
    let app = context.app_data::<web::Data<App>>();
    host_name(context.head()).is_some_and(|name| app.is_some_and(|app| app.host.is_tenant_host(&name)))
}
