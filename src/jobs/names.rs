//! Host names that another node has given to a tenant, or taken from one, are learnt here: one small query a second. Where
//! this process is alone with its data there is nothing to learn.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::flow::Host;

use super::worker::Worker;

const ROUND: Duration = Duration::from_secs(1);

pub(super) fn start(host: Arc<Host>) -> io::Result<Worker> {
    Worker::in_rounds("names", move |stop| {
        let mut failing = false;
        while !stop.wait(ROUND) {
            let outcome = host.refresh_hosts();
            // Once, not each second for as long as it lasts.
            if let (Err(fault), false) = (&outcome, failing) {
                tracing::error!(%fault, "the tenants' host names could not be read again");
            }
            failing = outcome.is_err();
        }
    })
}
