//! `[tenant.help]`.

use crate::domain::help::{Help, Phone, WebPage};

use super::HelpEntry;
use super::check::Notes;

#[derive(Clone, Debug, Default)]
enum Said<T> {
    #[default]
    Nothing,
    TakenAway,
    This(T),
}

impl<T: Clone> Said<T> {
    fn read(text: Option<String>, parse: impl FnOnce(String) -> Option<T>) -> Self {
        match text {
            None => Self::Nothing,
            Some(text) if text.is_empty() => Self::TakenAway,
            Some(text) => parse(text).map_or(Self::Nothing, Self::This),
        }
    }

    fn merge_into(&self, stands: &mut Option<T>) {
        match self {
            Self::Nothing => {}
            Self::TakenAway => *stands = None,
            Self::This(value) => *stands = Some(value.clone()),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct HelpPlan {
    phone: Said<Phone>,
    hours: Said<String>,
    page: Said<WebPage>,
    privacy: Said<WebPage>,
    accessibility: Said<WebPage>,
}

impl HelpPlan {
    pub fn merge_into(&self, help: &mut Help) {
        self.phone.merge_into(&mut help.phone);
        self.hours.merge_into(&mut help.hours);
        self.page.merge_into(&mut help.page);
        self.privacy.merge_into(&mut help.privacy);
        self.accessibility.merge_into(&mut help.accessibility);
    }
}

pub(super) fn plan(notes: &mut Notes, path: &str, entry: HelpEntry) -> HelpPlan {
    let phone = Said::read(entry.phone, |text| notes.parsed(&format!("{path}.phone"), &text, Phone::parse));
    let hours = Said::read(entry.hours, |text| notes.text(&format!("{path}.hours"), text, 100));
    let mut page = |key: &str, text: Option<String>| {
        Said::read(text, |text| notes.parsed(&format!("{path}.{key}"), &text, WebPage::parse))
    };
    HelpPlan {
        phone,
        hours,
        page: page("page", entry.page),
        privacy: page("privacy", entry.privacy),
        accessibility: page("accessibility", entry.accessibility),
    }
}
