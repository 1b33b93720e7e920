//! SAML 2.0, as identity provider and towards the identity providers of organisations.

pub mod artifact;
pub mod assertion;
pub mod authn_request;
pub mod binding;
#[cfg(test)]
mod fixture;
pub mod idp_metadata;
pub mod logout;
pub mod message;
pub mod metadata;
pub mod metadata_signature;
pub mod person;
pub mod preset;
pub mod response;
pub mod second_opinion;
pub mod service_provider;
pub mod sp_metadata;
pub mod status;
pub mod upstream;

/// Namespaces (SAML Core §1.1, Metadata §1.1).
pub const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
pub const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// `Format` of an issuer (Core §8.3.6).
pub const ENTITY_FORMAT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
/// `Format` of a name that may be any, beside the one of SAML 1.1 (`NameIdKind::Username`).
const UNSPECIFIED_2: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:unspecified";
/// The only confirmation that Web SSO knows (Profiles §3.3).
pub const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// Paths below a tenant's base.
pub const METADATA_PATH: &str = "/saml/metadata";
pub const SSO_PATH: &str = "/saml/sso";
pub const LOGOUT_PATH: &str = "/saml/slo";
pub const ARTIFACT_PATH: &str = "/saml/artifact";
