//! Exclusive XML Canonicalization 1.0 without comments: the octets that a digest is taken of.

use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::NodeSet;
use uppsala::{Document, NodeId};

use super::XmlError;

/// The element `of`, without `except` where the signature inside is not part of what it signs.
pub(super) fn canonical(
    tree: &Document<'_>,
    of: NodeId,
    except: Option<NodeId>,
    prefixes: &[&str],
) -> Result<Vec<u8>, XmlError> {
    let mut visible = NodeSet::tree_without_comments(of, tree);
    if let Some(except) = except {
        visible = visible.subtract(&NodeSet::tree_with_comments(except, tree));
    }
    let octets = canonicalize_doc(tree, C14nMode::Exclusive, Some(&visible), prefixes);
    let octets = octets.ok().ok_or(XmlError::Malformed)?;
    // Nothing is a fine thing to take the digest of, if one is an attacker.
    if octets.starts_with(b"<") { Ok(octets) } else { Err(XmlError::Malformed) }
}
