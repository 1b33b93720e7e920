//! Where an organisation's people get help, and what it publishes: the foot of every page (WCAG 2.2 SC 3.2.6).

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Help {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// When somebody answers, in the organisation's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// Pages of the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<WebPage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy: Option<WebPage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accessibility: Option<WebPage>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HelpError {
    #[error("must be a telephone number such as \"+45 70 10 20 30\"")]
    Phone,
    #[error("must be an address that begins with https://")]
    WebPage,
}

/// A telephone number as it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

impl Phone {
    pub fn parse(text: &str) -> Result<Self, HelpError> {
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let number = text.strip_prefix('+').unwrap_or(text);
        let is_number = number.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')'));
        if is_number && (3..=15).contains(&digits) && text.len() <= 30 {
            Ok(Self(text.to_owned()))
        } else {
            Err(HelpError::Phone)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a link calls it (RFC 3966).
    pub fn href(&self) -> String {
        let digits: String = self.0.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        format!("tel:{digits}")
    }
}

/// The address of a page that people are sent to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebPage(String);

impl WebPage {
    pub fn parse(text: &str) -> Result<Self, HelpError> {
        match Url::parse(text) {
            Ok(url) if url.scheme() == "https" && url.username().is_empty() && text.len() <= 500 => {
                Ok(Self(url.to_string()))
            }
            Ok(_) | Err(_) => Err(HelpError::WebPage),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = HelpError;
            fn try_from(text: String) -> Result<Self, HelpError> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
text!(Phone);
text!(WebPage);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_is_written_and_called_without_spaces() {
        let phone = Phone::parse("+45 70 10-20 30").unwrap();
        assert_eq!((phone.as_str(), phone.href().as_str()), ("+45 70 10-20 30", "tel:+4570102030"));
        for wrong in ["", "call us", "12", "+45 70 10 20 30;ext=1", "1234567890123456", "70+10"] {
            assert_eq!(Phone::parse(wrong), Err(HelpError::Phone), "{wrong}");
        }
    }

    #[test]
    fn people_are_sent_to_web_pages_only() {
        assert_eq!(WebPage::parse("https://acme.example").unwrap().as_str(), "https://acme.example/");
        for wrong in ["", "acme.example", "http://acme.example/", "javascript:alert(1)", "https://a@acme.example/"] {
            assert_eq!(WebPage::parse(wrong), Err(HelpError::WebPage), "{wrong}");
        }
    }
}
