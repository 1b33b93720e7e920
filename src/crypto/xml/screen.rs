//! What is looked at before anything is parsed: size, depth, attributes, pieces, and what may not be there at all.
//!
//! It reads markup the way XML 1.0 §2 delimits it, so it sees at least as much of it as the parser does. It also
//! normalises line breaks (§2.11) and white space in attribute values (§3.3.3), which the parser leaves alone.

use super::XmlError;

/// Elements inside elements. Signed answers with encrypted parts stay below twenty.
const DEPTH: usize = 64;
/// Attributes of one element, namespace declarations included.
const ATTRIBUTES: usize = 64;
/// Octets of what is allowed for each piece of markup: a tree takes fifty times the room of its shortest elements.
const PIECE: usize = 16;

/// The text, fit for the parser.
pub(super) fn screen(text: &[u8], limit: usize) -> Result<String, XmlError> {
    if text.len() > limit {
        return Err(XmlError::TooLarge(limit));
    }
    let text = std::str::from_utf8(text).ok().ok_or(XmlError::Encoding)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut text = if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n").into_bytes()
    } else {
        text.as_bytes().to_vec()
    };
    let (mut at, mut depth, mut pieces) = (0, 0_usize, 0_usize);
    while let Some(open) = find(&text, at, b"<") {
        pieces += 1;
        if pieces > limit / PIECE {
            return Err(XmlError::TooManyPieces);
        }
        let rest = text.get(open..).unwrap_or_default();
        at = if rest.starts_with(b"<!--") {
            after(&text, open + 4, b"-->")?
        } else if rest.starts_with(b"<![CDATA[") {
            after(&text, open + 9, b"]]>")?
        } else if rest.starts_with(b"<?xml ") && open == 0 {
            after(&text, open, b"?>")?
        } else if rest.starts_with(b"<?") || rest.starts_with(b"<!") {
            return Err(XmlError::Forbidden);
        } else if rest.starts_with(b"</") {
            depth = depth.saturating_sub(1);
            after(&text, open, b">")?
        } else {
            let end = tag(&mut text, open)?;
            if text.get(end.saturating_sub(2)) != Some(&b'/') {
                depth += 1;
            }
            if depth > DEPTH {
                return Err(XmlError::TooDeep);
            }
            end
        };
    }
    String::from_utf8(text).ok().ok_or(XmlError::Encoding)
}

/// Where a start tag that begins at `open` ends. White space in its values becomes spaces.
fn tag(text: &mut [u8], open: usize) -> Result<usize, XmlError> {
    let (mut quote, mut attributes) = (None, 0_usize);
    for (at, byte) in text.iter_mut().enumerate().skip(open + 1) {
        match (quote, *byte) {
            (Some(mark), byte) if mark == byte => quote = None,
            (Some(_), b'\t' | b'\n') => *byte = b' ',
            (None, b'>') => return Ok(at + 1),
            (None, b'<') => return Err(XmlError::Malformed),
            (None, mark @ (b'"' | b'\'')) => quote = Some(mark),
            (None, b'=') => {
                attributes += 1;
                if attributes > ATTRIBUTES {
                    return Err(XmlError::TooManyAttributes);
                }
            }
            (Some(_) | None, _) => {}
        }
    }
    Err(XmlError::Malformed)
}

fn find(text: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    let rest = text.get(from..)?;
    rest.windows(what.len()).position(|window| window == what).map(|at| from + at)
}

fn after(text: &[u8], from: usize, what: &[u8]) -> Result<usize, XmlError> {
    find(text, from, what).map(|at| at + what.len()).ok_or(XmlError::Malformed)
}
