//! OpenID Connect and OAuth 2.0 as an application sees them.

mod authorize;
mod clients;
mod consent;
mod discovery;
mod foreign;
mod introspection;
mod logout;
mod pkce;
mod prompts;
mod races;
mod redirects;
mod refresh;
mod token;
mod userinfo;
