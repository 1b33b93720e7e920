//! Nouns and rules, pure: no clock, no store, no network.

pub mod activity;
pub mod agent;
pub mod application;
pub mod assurance;
pub mod attempt;
pub mod audit;
pub mod authn_context;
pub mod authority;
pub mod client_form;
pub mod consent;
pub mod demand;
pub mod doubt;
pub mod fault;
pub mod federation;
pub mod grant;
pub mod help;
pub mod identity_provider;
pub mod ids;
pub mod language;
pub mod link;
pub mod logout;
pub mod mail;
pub mod notice;
pub mod oauth;
pub mod password_rules;
pub mod policy;
pub mod profile;
pub mod provider_form;
pub mod quantity;
pub mod record;
pub mod registration;
pub mod release;
pub mod saml;
pub mod secret;
pub mod session;
pub mod signing;
pub mod tenant;
pub mod time_zone;
pub mod trial;
pub mod user;
pub mod watch;
pub mod wsfed;

/// A point in time. Always handed in, never read inside the core.
pub type Time = chrono::DateTime<chrono::Utc>;
