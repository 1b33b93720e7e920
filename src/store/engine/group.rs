//! Group commit: whatever waits when the writer is free goes into one durable transaction, each piece of work in a
//! savepoint of its own. Nobody is answered before the commit, and one client alone waits for no company.

use std::sync::Arc;

use super::super::StoreError;
use super::super::aftermath::Aftermath;
use super::super::dialect::{self, AnyConnection, Mode, Target};
use super::super::tx::{Context, Tx};
use super::worker::Queue;

/// The most that share one commit: bounds how long the first of them waits for the last.
const COMPANY: usize = 64;

/// One caller's work.
pub(in crate::store) trait Job: Send {
    /// Runs it; `false` undoes what it changed.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Answers the caller. After a failed commit nobody gets anything but the failure: each may have seen changes of
    /// the others that never came to be.
    fn settle(self: Box<Self>, committed: Result<(), String>);
}

pub(in crate::store) struct Committer {
    target: Target,
    connection: Option<AnyConnection>,
    context: Arc<Context>,
}

impl Committer {
    pub fn new(target: Target, connection: AnyConnection, context: Arc<Context>) -> Self {
        Self { target, connection: Some(connection), context }
    }

    pub fn work(mut self, queue: &Queue<Box<dyn Job>>) {
        while let Some(first) = queue.next() {
            self.batch(first, queue);
        }
    }

    fn batch(&mut self, first: Box<dyn Job>, queue: &Queue<Box<dyn Job>>) {
        let mut jobs = Vec::new();
        let outcome = self.commit(first, queue, &mut jobs);
        let (answer, after) = match outcome {
            Ok(after) => (Ok(()), after),
            Err(cause) => {
                tracing::error!(tenant.id = %self.context.tenant, %cause, "a group of writes failed");
                // Whatever state it is in, the next group begins with a new connection.
                self.connection = None;
                (Err(cause.to_string()), Aftermath::default())
            }
        };
        after.publish(&self.context);
        for job in jobs {
            job.settle(answer.clone());
        }
        after.happen(&self.context);
    }

    fn commit(
        &mut self,
        first: Box<dyn Job>,
        queue: &Queue<Box<dyn Job>>,
        jobs: &mut Vec<Box<dyn Job>>,
    ) -> Result<Aftermath, StoreError> {
        let mut after = Aftermath::default();
        let mut next = Some(first);
        let begun = self.begin();
        while let Some(mut job) = next {
            // Kept among the jobs whatever happens, so that its caller is answered.
            let ran = match &begun {
                Ok(()) => self.run(job.as_mut(), &mut after),
                Err(_) => Ok(()),
            };
            jobs.push(job);
            ran?;
            next = if begun.is_ok() && jobs.len() < COMPANY { queue.try_next() } else { None };
        }
        begun?;
        dialect::commit(self.connection()?)?;
        Ok(after)
    }

    fn connection(&mut self) -> Result<&mut AnyConnection, StoreError> {
        self.connection.as_mut().ok_or_else(|| StoreError::unavailable("the connection is gone"))
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        if self.connection.is_none() {
            self.connection = Some(self.target.connect(Mode::Write)?);
        }
        Ok(dialect::begin(self.connection()?, Mode::Write)?)
    }

    fn run(&mut self, job: &mut dyn Job, after: &mut Aftermath) -> Result<(), StoreError> {
        let context = Arc::clone(&self.context);
        let connection = self.connection()?;
        dialect::savepoint(connection)?;
        let mark = after.mark();
        if job.run(&mut Tx { connection, context: &context, after }) {
            dialect::release(connection)?;
        } else {
            after.back_to(mark);
            dialect::undo(connection)?;
        }
        Ok(())
    }
}
