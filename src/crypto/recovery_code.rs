//! Codes kept for the day the authenticator app is lost: 80 random bits in Crockford's base32, in groups of four.

use std::fmt;

use zeroize::Zeroizing;

use super::entropy::Entropy;

/// Without `I`, `L`, `O` and `U`: nothing that is taken for something else.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 16;
const GROUP: usize = 4;

#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        entropy.fill(bytes.as_mut());
        // Five bits of each byte: every letter is as likely as any other.
        let letter = |byte: &u8| ALPHABET.get(usize::from(byte & 31)).copied().map_or('0', char::from);
        Self(Zeroizing::new(bytes.iter().map(letter).collect()))
    }

    /// As a person types it: in any case, with or without spaces and dashes, with the letters one takes for digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 64 {
            return None;
        }
        let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
        let code: Zeroizing<String> = Zeroizing::new(kept.collect());
        let fits = code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte));
        fits.then_some(Self(code))
    }

    /// What is kept is a tag over this.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// As it is shown, once.
    pub fn grouped(&self) -> Zeroizing<String> {
        let groups: Vec<&str> =
            (0..LENGTH).step_by(GROUP).filter_map(|start| self.0.get(start..start + GROUP)).collect();
        Zeroizing::new(groups.join("-"))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crypto::entropy::SystemEntropy;

    #[test]
    fn a_code_is_read_as_it_was_shown_and_as_it_is_typed() {
        let code = RecoveryCode::generate(&SystemEntropy);
        let shown = code.grouped();
        assert_eq!(shown.len(), 19);
        assert_eq!(RecoveryCode::parse(&shown), Some(code.clone()));
        assert_eq!(RecoveryCode::parse(&shown.to_lowercase().replace('-', " ").replace('0', "o")), Some(code));
    }

    proptest! {
        #[test]
        fn any_text_is_a_code_or_none(text in ".{0,80}") {
            if let Some(code) = RecoveryCode::parse(&text) {
                prop_assert_eq!(code.as_bytes().len(), LENGTH);
            }
        }
    }
}
