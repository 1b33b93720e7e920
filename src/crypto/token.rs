//! Secrets that are handed out: 256 random bits behind a prefix that makes a leaked one recognisable.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::entropy::Entropy;
use crate::domain::secret::{PlainToken, TokenKind};

/// A new token. Only its hash may be stored.
pub fn mint(kind: TokenKind, entropy: &dyn Entropy) -> PlainToken {
    let mut secret = Zeroizing::new([0; 32]);
    entropy.fill(secret.as_mut());
    let prefix = kind.prefix();
    let mut text = String::with_capacity(prefix.len() + 43);
    text.push_str(prefix);
    BASE64_URL_SAFE_NO_PAD.encode_string(secret.as_ref(), &mut text);
    PlainToken::from_text(text)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::crypto::entropy::SystemEntropy;

    const KINDS: [TokenKind; 7] = [
        TokenKind::Session,
        TokenKind::Browser,
        TokenKind::Device,
        TokenKind::Code,
        TokenKind::Refresh,
        TokenKind::Link,
        TokenKind::Client,
    ];

    #[test]
    fn a_minted_token_is_one_of_its_own_kind_only() {
        for kind in KINDS {
            let token = mint(kind, &SystemEntropy);
            for other in KINDS {
                assert_eq!(PlainToken::parse(other, token.expose()).is_some(), kind == other);
            }
        }
    }

    #[test]
    fn tokens_never_repeat() {
        let texts: HashSet<String> =
            (0..1000).map(|_| mint(TokenKind::Code, &SystemEntropy).expose().to_owned()).collect();
        assert_eq!(texts.len(), 1000);
    }

    #[test]
    fn all_bits_come_from_the_entropy() {
        struct Ones;
        impl Entropy for Ones {
            fn fill(&self, out: &mut [u8]) {
                out.fill(0xff);
            }
        }
        assert_eq!(mint(TokenKind::Session, &Ones).expose(), format!("pts_{}8", "_".repeat(42)));
    }
}
