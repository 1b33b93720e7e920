//! Min profil: what a person sees of their own account, and changes there.

mod activity;
mod agent;
mod applications;
mod details;
mod email;
mod export;
mod factors;
mod frame;
mod lock;
mod overview;
mod sessions;

pub(in crate::view) use agent::agent_text;

pub use activity::{ActivityPage, ActivityRow, Doer, Ending, Happening, NotMePage};
pub use applications::{ApplicationsPage, ConnectionRow};
pub use details::{DetailRow, DetailsPage, FixedDetails};
pub use email::{EmailPage, EmailState};
pub use export::ExportPage;
pub use factors::{AppRow, FactorsNotice, FactorsPage, IdentityOffer, IdentityRow};
pub use frame::{AccountMenu, AccountSection};
pub use lock::{LockPage, LockedPage};
pub use overview::{AccountState, AccountTodo, OverviewPage};
pub use sessions::{DeviceRow, SessionRow, SessionsNotice, SessionsPage};
