//! One integration binary: the real server on a real port, and what can be seen of it from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test that cannot go on says so by panicking"
)]

mod account;
mod admin;
mod architecture;
mod cli;
mod federation;
mod headers;
mod hostile;
mod logout;
mod migrations;
mod nodes;
mod oidc;
mod operation;
mod playground;
mod recovery;
mod routes;
mod saml;
mod signin;
mod store;
mod support;
mod wsfed;
mod xmlsec1;
