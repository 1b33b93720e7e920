//! The four languages and how one is chosen (RFC 5646 tags, RFC 4647 lookup, with Nordic neighbours).

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Da,
    Sv,
    Nb,
    En,
}

impl Language {
    pub const ALL: [Self; 4] = [Self::Da, Self::Sv, Self::Nb, Self::En];

    pub fn tag(self) -> &'static str {
        match self {
            Self::Da => "da",
            Self::Sv => "sv",
            Self::Nb => "nb",
            Self::En => "en",
        }
    }
    /// The language's own name, for the switcher.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::Da => "Dansk",
            Self::Sv => "Svenska",
            Self::Nb => "Norsk",
            Self::En => "English",
        }
    }
    /// Reads a tag; regions are ignored and every kind of Norwegian is bokmål.
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?.to_ascii_lowercase();
        match primary.as_str() {
            "da" => Some(Self::Da),
            "sv" => Some(Self::Sv),
            "nb" | "nn" | "no" => Some(Self::Nb),
            "en" => Some(Self::En),
            _ => None,
        }
    }
    /// Who understands this language best among the others.
    fn neighbour(self) -> Option<Self> {
        match self {
            Self::Da => Some(Self::Nb),
            Self::Nb | Self::Sv => Some(Self::Da),
            Self::En => None,
        }
    }
}

/// What may decide the language, strongest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct LanguageWishes<'a> {
    /// The person's own choice: cookie or profile.
    pub chosen: Option<Language>,
    /// OIDC `ui_locales`, space separated, in order of preference.
    pub ui_locales: Option<&'a str>,
    /// The browser's `Accept-Language`.
    pub accept_language: Option<&'a str>,
}

/// Chooses among the languages the tenant offers; the first offered is the tenant's default.
///
/// The tenant's default stands behind what the browser asks for: a Swede at a Danish tenant that offers
/// Swedish reads Swedish. See docs/decisions for the order.
pub fn choose(offered: &[Language], wishes: LanguageWishes<'_>) -> Language {
    let fallback = offered.first().copied().unwrap_or(Language::En);
    let within = |language: Language| {
        if offered.contains(&language) {
            return Some(language);
        }
        language.neighbour().filter(|near| offered.contains(near))
    };
    if let Some(found) = wishes.chosen.and_then(within) {
        return found;
    }
    let mut asked = wishes.ui_locales.unwrap_or_default().split_ascii_whitespace().filter_map(Language::parse);
    if let Some(found) = asked.find_map(within) {
        return found;
    }
    accepted(wishes.accept_language.unwrap_or_default()).into_iter().find_map(within).unwrap_or(fallback)
}

/// `Accept-Language` by falling weight; what cannot be read is skipped.
fn accepted(header: &str) -> Vec<Language> {
    let mut weighted: Vec<(u16, Language)> = Vec::new();
    for part in header.split(',').take(32) {
        let mut pieces = part.split(';');
        let Some(language) = pieces.next().map(str::trim).and_then(Language::parse) else { continue };
        let weight = pieces.find_map(|p| p.trim().strip_prefix("q=")).map_or(1000, thousandths);
        if weight > 0 {
            weighted.push((weight, language));
        }
    }
    weighted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    weighted.into_iter().map(|(_, language)| language).collect()
}

fn thousandths(text: &str) -> u16 {
    let Some((whole, fraction)) = text.split_once('.') else {
        return if text == "1" { 1000 } else { 0 };
    };
    if whole == "1" {
        return 1000;
    }
    let digits: String = fraction.chars().filter(char::is_ascii_digit).chain("000".chars()).take(3).collect();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Language; 4] = Language::ALL;

    fn from_browser(offered: &[Language], header: &str) -> Language {
        choose(offered, LanguageWishes { accept_language: Some(header), ..LanguageWishes::default() })
    }

    #[test]
    fn the_persons_own_choice_beats_the_application_and_the_browser() {
        let wishes = LanguageWishes { chosen: Some(Language::Sv), ui_locales: Some("en"), accept_language: Some("da") };
        assert_eq!(choose(&ALL, wishes), Language::Sv);
    }

    #[test]
    fn ui_locales_are_tried_in_order_and_beat_the_browser() {
        let wishes = LanguageWishes { chosen: None, ui_locales: Some("fr nn-NO en"), accept_language: Some("da") };
        assert_eq!(choose(&ALL, wishes), Language::Nb);
    }

    #[test]
    fn every_norwegian_is_bokmaal_and_weights_count() {
        assert_eq!(from_browser(&ALL, "no"), Language::Nb);
        assert_eq!(from_browser(&ALL, "en;q=0.3, sv-FI;q=0.9, da;q=0"), Language::Sv);
    }

    #[test]
    fn a_nordic_neighbour_comes_before_the_default() {
        assert_eq!(from_browser(&[Language::En, Language::Da], "nb-NO"), Language::Da);
        assert_eq!(from_browser(&[Language::En, Language::Da], "fr"), Language::En);
    }
}
