//! A request paused while a person signs in. It is sealed to the browser and travels with it, so that
//! whoever is not signed in can fill neither memory nor disk; see docs/decisions.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::crypto::seal::SealError;
use crate::domain::Time;
use crate::domain::attempt::Factor;
use crate::domain::demand::Progress;
use crate::domain::ids::{SignInId, UserId};
use crate::domain::secret::TokenHash;
use crate::protocol::wsfed::request::SignInRequest;

use super::Site;
use super::federation::Offer;
use super::saml::sso::Waiting;

/// A form older than this is shown anew, with what was typed.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// A page of ours, below the tenant's base: nothing else can be gone back to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PagePath(String);

impl PagePath {
    pub fn parse(text: &str) -> Option<Self> {
        let own = ["/account", "/admin"]
            .into_iter()
            .any(|root| text.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?'])));
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'#');
        let fits = own && plain && text.len() <= 512 && !text.contains("//") && !text.contains("..");
        fits.then(|| Self(text.to_owned()))
    }

    /// The person's own page, where nothing else was asked for.
    pub fn account() -> Self {
        Self("/account".to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where to go on once the person is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resume {
    /// No application waits: a page of ours does. `fresh`: it wants a sign-in of the last minutes.
    Page { path: PagePath, fresh: bool },
    /// An OAuth authorization request, as it came. Parsed and checked again each time.
    Authorize(String),
    /// A SAML request, verified and parsed when it came.
    Saml(Box<Waiting>),
    /// A WS-Federation sign-in, checked when it arrived.
    Wsfed(Box<SignInRequest>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interaction {
    pub resume: Resume,
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub started_at: Time,
    pub account_chosen: bool,
    /// Whom the page named that a choice or a consent was asked on: what is answered there is answered for nobody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named: Option<UserId>,
    /// The person asked to use another account: an older sign-in does not count.
    pub other_account: bool,
    /// Somebody has signed in for it: whoever that is, asking once more finds nobody else.
    #[serde(default)]
    pub signed_in: bool,
    /// The password was right, and more is owed: where that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignInId>,
    /// The second factor that the person chose, if not the first on offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Factor>,
    /// Somebody of an upstream who waits to be linked to whoever signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Box<Offer>>,
}

/// What a browser handed back.
#[derive(Debug)]
pub enum Unparked {
    Open(Interaction),
    /// Open too long: what it was for is still known.
    Stale(Interaction),
    /// Not ours, or of another browser.
    Foreign,
}

impl Interaction {
    pub fn new(resume: Resume, now: Time) -> Self {
        Self {
            resume,
            started_at: now,
            account_chosen: false,
            named: None,
            other_account: false,
            signed_in: false,
            sign_in: None,
            method: None,
            offer: None,
        }
    }

    pub fn progress(&self) -> Progress {
        Progress { started_at: self.started_at, account_chosen: self.account_chosen, named: self.named }
    }

    /// The same after a sign-in that is complete.
    #[must_use]
    pub fn signed_in(self) -> Self {
        Self { signed_in: true, sign_in: None, method: None, ..self }
    }

    /// The same request from the beginning.
    #[must_use]
    pub fn again(self, now: Time) -> Self {
        Self::new(self.resume, now)
    }

    pub fn park(&self, site: &Site, browser: &TokenHash) -> Result<String, SealError> {
        let plain = serde_json::to_vec(self).map_err(|_unwritable| SealError::Failed)?;
        site.store.sealer().seal_text(&context(browser), &plain, site.entropy.as_ref())
    }

    pub fn unpark(site: &Site, browser: &TokenHash, text: &str, now: Time) -> Unparked {
        let opened = site.store.sealer().open_text(&context(browser), text).ok();
        match opened.and_then(|plain| serde_json::from_slice::<Self>(&plain).ok()) {
            None => Unparked::Foreign,
            Some(interaction) if interaction.started_at + LIFETIME <= now => Unparked::Stale(interaction),
            Some(interaction) => Unparked::Open(interaction),
        }
    }
}

fn context(browser: &TokenHash) -> String {
    format!("interaction:{}", browser.hex())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ours_can_be_gone_back_to() {
        for good in ["/account", "/account/factors?x=1", "/admin", "/admin/users/0192"] {
            assert_eq!(PagePath::parse(good).unwrap().as_str(), good);
        }
        let long = format!("/account/{}", "x".repeat(600));
        let bad = [
            "",
            "/",
            "//evil.example",
            "https://evil.example/account",
            "/accounts",
            "/account//evil",
            "/account\\x",
            "/account/../oauth2/logout",
            "/account\n",
            "/account#x",
            "/sign-out",
            &long,
        ];
        for bad in bad {
            assert_eq!(PagePath::parse(bad), None, "{bad}");
        }
    }
}
