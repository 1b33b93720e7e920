//! Codes of an authenticator app: RFC 6238 with SHA-1, six digits and steps of thirty seconds, which every app knows.
//!
//! A code is tried against its own step and the one before it (RFC 6238 §5.2: at most one step for the delay of the
//! person). That a step counts once is for the caller, who knows the last one; here a match only names its step.

use std::fmt;

use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use super::entropy::Entropy;
use crate::domain::Time;

const STEP_SECONDS: u64 = 30;
/// RFC 4226 §4, R6: 160 bits are recommended.
const SEED_BYTES: usize = 20;
/// RFC 4226 §4, R6: at least 128 bits. Only imports may have fewer than ours.
const SEED_LEAST: usize = 16;
const SEED_MOST: usize = 128;

/// The secret that the app and we share.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed(Zeroizing<Vec<u8>>);

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    #[error("is not base32 (RFC 4648)")]
    Encoding,
    #[error("must have from 128 to 1024 bits")]
    Length,
}

impl Seed {
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new(vec![0; SEED_BYTES]);
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SeedError> {
        if !(SEED_LEAST..=SEED_MOST).contains(&bytes.len()) {
            return Err(SeedError::Length);
        }
        Ok(Self(Zeroizing::new(bytes.to_vec())))
    }

    /// As apps and exports write it: base32, in any case, with or without spaces, dashes and padding.
    pub fn from_base32(text: &str) -> Result<Self, SeedError> {
        let noise = |c: char| c.is_whitespace() || c == '-' || c == '=';
        let text: Zeroizing<String> = Zeroizing::new(text.chars().filter(|c| !noise(*c)).collect());
        let secret = Secret::try_from_base32(text.to_uppercase()).ok().ok_or(SeedError::Encoding)?;
        Self::from_bytes(secret.as_ref())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn to_base32(&self) -> Zeroizing<String> {
        Zeroizing::new(Secret::from(self.0.to_vec()).to_base32())
    }

    /// The address behind the QR code (Google Authenticator's key URI format). `:` separates its parts, so names go
    /// without.
    pub fn uri(&self, issuer: &str, account: &str) -> Option<Zeroizing<String>> {
        let plain = |text: &str| text.replace(':', " ");
        let totp = builder(self).with_issuer(Some(plain(issuer))).with_account_name(plain(account)).build().ok()?;
        totp.to_url().ok().map(Zeroizing::new)
    }

    /// The newest step this code belongs to, of those that count now.
    pub fn step_of(&self, code: &Code, now: Time) -> Option<i64> {
        let seconds = u64::try_from(now.timestamp()).ok()?;
        let totp = self.totp()?;
        let times = [Some(seconds), seconds.checked_sub(STEP_SECONDS)];
        let step = times.into_iter().flatten().find_map(|time| totp.check(code.as_str(), time))?;
        i64::try_from(step).ok()
    }

    fn totp(&self) -> Option<Totp> {
        builder(self).build().ok()
    }
}

fn builder(seed: &Seed) -> Builder {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(0)
        .with_step_duration(STEP_SECONDS)
        .with_secret(seed.0.to_vec())
}

/// Six digits as a person types them: spaces and dashes do not matter.
#[derive(Clone)]
pub struct Code(Zeroizing<String>);

impl Code {
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 64 {
            return None;
        }
        let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let digits: Zeroizing<String> = Zeroizing::new(kept.collect());
        let six = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        six.then_some(Self(digits))
    }

    /// Six digits, each as likely as any other.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        // Above the last whole multiple of a million a number would favour some codes.
        const FAIR: u32 = u32::MAX - u32::MAX % 1_000_000;
        loop {
            let mut bytes = [0; 4];
            entropy.fill(&mut bytes);
            let number = u32::from_be_bytes(bytes);
            if number < FAIR {
                return Self(Zeroizing::new(format!("{:06}", number % 1_000_000)));
            }
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crypto::entropy::SystemEntropy;

    fn at(seconds: i64) -> Time {
        Time::from_timestamp(seconds, 0).unwrap()
    }

    /// RFC 6238 Appendix B: the last six digits of the SHA-1 rows.
    #[test]
    fn the_vectors_of_rfc_6238_match() {
        let seed = Seed::from_bytes(b"12345678901234567890").unwrap();
        let rows = [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")];
        for (seconds, code) in rows {
            assert_eq!(seed.step_of(&Code::parse(code).unwrap(), at(seconds)), Some(seconds / 30), "{code}");
        }
    }

    #[test]
    fn a_code_counts_in_its_step_and_the_next_only() {
        let seed = Seed::from_bytes(b"12345678901234567890").unwrap();
        let code = Code::parse("287 082").unwrap();
        let steps: Vec<_> = [29, 30, 59, 60, 89, 90].map(|seconds| seed.step_of(&code, at(seconds))).into();
        assert_eq!(steps, [None, Some(1), Some(1), Some(1), Some(1), None]);
    }

    #[test]
    fn base32_is_read_as_apps_write_it() {
        let seed = Seed::generate(&SystemEntropy);
        let text = seed.to_base32();
        assert_eq!(text.len(), 32);
        let grouped: Vec<String> =
            text.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).to_lowercase()).collect();
        assert_eq!(Seed::from_base32(&grouped.join(" ")).unwrap(), seed);
        assert_eq!(Seed::from_base32("no base32 !"), Err(SeedError::Encoding));
        assert_eq!(Seed::from_base32("GEZDGNBV"), Err(SeedError::Length));
    }

    #[test]
    fn the_uri_names_issuer_and_account_whatever_they_contain() {
        let seed = Seed::from_bytes(b"12345678901234567890").unwrap();
        let uri = seed.uri("Fjordby: Kommune & Co", "mette åse").unwrap();
        assert!(uri.starts_with("otpauth://totp/"), "{}", uri.as_str());
        assert!(uri.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{}", uri.as_str());
        assert!(uri.contains("Fjordby%20%20Kommune%20%26%20Co"), "{}", uri.as_str());
    }

    proptest! {
        #[test]
        fn any_text_is_a_code_or_none(text in ".{0,80}") {
            if let Some(code) = Code::parse(&text) {
                prop_assert_eq!(code.as_str().len(), 6);
                prop_assert!(Seed::generate(&SystemEntropy).step_of(&code, at(0)).is_none_or(|step| step == 0));
            }
        }

        #[test]
        fn any_text_is_a_seed_or_none(text in ".{0,80}") {
            if let Ok(seed) = Seed::from_base32(&text) {
                prop_assert!(seed.totp().is_some());
            }
        }
    }
}
