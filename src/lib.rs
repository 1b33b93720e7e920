//! Portner, the doorkeeper: an identity provider and single sign-on server.
//!
//! ```text
//! main ─▶ app ─┬─▶ web ──┬─▶ flow ─┬─▶ protocol ─▶ crypto ─▶ domain
//!              │         │         └─▶ store ─────▶ crypto ─▶ domain
//!              │         ├─▶ view ───────────────────────────▶ domain
//!              │         └─▶ outbound ───────────────────────▶ domain
//!              └─▶ jobs ─┴─▶ flow, view, outbound
//! ```
//!
//! A layer may use what its arrows reach and nothing else; `tests/it/architecture.rs` enforces it.

pub mod app;
pub mod cli;
pub mod config;
pub mod crypto;
pub mod domain;
pub mod flow;
pub mod jobs;
pub mod outbound;
pub mod protocol;
pub mod store;
pub mod telemetry;
pub mod view;
pub mod web;
