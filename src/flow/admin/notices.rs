//! Notices of ended sessions as the operator sees them.

use crate::domain::audit::{EventKind, Origin};
use crate::domain::ids::{NoticeId, Slug};
use crate::store::logout_notices::Notice;
use crate::store::{self, StoreError};

use super::super::Host;
use super::AdminError;
use super::answer::NoticeRow;
use super::apply::Act;

/// Notices shown at once, the newest first.
const LISTED: u32 = 500;

pub fn list(host: &Host, slug: &Slug) -> Result<Vec<NoticeRow>, AdminError> {
    let (_, store) = super::open(host, slug)?;
    let notices = store.read(|tx| store::logout_notices::list(tx, LISTED))?;
    Ok(notices.into_iter().map(row).collect())
}

fn row(notice: Notice) -> NoticeRow {
    NoticeRow {
        id: notice.id.to_string(),
        state: notice.state.name().to_owned(),
        application: notice.application.to_string(),
        user: notice.user.to_string(),
        session: notice.session.to_string(),
        attempts: notice.attempts,
        error: notice.last_error,
        created_at: notice.created_at,
        due_at: notice.due_at,
        ended_at: notice.ended_at,
    }
}

/// Tries a notice again at once, also one that was given up.
pub fn retry(host: &Host, slug: &Slug, notice: NoticeId, origin: &Origin) -> Result<Vec<NoticeRow>, AdminError> {
    let (_, store) = super::open(host, slug)?;
    let act = Act::new(host, slug, origin);
    let found = store.write(move |tx| -> Result<bool, StoreError> {
        let found = store::logout_notices::retry(tx, notice, act.now)?;
        if found {
            store::audit::append(tx, &act.event(EventKind::NoticeRetried).detail("notice", notice))?;
        }
        Ok(found)
    })?;
    if !found {
        return Err(AdminError::not_found("notice that could be sent", notice));
    }
    let rows = list(host, slug)?;
    Ok(rows.into_iter().filter(|row| row.id == notice.to_string()).collect())
}
