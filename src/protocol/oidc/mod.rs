//! OpenID Connect and OAuth 2.0.

pub mod authorize;
mod authorize_error;
pub mod bearer;
pub mod claims;
pub mod client_assertion;
pub mod client_auth;
pub mod error;
#[cfg(test)]
mod fixture;
mod header;
pub mod hint;
pub mod introspect;
pub mod logout;
pub mod logout_token;
pub mod metadata;
pub mod own_assertion;
pub mod reply;
pub mod revoke;
pub mod token;
pub mod token_claims;
pub mod upstream;
pub mod upstream_info;
pub mod upstream_logout;
pub mod userinfo;
