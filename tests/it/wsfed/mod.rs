//! WS-Federation as a relying party sees it (IN-9).

mod metadata;
pub mod party;
mod refusals;
mod signin;
mod signout;
