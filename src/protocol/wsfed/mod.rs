//! WS-Federation 1.2 §13, the passive requestor profile, as identity provider: `wsignin1.0`, `wsignout1.0`,
//! `wsignoutcleanup1.0`, and federation metadata (§3).
//!
//! Refused on purpose: every parameter that makes the receiver fetch something or obey a document (`wreq`, `wreqptr`,
//! `wresultptr`, `wp`, attribute and pseudonym services). Nothing but a page ever answers a request that is refused:
//! the profile has no way to tell the application, and no answer goes to an address that is not registered. There is
//! no `InResponseTo`: whoever receives a token must see to it that it is taken once; ours are good for five minutes.

pub mod metadata;
pub mod method;
pub mod request;
pub mod response;
pub mod token;

/// WS-Trust, February 2005: what ADFS, ASP.NET and SharePoint speak.
const TRUST: &str = "http://schemas.xmlsoap.org/ws/2005/02/trust";
const POLICY: &str = "http://schemas.xmlsoap.org/ws/2004/09/policy";
const ADDRESSING: &str = "http://www.w3.org/2005/08/addressing";
const UTILITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const FEDERATION: &str = "http://docs.oasis-open.org/wsfed/federation/200706";
const AUTHORIZATION: &str = "http://docs.oasis-open.org/wsfed/authorization/200706";
const SAML11: &str = "urn:oasis:names:tc:SAML:1.0:assertion";
const SAML20: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

/// `wa` of a sign-in and of its answer (§13.2.1).
pub const SIGN_IN: &str = "wsignin1.0";
pub const SIGN_OUT: &str = "wsignout1.0";
pub const CLEAN_UP: &str = "wsignoutcleanup1.0";

#[cfg(test)]
mod tests;
