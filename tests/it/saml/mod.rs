//! SAML 2.0 as identity provider (IN-9).

mod artifact;
mod hostile;
mod metadata;
mod requests;
mod sso;
