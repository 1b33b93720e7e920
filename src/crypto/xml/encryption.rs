//! Encrypted elements (XML Encryption 1.1): content by AES-GCM, its key by RSA-OAEP, and nothing else.
//!
//! Refused on purpose: CBC, whose padding tells secrets, PKCS #1 v1.5 for the same reason, and ciphertext or keys that
//! are to be fetched from somewhere. Writing uses `rsa-oaep-mgf1p` with its default digest, which is what service
//! providers know; SHA-1 in it protects nothing that a collision could break.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{DSIG, Element, Writer, XENC, XmlError};
use crate::crypto::credential::PublicKey;
use crate::crypto::entropy::Entropy;
use crate::domain::saml::CertificateDer;

const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";
const OAEP_MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
const OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const MGF1_SHA256: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha256";
const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";

/// How content is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cipher {
    Aes128Gcm,
    Aes256Gcm,
}

impl Cipher {
    pub const ALL: [Self; 2] = [Self::Aes128Gcm, Self::Aes256Gcm];

    pub fn uri(self) -> &'static str {
        match self {
            Self::Aes128Gcm => "http://www.w3.org/2009/xmlenc11#aes128-gcm",
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
        }
    }
    pub fn parse(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cipher| cipher.uri() == uri)
    }

    fn algorithm(self) -> &'static Algorithm {
        match self {
            Self::Aes128Gcm => &AES_128_GCM,
            Self::Aes256Gcm => &AES_256_GCM,
        }
    }
}

/// `xenc:EncryptedData` for whoever has the key of this certificate. The element must be self-contained: it loses the
/// namespaces around it.
pub fn encrypt_element(
    xml: &str,
    to: &CertificateDer,
    cipher: Cipher,
    entropy: &dyn Entropy,
) -> Result<String, XmlError> {
    let PublicKey::Rsa(recipient) = PublicKey::of(to)? else { return Err(XmlError::Encryption) };
    let mut key = Zeroizing::new(vec![0; cipher.algorithm().key_len()]);
    entropy.fill(&mut key);
    let mut nonce = [0; NONCE_LEN];
    entropy.fill(&mut nonce);
    let mut content = xml.as_bytes().to_vec();
    sealing(cipher, &key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut content)
        .ok()
        .ok_or(XmlError::Encryption)?;
    let content = STANDARD.encode([nonce.as_slice(), &content].concat());
    let key = STANDARD.encode(wrap(&recipient, &key)?);

    let mut data = Writer::new();
    data.open("xenc:EncryptedData", &[("xmlns:xenc", XENC), ("Type", ELEMENT)])
        .leaf("xenc:EncryptionMethod", &[("Algorithm", cipher.uri())], "")
        .open("ds:KeyInfo", &[("xmlns:ds", DSIG)])
        .open("xenc:EncryptedKey", &[])
        .open("xenc:EncryptionMethod", &[("Algorithm", OAEP_MGF1P)])
        .leaf("ds:DigestMethod", &[("Algorithm", SHA1)], "")
        .close()
        .open("xenc:CipherData", &[])
        .leaf("xenc:CipherValue", &[], &key)
        .close()
        .close()
        .close()
        .open("xenc:CipherData", &[])
        .leaf("xenc:CipherValue", &[], &content)
        .close()
        .close();
    data.finish()
}

/// What `xenc:EncryptedData` holds. Whoever reads it parses it anew: it comes from a stranger like the rest, and that it
/// could be decrypted says nothing about who wrote it. Every failure of a key looks the same.
pub fn decrypt_element(encrypted: Element<'_>, private_pkcs8: &[u8]) -> Result<String, XmlError> {
    if !encrypted.is(XENC, "EncryptedData") || encrypted.attribute("Type").is_some_and(|kind| kind != ELEMENT) {
        return Err(XmlError::Shape("EncryptedData"));
    }
    let cipher = Cipher::parse(method(encrypted)?.1).ok_or(XmlError::Algorithm)?;
    let wrapped = encrypted_key(encrypted)?;
    let oaep = oaep(wrapped)?;
    let (wrapped, content) = (cipher_value(wrapped)?, cipher_value(encrypted)?);
    let key = unwrap(private_pkcs8, oaep, &wrapped)?;
    let (nonce, content) = content.split_at_checked(NONCE_LEN).ok_or(XmlError::Encryption)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok().ok_or(XmlError::Encryption)?;
    let mut content = content.to_vec();
    let plain = sealing(cipher, &key)?.open_in_place(nonce, Aad::empty(), &mut content);
    let plain = plain.ok().ok_or(XmlError::Encryption)?;
    std::str::from_utf8(plain).ok().map(str::to_owned).ok_or(XmlError::Encoding)
}

fn sealing(cipher: Cipher, key: &[u8]) -> Result<LessSafeKey, XmlError> {
    Ok(LessSafeKey::new(UnboundKey::new(cipher.algorithm(), key).ok().ok_or(XmlError::Encryption)?))
}

fn wrap(recipient: &[u8], key: &[u8]) -> Result<Vec<u8>, XmlError> {
    let recipient = PublicEncryptingKey::from_der(recipient).ok().ok_or(XmlError::Encryption)?;
    let recipient = OaepPublicEncryptingKey::new(recipient).ok().ok_or(XmlError::Encryption)?;
    let mut wrapped = vec![0; recipient.ciphertext_size()];
    let wrapped = recipient.encrypt(&OAEP_SHA1_MGF1SHA1, key, &mut wrapped, None).map(|octets| octets.to_vec());
    wrapped.ok().ok_or(XmlError::Encryption)
}

fn unwrap(private: &[u8], oaep: &'static OaepAlgorithm, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, XmlError> {
    let private = PrivateDecryptingKey::from_pkcs8(private).ok().ok_or(XmlError::Encryption)?;
    let private = OaepPrivateDecryptingKey::new(private).ok().ok_or(XmlError::Encryption)?;
    let mut key = Zeroizing::new(vec![0; private.min_output_size()]);
    let key = private.decrypt(oaep, wrapped, &mut key, None).map(|octets| Zeroizing::new(octets.to_vec()));
    key.ok().ok_or(XmlError::Encryption)
}

/// The one key: in `KeyInfo`, or beside the data where SAML also lets it stand (Core §6.1).
fn encrypted_key(encrypted: Element<'_>) -> Result<Element<'_>, XmlError> {
    let missing = XmlError::Shape("EncryptedKey");
    if let Some(info) = encrypted.child(DSIG, "KeyInfo")?
        && let Some(key) = info.child(XENC, "EncryptedKey")?
    {
        return Ok(key);
    }
    encrypted.parent().ok_or(missing)?.child(XENC, "EncryptedKey")?.ok_or(missing)
}

fn method(of: Element<'_>) -> Result<(Element<'_>, &str), XmlError> {
    let method = of.child(XENC, "EncryptionMethod")?.ok_or(XmlError::Shape("EncryptionMethod"))?;
    Ok((method, method.attribute("Algorithm").ok_or(XmlError::Algorithm)?))
}

/// Both digests of OAEP are the same one; a label is of no use to anybody.
fn oaep(key: Element<'_>) -> Result<&'static OaepAlgorithm, XmlError> {
    let (method, name) = method(key)?;
    let parameter = |namespace, local| -> Result<Option<&str>, XmlError> {
        Ok(method.child(namespace, local)?.map(|element| element.attribute("Algorithm").unwrap_or_default()))
    };
    let (digest, mask) = (parameter(DSIG, "DigestMethod")?, parameter(XENC11, "MGF")?);
    if method.child(XENC, "OAEPparams")?.is_some() {
        return Err(XmlError::Algorithm);
    }
    match (name, digest, mask) {
        (OAEP_MGF1P, None | Some(SHA1), None) => Ok(&OAEP_SHA1_MGF1SHA1),
        (OAEP, Some(SHA256), Some(MGF1_SHA256)) => Ok(&OAEP_SHA256_MGF1SHA256),
        _ => Err(XmlError::Algorithm),
    }
}

fn cipher_value(of: Element<'_>) -> Result<Vec<u8>, XmlError> {
    let data = of.child(XENC, "CipherData")?.ok_or(XmlError::Shape("CipherData"))?;
    let value = data.child(XENC, "CipherValue")?.ok_or(XmlError::Shape("CipherValue"))?;
    let text: String = value.text()?.split_ascii_whitespace().collect();
    STANDARD.decode(text).ok().ok_or(XmlError::Shape("a value that is not base64"))
}
