//! The only network client. Everything that this server fetches or sends by itself leaves through here.

mod address;
mod cache;
pub mod fetch;
pub mod mail;
pub mod relying_party;
pub mod upstream;
