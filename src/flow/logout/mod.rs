//! Leaving: a session ends, and who was told of it is told.

pub mod notices;
pub mod oidc;
