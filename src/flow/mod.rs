//! Use cases. A flow is synchronous, owns its transactions and returns plain data.

pub mod account;
pub mod admin;
pub mod attempts;
pub mod authorize;
pub mod browser;
pub mod client;
pub mod credentials;
pub mod enrolment;
pub mod federation;
pub mod hint;
pub mod host;
pub mod interaction;
pub mod logout;
pub mod mail;
pub mod name_id;
pub mod outbox;
pub mod password;
pub mod playground;
pub mod recovery;
pub mod refresh;
pub mod resource;
pub mod resume;
pub mod saml;
pub mod second_factor;
pub mod session;
pub mod signin;
pub mod site;
pub mod sources;
pub mod token;
pub mod turnstile;
pub mod upkeep;
pub mod verified;
pub mod visit;
pub mod wsfed;

pub use host::{Host, Lifetimes};
pub use site::Site;
