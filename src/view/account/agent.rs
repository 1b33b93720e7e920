//! A browser in words.

use crate::domain::agent::Agent;
use crate::domain::language::Language;
use crate::view::{Frame, texts};

impl Frame {
    /// `Edge på Windows`.
    pub(in crate::view) fn agent(&self, agent: &Agent) -> String {
        agent_text(self.language, agent)
    }
}

/// The same in a mail.
pub(in crate::view) fn agent_text(language: Language, agent: &Agent) -> String {
    match (agent.browser, agent.system) {
        (Some(browser), Some(system)) => {
            texts::text_filled(language, "agent-on", &[("browser", browser), ("system", system)])
        }
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => texts::text(language, "agent-unknown"),
    }
}
