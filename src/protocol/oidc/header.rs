//! The `Authorization` header (RFC 9110 §11.6.2): at most one, `scheme SP credentials`.

/// Room for the largest token that is issued; HTTP servers allow little more.
const MAX_BYTES: usize = 8 * 1024;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Authorization<'a> {
    scheme: &'a str,
    credentials: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MalformedHeader;

/// `headers` are all values of the header as they came. Twice is malformed, whatever they say.
pub(super) fn authorization<'a>(headers: &[&'a [u8]]) -> Result<Option<Authorization<'a>>, MalformedHeader> {
    let header = match headers {
        [] => return Ok(None),
        [one] if one.len() <= MAX_BYTES => std::str::from_utf8(one).map_err(|_not_utf8| MalformedHeader)?,
        [_] | [_, _, ..] => return Err(MalformedHeader),
    };
    let (scheme, credentials) = header.trim_matches(' ').split_once(' ').ok_or(MalformedHeader)?;
    Ok(Some(Authorization { scheme, credentials: credentials.trim_start_matches(' ') }))
}

impl<'a> Authorization<'a> {
    /// The credentials, if the scheme is this one; scheme names ignore case.
    pub(super) fn of_scheme(self, name: &str) -> Option<&'a str> {
        self.scheme.eq_ignore_ascii_case(name).then_some(self.credentials)
    }
}
