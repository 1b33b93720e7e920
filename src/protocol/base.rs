//! A tenant's external address: the only source of URLs in protocol messages. It comes from the configuration and
//! the registry, never from a `Host` or forwarding header.

use std::fmt;

use url::Url;

use crate::domain::fault::ErrorCode;

/// `{public_url}/t/{slug}`, or `https://{host}` where the tenant has a host name of its own. Its text is the
/// OIDC issuer and is compared byte for byte, so it never ends with a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseError {
    #[error("is not an absolute http or https URL")]
    NotAbsolute,
    #[error("must not have a query, a fragment, a user name or a password")]
    Extra,
}

impl Base {
    /// OpenID Connect Discovery §3: an issuer has scheme, host and maybe port and path, nothing else.
    pub fn parse(text: &str) -> Result<Self, BaseError> {
        let url = Url::parse(text).map_err(|_refused| BaseError::NotAbsolute)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(BaseError::NotAbsolute);
        }
        let bare = url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return Err(BaseError::Extra);
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// The OIDC issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.0
    }
    /// The URL of a path below the base; `path` begins with a slash.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
    pub fn token_endpoint(&self) -> String {
        self.at("/oauth2/token")
    }
    /// Where a person reads what an error code means (RFC 6749 §5.2 `error_uri`).
    pub fn error_uri(&self, code: ErrorCode) -> String {
        self.at(&format!("/docs/errors/{}", code.code()))
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_an_origin_with_a_path_and_no_trailing_slash() {
        let table = [
            ("http://localhost:8080/t/demo", "http://localhost:8080/t/demo"),
            ("https://login.acme.example/", "https://login.acme.example"),
            ("HTTPS://Login.Acme.Example", "https://login.acme.example"),
        ];
        for (text, issuer) in table {
            assert_eq!(Base::parse(text).unwrap().issuer(), issuer, "{text}");
        }
        for bad in ["", "/t/demo", "ftp://x/", "https://x/?a=b", "https://x/#f", "https://u@x/", "https://u:p@x/"] {
            assert!(Base::parse(bad).is_err(), "{bad}");
        }
    }
}
