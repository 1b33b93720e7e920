//! What should be thought about before an application is registered: allowed, and probably not meant.

use std::fmt;

use super::Time;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// People, and what is said about them, are sent there in the clear.
    PlainAddress(String),
    /// By the beginning of its fingerprint. The key goes on counting: dates in the certificates of applications are a
    /// reminder, since nobody but the two sides vouches for them.
    CertificateExpired {
        fingerprint: String,
        at: Time,
    },
    CertificateExpires {
        fingerprint: String,
        at: Time,
    },
    /// Nothing it sends can be verified: no signed requests, no logout begun there.
    NoSigningCertificate,
    /// Its metadata says that it signs requests; it was said that they need not be.
    SignatureWaived,
    /// Its metadata requires an attribute that is not mapped.
    Unmapped(String),
    /// Its metadata asks for another way to name people.
    OtherNameId(String),
    /// Something of its metadata that cannot be used was left out.
    LeftOut(String),
    /// Its metadata is signed, and nobody has said by whom it has to be. The fingerprint of the certificate that the
    /// signature names itself, if it names one.
    SignatureUnchecked(Option<String>),
    /// Its metadata is valid only until then, and nothing fetches it anew.
    MetadataEnds(Time),
}

/// Enough to tell certificates apart.
pub fn short(fingerprint: &str) -> String {
    fingerprint.chars().take(16).collect()
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = |at: &Time| at.format("%Y-%m-%d").to_string();
        match self {
            Self::PlainAddress(address) => {
                write!(f, "{address} uses http: whoever is on the way can read what is sent there")
            }
            Self::CertificateExpired { fingerprint, at } => {
                write!(f, "the certificate {} expired on {}", short(fingerprint), day(at))
            }
            Self::CertificateExpires { fingerprint, at } => {
                write!(f, "the certificate {} expires on {}", short(fingerprint), day(at))
            }
            Self::NoSigningCertificate => {
                f.write_str("has no certificate: nothing it signs can be verified, so it cannot begin a sign-out")
            }
            Self::SignatureWaived => {
                f.write_str("its metadata says that it signs its requests, but require_signed_requests is false")
            }
            Self::Unmapped(name) => write!(f, "its metadata requires the attribute {name:?}, which is not mapped"),
            Self::OtherNameId(format) => {
                write!(f, "its metadata asks for the name id format {format:?}; set name_id if people are not found")
            }
            Self::LeftOut(what) => write!(f, "left out of its metadata: {what}"),
            Self::SignatureUnchecked(Some(fingerprint)) => write!(
                f,
                "the signature on its metadata was not checked: set metadata_certificates (it names the certificate \
                 {fingerprint} itself)"
            ),
            Self::SignatureUnchecked(None) => {
                f.write_str("the signature on its metadata was not checked: set metadata_certificates")
            }
            Self::MetadataEnds(at) => {
                write!(f, "its metadata is valid until {} and is not fetched anew: set metadata_url", day(at))
            }
        }
    }
}
