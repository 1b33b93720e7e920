//! Every route of the public listener, in one table that a test walks.

use actix_web::guard::fn_guard;
use actix_web::{HttpResponse, Route, Scope, web};

use super::form::MAX_BODY;
use super::oidc::{authorize, discovery, introspect, revoke, token, userinfo};
use super::problem::Problem;
use super::{
    account, admin, assets, cors, federation, home, playground, recovery, reports, saml, second_factor, sign_out,
    signin, status, tenant, wsfed,
};

/// What a route lets in, beside the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Anybody; nothing of a person is shown or changed.
    Public,
    /// A form of our own: origin and synchronizer token are checked.
    Form,
    /// One's own session, by cookie.
    Session,
    /// Somebody who has signed in as policy demands, at a page or with a form of ours; anybody else is sent to sign in.
    Person,
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
    ("GET", "/saml/metadata", Guard::Public),
    ("GET", "/saml/sso", Guard::Public),
    ("POST", "/saml/sso", Guard::Public),
    ("POST", "/saml/artifact", Guard::Credential),
    ("GET", "/saml/start/{app}", Guard::Public),
    ("GET", "/wsfed", Guard::Public),
    ("POST", "/wsfed", Guard::Public),
    ("GET", "/wsfed/metadata", Guard::Public),
    ("GET", "/FederationMetadata/2007-06/FederationMetadata.xml", Guard::Public),
    ("GET", "/sign-in", Guard::Public),
    ("POST", "/sign-in", Guard::Form),
    ("POST", "/sign-in/code", Guard::Form),
    ("POST", "/sign-in/method", Guard::Form),
    ("POST", "/sign-in/enrol", Guard::Form),
    ("POST", "/sign-in/password", Guard::Form),
    ("POST", "/sign-in/continue", Guard::Form),
    ("POST", "/sign-in/account", Guard::Form),
    ("POST", "/sign-in/consent", Guard::Form),
    ("POST", "/sign-in/newcomer", Guard::Form),
    ("POST", "/sign-in/link", Guard::Form),
    ("GET", "/federation/{idp}/start", Guard::Public),
    ("GET", "/federation/{idp}/callback", Guard::Public),
    ("GET", "/federation/{idp}/signed-out", Guard::Session),
    ("GET", "/federation/{idp}/frontchannel-logout", Guard::Session),
    ("POST", "/federation/{idp}/backchannel-logout", Guard::Credential),
    ("GET", "/federation/{idp}/slo", Guard::Public),
    ("POST", "/federation/{idp}/slo", Guard::Public),
    ("GET", "/federation/{idp}/metadata", Guard::Public),
    ("GET", "/federation/{idp}/acs", Guard::Public),
    ("POST", "/federation/{idp}/acs", Guard::Public),
    ("GET", "/sign-out", Guard::Session),
    ("POST", "/sign-out", Guard::Form),
    ("GET", "/sign-out/progress", Guard::Session),
    ("POST", "/sign-out/progress", Guard::Form),
    ("GET", "/saml/slo", Guard::Public),
    ("POST", "/saml/slo", Guard::Public),
    ("GET", "/password/forgot", Guard::Public),
    ("POST", "/password/forgot", Guard::Form),
    ("GET", "/password/reset", Guard::Public),
    ("POST", "/password/reset", Guard::Form),
    ("GET", "/welcome", Guard::Public),
    ("POST", "/welcome", Guard::Form),
    ("GET", "/account/email/confirm", Guard::Public),
    ("POST", "/account/email/confirm", Guard::Form),
    ("GET", "/admin/policy", Guard::Person),
    ("POST", "/admin/policy", Guard::Person),
    ("GET", "/admin/policy/try", Guard::Person),
    ("POST", "/admin/policy/try", Guard::Person),
    ("GET", "/admin/networks", Guard::Person),
    ("POST", "/admin/networks", Guard::Person),
    ("GET", "/admin/notices", Guard::Person),
    ("POST", "/admin/notices", Guard::Person),
    ("GET", "/admin/notices/remove", Guard::Person),
    ("POST", "/admin/notices/remove", Guard::Person),
    ("GET", "/account", Guard::Person),
    ("GET", "/account/password", Guard::Person),
    ("POST", "/account/password", Guard::Person),
    ("GET", "/status", Guard::Public),
    ("GET", "/account/factors", Guard::Person),
    ("GET", "/account/factors/add", Guard::Person),
    ("POST", "/account/factors/add", Guard::Person),
    ("POST", "/account/factors/codes", Guard::Person),
    ("POST", "/account/factors/saved", Guard::Person),
    ("POST", "/account/factors/{id}/rename", Guard::Person),
    ("POST", "/account/factors/{id}/remove", Guard::Person),
    ("POST", "/account/factors/identities/{idp}/link", Guard::Person),
    ("POST", "/account/factors/identities/{idp}/unlink", Guard::Person),
    ("GET", "/admin", Guard::Person),
    ("GET", "/admin/applications", Guard::Person),
    ("GET", "/admin/applications/new", Guard::Person),
    ("POST", "/admin/applications/new", Guard::Person),
    ("GET", "/admin/applications/new-oidc", Guard::Person),
    ("POST", "/admin/applications/new-oidc", Guard::Person),
    ("GET", "/admin/applications/new-wsfed", Guard::Person),
    ("GET", "/admin/applications/create", Guard::Person),
    ("POST", "/admin/applications/create", Guard::Person),
    ("GET", "/admin/applications/{id}", Guard::Person),
    ("GET", "/admin/applications/{id}/edit", Guard::Person),
    ("POST", "/admin/applications/{id}/edit", Guard::Person),
    ("GET", "/admin/applications/{id}/secret", Guard::Person),
    ("POST", "/admin/applications/{id}/secret", Guard::Person),
    ("POST", "/admin/applications/{id}/enable", Guard::Person),
    ("POST", "/admin/applications/{id}/disable", Guard::Person),
    ("GET", "/admin/identity-providers", Guard::Person),
    ("GET", "/admin/identity-providers/new", Guard::Person),
    ("POST", "/admin/identity-providers/new", Guard::Person),
    ("GET", "/admin/identity-providers/{id}", Guard::Person),
    ("GET", "/admin/identity-providers/{id}/edit", Guard::Person),
    ("POST", "/admin/identity-providers/{id}/edit", Guard::Person),
    ("POST", "/admin/identity-providers/{id}/enable", Guard::Person),
    ("POST", "/admin/identity-providers/{id}/disable", Guard::Person),
    ("GET", "/admin/identity-providers/{id}/delete", Guard::Person),
    ("POST", "/admin/identity-providers/{id}/delete", Guard::Person),
    ("GET", "/admin/identity-providers/{id}/try", Guard::Person),
    ("POST", "/admin/identity-providers/{id}/try", Guard::Person),
    ("POST", "/admin/identity-providers/{id}/try/sign-in", Guard::Person),
    ("GET", "/admin/certificates", Guard::Person),
    ("POST", "/admin/certificates", Guard::Person),
    ("GET", "/admin/users", Guard::Person),
    ("GET", "/admin/users/new", Guard::Person),
    ("POST", "/admin/users/new", Guard::Person),
    ("GET", "/admin/users/{id}", Guard::Person),
    ("GET", "/admin/users/{id}/edit", Guard::Person),
    ("POST", "/admin/users/{id}/edit", Guard::Person),
    ("GET", "/admin/users/{id}/unlock", Guard::Person),
    ("POST", "/admin/users/{id}/unlock", Guard::Person),
    ("GET", "/admin/users/{id}/send-reset", Guard::Person),
    ("POST", "/admin/users/{id}/send-reset", Guard::Person),
    ("GET", "/admin/users/{id}/invite", Guard::Person),
    ("POST", "/admin/users/{id}/invite", Guard::Person),
    ("GET", "/admin/users/{id}/sign-out", Guard::Person),
    ("POST", "/admin/users/{id}/sign-out", Guard::Person),
    ("GET", "/admin/users/{id}/force-password-change", Guard::Person),
    ("POST", "/admin/users/{id}/force-password-change", Guard::Person),
    ("GET", "/admin/users/{id}/reset-second-factor", Guard::Person),
    ("POST", "/admin/users/{id}/reset-second-factor", Guard::Person),
    ("GET", "/admin/users/{id}/disable", Guard::Person),
    ("POST", "/admin/users/{id}/disable", Guard::Person),
    ("GET", "/admin/users/{id}/enable", Guard::Person),
    ("POST", "/admin/users/{id}/enable", Guard::Person),
    ("GET", "/account/details", Guard::Person),
    ("POST", "/account/details", Guard::Person),
    ("GET", "/account/sessions", Guard::Person),
    ("POST", "/account/sessions", Guard::Person),
    ("GET", "/account/applications", Guard::Person),
    ("POST", "/account/applications", Guard::Person),
    ("GET", "/account/activity", Guard::Person),
    ("GET", "/account/not-me", Guard::Person),
    ("GET", "/account/lock", Guard::Person),
    ("POST", "/account/lock", Guard::Person),
    ("GET", "/account/export", Guard::Person),
    ("POST", "/account/export", Guard::Person),
    ("GET", "/account/email", Guard::Person),
    ("POST", "/account/email", Guard::Person),
    ("GET", "", Guard::Public),
    ("GET", "/", Guard::Public),
    ("GET", "/docs/errors", Guard::Public),
    ("GET", "/docs/errors/{code}", Guard::Public),
    ("GET", "/playground", Guard::Public),
    ("GET", "/playground/callback", Guard::Public),
    ("POST", "/playground/start", Guard::Form),
    ("POST", "/playground/userinfo", Guard::Form),
    ("POST", "/playground/refresh", Guard::Form),
    ("POST", "/playground/logout", Guard::Form),
    ("POST", "/playground/reset", Guard::Form),
    ("GET", "/playground/saml", Guard::Public),
    ("POST", "/playground/saml/start", Guard::Form),
    ("POST", "/playground/saml/acs", Guard::Public),
    ("POST", "/playground/saml/reset", Guard::Form),
    ("POST", "/playground/saml/logout", Guard::Form),
    ("GET", "/playground/saml/slo", Guard::Public),
];

/// The page that a form posting to this path stands on: the path itself if it can be shown, else the nearest above it.
pub fn page_above(path: &str) -> &str {
    let shown = |path: &str| {
        let is_it = |route: &str| {
            let (route, path) = (route.split('/'), path.split('/'));
            route.clone().count() == path.clone().count()
                && route.zip(path).all(|(route, path)| route == path || route.starts_with('{'))
        };
        TENANT_ROUTES.iter().any(|(method, route, _)| *method == "GET" && is_it(route))
    };
    let above = std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(above, _)| above));
    above.filter(|path| !path.is_empty()).find(|path| shown(path)).unwrap_or(path)
}

/// A path with all its methods; `head` where a GET only reads what is public (RFC 9110 §9.3.2).
macro_rules! resource {
    ($path:literal $(, $method:ident $handler:expr)+) => {
        web::resource($path)
            $(.route(web::$method().to($handler)))+
            .default_service(refusing(concat!($(stringify!($method), " "),+)))
    };
    ($path:literal $(, $method:ident $handler:expr)+ ; cors) => {
        web::resource($path)
            $(.route(web::$method().to($handler)))+
            .route(web::method(actix_web::http::Method::OPTIONS).to(cors::preflight))
            .default_service(refusing(concat!($(stringify!($method), " "),+, "options")))
    };
    ($path:literal, get $handler:expr ; head) => {
        web::resource($path)
            .route(web::get().to($handler))
            .route(web::head().to($handler))
            .default_service(refusing("get head"))
    };
}
/// Whatever else is asked is told what there is (RFC 9110 §15.5.6).
fn refusing(methods: &str) -> Route {
    let methods: Vec<String> = methods.split_whitespace().map(str::to_ascii_uppercase).collect();
    let allow = methods.join(", ");
    web::to(move |_whose: Option<tenant::Tenant>| {
        let problem = Problem::method(&allow);
        async move { Err::<HttpResponse, _>(problem) }
    })
}

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .app_data(web::PayloadConfig::new(MAX_BODY))
        // First, since patterns are tried in this order and most requests are for a tenant.
        .service(tenant_routes(web::scope("/t/{slug}")))
        .service(resource!("/static/{name}", get assets::serve; head))
        .service(resource!("/favicon.ico", get home::favicon; head))
        .service(resource!("/robots.txt", get home::robots; head))
        // RFC 8414 §3: the well-known part comes before the issuer's path.
        .service(resource!("/.well-known/oauth-authorization-server/t/{slug}", get discovery::metadata; head))
        .service(
            web::resource(reports::PATH)
                .app_data(web::PayloadConfig::new(reports::MAX_BODY))
                .post(reports::post)
                .default_service(refusing("post")),
        )
        .service(tenant_routes(web::scope("").guard(fn_guard(tenant::own_host))))
        .service(resource!("/", get home::root; head))
        .service(resource!("/docs/errors", get home::bare_error_codes; head))
        .service(resource!("/docs/errors/{code}", get home::bare_error_page; head))
        .default_service(web::to(home::not_found));
}

fn admin_routes(scope: Scope) -> Scope {
    scope
        .service(resource!("/admin", get admin::home::show))
        .service(resource!("/admin/users", get admin::users::show))
        .service(resource!("/admin/users/new", get admin::form::new, post admin::form::create))
        .service(resource!("/admin/users/{id}", get admin::user::show))
        .service(resource!("/admin/users/{id}/edit", get admin::form::edit, post admin::form::save))
        .service(resource!("/admin/users/{id}/unlock", get admin::user::ask, post admin::user::perform))
        .service(resource!("/admin/users/{id}/send-reset", get admin::user::ask, post admin::user::perform))
        .service(resource!("/admin/users/{id}/invite", get admin::user::ask, post admin::user::perform))
        .service(resource!("/admin/users/{id}/sign-out", get admin::user::ask, post admin::user::perform))
        .service(resource!("/admin/users/{id}/force-password-change", get admin::user::ask, post admin::user::perform))
        .service(resource!("/admin/users/{id}/reset-second-factor", get admin::user::ask_fresh, post admin::user::perform_fresh))
        .service(resource!("/admin/users/{id}/disable", get admin::user::ask_fresh, post admin::user::perform_fresh))
        .service(resource!("/admin/users/{id}/enable", get admin::user::ask_fresh, post admin::user::perform_fresh))
        .service(resource!("/admin/policy", get admin::policy::show, post admin::policy::save))
        .service(resource!("/admin/policy/try", get admin::policy::back, post admin::policy::attempt))
        .service(resource!("/admin/networks", get admin::networks::show, post admin::networks::save))
        .service(resource!("/admin/notices", get admin::notices::show, post admin::notices::publish))
        .service(resource!("/admin/notices/remove", get admin::notices::back, post admin::notices::remove))
}

fn saml_routes(scope: Scope) -> Scope {
    scope
        .service(resource!("/saml/metadata", get saml::metadata::get; head))
        .service(resource!("/saml/sso", get saml::sso::get, post saml::sso::post))
        .service(resource!("/saml/artifact", post saml::artifact::post))
        .service(resource!("/saml/start/{app}", get saml::sso::initiate))
}

fn application_routes(scope: Scope) -> Scope {
    let roomy = || web::PayloadConfig::new(admin::applications::LONGEST);
    scope
        .service(resource!("/admin/applications", get admin::applications::show))
        .service(
            resource!("/admin/applications/new", get admin::applications::ask, post admin::applications::read)
                .app_data(roomy()),
        )
        .service(
            resource!("/admin/applications/new-oidc", get admin::clients::ask, post admin::clients::create)
                .app_data(roomy()),
        )
        .service(resource!("/admin/applications/new-wsfed", get admin::applications::ask_wsfed))
        .service(
            resource!("/admin/applications/create", get admin::applications::back, post admin::applications::create)
                .app_data(roomy()),
        )
        .service(resource!("/admin/applications/{id}", get admin::application::show))
        .service(
            resource!("/admin/applications/{id}/edit", get admin::application::edit, post admin::application::save)
                .app_data(roomy()),
        )
        .service(resource!("/admin/applications/{id}/secret", get admin::client_secret::ask, post admin::client_secret::renew))
        .service(resource!("/admin/applications/{id}/enable", post admin::application::enable))
        .service(resource!("/admin/applications/{id}/disable", post admin::application::disable))
        .service(resource!("/admin/certificates", get admin::certificates::show, post admin::certificates::rotate))
}

fn provider_routes(scope: Scope) -> Scope {
    let roomy = || web::PayloadConfig::new(admin::identity_providers::LONGEST);
    scope
        .service(resource!("/admin/identity-providers", get admin::identity_providers::show))
        .service(
            resource!("/admin/identity-providers/new", get admin::identity_providers::ask, post admin::identity_providers::create)
                .app_data(roomy()),
        )
        .service(resource!("/admin/identity-providers/{id}", get admin::identity_provider::show))
        .service(
            resource!("/admin/identity-providers/{id}/edit", get admin::identity_provider::edit, post admin::identity_provider::save)
                .app_data(roomy()),
        )
        .service(resource!("/admin/identity-providers/{id}/enable", post admin::identity_provider::enable))
        .service(resource!("/admin/identity-providers/{id}/disable", post admin::identity_provider::disable))
        .service(resource!("/admin/identity-providers/{id}/delete", get admin::identity_provider::ask_delete, post admin::identity_provider::delete))
        .service(resource!("/admin/identity-providers/{id}/try", get admin::provider_trial::ask, post admin::provider_trial::run))
        .service(resource!("/admin/identity-providers/{id}/try/sign-in", post admin::provider_trial::sign_in))
}

/// In the order of how often they are asked for: patterns are tried one after the other, and those with a name in them
/// take longest.
fn tenant_routes(scope: Scope) -> Scope {
    let asked_most = page_routes(saml_routes(program_routes(scope)));
    admin_routes(provider_routes(application_routes(account_routes(asked_most))))
        .default_service(web::to(home::not_found))
}

fn program_routes(scope: Scope) -> Scope {
    scope
        .service(resource!("/.well-known/openid-configuration", get discovery::metadata; head))
        .service(resource!("/.well-known/oauth-authorization-server", get discovery::metadata; head))
        .service(resource!("/.well-known/change-password", get account::password::well_known))
        .service(resource!("/oauth2/jwks", get discovery::jwks; head))
        .service(resource!("/oauth2/authorize", get authorize::get, post authorize::post))
        .service(resource!("/oauth2/token", post token::post; cors))
        .service(resource!("/oauth2/userinfo", get userinfo::get, post userinfo::post; cors))
        .service(resource!("/oauth2/introspect", post introspect::post))
        .service(resource!("/oauth2/revoke", post revoke::post; cors))
        .service(resource!("/oauth2/logout", get account::ask, post account::logout))
}

fn page_routes(scope: Scope) -> Scope {
    scope
        .service(resource!("/wsfed", get wsfed::get, post wsfed::post))
        .service(resource!("/wsfed/metadata", get wsfed::metadata; head))
        .service(resource!("/FederationMetadata/2007-06/FederationMetadata.xml", get wsfed::metadata; head))
        .service(resource!("/sign-in", get signin::show, post signin::submit))
        .service(resource!("/sign-in/code", post second_factor::code))
        .service(resource!("/sign-in/method", post second_factor::choose))
        .service(resource!("/sign-in/enrol", post second_factor::enrol))
        .service(resource!("/sign-in/password", post second_factor::password))
        .service(resource!("/sign-in/continue", post second_factor::proceed))
        .service(resource!("/sign-in/account", post signin::choose))
        .service(resource!("/sign-in/consent", post signin::consent))
        .service(resource!("/sign-in/newcomer", post federation::link::newcomer))
        .service(resource!("/sign-in/link", post federation::link::confirm))
        .service(resource!("/federation/{idp}/start", get federation::start))
        .service(resource!("/federation/{idp}/callback", get federation::callback))
        .service(resource!("/federation/{idp}/signed-out", get federation::logout::back))
        .service(resource!("/federation/{idp}/frontchannel-logout", get federation::logout::frontchannel))
        .service(resource!("/federation/{idp}/backchannel-logout", post federation::logout::backchannel))
        .service(
            resource!("/federation/{idp}/slo", get federation::logout::saml_redirect, post federation::logout::saml_post),
        )
        .service(resource!("/federation/{idp}/metadata", get federation::saml::metadata; head))
        .service(
            resource!("/federation/{idp}/acs", get federation::saml::get, post federation::saml::post)
                .app_data(web::PayloadConfig::new(federation::saml::LONGEST)),
        )
        .service(resource!("/sign-out", get account::ask, post account::confirm))
        .service(resource!("/sign-out/progress", get sign_out::progress, post sign_out::go_on))
        .service(resource!("/saml/slo", get sign_out::saml_redirect, post sign_out::saml_post))
        .service(resource!("/password/forgot", get recovery::ask, post recovery::forgot))
        .service(resource!("/password/reset", get recovery::show_reset, post recovery::reset))
        .service(resource!("/welcome", get recovery::show_welcome, post recovery::welcome))
        .service(resource!("/account/email/confirm", get recovery::show_address, post recovery::confirm_address))
        .service(resource!("/status", get status::show; head))
        .service(resource!("/docs/errors", get home::error_codes; head))
        .service(resource!("/docs/errors/{code}", get home::error_page; head))
        .service(resource!("", get home::front_door))
        .service(resource!("/", get home::front_door))
        .service(resource!("/playground", get playground::show))
        .service(resource!("/playground/callback", get playground::callback))
        .service(resource!("/playground/start", post playground::start))
        .service(resource!("/playground/userinfo", post playground::userinfo))
        .service(resource!("/playground/refresh", post playground::refresh))
        .service(resource!("/playground/logout", post playground::logout))
        .service(resource!("/playground/reset", post playground::reset))
        .service(resource!("/playground/saml", get playground::saml::show))
        .service(resource!("/playground/saml/start", post playground::saml::start))
        .service(resource!("/playground/saml/acs", post playground::saml::receive))
        .service(resource!("/playground/saml/reset", post playground::saml::reset))
        .service(resource!("/playground/saml/logout", post playground::saml::logout::start))
        .service(resource!("/playground/saml/slo", get playground::saml::logout::receive))
}

/// Min profil.
fn account_routes(scope: Scope) -> Scope {
    scope
        .service(resource!("/account", get account::overview::show))
        .service(resource!("/account/details", get account::details::show, post account::details::save))
        .service(resource!("/account/password", get account::password::show, post account::password::change))
        .service(resource!("/account/email", get account::email::show, post account::email::submit))
        .service(resource!("/account/sessions", get account::sessions::show, post account::sessions::change))
        .service(
            resource!("/account/applications", get account::applications::show, post account::applications::change),
        )
        .service(resource!("/account/activity", get account::activity::show))
        .service(resource!("/account/not-me", get account::sessions::not_me))
        .service(resource!("/account/lock", get account::lock::show, post account::lock::submit))
        .service(resource!("/account/export", get account::export::show, post account::export::download))
        .service(resource!("/account/factors", get account::factors::show))
        .service(resource!("/account/factors/add", get account::factors::add_form, post account::factors::add))
        .service(resource!("/account/factors/codes", post account::factors::renew_codes))
        .service(resource!("/account/factors/saved", post account::factors::saved))
        .service(resource!("/account/factors/{id}/rename", post account::factors::rename))
        .service(resource!("/account/factors/{id}/remove", post account::factors::remove))
        .service(resource!("/account/factors/identities/{idp}/link", post account::identities::link))
        .service(resource!("/account/factors/identities/{idp}/unlink", post account::identities::remove))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_stands_on_the_nearest_page_above_its_path() {
        let table = [
            ("/account/factors/0192/remove", "/account/factors"),
            ("/account/factors/codes", "/account/factors"),
            ("/account/factors/add", "/account/factors/add"),
            ("/admin/users/0192/disable", "/admin/users/0192/disable"),
            ("/admin/policy/try", "/admin/policy/try"),
            ("/account/email/unknown", "/account/email"),
        ];
        for (path, page) in table {
            assert_eq!(page_above(path), page, "{path}");
        }
    }
}
