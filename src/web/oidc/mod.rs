//! OpenID Connect and OAuth 2.0 over HTTP.

pub mod authorize;
pub mod client;
pub mod discovery;
pub mod introspect;
pub mod revoke;
pub mod token;
pub mod userinfo;
