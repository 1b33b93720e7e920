//! Raw → typed request; facts → decision; decision → typed response. No clock, store or HTTP.

pub mod base;
pub mod oidc;
pub mod params;
pub mod reply;
pub mod saml;
pub mod wsfed;
