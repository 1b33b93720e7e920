//! Every route of the public listener, in one table that a test walks.

use actix_web::guard::fn_guard;
use actix_web::{Scope, web};

use super::form::MAX_BODY;
use super::oidc::{authorize, discovery, introspect, revoke, token, userinfo};
use super::{account, admin, assets, cors, home, playground, recovery, second_factor, signin, status, tenant};

/// What a route lets in, beside the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Anybody; nothing of a person is shown or changed.
    Public,
    /// A form of our own: origin and synchronizer token are checked.
    Form,
    /// One's own session, by cookie.
    Session,
    /// A client credential or bearer token in the request itself; cookies mean nothing.
    Credential,
}

/// Paths below a tenant's base.
pub const TENANT_ROUTES: &[(&str, &str, Guard)] = &[
    ("GET", "/.well-known/openid-configuration", Guard::Public),
    ("GET", "/.well-known/oauth-authorization-server", Guard::Public),
    ("GET", "/.well-known/change-password", Guard::Public),
    ("GET", "/oauth2/jwks", Guard::Public),
    ("GET", "/oauth2/authorize", Guard::Public),
    ("POST", "/oauth2/authorize", Guard::Public),
    ("POST", "/oauth2/token", Guard::Credential),
    ("GET", "/oauth2/userinfo", Guard::Credential),
    ("POST", "/oauth2/userinfo", Guard::Credential),
    ("POST", "/oauth2/introspect", Guard::Credential),
    ("POST", "/oauth2/revoke", Guard::Credential),
    ("GET", "/oauth2/logout", Guard::Public),
    ("POST", "/oauth2/logout", Guard::Public),
    ("GET", "/sign-in", Guard::Public),
    ("POST", "/sign-in", Guard::Form),
    ("POST", "/sign-in/code", Guard::Form),
    ("POST", "/sign-in/method", Guard::Form),
    ("POST", "/sign-in/enrol", Guard::Form),
    ("POST", "/sign-in/password", Guard::Form),
    ("POST", "/sign-in/continue", Guard::Form),
    ("POST", "/sign-in/account", Guard::Form),
    ("POST", "/sign-in/consent", Guard::Form),
    ("GET", "/sign-out", Guard::Session),
    ("POST", "/sign-out", Guard::Form),
    ("GET", "/password/forgot", Guard::Public),
    ("POST", "/password/forgot", Guard::Form),
    ("GET", "/password/reset", Guard::Public),
    ("POST", "/password/reset", Guard::Form),
    ("GET", "/welcome", Guard::Public),
    ("POST", "/welcome", Guard::Form),
    ("GET", "/account/email/confirm", Guard::Public),
    ("POST", "/account/email/confirm", Guard::Form),
    ("GET", "/account", Guard::Session),
    ("GET", "/account/password", Guard::Session),
    ("POST", "/account/password", Guard::Form),
    ("GET", "/account/factors", Guard::Session),
    ("GET", "/account/factors/add", Guard::Session),
    ("POST", "/account/factors/add", Guard::Form),
    ("POST", "/account/factors/codes", Guard::Form),
    ("POST", "/account/factors/saved", Guard::Form),
    ("POST", "/account/factors/{id}/rename", Guard::Form),
    ("POST", "/account/factors/{id}/remove", Guard::Form),
    ("GET", "/admin/policy", Guard::Session),
    ("POST", "/admin/policy", Guard::Form),
    ("POST", "/admin/policy/try", Guard::Form),
    ("GET", "/admin/networks", Guard::Session),
    ("POST", "/admin/networks", Guard::Form),
    ("GET", "/admin/notices", Guard::Session),
    ("POST", "/admin/notices", Guard::Form),
    ("POST", "/admin/notices/remove", Guard::Form),
    ("GET", "/status", Guard::Public),
    ("GET", "/docs/errors/{code}", Guard::Public),
    ("GET", "/playground", Guard::Public),
    ("GET", "/playground/callback", Guard::Public),
    ("POST", "/playground/start", Guard::Form),
    ("POST", "/playground/userinfo", Guard::Form),
    ("POST", "/playground/refresh", Guard::Form),
    ("POST", "/playground/logout", Guard::Form),
    ("POST", "/playground/reset", Guard::Form),
];

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .app_data(web::PayloadConfig::new(MAX_BODY))
        // First, since patterns are tried in this order and most requests are for a tenant.
        .service(tenant_routes(web::scope("/t/{slug}")))
        .service(web::resource("/static/{name}").get(assets::serve).default_service(web::to(home::method_not_allowed)))
        .route("/favicon.ico", web::get().to(home::favicon))
        .route("/robots.txt", web::get().to(home::robots))
        .service(
            // RFC 8414 §3: the well-known part comes before the issuer's path.
            web::resource("/.well-known/oauth-authorization-server/t/{slug}")
                .get(discovery::metadata)
                .default_service(web::to(home::method_not_allowed)),
        )
        .service(tenant_routes(web::scope("").guard(fn_guard(tenant::own_host))))
        .route("/", web::get().to(home::root))
        .default_service(web::to(home::not_found));
}

macro_rules! resource {
    ($path:literal $(, $method:ident $handler:expr)+) => {
        web::resource($path)$(.route(web::$method().to($handler)))+.default_service(web::to(home::method_not_allowed))
    };
    ($path:literal $(, $method:ident $handler:expr)+ ; cors) => {
        web::resource($path)
            $(.route(web::$method().to($handler)))+
            .route(web::method(actix_web::http::Method::OPTIONS).to(cors::preflight))
            .default_service(web::to(home::method_not_allowed))
    };
}

fn tenant_routes(scope: Scope) -> Scope {
    scope
        .service(resource!("/.well-known/openid-configuration", get discovery::metadata))
        .service(resource!("/.well-known/oauth-authorization-server", get discovery::metadata))
        .service(resource!("/.well-known/change-password", get account::password::well_known))
        .service(resource!("/oauth2/jwks", get discovery::jwks))
        .service(resource!("/oauth2/authorize", get authorize::get, post authorize::post))
        .service(resource!("/oauth2/token", post token::post; cors))
        .service(resource!("/oauth2/userinfo", get userinfo::get, post userinfo::post; cors))
        .service(resource!("/oauth2/introspect", post introspect::post))
        .service(resource!("/oauth2/revoke", post revoke::post; cors))
        .service(resource!("/oauth2/logout", get account::ask, post account::logout))
        .service(resource!("/sign-in", get signin::show, post signin::submit))
        .service(resource!("/sign-in/code", post second_factor::code))
        .service(resource!("/sign-in/method", post second_factor::choose))
        .service(resource!("/sign-in/enrol", post second_factor::enrol))
        .service(resource!("/sign-in/password", post second_factor::password))
        .service(resource!("/sign-in/continue", post second_factor::proceed))
        .service(resource!("/sign-in/account", post signin::choose))
        .service(resource!("/sign-in/consent", post signin::consent))
        .service(resource!("/sign-out", get account::ask, post account::confirm))
        .service(resource!("/password/forgot", get recovery::ask, post recovery::forgot))
        .service(resource!("/password/reset", get recovery::show_reset, post recovery::reset))
        .service(resource!("/welcome", get recovery::show_welcome, post recovery::welcome))
        .service(resource!("/account/email/confirm", get recovery::show_address, post recovery::confirm_address))
        .service(resource!("/account", get account::show))
        .service(resource!("/account/password", get account::password::show, post account::password::change))
        .service(resource!("/account/factors", get account::factors::show))
        .service(resource!("/account/factors/add", get account::factors::add_form, post account::factors::add))
        .service(resource!("/account/factors/codes", post account::factors::renew_codes))
        .service(resource!("/account/factors/saved", post account::factors::saved))
        .service(resource!("/account/factors/{id}/rename", post account::factors::rename))
        .service(resource!("/account/factors/{id}/remove", post account::factors::remove))
        .service(resource!("/admin/policy", get admin::policy::show, post admin::policy::save))
        .service(resource!("/admin/policy/try", post admin::policy::attempt))
        .service(resource!("/admin/networks", get admin::networks::show, post admin::networks::save))
        .service(resource!("/admin/notices", get admin::notices::show, post admin::notices::publish))
        .service(resource!("/admin/notices/remove", post admin::notices::remove))
        .service(resource!("/status", get status::show))
        .service(resource!("/docs/errors/{code}", get home::error_page))
        .service(resource!("/playground", get playground::show))
        .service(resource!("/playground/callback", get playground::callback))
        .service(resource!("/playground/start", post playground::start))
        .service(resource!("/playground/userinfo", post playground::userinfo))
        .service(resource!("/playground/refresh", post playground::refresh))
        .service(resource!("/playground/logout", post playground::logout))
        .service(resource!("/playground/reset", post playground::reset))
        .default_service(web::to(home::not_found))
}
