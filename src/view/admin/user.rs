//! One person, with what staff may do to them.

use askama::Template;

use super::{AdminMenu, AdminSection, deed_done, deed_text};
use crate::domain::Time;
use crate::domain::agent::Agent;
use crate::domain::attempt::{Factor, Lock};
use crate::domain::audit::EventKind;
use crate::domain::authority::Deed;
use crate::domain::language::Language;
use crate::domain::user::UserStatus;
use crate::view::{Frame, Page, events, write};

/// Posts `csrf` to `{base}/{deed}`; what is dangerous is asked there first.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/user.html")]
pub struct AdminUserPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub csrf: String,
    /// The page's own path.
    pub base: String,
    pub notice: Option<AdminNotice>,
    pub user: AdminUser,
    pub may_edit: bool,
    pub deeds: Vec<Deed>,
    pub apps: Vec<AdminApp>,
    pub recovery_codes_left: u32,
    pub sessions: Vec<AdminSession>,
    pub events: Vec<AdminEvent>,
}

/// What was just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminNotice {
    Created,
    Saved,
    Done(Deed),
}

/// How somebody signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    Password,
    /// Not here, or not yet.
    NoPassword,
    /// Passed on from an identity provider: known only as long as a session lives.
    Transient,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminUser {
    pub name: String,
    pub username: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub language: Option<Language>,
    pub roles: Vec<String>,
    pub groups: Vec<String>,
    pub created_at: Time,
    pub status: UserStatus,
    pub account: AccountKind,
    pub lock: Option<Lock>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminApp {
    pub label: String,
    pub created_at: Time,
    pub last_used_at: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminSession {
    pub agent: Agent,
    pub address: Option<String>,
    pub last_seen: Time,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminEvent {
    pub at: Time,
    pub kind: EventKind,
    pub by: Option<AdminBy>,
    pub address: Option<String>,
    pub application: Option<String>,
    /// Names of the fields that were changed.
    pub changed: Option<String>,
}

/// Who did it, if not the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminBy {
    Person(String),
    Operator,
}

/// Why nobody can sign in, if it is for good: by an administrator's hand, or by the owner's.
pub(super) fn closed(status: UserStatus) -> Option<&'static str> {
    match status {
        UserStatus::Active => None,
        UserStatus::Disabled => Some("admin-user-disabled"),
        UserStatus::SelfLocked => Some("admin-user-self-locked"),
    }
}

impl AdminUserPage {
    fn title(&self) -> String {
        self.frame.title(&self.user.name, false)
    }
    fn told(&self) -> Option<String> {
        self.notice.map(|notice| match notice {
            AdminNotice::Created => self.frame.text("admin-created"),
            AdminNotice::Saved => self.frame.text("admin-saved"),
            AdminNotice::Done(deed) => deed_done(&self.frame, deed),
        })
    }
    fn is_good(&self) -> bool {
        self.user.status == UserStatus::Active && self.user.lock.is_none()
    }
    fn badge(&self) -> String {
        self.frame.text(match (closed(self.user.status), &self.user.lock) {
            (Some(closed), _) => closed,
            (None, Some(_)) => "admin-user-locked",
            (None, None) if self.user.account == AccountKind::Transient => "admin-user-transient",
            (None, None) if self.user.account == AccountKind::NoPassword => "admin-user-no-password",
            (None, None) => "admin-user-active",
        })
    }
    /// The status in a line: what it is, until when, and why.
    fn status(&self) -> String {
        match (self.user.status, &self.user.lock) {
            (UserStatus::Disabled, _) => self.frame.text("admin-user-disabled-text"),
            (UserStatus::SelfLocked, _) => self.frame.text("admin-user-self-locked-text"),
            (UserStatus::Active, Some(lock)) => {
                let until = match &lock.until {
                    Some(until) => self.frame.text_with("admin-user-locked-until", "until", &self.frame.moment(until)),
                    None => self.frame.text("admin-user-locked-closed"),
                };
                format!("{until} {}", self.frame.counting("admin-user-failures", "failures", &lock.failures))
            }
            (UserStatus::Active, None) => self.frame.text(match self.user.account {
                AccountKind::Transient => "admin-user-transient-text",
                AccountKind::NoPassword => "admin-user-invited-text",
                AccountKind::Password => "admin-user-active-text",
            }),
        }
    }
    fn buttons(&self) -> Vec<(Deed, String)> {
        self.deeds.iter().map(|deed| (*deed, deed_text(&self.frame, *deed))).collect()
    }
    fn roles(&self) -> String {
        self.all(&self.user.roles.iter().map(|role| self.frame.role(role)).collect::<Vec<_>>())
    }
    fn all(&self, values: &[String]) -> String {
        if values.is_empty() { self.frame.text("admin-user-none") } else { values.join(", ") }
    }
    fn app_name(&self, app: &AdminApp) -> String {
        if app.label.is_empty() { self.frame.text("admin-user-app") } else { app.label.clone() }
    }
    fn browser(&self, session: &AdminSession) -> String {
        self.frame.agent(&session.agent)
    }
    /// What happened, and by whom and from where as far as it is known.
    fn sentence(&self, event: &AdminEvent) -> String {
        let with = |key: &str, name: &'static str, value: &str| self.frame.text_with(key, name, value);
        let by = event.by.as_ref().map(|by| match by {
            AdminBy::Person(name) => name.clone(),
            AdminBy::Operator => self.frame.text("admin-event-operator"),
        });
        let parts = [
            event.changed.as_ref().map(|changed| format!("({changed})")),
            event.application.as_ref().map(|application| with("admin-event-in", "application", application)),
            by.map(|who| with("admin-event-by", "who", &who)),
            event.address.as_ref().map(|address| with("admin-event-from", "address", address)),
        ];
        let told = events::text(self.frame.language, event.kind);
        std::iter::once(told).chain(parts.into_iter().flatten()).collect::<Vec<_>>().join(" ")
    }
}

impl Page for AdminUserPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let whole = sample(language);
        let active = Self {
            user: AdminUser { lock: None, ..whole.user.clone() },
            notice: Some(AdminNotice::Done(Deed::Unlock)),
            deeds: vec![Deed::SendReset, Deed::SignOut, Deed::ForcePasswordChange, Deed::Disable],
            ..whole.clone()
        };
        let closed = Lock { factor: Factor::Totp, failures: 10, until: None };
        let closed = Self {
            user: AdminUser { lock: Some(closed), ..whole.user.clone() },
            notice: Some(AdminNotice::Saved),
            ..whole.clone()
        };
        let disabled = Self {
            user: AdminUser { status: UserStatus::Disabled, ..whole.user.clone() },
            deeds: vec![Deed::Enable],
            sessions: Vec::new(),
            ..whole.clone()
        };
        let frozen = Self {
            user: AdminUser { status: UserStatus::SelfLocked, lock: None, ..whole.user.clone() },
            ..disabled.clone()
        };
        let new = Self {
            user: AdminUser {
                lock: None,
                account: AccountKind::NoPassword,
                roles: Vec::new(),
                email: None,
                ..whole.user.clone()
            },
            notice: Some(AdminNotice::Created),
            deeds: Vec::new(),
            may_edit: false,
            apps: Vec::new(),
            recovery_codes_left: 0,
            sessions: Vec::new(),
            events: Vec::new(),
            ..whole.clone()
        };
        let transient = Self {
            user: AdminUser { lock: None, account: AccountKind::Transient, ..whole.user.clone() },
            deeds: vec![Deed::SignOut],
            may_edit: false,
            ..whole.clone()
        };
        vec![
            ("admin-user-transient", transient),
            ("admin-user", active),
            ("admin-user-locked", whole),
            ("admin-user-closed", closed),
            ("admin-user-disabled", disabled),
            ("admin-user-self-locked", frozen),
            ("admin-user-new", new),
        ]
    }
}

fn sample(language: Language) -> AdminUserPage {
    let at = |seconds| Time::from_timestamp(seconds, 0).unwrap_or_default();
    let event = |kind: EventKind| AdminEvent {
        at: at(1_795_000_000),
        kind,
        by: None,
        address: Some("2001:db8::7".to_owned()),
        application: None,
        changed: None,
    };
    let by = Some(AdminBy::Person("bjoern".to_owned()));
    AdminUserPage {
        frame: Frame::sample(language),
        menu: AdminMenu::sample(AdminSection::Users),
        csrf: "sample-csrf".to_owned(),
        base: "/t/fjordby/admin/users/sample".to_owned(),
        notice: None,
        user: AdminUser {
            name: "Mette Åse Sørensen".to_owned(),
            username: "mette".to_owned(),
            email: Some("mette@fjordby.example".to_owned()),
            email_verified: false,
            language: Some(Language::Da),
            roles: vec!["buyer".to_owned(), "helpdesk".to_owned()],
            groups: vec!["finance".to_owned()],
            created_at: at(1_780_000_000),
            status: UserStatus::Active,
            account: AccountKind::Password,
            lock: Some(Lock { factor: Factor::Password, failures: 3, until: Some(at(1_795_000_900)) }),
        },
        may_edit: true,
        deeds: vec![Deed::Unlock, Deed::SendReset, Deed::SignOut, Deed::ResetSecondFactor, Deed::Disable],
        apps: vec![
            AdminApp {
                label: "Mettes telefon".to_owned(),
                created_at: at(1_790_000_000),
                last_used_at: Some(at(1_795_000_000)),
            },
            AdminApp { label: String::new(), created_at: at(1_790_000_000), last_used_at: None },
        ],
        recovery_codes_left: 7,
        sessions: vec![
            AdminSession {
                agent: Agent { browser: Some("Firefox"), system: Some("Linux") },
                address: Some("192.0.2.7".to_owned()),
                last_seen: at(1_795_000_000),
            },
            AdminSession { agent: Agent::default(), address: None, last_seen: at(1_795_000_000) },
        ],
        events: vec![
            AdminEvent { by: by.clone(), changed: Some("email, roles".to_owned()), ..event(EventKind::UserChanged) },
            AdminEvent { by: Some(AdminBy::Operator), address: None, ..event(EventKind::PasswordSet) },
            AdminEvent { application: Some("Fravær".to_owned()), ..event(EventKind::AuthorizationGranted) },
            event(EventKind::SignInFailed),
        ],
    }
}
