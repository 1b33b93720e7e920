//! Where a person is signed in, and the browsers that know them.

use askama::Template;

use super::{AccountMenu, AccountSection};
use crate::domain::Time;
use crate::domain::agent::Agent;
use crate::domain::language::Language;
use crate::view::{Frame, Page, write};

/// Posts `csrf`, `do` (`end`, `end-others`, `forget`, `forget-all`), `id` where one is meant, and `offline` if ticked.
#[derive(Clone, Debug, Template)]
#[template(path = "account/sessions.html")]
pub struct SessionsPage {
    pub frame: Frame,
    pub menu: AccountMenu,
    pub action: String,
    pub csrf: String,
    pub sessions: Vec<SessionRow>,
    pub devices: Vec<DeviceRow>,
    pub notice: Option<SessionsNotice>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    pub id: String,
    pub agent: Agent,
    pub address: Option<String>,
    pub began_at: Time,
    pub last_seen: Time,
    /// The one that this page is shown in.
    pub current: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRow {
    pub id: String,
    pub agent: Agent,
    pub address: Option<String>,
    pub seen_at: Time,
    /// Until when it need not give the second factor again.
    pub trusted_until: Option<Time>,
    pub current: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionsNotice {
    Ended,
    OthersEnded,
    Forgotten,
}

impl SessionsNotice {
    pub const ALL: [Self; 3] = [Self::Ended, Self::OthersEnded, Self::Forgotten];

    /// In the page's address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::OthersEnded => "others-ended",
            Self::Forgotten => "forgotten",
        }
    }
    fn key(self) -> &'static str {
        match self {
            Self::Ended => "sessions-ended",
            Self::OthersEnded => "sessions-others-ended",
            Self::Forgotten => "sessions-forgotten",
        }
    }
}

impl SessionsPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("account-sessions"), false)
    }
    fn has_others(&self) -> bool {
        self.sessions.iter().any(|row| !row.current)
    }
}

impl Page for SessionsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let at = Time::UNIX_EPOCH + chrono::Duration::days(20_600);
        let session = |n: u32, agent: Agent| SessionRow {
            id: format!("session-{n}"),
            agent,
            address: Some("192.0.2.7".to_owned()),
            began_at: at,
            last_seen: at + chrono::Duration::hours(i64::from(n)),
            current: n == 0,
        };
        let edge = Agent { browser: Some("Edge"), system: Some("Windows") };
        let phone = Agent { browser: Some("Safari"), system: Some("iPhone") };
        let device = |n: u32, agent: Agent| DeviceRow {
            id: format!("device-{n}"),
            agent,
            address: Some("2001:db8::7".to_owned()),
            seen_at: at,
            trusted_until: (n == 1).then_some(at + chrono::Duration::days(30)),
            current: n == 0,
        };
        let unknown = SessionRow { address: None, ..session(2, Agent::default()) };
        let page = Self {
            frame: Frame::sample(language),
            menu: AccountMenu::sample(AccountSection::Sessions),
            action: "/t/fjordby/account/sessions".to_owned(),
            csrf: "sample-csrf".to_owned(),
            sessions: vec![session(0, edge), session(1, phone), unknown],
            devices: vec![device(0, edge), device(1, phone)],
            notice: None,
        };
        let alone = Self { sessions: vec![session(0, edge)], devices: Vec::new(), ..page.clone() };
        let with = |notice| Self { notice: Some(notice), ..page.clone() };
        vec![
            ("account-sessions", page.clone()),
            ("account-sessions-alone", alone),
            ("account-sessions-ended", with(SessionsNotice::Ended)),
            ("account-sessions-others-ended", with(SessionsNotice::OthersEnded)),
            ("account-sessions-forgotten", with(SessionsNotice::Forgotten)),
        ]
    }
}
