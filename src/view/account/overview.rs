//! The first page of Min profil: how the account stands, and the way to everything else.

use askama::Template;

use super::super::{Frame, Page, write};
use super::{AccountMenu, AccountSection};
use crate::domain::Time;
use crate::domain::language::Language;

#[derive(Clone, Debug, Template)]
#[template(path = "account/overview.html")]
pub struct OverviewPage {
    pub frame: Frame,
    pub menu: AccountMenu,
    pub todos: Vec<AccountTodo>,
    pub state: AccountState,
}

/// What a person had better do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountTodo {
    AddSecondFactor,
    RenewRecoveryCodes { left: u32 },
    AddAddress,
    VerifyAddress,
}

/// What stands beside the links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountState {
    /// When this browser's person last proved who they are.
    pub signed_in_at: Time,
    pub password_changed_at: Option<Time>,
    pub authenticator_apps: u32,
    pub recovery_codes: u32,
    pub sessions: u32,
    pub applications: u32,
}

impl AccountTodo {
    fn path(self) -> &'static str {
        match self {
            Self::AddSecondFactor | Self::RenewRecoveryCodes { .. } => AccountSection::Factors.path(),
            Self::AddAddress | Self::VerifyAddress => "/account/email",
        }
    }
    fn text(self, frame: &Frame) -> String {
        match self {
            Self::AddSecondFactor => frame.text("account-todo-second-factor"),
            Self::RenewRecoveryCodes { left } => frame.counting("account-todo-recovery-codes", "left", &left),
            Self::AddAddress => frame.text("account-todo-address"),
            Self::VerifyAddress => frame.text("account-todo-verify"),
        }
    }
    fn action(self, frame: &Frame) -> String {
        frame.text(match self {
            Self::AddSecondFactor => "account-do-second-factor",
            Self::RenewRecoveryCodes { .. } => "account-do-recovery-codes",
            Self::AddAddress => "account-do-address",
            Self::VerifyAddress => "account-do-verify",
        })
    }
}

impl OverviewPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("account-title"), false)
    }
    /// Everything but this page itself, each with what is known of it.
    fn sections(&self) -> Vec<(AccountSection, String)> {
        let others = self.menu.sections().into_iter().filter(|section| *section != AccountSection::Overview);
        others.map(|section| (section, self.about(section))).collect()
    }
    fn about(&self, section: AccountSection) -> String {
        let (frame, state) = (&self.frame, &self.state);
        match section {
            AccountSection::Overview => String::new(),
            AccountSection::Details => frame.text("account-details-about"),
            AccountSection::Password => match &state.password_changed_at {
                Some(at) => frame.text_with("account-password-changed", "at", &frame.moment(at)),
                None => frame.text("account-password-none"),
            },
            AccountSection::Factors if state.authenticator_apps == 0 => frame.text("account-factors-none"),
            AccountSection::Factors => {
                let apps = frame.counting("account-factors-apps", "apps", &state.authenticator_apps);
                let codes = frame.counting("account-factors-codes", "codes", &state.recovery_codes);
                format!("{apps} {codes}")
            }
            AccountSection::Sessions => frame.counting("account-sessions-count", "sessions", &state.sessions),
            AccountSection::Applications => {
                frame.counting("account-applications-count", "applications", &state.applications)
            }
            AccountSection::Activity => frame.text("account-activity-about"),
            AccountSection::Data => frame.text("account-data-about"),
            AccountSection::Lock => frame.text("account-lock-about"),
        }
    }
}

impl Page for OverviewPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let at = Time::UNIX_EPOCH + chrono::Duration::days(20_600);
        let state = AccountState {
            signed_in_at: at,
            password_changed_at: Some(at),
            authenticator_apps: 1,
            recovery_codes: 9,
            sessions: 2,
            applications: 3,
        };
        let page = Self {
            frame: Frame::sample(language),
            menu: AccountMenu::sample(AccountSection::Overview),
            todos: Vec::new(),
            state,
        };
        let bare = AccountState {
            password_changed_at: None,
            authenticator_apps: 0,
            recovery_codes: 0,
            sessions: 1,
            applications: 0,
            ..page.state.clone()
        };
        let todos = vec![AccountTodo::AddSecondFactor, AccountTodo::AddAddress];
        let more = vec![AccountTodo::RenewRecoveryCodes { left: 1 }, AccountTodo::VerifyAddress];
        vec![
            ("account", page.clone()),
            ("account-new", Self { todos, state: bare, ..page.clone() }),
            ("account-todo", Self { todos: more, ..page.clone() }),
            ("account-staff", Self { menu: AccountMenu { staff: true, ..page.menu.clone() }, ..page.clone() }),
            ("account-transient", Self { menu: AccountMenu { transient: true, ..page.menu.clone() }, ..page }),
        ]
    }
}
