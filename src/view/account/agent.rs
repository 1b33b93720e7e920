//! A browser in words.

use crate::domain::agent::Agent;
use crate::view::Frame;

impl Frame {
    /// `Edge på Windows`.
    pub(in crate::view) fn agent(&self, agent: &Agent) -> String {
        match (agent.browser, agent.system) {
            (Some(browser), Some(system)) => self.filled("agent-on", &[("browser", browser), ("system", system)]),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => self.text("agent-unknown"),
        }
    }
}
