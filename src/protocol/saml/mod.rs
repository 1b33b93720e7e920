//! SAML 2.0.

pub mod sp_metadata;
