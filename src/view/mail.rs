//! Mails: one letter in two forms, the words from the same language files as the pages.

use askama::Template;

use super::account::agent_text;
use super::{clock, texts, write};
use crate::domain::Time;
use crate::domain::agent::Agent;
use crate::domain::attempt::Factor;
use crate::domain::ids::UserId;
use crate::domain::language::Language;
use crate::domain::mail::{Confided, Letter, Message, one_line};
use crate::domain::policy::SecondFactorMethod;
use crate::domain::time_zone::TimeZone;
use crate::domain::user::EmailAddress;

/// A mail that can be sent.
#[derive(Clone)]
pub struct MailText {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// What both forms show.
struct Content {
    language: Language,
    tenant: String,
    subject: String,
    greeting: String,
    before: Vec<String>,
    code: Option<String>,
    action: Option<Action>,
    after: Vec<String>,
    footer: String,
}

/// What is to be pressed, with the same address as plain text for those who rather read it.
struct Action {
    label: String,
    link: String,
    otherwise: String,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct HtmlLetter<'a> {
    letter: &'a Content,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct TextLetter<'a> {
    letter: &'a Content,
}

/// A letter of this tenant, by its clock, in words. `at`: when what it tells of happened.
pub fn mail((tenant, zone): (&str, TimeZone), letter: &Letter, at: Time) -> MailText {
    let content = Writer { language: letter.language, tenant: one_line(tenant), zone, at }.content(letter);
    let text = write(&TextLetter { letter: &content });
    let html = write(&HtmlLetter { letter: &content });
    MailText { subject: content.subject, text, html }
}

struct Writer {
    language: Language,
    tenant: String,
    zone: TimeZone,
    at: Time,
}

/// What a kind of mail consists of.
struct Parts {
    subject: &'static str,
    before: Vec<String>,
    code: Option<String>,
    action: Option<Action>,
    after: Vec<String>,
}

impl Writer {
    fn text(&self, key: &str) -> String {
        texts::text(self.language, key)
    }
    fn with(&self, key: &str, name: &'static str, value: &str) -> String {
        texts::text_with(self.language, key, name, value)
    }
    /// A text that may name the tenant.
    fn told(&self, key: &str) -> String {
        self.with(key, "tenant", &self.tenant)
    }
    fn time(&self, at: Time) -> String {
        clock::moment_with_zone(self.language, self.zone, at)
    }

    fn content(&self, letter: &Letter) -> Content {
        let parts = self.parts(letter);
        Content {
            language: self.language,
            tenant: self.tenant.clone(),
            subject: self.told(parts.subject),
            greeting: self.with("mail-greeting", "name", &one_line(&letter.name)),
            before: parts.before,
            code: parts.code,
            action: parts.action,
            after: parts.after,
            footer: self.told("mail-footer"),
        }
    }

    fn parts(&self, letter: &Letter) -> Parts {
        let username = self.with("mail-username", "username", &one_line(&letter.username));
        match &letter.message {
            Message::OneTimeCode { code, expires_at } => Parts {
                subject: "mail-code-subject",
                before: vec![self.text("mail-code-text")],
                code: Some(code.expose().to_owned()),
                action: None,
                after: vec![self.valid(*expires_at), self.text("mail-never-share"), self.told("mail-not-you")],
            },
            Message::Invitation { link, expires_at } => {
                let before = vec![self.told("mail-invitation-text"), username];
                let action = self.action("mail-invitation-action", link.expose());
                self.linked(("mail-invitation-subject", before, action), *expires_at, &[])
            }
            Message::PasswordReset { link, expires_at } => {
                let before = vec![self.told("mail-reset-text")];
                let action = self.action("mail-reset-action", link.expose());
                self.linked(("mail-reset-subject", before, action), *expires_at, &[username, self.text("mail-ignore")])
            }
            Message::AddressVerification { link, expires_at } => {
                let before = vec![self.told("mail-verify-text")];
                let action = self.action("mail-verify-action", link.expose());
                self.linked(("mail-verify-subject", before, action), *expires_at, &[self.text("mail-ignore")])
            }
            Message::PasswordChanged => {
                self.notice("mail-password-changed-subject", self.told("mail-password-changed-text"))
            }
            Message::AddressChanged { masked } => {
                let text = self.with("mail-address-changed-text", "address", masked);
                self.notice("mail-address-changed-subject", text)
            }
            Message::FactorAdded { factor } => {
                let text = self.with("mail-factor-added-text", "factor", &self.factor(*factor));
                self.notice("mail-factor-added-subject", text)
            }
            Message::FactorRemoved { factor } => {
                let text = self.with("mail-factor-removed-text", "factor", &self.factor(*factor));
                self.notice("mail-factor-removed-subject", text)
            }
            Message::IdentityLinked { provider } => {
                let text = self.with("mail-identity-linked-text", "provider", &one_line(provider));
                self.notice("mail-factor-added-subject", text)
            }
            Message::IdentityUnlinked { provider } => {
                let text = self.with("mail-identity-unlinked-text", "provider", &one_line(provider));
                self.notice("mail-factor-removed-subject", text)
            }
            Message::RecoveryCodesRenewed => {
                self.notice("mail-recovery-renewed-subject", self.told("mail-recovery-renewed-text"))
            }
            Message::RecoveryCodeUsed { left } => {
                let text = texts::text_counting(self.language, "mail-recovery-used-text", "count", *left);
                self.notice("mail-recovery-used-subject", text)
            }
            Message::AccountLocked { until } => {
                let text = self.with("mail-locked-text", "time", &self.time(*until));
                self.notice("mail-locked-subject", text)
            }
            Message::FactorClosed { factor: Factor::Password } => {
                self.notice("mail-closed-subject", self.told("mail-closed-password"))
            }
            Message::FactorClosed { factor: Factor::Totp | Factor::EmailCode | Factor::RecoveryCode } => {
                self.notice("mail-closed-subject", self.told("mail-closed-code"))
            }
            Message::SignedOutEverywhere => self.notice("mail-signed-out-subject", self.told("mail-signed-out-text")),
            Message::NewDevice { agent, address, link } => {
                let mut parts = self.notice("mail-new-device-subject", self.told("mail-new-device-text"));
                let device = agent_text(self.language, &Agent::read(agent.as_deref().unwrap_or_default()));
                let device = self.with("mail-new-device-browser", "device", &device);
                let address = address.map(|it| self.with("mail-new-device-network", "address", &it.to_string()));
                parts.before.push(device);
                parts.before.extend(address);
                parts.before.push(self.text("mail-new-device-mine"));
                Parts { action: Some(self.action("mail-new-device-action", link)), ..parts }
            }
            Message::AccountSelfLocked => self.notice("mail-self-locked-subject", self.told("mail-self-locked-text")),
            Message::AccountDisabled => self.notice("mail-disabled-subject", self.told("mail-disabled-text")),
        }
    }

    fn linked(
        &self,
        (subject, before, action): (&'static str, Vec<String>, Action),
        expires_at: Time,
        further: &[String],
    ) -> Parts {
        let after = std::iter::once(self.valid(expires_at)).chain(further.iter().cloned()).collect();
        Parts { subject, before, code: None, action: Some(action), after }
    }

    fn notice(&self, subject: &'static str, text: String) -> Parts {
        let when = self.with("mail-when", "time", &self.time(self.at));
        let after = vec![self.told("mail-not-you")];
        Parts { subject, before: vec![text, when], code: None, action: None, after }
    }

    fn action(&self, label: &str, link: &str) -> Action {
        let otherwise = self.text("mail-button-fails");
        Action { label: self.text(label), link: link.to_owned(), otherwise }
    }

    fn factor(&self, factor: SecondFactorMethod) -> String {
        self.text(match factor {
            SecondFactorMethod::Totp => "mail-factor-totp",
            SecondFactorMethod::Passkey => "mail-factor-passkey",
            SecondFactorMethod::EmailCode => "mail-factor-email",
        })
    }

    /// How long, in the largest unit that does not lie.
    fn valid(&self, expires_at: Time) -> String {
        const MINUTES_OF_A_DAY: i64 = 24 * 60;
        let seconds = (expires_at - self.at).num_seconds();
        let minutes = seconds.saturating_add(59).div_euclid(60).max(1);
        let (key, count) = match minutes {
            days if days >= MINUTES_OF_A_DAY && days % MINUTES_OF_A_DAY == 0 => {
                ("mail-valid-days", days / MINUTES_OF_A_DAY)
            }
            hours if hours >= 60 && hours % 60 == 0 => ("mail-valid-hours", hours / 60),
            minutes => ("mail-valid-minutes", minutes),
        };
        texts::text_counting(self.language, key, "count", u32::try_from(count).unwrap_or(u32::MAX))
    }
}

/// One mail of each kind, as people get them; tests render and judge them all.
pub fn mail_samples(language: Language) -> Vec<(&'static str, MailText)> {
    let at = Time::from_timestamp(1_800_000_000, 0).unwrap_or_default();
    let later = |minutes| at + chrono::Duration::minutes(minutes);
    let link = |path: &str| Confided::new(format!("https://login.example/t/fjordby/{path}?token=ptl_sample"));
    let messages = vec![
        Message::OneTimeCode { code: Confided::new("492816"), expires_at: later(10) },
        Message::Invitation { link: link("welcome"), expires_at: later(7 * 24 * 60) },
        Message::PasswordReset { link: link("password/reset"), expires_at: later(60) },
        Message::AddressVerification { link: link("account/email/confirm"), expires_at: later(120) },
        Message::PasswordChanged,
        Message::AddressChanged { masked: "m•••@fjordby.example".to_owned() },
        Message::FactorAdded { factor: SecondFactorMethod::Totp },
        Message::FactorRemoved { factor: SecondFactorMethod::Passkey },
        Message::IdentityLinked { provider: "Microsoft".to_owned() },
        Message::IdentityUnlinked { provider: "Microsoft".to_owned() },
        Message::RecoveryCodesRenewed,
        Message::RecoveryCodeUsed { left: 9 },
        Message::AccountLocked { until: later(15) },
        Message::FactorClosed { factor: Factor::Password },
        Message::FactorClosed { factor: Factor::Totp },
        Message::SignedOutEverywhere,
        Message::NewDevice {
            agent: Some("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0".to_owned()),
            address: "192.0.2.7".parse().ok(),
            link: "https://login.example/t/fjordby/account/not-me".to_owned(),
        },
        Message::AccountDisabled,
        Message::AccountSelfLocked,
    ];
    let Ok(to) = EmailAddress::parse("mette@fjordby.example") else { return Vec::new() };
    let write = |message: Message| {
        let kind = message.kind();
        let letter = Letter {
            user: UserId::from_uuid(uuid::Uuid::nil()),
            to: to.clone(),
            name: "Mette Åse Sørensen".to_owned(),
            username: "mette".to_owned(),
            language,
            message,
        };
        (kind, mail(("Fjordby Kommune", TimeZone::default()), &letter, at))
    };
    messages.into_iter().map(write).collect()
}
