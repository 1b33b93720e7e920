//! Values that only this installation can read ([`Sealer`]) or could have written ([`Mac`]).
//!
//! A sealed value is `version ‖ nonce ‖ ciphertext ‖ tag`: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce, so a
//! key may seal 2^32 values (§8.3). The context (table, column and row, say) is authenticated with it: a value moved
//! elsewhere does not open.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::entropy::Entropy;

const VERSION: u8 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Made with another key, for another context, or changed since: indistinguishable on purpose.
    #[error("the sealed value does not open")]
    Rejected,
    #[error("the value could not be sealed")]
    Failed,
}

/// Seals and opens values with one key.
#[derive(Clone)]
pub struct Sealer {
    /// aws-lc refuses a key for its length only, which is fixed here; a refusal would surface at first use.
    key: Arc<Option<LessSafeKey>>,
}

impl Sealer {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).ok().map(LessSafeKey::new);
        Self { key: Arc::new(key) }
    }

    pub fn seal(&self, context: &str, plain: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>, SealError> {
        let key = self.key.as_ref().as_ref().ok_or(SealError::Failed)?;
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        let head = 1 + NONCE_LEN;
        let mut sealed = Vec::with_capacity(head + plain.len() + AES_256_GCM.tag_len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let body = sealed.get_mut(head..).ok_or(SealError::Failed)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        match key.seal_in_place_separate_tag(nonce, aad(context), body) {
            Ok(tag) => sealed.extend_from_slice(tag.as_ref()),
            Err(_unspecified) => return Err(SealError::Failed),
        }
        Ok(sealed)
    }

    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let key = self.key.as_ref().as_ref().ok_or(SealError::Rejected)?;
        let (&version, rest) = sealed.split_first().ok_or(SealError::Rejected)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Rejected)?;
        if version != VERSION {
            return Err(SealError::Rejected);
        }
        let mut plain = Zeroizing::new(body.to_vec());
        let length = match key.open_in_place(Nonce::assume_unique_for_key(*nonce), aad(context), &mut plain) {
            Ok(opened) => opened.len(),
            Err(_unspecified) => return Err(SealError::Rejected),
        };
        plain.truncate(length);
        Ok(plain)
    }

    /// As [`seal`](Self::seal), in base64url: for cookies and text columns.
    pub fn seal_text(&self, context: &str, plain: &[u8], entropy: &dyn Entropy) -> Result<String, SealError> {
        self.seal(context, plain, entropy).map(|sealed| BASE64_URL_SAFE_NO_PAD.encode(sealed))
    }

    pub fn open_text(&self, context: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok().ok_or(SealError::Rejected)?;
        self.open(context, &sealed)
    }
}

/// The version is authenticated too, so that a later format cannot be mistaken for this one.
fn aad(context: &str) -> Aad<Vec<u8>> {
    let mut bytes = Vec::with_capacity(1 + context.len());
    bytes.push(VERSION);
    bytes.extend_from_slice(context.as_bytes());
    Aad::from(bytes)
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

/// HMAC-SHA256 (RFC 2104) over a purpose and data; one purpose's tags say nothing about another's.
#[derive(Clone)]
pub struct Mac {
    key: hmac::Key,
}

impl Mac {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    pub fn tag(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.key);
        // The length keeps `("ab", "c")` and `("a", "bc")` apart.
        let length = u64::try_from(purpose.len()).unwrap_or(u64::MAX);
        context.update(&length.to_be_bytes());
        context.update(purpose.as_bytes());
        context.update(data);
        digest(&context.sign())
    }

    pub fn verify(&self, purpose: &str, data: &[u8], tag: &[u8]) -> bool {
        self.tag(purpose, data).ct_eq(tag).into()
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mac")
    }
}

/// The 32 bytes of an HMAC-SHA256 tag.
pub(super) fn digest(tag: &hmac::Tag) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(tag.as_ref()) {
        *to = *from;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crypto::entropy::SystemEntropy;

    fn sealer() -> Sealer {
        Sealer::new(&[7; 32])
    }

    #[test]
    fn da2_what_is_sealed_does_not_contain_the_plain_text() {
        let sealed = sealer().seal("users.totp", b"canary-canary-canary", &SystemEntropy).unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"canary"));
    }

    #[test]
    fn sealing_twice_gives_different_bytes() {
        let sealer = sealer();
        assert_ne!(sealer.seal("a", b"b", &SystemEntropy), sealer.seal("a", b"b", &SystemEntropy));
    }

    #[test]
    fn another_key_or_context_does_not_open_it() {
        let sealed = sealer().seal_text("keys.private/1", b"secret", &SystemEntropy).unwrap();
        assert_eq!(sealer().open_text("keys.private/2", &sealed), Err(SealError::Rejected));
        assert_eq!(Sealer::new(&[8; 32]).open_text("keys.private/1", &sealed), Err(SealError::Rejected));
        assert_eq!(sealer().open_text("keys.private/1", &sealed).unwrap().as_slice(), b"secret");
    }

    #[test]
    fn a_tag_is_bound_to_its_purpose_and_the_border_between_purpose_and_data() {
        let mac = Mac::new(&[1; 32]);
        let tag = mac.tag("ab", b"c");
        assert!(mac.verify("ab", b"c", &tag));
        assert!(!mac.verify("a", b"bc", &tag));
        assert!(!mac.verify("ab", b"d", &tag));
        assert!(!mac.verify("ab", b"c", &tag[..31]));
        assert!(!mac.verify("ab", b"c", b""));
        assert!(!Mac::new(&[2; 32]).verify("ab", b"c", &tag));
    }

    #[test]
    fn debug_output_shows_no_key() {
        assert_eq!(format!("{:?} {:?}", sealer(), Mac::new(&[1; 32])), "Sealer Mac");
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens(context in ".{0,40}", plain in prop::collection::vec(any::<u8>(), 0..200)) {
            let sealed = sealer().seal(&context, &plain, &SystemEntropy).unwrap();
            prop_assert_eq!(sealer().open(&context, &sealed).unwrap().to_vec(), plain.clone());
            let text = sealer().seal_text(&context, &plain, &SystemEntropy).unwrap();
            prop_assert_eq!(sealer().open_text(&context, &text).unwrap().to_vec(), plain);
        }

        #[test]
        fn a_changed_bit_or_a_cut_end_does_not_open(
            plain in prop::collection::vec(any::<u8>(), 0..64), place: prop::sample::Index, bit in 0..8u8,
        ) {
            let sealed = sealer().seal("c", &plain, &SystemEntropy).unwrap();
            let at = place.index(sealed.len());
            let mut changed = sealed.clone();
            changed[at] ^= 1 << bit;
            prop_assert_eq!(sealer().open("c", &changed), Err(SealError::Rejected));
            prop_assert_eq!(sealer().open("c", &sealed[..at]), Err(SealError::Rejected));
        }

        #[test]
        fn arbitrary_input_never_opens(bytes in prop::collection::vec(any::<u8>(), 0..100), text in ".{0,100}") {
            prop_assert!(sealer().open("c", &bytes).is_err());
            prop_assert!(sealer().open_text("c", &text).is_err());
        }
    }
}
