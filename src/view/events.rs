//! What happened, in words. One text for each kind of event; the same for whoever it happened to and for staff.

use super::texts;
use crate::domain::audit::EventKind;
use crate::domain::language::Language;

/// The key of its text.
pub(in crate::view) fn key(kind: EventKind) -> String {
    format!("event-{}", kind.name().replace(['.', '_'], "-"))
}

pub(in crate::view) fn text(language: Language, kind: EventKind) -> String {
    texts::text(language, &key(kind))
}
