//! Host names that another node has given to a tenant, or taken from one, are learnt here: one small query a second. Where
//! this process is alone with its data there is nothing to learn.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::flow::Host;

use super::Stop;

const ROUND: Duration = Duration::from_secs(1);

/// The running thread; it stops when this is dropped.
pub(super) struct NamesJob {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

impl NamesJob {
    pub fn start(host: Arc<Host>) -> std::io::Result<Self> {
        let stop = Arc::new(Stop::default());
        let watched = Arc::clone(&stop);
        let work = move || {
            let mut failing = false;
            while !watched.wait(ROUND) {
                let outcome = host.refresh_hosts();
                // Once, not each second for as long as it lasts.
                if let (Err(fault), false) = (&outcome, failing) {
                    tracing::error!(%fault, "the tenants' host names could not be read again");
                }
                failing = outcome.is_err();
            }
        };
        let thread = std::thread::Builder::new().name("names".to_owned()).spawn(work)?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for NamesJob {
    fn drop(&mut self) {
        self.stop.tell();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread for host names ended in a panic");
        }
    }
}
