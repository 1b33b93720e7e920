//! What happened on a person's own account, from the audit log.

use crate::domain::activity::{ActivityGroup, DAYS};
use crate::flow::Site;
use crate::flow::browser::SignedIn;
use crate::store::audit::{AuditRecord, Own};
use crate::store::{self, StoreError};

/// Rows of one page.
const PAGE: u32 = 25;

#[derive(Debug)]
pub struct Leaf {
    /// The newest first.
    pub events: Vec<AuditRecord>,
    /// Where the next page begins, if there is more.
    pub older: Option<u64>,
}

pub fn leaf(
    site: &Site,
    known: &SignedIn,
    group: Option<ActivityGroup>,
    before: Option<u64>,
) -> Result<Leaf, StoreError> {
    let groups = group.map_or_else(|| ActivityGroup::ALL.to_vec(), |group| vec![group]);
    let wish = Own {
        user: known.user.id,
        kinds: groups.into_iter().flat_map(ActivityGroup::kinds).collect(),
        since: site.now() - chrono::Duration::days(DAYS),
        before,
        // One more tells whether there is another page.
        limit: PAGE.saturating_add(1),
    };
    let mut events = site.store.read(|tx| store::audit::own(tx, &wish))?;
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = events.len() > most;
    events.truncate(most);
    let older = events.last().filter(|_| more).map(|last| last.sequence);
    Ok(Leaf { events, older })
}
