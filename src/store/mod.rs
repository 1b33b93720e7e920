//! Durable state. A registry database knows the tenants; each tenant has a database of its own, opened with a key
//! of its own, and nothing reads or writes data but through a transaction ([`Tx`]) of one tenant's [`Store`].
//!
//! ```text
//! Stores ──▶ Registry                tenants, host names, wrapped keys
//!    └────▶ Store ──▶ Tx             one tenant; read, write, enqueue
//!                      └──▶ users, passwords, sessions, grants, …   one file per noun
//! ```
//!
//! Two engines: SQLite under SQLCipher (one file and one writer thread per tenant, [group commit](engine)), and
//! PostgreSQL (one database per tenant). What differs between them is in [`dialect`] and nowhere else.
//! May use `crypto` and `domain`; diesel lives here only.

mod aftermath;
mod bell;
mod column;
mod dialect;
mod engine;
mod error;
mod registry;
mod schema;
mod stores;
mod tx;

pub mod access_tokens;
pub mod applications;
pub mod artifacts;
pub mod assertions;
pub mod attempts;
pub mod audit;
pub mod consents;
pub mod credentials;
pub mod devices;
pub mod enrolments;
pub mod expiry;
pub mod federated_identities;
pub mod grants;
pub mod identity_providers;
pub mod keys;
pub mod links;
pub mod logout_notices;
pub mod logouts;
pub mod mail_codes;
pub mod metadata;
pub mod name_ids;
pub mod outbox;
pub mod participants;
pub mod passwords;
pub mod recovery_codes;
pub mod sessions;
pub mod settings;
pub mod sign_ins;
pub mod totp;
pub mod transients;
pub mod upstream_sessions;
pub mod users;

pub use bell::Bell;
pub use error::StoreError;
pub use registry::Registry;
pub use stores::{Engine, StoreOptions, Stores};
pub use tx::{Store, Tx};
