//! The administration of a tenant: what its own administrators, helpdesk and auditors see.

mod frame;
mod networks;
mod notices;
mod policy;

pub use frame::{AdminMenu, AdminSection};
pub use networks::{NetworksNotice, NetworksPage};
pub use notices::{NoticeDraft, NoticesNotice, NoticesPage};
pub use policy::{PolicyConfirmPage, PolicyNotice, PolicyPage, TriedPassword};
