//! Approved networks: where people, and administrators, may sign in from (IN-12).

use askama::Template;

use super::super::{Frame, Page, write};
use super::{AdminMenu, AdminSection};
use crate::domain::language::Language;

/// Posts `everyone` and `administrators` (one network on each line), `stamp` and `csrf`.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/networks.html")]
pub struct NetworksPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub action: String,
    pub csrf: String,
    pub stamp: String,
    pub everyone: String,
    pub administrators: String,
    /// Where this browser is.
    pub here: Option<String>,
    pub notice: Option<NetworksNotice>,
    pub may_change: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworksNotice {
    Saved,
    Unchanged,
    WrongEveryone,
    WrongAdministrators,
    ShutsOut,
    Stale,
}

impl NetworksPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("admin-networks"), self.is_trouble())
    }
    fn is_trouble(&self) -> bool {
        !matches!(self.notice, None | Some(NetworksNotice::Saved | NetworksNotice::Unchanged))
    }
    fn notice_text(&self) -> Option<String> {
        let key = match self.notice? {
            NetworksNotice::Saved => "policy-saved",
            NetworksNotice::Unchanged => "policy-unchanged",
            NetworksNotice::WrongEveryone | NetworksNotice::WrongAdministrators => "networks-wrong",
            NetworksNotice::ShutsOut => "networks-shuts-out",
            NetworksNotice::Stale => "policy-stale",
        };
        Some(self.frame.text(key))
    }
    fn marks(&self, notice: NetworksNotice) -> bool {
        self.notice == Some(notice)
    }
}

impl Page for NetworksPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let open = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::Networks),
            action: "/t/fjordby/admin/networks".to_owned(),
            csrf: "sample-csrf".to_owned(),
            stamp: "sample-stamp".to_owned(),
            everyone: String::new(),
            administrators: String::new(),
            here: Some("192.0.2.17".to_owned()),
            notice: None,
            may_change: true,
        };
        let closed = Self {
            everyone: "192.0.2.0/24\n2001:db8::/32".to_owned(),
            administrators: "192.0.2.16/28".to_owned(),
            ..open.clone()
        };
        let with = |notice| Self { notice: Some(notice), ..closed.clone() };
        vec![
            ("admin-networks-open", open),
            ("admin-networks", closed.clone()),
            ("admin-networks-auditor", Self { may_change: false, here: None, ..closed.clone() }),
            ("admin-networks-saved", with(NetworksNotice::Saved)),
            ("admin-networks-unchanged", with(NetworksNotice::Unchanged)),
            ("admin-networks-wrong", with(NetworksNotice::WrongEveryone)),
            ("admin-networks-wrong-administrators", with(NetworksNotice::WrongAdministrators)),
            ("admin-networks-shuts-out", with(NetworksNotice::ShutsOut)),
            ("admin-networks-stale", with(NetworksNotice::Stale)),
        ]
    }
}
