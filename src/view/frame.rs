//! What surrounds every page: whose sign-in this is, in which language, and where its files are.

use crate::domain::help::{Help, Phone, WebPage};
use crate::domain::language::Language;
use crate::domain::time_zone::TimeZone;

use super::{Announcement, assets, texts};

/// The name shown where no tenant is known.
pub const PRODUCT: &str = "Portner";

#[derive(Clone, Debug)]
pub struct Frame {
    /// The tenant's own name, or [`PRODUCT`] where there is none.
    pub tenant: String,
    pub language: Language,
    /// The clock that times are shown by.
    pub time_zone: TimeZone,
    /// The languages on offer; a switcher is shown when there are two or more.
    pub languages: Vec<LanguageLink>,
    /// The nonce of this response's Content-Security-Policy.
    pub nonce: String,
    /// Path prefix of the tenant, such as `/t/demo`; empty on a host of its own.
    pub base: String,
    /// What the tenant announces, where the page shows it.
    pub announcements: Vec<Announcement>,
    /// Where the tenant's people get help.
    pub help: Help,
    /// Path prefix of the static files, such as `/static`, without a slash at the end.
    pub static_base: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanguageLink {
    pub language: Language,
    /// The same page in that language, as a GET that keeps the interaction.
    pub href: String,
    pub current: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub text: String,
    pub href: String,
}

/// The application a person is on the way to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationInfo {
    pub name: String,
    /// The host of its address, so that a person can tell a copy from the original; empty if it has none.
    pub host: String,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountInfo {
    pub name: String,
    pub username: String,
    pub email: Option<String>,
}

impl AccountInfo {
    /// Up to two letters to stand in for a picture.
    pub(super) fn initials(&self) -> String {
        let mut words = self.name.split_whitespace().filter_map(|word| word.chars().next());
        let first = words.next();
        let last = words.next_back();
        first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
    }
    /// The line below the name; nothing if it would only repeat it.
    pub(super) fn detail(&self) -> &str {
        self.email.as_deref().unwrap_or(&self.username)
    }
}

/// A sentence with one word set apart, so that a template can mark that word up without trusting it.
#[derive(Debug)]
pub(super) struct Phrase {
    pub before: String,
    pub after: String,
}

impl Frame {
    /// Without a way to another language: for what is shown once.
    #[must_use]
    pub fn in_this_language(self) -> Self {
        Self { languages: Vec::new(), ..self }
    }
    pub(super) fn text(&self, key: &str) -> String {
        texts::text(self.language, key)
    }
    pub(super) fn text_with(&self, key: &str, name: &'static str, value: &str) -> String {
        texts::text_with(self.language, key, name, value)
    }
    /// The text split where its argument stands.
    pub(super) fn around(&self, key: &str, name: &'static str) -> Phrase {
        // A private-use character (Unicode §23.5): no translation holds it.
        const MARK: &str = "\u{F8FF}";
        let whole = self.text_with(key, name, MARK);
        let (before, after) = whole.split_once(MARK).unwrap_or((&whole, ""));
        Phrase { before: before.to_owned(), after: after.to_owned() }
    }
    pub(super) fn asset(&self, name: &str) -> String {
        format!("{}/{}", self.static_base, assets::public_name(name))
    }
    pub(super) fn help_links(&self) -> Vec<Link> {
        let Help { page, privacy, accessibility, .. } = &self.help;
        let links = [("frame-help-page", page), ("frame-privacy", privacy), ("frame-accessibility", accessibility)];
        let link = |(key, page): (&str, &Option<WebPage>)| {
            page.as_ref().map(|page| Link { text: self.text(key), href: page.to_string() })
        };
        links.into_iter().filter_map(link).collect()
    }
    pub(super) fn is_tenant(&self) -> bool {
        self.tenant != PRODUCT
    }
    /// `Log ind – Kommune X`, behind `Fejl:` if something went wrong (WCAG 2.4.2, GOV.UK error pattern).
    pub(super) fn title(&self, page: &str, wrong: bool) -> String {
        let title = format!("{page} – {}", self.tenant);
        if wrong { self.text_with("error-prefix", "title", &title) } else { title }
    }
    /// A frame for samples.
    pub(super) fn sample(language: Language) -> Self {
        let languages = Language::ALL.map(|other| LanguageLink {
            language: other,
            href: format!("?lang={}", other.tag()),
            current: other == language,
        });
        Self {
            tenant: "Fjordby Kommune".to_owned(),
            language,
            time_zone: TimeZone::default(),
            languages: languages.into(),
            nonce: "c2FtcGxlLW5vbmNl".to_owned(),
            base: "/t/fjordby".to_owned(),
            announcements: Vec::new(),
            help: Help {
                phone: Phone::parse("+45 70 10 20 30").ok(),
                hours: Some("8–16".to_owned()),
                page: WebPage::parse("https://fjordby.example/it").ok(),
                privacy: WebPage::parse("https://fjordby.example/privacy").ok(),
                accessibility: WebPage::parse("https://fjordby.example/accessibility").ok(),
            },
            static_base: "/static".to_owned(),
        }
    }
}

impl ApplicationInfo {
    pub(super) fn sample() -> Self {
        Self { name: "Fravær".to_owned(), host: "fravaer.fjordby.example".to_owned() }
    }
}

impl AccountInfo {
    pub(super) fn sample() -> Self {
        Self {
            name: "Mette Åse Sørensen".to_owned(),
            username: "mette".to_owned(),
            email: Some("mette@fjordby.example".to_owned()),
        }
    }
}
