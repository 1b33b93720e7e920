//! Recovery codes on the page that shows them once. Nobody else keeps them: until the person says that they are saved,
//! they stand in the page's form too, sealed to this browser, so that the page can be shown once more (U10).

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::crypto::seal::SealError;
use crate::domain::Time;
use crate::domain::secret::TokenHash;

use super::Site;
use super::browser::Browser;

/// How long the page can be shown again.
const LIFETIME: chrono::Duration = chrono::Duration::hours(1);

/// What the page shows.
#[derive(Serialize, Deserialize)]
pub struct ShownCodes {
    pub codes: Vec<String>,
    /// Whether an app was just set up, and not only the codes renewed.
    pub enrolled: bool,
    #[serde(with = "chrono::serde::ts_seconds")]
    at: Time,
}

impl ShownCodes {
    pub fn new(site: &Site, codes: &[Zeroizing<String>], enrolled: bool) -> Self {
        Self { codes: codes.iter().map(|code| code.to_string()).collect(), enrolled, at: site.now() }
    }

    /// For the form.
    pub fn seal(&self, site: &Site, browser: &Browser) -> Result<String, SealError> {
        let plain = Zeroizing::new(serde_json::to_vec(self).map_err(|_unwritable| SealError::Failed)?);
        site.store.sealer().seal_text(&context(&browser.binding), &plain, site.entropy.as_ref())
    }

    /// Of a form that came back; `None` = too old, or not of this browser.
    pub fn open(site: &Site, browser: &Browser, sealed: &str) -> Option<Self> {
        let plain = site.store.sealer().open_text(&context(&browser.binding), sealed).ok()?;
        let shown: Self = serde_json::from_slice(&plain).ok()?;
        (site.now() < shown.at + LIFETIME).then_some(shown)
    }
}

fn context(binding: &TokenHash) -> String {
    format!("recovery-codes:{}", binding.hex())
}
