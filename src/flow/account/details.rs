//! People see and correct what is known of them (AC-6).

use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::language::Language;
use crate::domain::profile::{ProfileFault, ProfileField};
use crate::domain::user::User;
use crate::flow::Site;
use crate::flow::browser::{Browser, SignedIn};
use crate::store::{self, StoreError};

/// What was typed: the fields of the form, and the language of pages and mails.
#[derive(Clone, Debug)]
pub struct Correction {
    pub fields: Vec<(ProfileField, String)>,
    /// `None` = the organisation's.
    pub locale: Option<Language>,
}

#[derive(Debug)]
pub enum Turn {
    /// Whether anything is other than before.
    Saved { changed: bool },
    /// Nothing was saved; what is wrong with which field.
    Refused(Vec<(ProfileField, ProfileFault)>),
}

pub fn correct(site: &Site, browser: &Browser, known: &SignedIn, correction: &Correction) -> Result<Turn, StoreError> {
    let now = site.now();
    let mut values = Vec::new();
    let mut faults = Vec::new();
    for (field, typed) in &correction.fields {
        match field.check(typed, now.date_naive()) {
            Ok(value) => values.push((*field, value)),
            Err(fault) => faults.push((*field, fault)),
        }
    }
    if !faults.is_empty() {
        return Ok(Turn::Refused(faults));
    }
    let (id, origin, locale) = (known.user.id, browser.origin.clone(), correction.locale);
    site.store.write(move |tx| {
        let Some(before) = store::users::find_to_change(tx, id)?.filter(User::is_active) else {
            return Ok(Turn::Saved { changed: false });
        };
        let mut after = before.clone();
        for (field, value) in values {
            field.put(&mut after.profile, value);
        }
        after.locale = locale;
        let changed = changed(&before, &after);
        if changed.is_empty() {
            return Ok(Turn::Saved { changed: false });
        }
        after.updated_at = now;
        store::users::update(tx, &after)?;
        let mut event = Event::new(now, EventKind::UserChanged, Outcome::Success, Actor::User(id), &origin)
            .user(id)
            .username(after.username.as_str())
            .detail("changed", changed.join(", "));
        if before.locale != after.locale {
            event = event.detail("before", locale_json(&before)).detail("after", locale_json(&after));
        }
        store::audit::append(tx, &event)?;
        Ok(Turn::Saved { changed: true })
    })
}

/// The names of the fields. What stood there is personal and stays out of a log that nothing is erased from.
fn changed(before: &User, after: &User) -> Vec<&'static str> {
    let of_profile =
        ProfileField::ALL.into_iter().filter(|field| field.of(&before.profile) != field.of(&after.profile));
    let locale = (before.locale != after.locale).then_some("locale");
    of_profile.map(ProfileField::name).chain(locale).collect()
}

fn locale_json(user: &User) -> String {
    serde_json::json!({ "locale": user.locale.map(Language::tag) }).to_string()
}
