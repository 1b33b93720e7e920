//! One act of administration: who does it and from where, and what all its changes and events have in common.

use std::sync::Arc;

use crate::crypto::entropy::Entropy;
use crate::domain::Time;
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::ids::{Slug, UserId};

use super::super::password::By;
use super::super::{Host, Site, recovery};
use super::answer::{Action, Change, FieldChange};
use super::difference;

#[derive(Clone)]
pub struct Act {
    slug: String,
    actor: Actor,
    pub(super) now: Time,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) origin: Origin,
}

impl Act {
    /// By the operator, on the host.
    pub fn new(host: &Host, slug: &Slug, origin: &Origin) -> Self {
        let entropy = Arc::clone(&host.entropy);
        let (slug, now) = (slug.to_string(), host.clock.now());
        Self { slug, actor: Actor::Operator, now, entropy, origin: origin.clone() }
    }

    /// By somebody who is signed in to the tenant. What they may do is looked up when they do it.
    pub fn of_person(site: &Site, person: UserId, origin: &Origin) -> Self {
        let entropy = Arc::clone(&site.entropy);
        let (slug, now) = (site.slug.to_string(), site.now());
        Self { slug, actor: Actor::User(person), now, entropy, origin: origin.clone() }
    }

    pub(super) fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The person who acts, if it is one.
    pub(super) fn person(&self) -> Option<UserId> {
        match self.actor {
            Actor::User(id) => Some(id),
            Actor::Application(_) | Actor::Operator | Actor::System | Actor::Nobody => None,
        }
    }

    /// For whatever sets a password in the course of it.
    pub(super) fn by(&self, way: &'static str) -> By {
        By { actor: self.actor.clone(), origin: self.origin.clone(), way }
    }

    /// For whatever mails a link in the course of it.
    pub(super) fn sender(&self) -> recovery::By {
        recovery::By { actor: self.actor.clone(), origin: self.origin.clone() }
    }

    pub(super) fn event(&self, kind: EventKind) -> Event {
        self.event_with(kind, Outcome::Success)
    }

    pub(super) fn event_with(&self, kind: EventKind, outcome: Outcome) -> Event {
        Event::new(self.now, kind, outcome, self.actor.clone(), &self.origin)
    }

    /// An event that names the changed fields, with the values that may be seen.
    pub(super) fn changed(&self, kind: EventKind, fields: &[FieldChange]) -> Event {
        let mut event = self.event(kind).detail("changed", difference::names(fields));
        if let Some(before) = difference::before(fields) {
            event = event.detail("before", before);
        }
        if let Some(after) = difference::after(fields) {
            event = event.detail("after", after);
        }
        event
    }

    pub(super) fn change(&self, kind: &str, id: &str, action: Action, fields: Vec<FieldChange>) -> Change {
        Change { tenant: self.slug.clone(), kind: kind.to_owned(), id: id.to_owned(), action, fields }
    }
}
