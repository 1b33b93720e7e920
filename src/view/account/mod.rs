//! Min profil: what a person sees of their own account, and changes there.

mod factors;
mod frame;
mod overview;

pub use factors::{AppRow, FactorsNotice, FactorsPage};
pub use frame::{AccountMenu, AccountSection};
pub use overview::{AccountState, AccountTodo, OverviewPage};
