//! Locking one's own account: what it means, and that it is done.

use askama::Template;

use super::{AccountMenu, AccountSection};
use crate::domain::language::Language;
use crate::view::{Frame, Page, write};

/// Posts `csrf`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/lock.html")]
pub struct LockPage {
    pub frame: Frame,
    pub menu: AccountMenu,
    pub action: String,
    pub csrf: String,
    /// Whether there is an address that a link for a new password can be mailed to.
    pub has_address: bool,
}

impl LockPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("lock-title"), false)
    }
}

impl Page for LockPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let page = Self {
            frame: Frame::sample(language),
            menu: AccountMenu::sample(AccountSection::Lock),
            action: "/t/fjordby/account/lock".to_owned(),
            csrf: "sample-csrf".to_owned(),
            has_address: true,
        };
        let without = Self { has_address: false, ..page.clone() };
        vec![("account-lock", page), ("account-lock-without-address", without)]
    }
}

/// Nobody is signed in any more.
#[derive(Clone, Debug, Template)]
#[template(path = "account/locked.html")]
pub struct LockedPage {
    pub frame: Frame,
    pub has_address: bool,
}

impl LockedPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("locked-title"), false)
    }
}

impl Page for LockedPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let page = Self { frame: Frame::sample(language), has_address: true };
        let without = Self { has_address: false, ..page.clone() };
        vec![("account-locked", page), ("account-locked-without-address", without)]
    }
}
