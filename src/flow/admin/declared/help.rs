//! `[tenant.help]`.

use crate::domain::help::{Help, Phone, WebPage};

use super::HelpEntry;
use super::check::Notes;

/// Of each: nothing said; to be taken away; to be this.
#[derive(Clone, Debug, Default)]
pub struct HelpPlan {
    phone: Option<Option<Phone>>,
    hours: Option<Option<String>>,
    page: Option<Option<WebPage>>,
    privacy: Option<Option<WebPage>>,
    accessibility: Option<Option<WebPage>>,
}

impl HelpPlan {
    pub fn merge_into(&self, help: &mut Help) {
        fn put<T: Clone>(to: &mut Option<T>, said: Option<&Option<T>>) {
            if let Some(said) = said {
                to.clone_from(said);
            }
        }
        put(&mut help.phone, self.phone.as_ref());
        put(&mut help.hours, self.hours.as_ref());
        put(&mut help.page, self.page.as_ref());
        put(&mut help.privacy, self.privacy.as_ref());
        put(&mut help.accessibility, self.accessibility.as_ref());
    }
}

pub(super) fn plan(notes: &mut Notes, path: &str, entry: HelpEntry) -> HelpPlan {
    let hours = entry.hours.map(|text| match text.as_str() {
        "" => None,
        _ => notes.text(&format!("{path}.hours"), text, 100),
    });
    let phone = entry.phone.map(|text| match text.as_str() {
        "" => None,
        text => notes.parsed(&format!("{path}.phone"), text, Phone::parse),
    });
    let mut page = |key: &str, text: Option<String>| {
        text.map(|text| match text.as_str() {
            "" => None,
            text => notes.parsed(&format!("{path}.{key}"), text, WebPage::parse),
        })
    };
    let (privacy, accessibility) = (page("privacy", entry.privacy), page("accessibility", entry.accessibility));
    HelpPlan { phone, hours, page: page("page", entry.page), privacy, accessibility }
}
