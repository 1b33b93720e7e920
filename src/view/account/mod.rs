//! Min profil: what a person sees of their own account, and changes there.

mod frame;
mod overview;

pub use frame::{AccountMenu, AccountSection};
pub use overview::{AccountState, AccountTodo, OverviewPage};
