//! The administration of a tenant: what its own administrators, helpdesk and auditors see.

mod frame;

pub use frame::{AdminMenu, AdminSection};
