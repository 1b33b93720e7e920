//! What happens once a transaction is committed, and not before.

use super::audit::{self, Line};
use super::tx::Context;
use crate::domain::audit::Event;

#[derive(Default)]
pub(super) struct Aftermath {
    /// Events, for the log.
    pub lines: Vec<Line>,
    /// Events that go into the log before the one that the transaction ends with.
    pub aside: Vec<Event>,
    /// How many mails were put into the outbox.
    pub mails: usize,
    /// How many applications are to be told that a session has ended.
    pub notices: usize,
}

/// A place to go back to.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    lines: usize,
    aside: usize,
    mails: usize,
    notices: usize,
}

impl Aftermath {
    pub fn mark(&self) -> Mark {
        Mark { lines: self.lines.len(), aside: self.aside.len(), mails: self.mails, notices: self.notices }
    }

    /// What came since is undone.
    pub fn back_to(&mut self, mark: Mark) {
        self.lines.truncate(mark.lines);
        self.aside.truncate(mark.aside);
        self.mails = mark.mails;
        self.notices = mark.notices;
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
