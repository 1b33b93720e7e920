//! Everything that is kept about a person, for themselves, as one JSON document (GDPR articles 15 and 20). Never a
//! secret: no hash, seed, code or token, and no address of anybody else.

use serde::Serialize;

use crate::domain::Time;
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::session::Participant;
use crate::domain::user::{Profile, User};
use crate::flow::Site;
use crate::flow::browser::{Browser, SignedIn};
use crate::store::audit::{AuditRecord, Own};
use crate::store::devices::Known;
use crate::store::federated_identities::Identity;
use crate::store::grants::Held;
use crate::store::logout_notices::Notice;
use crate::store::outbox::Envelope;
use crate::store::sessions::Seen;
use crate::store::{self, StoreError, Tx};

/// Of the document's shape: whoever reads it with a program compares it.
pub const SCHEMA: &str = "portner-account-export-1";

/// The newest events come first; more than this of one person is not held in memory at once.
const EVENTS: u32 = 50_000;

#[derive(Debug, Serialize)]
pub struct Export {
    schema: &'static str,
    organisation: String,
    exported_at: Time,
    user: Person,
    password: Option<PasswordFacts>,
    authenticator_apps: Vec<App>,
    recovery_codes_left: u32,
    second_factor_asked_at: Option<Time>,
    sessions: Vec<SessionFacts>,
    devices: Vec<DeviceFacts>,
    consents: Vec<ConsentFacts>,
    grants: Vec<GrantFacts>,
    names: Vec<NameFacts>,
    identities: Vec<IdentityFacts>,
    assertions: Vec<AssertionFacts>,
    logout_notices: Vec<NoticeFacts>,
    mails: Vec<MailFacts>,
    events: Vec<EventFacts>,
}

#[derive(Debug, Serialize)]
struct Person {
    id: String,
    username: String,
    email: Option<String>,
    email_verified: bool,
    locale: Option<&'static str>,
    profile: Profile,
    roles: Vec<String>,
    groups: Vec<String>,
    created_at: Time,
    updated_at: Time,
}

#[derive(Debug, Serialize)]
struct PasswordFacts {
    changed_at: Time,
}

#[derive(Debug, Serialize)]
struct App {
    label: String,
    created_at: Time,
    last_used_at: Option<Time>,
}

#[derive(Debug, Serialize)]
struct SessionFacts {
    id: String,
    created_at: Time,
    signed_in_at: Time,
    last_seen: Time,
    address: Option<String>,
    user_agent: Option<String>,
}

#[derive(Debug, Serialize)]
struct DeviceFacts {
    created_at: Time,
    seen_at: Option<Time>,
    expires_at: Time,
    trusted_until: Option<Time>,
    address: Option<String>,
    user_agent: Option<String>,
}

#[derive(Debug, Serialize)]
struct ConsentFacts {
    application: String,
    scopes: String,
    claims: Vec<String>,
    given_at: Time,
}

#[derive(Debug, Serialize)]
struct GrantFacts {
    application: String,
    session: String,
    scopes: String,
    created_at: Time,
    used_at: Time,
    expires_at: Time,
}

/// What one application calls the person.
#[derive(Debug, Serialize)]
struct NameFacts {
    audience: String,
    name_id: String,
    since: Time,
}

/// Whom the person is at an identity provider.
#[derive(Debug, Serialize)]
struct IdentityFacts {
    provider: String,
    issuer: String,
    subject: String,
    roles: Vec<String>,
    groups: Vec<String>,
    since: Time,
    used_at: Time,
}

/// That an application was told of a session.
#[derive(Debug, Serialize)]
struct AssertionFacts {
    application: String,
    session: String,
    name_id: String,
    told_at: Time,
}

/// That an application was told of the end of a session.
#[derive(Debug, Serialize)]
struct NoticeFacts {
    application: String,
    session: String,
    state: &'static str,
    created_at: Time,
}

#[derive(Debug, Serialize)]
struct MailFacts {
    kind: String,
    recipient: String,
    state: &'static str,
    created_at: Time,
    ended_at: Option<Time>,
}

#[derive(Debug, Serialize)]
struct EventFacts {
    at: Time,
    kind: &'static str,
    outcome: &'static str,
    application: Option<String>,
    session: Option<String>,
    address: Option<String>,
    user_agent: Option<String>,
    details: std::collections::BTreeMap<String, String>,
}

/// The document, as it is downloaded. That it was made is an event of its own.
pub fn export(site: &Site, browser: &Browser, known: &SignedIn) -> Result<Vec<u8>, StoreError> {
    let now = site.now();
    let whole = site.store.read(|tx| gather(tx, &site.settings.name, &known.user, now))?;
    let bytes = serde_json::to_vec_pretty(&whole)?;
    let event = Event::new(now, EventKind::DataExported, Outcome::Success, Actor::User(known.user.id), &browser.origin)
        .user(known.user.id)
        .username(known.user.username.as_str());
    site.store.write(move |tx| store::audit::append(tx, &event))?;
    Ok(bytes)
}

fn gather(tx: &mut Tx<'_>, organisation: &str, user: &User, now: Time) -> Result<Export, StoreError> {
    let id = user.id;
    let all = Own { user: id, kinds: EventKind::ALL.to_vec(), since: Time::UNIX_EPOCH, before: None, limit: EVENTS };
    Ok(Export {
        schema: SCHEMA,
        organisation: organisation.to_owned(),
        exported_at: now,
        user: Person::of(user),
        password: store::passwords::age(tx, id)?.map(|age| PasswordFacts { changed_at: age.changed_at }),
        authenticator_apps: store::totp::list(tx, id)?.into_iter().map(App::of).collect(),
        recovery_codes_left: store::recovery_codes::left(tx, id)?,
        second_factor_asked_at: store::enrolments::asked_at(tx, id)?,
        sessions: store::sessions::seen_of_user(tx, id)?.into_iter().map(SessionFacts::of).collect(),
        devices: store::devices::list_for_user(tx, id, now)?.into_iter().map(DeviceFacts::of).collect(),
        consents: store::consents::list_for_user(tx, id)?.into_iter().map(ConsentFacts::of).collect(),
        grants: store::grants::live_of_user(tx, id, now)?.iter().map(GrantFacts::of).collect(),
        names: store::name_ids::list_for_user(tx, id)?.into_iter().map(NameFacts::of).collect(),
        identities: store::federated_identities::list_for_user(tx, id)?.into_iter().map(IdentityFacts::of).collect(),
        assertions: store::participants::of_user(tx, id)?.into_iter().map(AssertionFacts::of).collect(),
        logout_notices: store::logout_notices::list_for_user(tx, id)?.iter().map(NoticeFacts::of).collect(),
        mails: store::outbox::list_for_user(tx, id)?.into_iter().map(MailFacts::of).collect(),
        events: store::audit::own(tx, &all)?.into_iter().map(|record| EventFacts::of(record, user)).collect(),
    })
}

impl Person {
    fn of(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            username: user.username.to_string(),
            email: user.email.as_ref().map(ToString::to_string),
            email_verified: user.email_verified,
            locale: user.locale.map(crate::domain::language::Language::tag),
            profile: user.profile.clone(),
            roles: user.roles.iter().map(ToString::to_string).collect(),
            groups: user.groups.iter().cloned().collect(),
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

impl App {
    fn of(app: store::totp::Credential) -> Self {
        Self { label: app.label, created_at: app.created_at, last_used_at: app.last_used_at }
    }
}

impl NameFacts {
    fn of(name: store::name_ids::Name) -> Self {
        Self { audience: name.audience, name_id: name.value, since: name.created_at }
    }
}

impl IdentityFacts {
    fn of(identity: Identity) -> Self {
        Self {
            provider: identity.key.provider.to_string(),
            issuer: identity.key.issuer,
            subject: identity.key.subject,
            roles: identity.roles.iter().map(ToString::to_string).collect(),
            groups: identity.groups.into_iter().collect(),
            since: identity.created_at,
            used_at: identity.used_at,
        }
    }
}

impl NoticeFacts {
    fn of(notice: &Notice) -> Self {
        Self {
            application: notice.application.to_string(),
            session: notice.session.to_string(),
            state: notice.state.name(),
            created_at: notice.created_at,
        }
    }
}

impl AssertionFacts {
    fn of(told: Participant) -> Self {
        Self {
            application: told.application.to_string(),
            session: told.session.to_string(),
            name_id: told.name_id,
            told_at: told.joined_at,
        }
    }
}

impl SessionFacts {
    fn of(seen: Seen) -> Self {
        Self {
            id: seen.session.id.to_string(),
            created_at: seen.session.created_at,
            signed_in_at: seen.session.auth_time,
            last_seen: seen.session.last_seen,
            address: seen.address,
            user_agent: seen.user_agent,
        }
    }
}

impl DeviceFacts {
    fn of(known: Known) -> Self {
        Self {
            created_at: known.created_at,
            seen_at: known.seen_at,
            expires_at: known.expires_at,
            trusted_until: known.device.trusted_until,
            address: known.address,
            user_agent: known.user_agent,
        }
    }
}

impl ConsentFacts {
    fn of(consent: crate::domain::consent::Consent) -> Self {
        Self {
            application: consent.client.to_string(),
            scopes: consent.scopes.to_string(),
            claims: consent.claims.into_iter().collect(),
            given_at: consent.given_at,
        }
    }
}

impl GrantFacts {
    fn of(held: &Held) -> Self {
        Self {
            application: held.grant.client.to_string(),
            session: held.grant.session.to_string(),
            scopes: held.grant.scopes.to_string(),
            created_at: held.grant.created_at,
            used_at: held.used_at,
            expires_at: held.grant.expires_at,
        }
    }
}

impl MailFacts {
    fn of(mail: Envelope) -> Self {
        Self {
            kind: mail.kind,
            recipient: mail.recipient,
            state: mail.state.name(),
            created_at: mail.created_at,
            ended_at: mail.ended_at,
        }
    }
}

impl EventFacts {
    /// Where somebody else acted from is theirs.
    fn of(record: AuditRecord, user: &User) -> Self {
        let origin = if is_own(&record.actor, user) { record.origin } else { crate::domain::audit::Origin::default() };
        Self {
            at: record.at,
            kind: record.kind.name(),
            outcome: record.outcome.name(),
            application: record.application.map(|client| client.to_string()),
            session: record.session.map(|session| session.to_string()),
            address: origin.address.map(|address| address.to_string()),
            user_agent: origin.user_agent,
            details: record.details,
        }
    }
}

/// Of the person, or of somebody who tried to be.
fn is_own(actor: &Actor, user: &User) -> bool {
    match actor {
        Actor::User(id) => *id == user.id,
        Actor::Nobody => true,
        Actor::Application(_) | Actor::Operator | Actor::System => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    /// Where each table with something of a person's goes.
    enum Fate {
        /// A member of the document.
        Member(&'static str),
        LeftOut(&'static str),
    }
    use Fate::{LeftOut, Member};

    const TABLES: &[(&str, Fate)] = &[
        ("users", Member("user")),
        ("passwords", Member("password")),
        ("totp_credentials", Member("authenticator_apps")),
        ("recovery_codes", Member("recovery_codes_left")),
        ("enrolment_deadlines", Member("second_factor_asked_at")),
        ("sessions", Member("sessions")),
        ("devices", Member("devices")),
        ("consents", Member("consents")),
        ("grants", Member("grants")),
        ("outbox", Member("mails")),
        ("name_ids", Member("names")),
        ("federated_identities", Member("identities")),
        ("participants", Member("assertions")),
        ("audit_events", Member("events")),
        ("password_history", LeftOut("nothing but hashes of passwords")),
        ("sign_ins", LeftOut("lives for minutes; what came of it is among the events")),
        ("mail_codes", LeftOut("lives for minutes; that it was sent is among the events")),
        ("logouts", LeftOut("lives for minutes; that a session ended is among the events")),
        ("logout_notices", Member("logout_notices")),
        (
            "artifacts",
            LeftOut("lives for minutes; what it carries is told to an application and is among the assertions"),
        ),
        ("links", LeftOut("a secret that was mailed; the mail is among the mails")),
    ];

    #[test]
    fn every_table_that_knows_a_person_is_in_the_export_or_left_out_for_a_reason() {
        let schema = include_str!("../../store/schema.rs");
        let source = include_str!("export.rs");
        let document = source.split("pub struct Export {").nth(1).unwrap().split('}').next().unwrap();
        let fates: BTreeMap<&str, &Fate> = TABLES.iter().map(|(table, fate)| (*table, fate)).collect();
        let mut known = 0;
        for table in schema.split("diesel::table! {").skip(1) {
            let name = table.trim().split([' ', '(']).next().unwrap();
            if name != "users" && !table.contains("user_id ->") {
                continue;
            }
            known += 1;
            match fates.get(name).unwrap_or_else(|| panic!("what becomes of {name} in the export?")) {
                Member(member) => assert!(document.contains(&format!(" {member}: ")), "{name}: no member {member}"),
                LeftOut(reason) => assert!(!reason.is_empty()),
            }
        }
        assert_eq!(known, TABLES.len(), "a table of the list is gone");
    }
}
