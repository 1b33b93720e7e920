//! The outbox as the operator sees it, and the mails that administration sends.

use crate::domain::audit::{Actor, EventKind, Origin};
use crate::domain::ids::{MailId, Slug};
use crate::domain::tenant::Tenant;
use crate::domain::time_zone::TimeZone;
use crate::domain::user::Username;
use crate::store::outbox::Envelope;
use crate::store::{self, StoreError, Tx};

use super::super::Host;
use super::super::recovery::{self, By, Links, Sent};
use super::AdminError;
use super::answer::{MailRow, UserDetail};
use super::apply::Act;
use super::users;

/// Mails shown at once, the newest first.
const LISTED: u32 = 500;

/// What waits, has left or could not. What a mail says is shown only where nobody sends it: with a mail server, codes and
/// links are between it and the person.
pub fn list(host: &Host, slug: &Slug) -> Result<Vec<MailRow>, AdminError> {
    let (_, store) = super::open(host, slug)?;
    let shown = host.mail_stays;
    Ok(store.read(|tx| -> Result<_, StoreError> {
        let settings = store::settings::load(tx)?;
        let mut rows = Vec::new();
        for mail in store::outbox::list(tx, LISTED)? {
            let letter = if shown { store::outbox::letter(tx, mail.id)? } else { None };
            rows.push(MailRow {
                letter,
                tenant_name: settings.name.clone(),
                time_zone: settings.time_zone,
                ..row(mail)
            });
        }
        Ok(rows)
    })?)
}

fn row(mail: Envelope) -> MailRow {
    MailRow {
        id: mail.id.to_string(),
        state: mail.state.name().to_owned(),
        kind: mail.kind,
        recipient: mail.recipient,
        attempts: mail.attempts,
        error: mail.last_error,
        created_at: mail.created_at,
        due_at: mail.due_at,
        expires_at: mail.expires_at,
        ended_at: mail.ended_at,
        tenant_name: String::new(),
        time_zone: TimeZone::default(),
        letter: None,
    }
}

/// Tries a mail again at once, also one that was given up.
pub fn retry(host: &Host, slug: &Slug, mail: MailId, origin: &Origin) -> Result<Vec<MailRow>, AdminError> {
    let (_, store) = super::open(host, slug)?;
    let act = Act::new(host, slug, origin);
    let found = store.write(move |tx| -> Result<bool, StoreError> {
        let found = store::outbox::retry(tx, mail, act.now)?;
        if found {
            store::audit::append(tx, &act.event(EventKind::MailRetried).detail("mail", mail))?;
        }
        Ok(found)
    })?;
    if !found {
        return Err(AdminError::not_found("mail that could be sent", mail));
    }
    let rows = list(host, slug)?;
    Ok(rows.into_iter().filter(|row| row.id == mail.to_string()).collect())
}

/// Mails somebody a link to choose another password.
pub fn reset_password(host: &Host, slug: &Slug, name: &str, origin: &Origin) -> Result<UserDetail, AdminError> {
    let (tenant, store) = super::open(host, slug)?;
    let links = links_of(host, &tenant)?;
    let (by, now, asked) = (by_operator(origin), host.clock.now(), name.to_owned());
    let sent = store.write(move |tx| -> Result<Sent, StoreError> {
        match users::locate(tx, &asked)? {
            Some(user) => recovery::send_reset_in(tx, &links, &by, &user, now),
            None => Ok(Sent::NoSuchUser),
        }
    })?;
    match sent {
        Sent::Mailed => users::show(host, slug, name),
        Sent::NoSuchUser => Err(AdminError::not_found("user", name)),
        Sent::NoAddress => Err(AdminError::blocked(
            format!("user {name:?} has no mail address"),
            "Give an address, or a password, with `portner apply`; for an administrator, `portner admin recover` prints a \
             link.",
        )),
        Sent::Closed => Err(AdminError::blocked(
            format!("user {name:?} is disabled"),
            "`portner user enable` lets the person in again.",
        )),
        Sent::Elsewhere => Err(AdminError::blocked(
            format!("user {name:?} signs in at an identity provider: here only administrators have a password"),
            "The password is changed at the identity provider.",
        )),
    }
}

const ADDRESS: &str = "Correct public_url in the configuration, or the tenant's hosts.";

/// For a tenant with an address that links can begin with.
pub(super) fn links_of(host: &Host, tenant: &Tenant) -> Result<Links, AdminError> {
    Links::at(host, tenant)
        .map_err(|fault| AdminError::blocked(format!("the tenant's address is unusable: it {fault}"), ADDRESS))
}

pub(super) fn by_operator(origin: &Origin) -> By {
    By { actor: Actor::Operator, origin: origin.clone() }
}

/// A new person without a password gets an invitation, if there is an address to send it to.
pub(super) fn invite_new(
    tx: &mut Tx<'_>,
    links: &Links,
    act: &Act,
    (username, origin): (&Username, &Origin),
) -> Result<(), StoreError> {
    let Some(user) = store::users::find_by_username_key(tx, &username.key())? else { return Ok(()) };
    if store::passwords::find(tx, user.id)?.is_none() {
        recovery::invite_in(tx, links, &by_operator(origin), &user, act.now)?;
    }
    Ok(())
}
