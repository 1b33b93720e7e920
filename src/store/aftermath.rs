//! What happens once a transaction is committed, and not before.

use std::sync::atomic::Ordering;

use super::audit::{self, Line};
use super::tx::Context;
use crate::domain::audit::Event;
use crate::domain::ids::UserId;

#[derive(Default)]
pub(super) struct Aftermath {
    /// Events, for the log.
    pub lines: Vec<Line>,
    /// Events that go into the log before the one that the transaction ends with.
    pub aside: Vec<Event>,
    /// People who are not kept, and may have lost their last session.
    pub leaving: Vec<UserId>,
    /// How many mails were put into the outbox.
    pub mails: usize,
    /// How many applications are to be told that a session has ended.
    pub notices: usize,
    /// The tenant's revision, if it was raised.
    pub revision: Option<i64>,
}

/// A place to go back to.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    lines: usize,
    aside: usize,
    leaving: usize,
    mails: usize,
    notices: usize,
    revision: Option<i64>,
}

impl Aftermath {
    pub fn mark(&self) -> Mark {
        let (lines, aside, leaving) = (self.lines.len(), self.aside.len(), self.leaving.len());
        Mark { lines, aside, leaving, mails: self.mails, notices: self.notices, revision: self.revision }
    }

    /// What came since is undone.
    pub fn back_to(&mut self, mark: Mark) {
        self.lines.truncate(mark.lines);
        self.aside.truncate(mark.aside);
        self.leaving.truncate(mark.leaving);
        self.mails = mark.mails;
        self.notices = mark.notices;
        self.revision = mark.revision;
    }

    /// Before anybody is told that it is committed: whoever knows of a change must not be shown what was before it.
    pub fn publish(&self, context: &Context) {
        if let Some(revision) = self.revision {
            context.revision.fetch_max(revision, Ordering::SeqCst);
        }
    }

    pub fn happen(self, context: &Context) {
        audit::emit(context.tenant, &self.lines);
        for event in &self.aside {
            tracing::error!(event.kind = event.kind.name(), "an event was put aside and never written");
        }
        if self.mails > 0 {
            context.bell.ring(context.tenant);
        }
        if self.notices > 0 {
            context.notice_bell.ring(context.tenant);
        }
    }
}
