//! Certificates of applications, as people hand them over. Only the key inside ever counts; what is refused is what
//! could verify nothing, or could be forged.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types;
use rustls::pki_types::pem::PemObject as _;

use super::credential::{CertificateFacts, KeyFacts, read_certificate};
use crate::domain::saml::CertificateDer;

/// Shorter moduli can be factored (NIST SP 800-131A).
const LEAST_RSA_BITS: usize = 2048;
const LONGEST_TEXT: usize = 256 * 1024;
const MOST: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    #[error("is not an X.509 certificate in PEM (-----BEGIN CERTIFICATE-----)")]
    Unreadable,
    #[error("holds a private key; give the certificate only and replace the key pair")]
    PrivateKey,
    #[error("holds more than 32 certificates")]
    TooMany,
    #[error("has an RSA key of {0} bits; at least 2048 are needed")]
    WeakKey(usize),
    #[error("has a key of a kind that is not used here: RSA or P-256 is needed")]
    OtherKey,
    #[error("has a key that nothing can be encrypted for: RSA is needed")]
    CannotEncrypt,
}

/// One certificate or several in PEM, or one as bare base64, the way metadata writes it. Each has been judged.
pub fn read_certificates(text: &str) -> Result<Vec<CertificateDer>, CertificateFault> {
    if text.contains("PRIVATE KEY-----") {
        return Err(CertificateFault::PrivateKey);
    }
    if text.len() > LONGEST_TEXT {
        return Err(CertificateFault::TooMany);
    }
    let found = if text.contains("-----BEGIN") { pem(text)? } else { vec![bare(text)?] };
    match found.len() {
        0 => return Err(CertificateFault::Unreadable),
        1..=MOST => {}
        _ => return Err(CertificateFault::TooMany),
    }
    for one in &found {
        judge(one)?;
    }
    Ok(found)
}

fn pem(text: &str) -> Result<Vec<CertificateDer>, CertificateFault> {
    let read = pki_types::CertificateDer::pem_slice_iter(text.as_bytes());
    read.map(|one| one.map(|der| CertificateDer(der.to_vec())).ok().ok_or(CertificateFault::Unreadable)).collect()
}

fn bare(text: &str) -> Result<CertificateDer, CertificateFault> {
    let packed: String = text.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    let der = STANDARD.decode(packed).ok().ok_or(CertificateFault::Unreadable)?;
    Ok(CertificateDer(der))
}

/// What a certificate says of itself, if its key can be relied on.
pub fn judge(certificate: &CertificateDer) -> Result<CertificateFacts, CertificateFault> {
    let facts = read_certificate(certificate).ok_or(CertificateFault::Unreadable)?;
    match facts.key {
        KeyFacts::Rsa(bits) if bits < LEAST_RSA_BITS => Err(CertificateFault::WeakKey(bits)),
        KeyFacts::Rsa(_) | KeyFacts::EcP256 => Ok(facts),
        KeyFacts::Other => Err(CertificateFault::OtherKey),
    }
}

/// Whether assertions can be encrypted for its key.
pub fn can_encrypt(certificate: &CertificateDer) -> bool {
    judge(certificate).is_ok_and(|facts| matches!(facts.key, KeyFacts::Rsa(_)))
}

/// SHA-256 of the whole, in hexadecimal.
pub fn fingerprint(der: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, der);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As PEM, for people to copy.
pub fn write_pem(certificate: &CertificateDer) -> String {
    let packed = STANDARD.encode(&certificate.0);
    let mut lines = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = packed.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at_checked(64).unwrap_or((rest, ""));
        lines.push_str(line);
        lines.push('\n');
        rest = more;
    }
    lines + "-----END CERTIFICATE-----\n"
}

#[cfg(test)]
mod tests {
    use super::super::credential::mint;
    use super::super::entropy::SystemEntropy;
    use super::*;
    use crate::domain::Time;
    use crate::domain::signing::KeyType;

    /// `openssl req -x509 -newkey rsa:1024 -days 36500`.
    const WEAK: &str = "-----BEGIN CERTIFICATE-----
MIIB/DCCAWWgAwIBAgIUer+KZAIHxvckhbcOFdR3dvIcnhQwDQYJKoZIhvcNAQEL
BQAwDzENMAsGA1UEAwwEd2VhazAgFw0yNjExMjIxMTA3MjlaGA8yMTI2MTAyOTEx
MDcyOVowDzENMAsGA1UEAwwEd2VhazCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkC
gYEAstMpX8psqWYdFX1G5ZunmO00mXW1ThFtLdVuMOMv7M9A1kXqlMCvFRbM3UPi
DQOFwbjG0Lx147AAq8NWbJlsAcy0bKsgPslyE0kfwEqkiQzgvBar1s+MvjFgKTW6
m24f2Ze36/reMg/c1P1Dazi///WOxqGddEukDI0z6UXHy4MCAwEAAaNTMFEwHQYD
VR0OBBYEFDpojWfmvhzPFPiTYtysiHk9s+wCMB8GA1UdIwQYMBaAFDpojWfmvhzP
FPiTYtysiHk9s+wCMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADgYEA
ObPGefyy2R9E0UDhOCWbjTrtcH/woJ6F7lZ5DsD/LaVMWxfjez4AvI+Tp3dtwdfT
n5rL9ACU33PBia0m9lmAatlU5w7Le0tkCrA87KtRJo9+qeUrjHx+7Rd+Y+LvyBsf
nJX/D2wT3g2pCy8HQoIxixDCeggzH4znxTEz+DS9n6M=
-----END CERTIFICATE-----";

    fn certificate(kind: KeyType) -> CertificateDer {
        let now = Time::from_timestamp(1_800_000_000, 0).unwrap();
        mint(kind, "sp", now, &SystemEntropy).unwrap().certificate
    }

    #[test]
    fn certificates_come_in_pem_one_or_several_and_as_bare_base64() {
        let (rsa, ec) = (certificate(KeyType::Rsa), certificate(KeyType::EcP256));
        let both = format!("{}\n# and\n{}", write_pem(&rsa), write_pem(&ec));
        assert_eq!(read_certificates(&both).unwrap(), [rsa.clone(), ec.clone()]);
        let bare = format!("\n  {}\n", STANDARD.encode(&rsa.0));
        assert_eq!(read_certificates(&bare).unwrap(), std::slice::from_ref(&rsa));
        assert!(can_encrypt(&rsa) && !can_encrypt(&ec));
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let rsa = certificate(KeyType::Rsa);
        let table = [
            (String::new(), CertificateFault::Unreadable),
            ("hello".to_owned(), CertificateFault::Unreadable),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----".to_owned(), CertificateFault::Unreadable),
            ("-----BEGIN CERTIFICATE-----\nAAAA".to_owned(), CertificateFault::Unreadable),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----".to_owned(), CertificateFault::PrivateKey),
            (write_pem(&rsa).repeat(33), CertificateFault::TooMany),
        ];
        for (text, fault) in table {
            assert_eq!(read_certificates(&text), Err(fault), "{text}");
        }
    }

    #[test]
    fn a_short_rsa_key_is_refused() {
        assert_eq!(read_certificates(WEAK), Err(CertificateFault::WeakKey(1024)));
    }
}
