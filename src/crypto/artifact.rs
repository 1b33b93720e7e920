//! SAML artifacts (Bindings §3.6.4): type and endpoint, who issued it, and 160 random bits.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::entropy::Entropy;
use crate::domain::secret::PlainToken;

/// Type 0x0004, the endpoint of index 0.
const HEAD: [u8; 4] = [0, 4, 0, 0];
const SOURCE: usize = 20;
const HANDLE: usize = 20;

/// A new one. SHA-1 only shortens the issuer's name, as the format prescribes; nothing rests on it.
pub fn mint(entity_id: &str, entropy: &dyn Entropy) -> PlainToken {
    let mut handle = [0; HANDLE];
    entropy.fill(&mut handle);
    let mut bytes = HEAD.to_vec();
    bytes.extend(digest(&SHA1_FOR_LEGACY_USE_ONLY, entity_id.as_bytes()).as_ref());
    bytes.extend(handle);
    PlainToken::from_text(STANDARD.encode(bytes))
}

/// Only what could have been minted.
pub fn parse(text: &str) -> Option<PlainToken> {
    let bytes = STANDARD.decode(text).ok()?;
    (bytes.len() == HEAD.len() + SOURCE + HANDLE && bytes.starts_with(&HEAD))
        .then(|| PlainToken::from_text(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::entropy::SystemEntropy;

    #[test]
    fn an_artifact_names_its_issuer_and_is_never_the_same() {
        let issuer = "https://id.example/t/acme/saml/metadata";
        let (one, other) = (mint(issuer, &SystemEntropy), mint(issuer, &SystemEntropy));
        assert_ne!(one.expose(), other.expose());
        assert!(parse(one.expose()).is_some());
        let bytes = STANDARD.decode(one.expose()).unwrap();
        assert_eq!(bytes[..4], HEAD);
        assert_eq!(bytes[4..24], STANDARD.decode(other.expose()).unwrap()[4..24]);
        let short = STANDARD.encode(&bytes[..43]);
        let other_type = STANDARD.encode([&[0, 1, 0, 0], &bytes[4..]].concat());
        for bad in ["", "AAQAAA==", "not base64", &short, &other_type] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
