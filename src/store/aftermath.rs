//! What happens once a transaction is committed, and not before.

use super::audit::{self, Line};
use super::tx::Context;

#[derive(Default)]
pub(super) struct Aftermath {
    /// Events, for the log.
    pub lines: Vec<Line>,
    /// How many mails were put into the outbox.
    pub mails: usize,
}

/// A place to go back to.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    lines: usize,
    mails: usize,
}

impl Aftermath {
    pub fn mark(&self) -> Mark {
        Mark { lines: self.lines.len(), mails: self.mails }
    }

    /// What came since is undone.
    pub fn back_to(&mut self, mark: Mark) {
        self.lines.truncate(mark.lines);
        self.mails = mark.mails;
    }

    pub fn happen(self, context: &Context) {
        audit::emit(context.tenant, &self.lines);
        if self.mails > 0 {
            context.bell.ring(context.tenant);
        }
    }
}
