//! The files of `[tls]`, and others with certificates: whether they are what they are said to be.

use std::path::Path;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::Tls;

/// Whether a server could use the pair; if not, which key is at fault, and why.
pub(super) fn check(tls: &Tls) -> Result<(), (&'static str, String)> {
    let chain = certificates(&tls.certificate).map_err(|fault| ("tls.certificate", fault))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key)
        .map_err(|fault| ("tls.key", format!("{} holds no private key in PEM: {fault}", tls.key.display())))?;
    CertifiedKey::from_der(chain, key, &rustls::crypto::aws_lc_rs::default_provider()).map(drop).map_err(|fault| {
        let (key, certificate) = (tls.key.display(), tls.certificate.display());
        ("tls.key", format!("the key {key} does not fit the certificate {certificate}: {fault}"))
    })
}

/// All certificates of a PEM file; there must be one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(found) if found.is_empty() => Err(format!("{} holds no certificate in PEM", path.display())),
        Ok(found) => Ok(found),
        Err(fault) => Err(format!("{} holds no certificate in PEM: {fault}", path.display())),
    }
}
