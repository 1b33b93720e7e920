//! Use cases. A flow is synchronous, owns its transactions and returns plain data.

pub mod admin;
pub mod host;
pub mod site;
pub mod sources;
pub mod turnstile;

pub use host::{Host, Lifetimes};
pub use site::Site;
