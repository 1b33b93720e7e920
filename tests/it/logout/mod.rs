//! Leaving, and who is told of it.

pub mod actor;
mod backchannel;
mod saml;
mod wsfed;

use crate::support::{App, CALLBACK, SECRET};

/// An OpenID Connect application; with an address for notices, or without.
fn register(app: &App, id: &str, notices: Option<&str>) {
    let notices = notices.map(|url| format!("backchannel_logout_uri = \"{url}\"")).unwrap_or_default();
    app.apply(&format!(
        r#"
version = 1
[[tenant]]
slug = "{{slug}}"
[[tenant.application]]
id = "{id}"
name = "Application {id}"
[tenant.application.oidc]
type = "confidential"
secret = "{SECRET}"
token_endpoint_auth_method = "client_secret_basic"
redirect_uris = ["{CALLBACK}"]
post_logout_redirect_uris = ["https://app.example/bye"]
scopes = ["openid", "profile", "email", "offline_access"]
grant_types = ["authorization_code", "refresh_token"]
require_pkce = false
{notices}
"#
    ));
}
