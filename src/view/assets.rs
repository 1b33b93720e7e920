//! The static files, embedded. Their public names carry a hash of the content (`portner.1f3a….css`), so that they
//! may be cached for ever: a changed file has another name.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

#[derive(Clone, Copy, Debug)]
pub struct Asset {
    pub bytes: &'static [u8],
    pub content_type: &'static str,
    /// With its quotes (RFC 9110 §8.8.3).
    pub etag: &'static str,
    /// Whether the name held the content's hash: cacheable for ever. A plain name is for `/favicon.ico`.
    pub immutable: bool,
}

struct Embedded {
    name: &'static str,
    public_name: String,
    etag: String,
    content_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! embed {
    ($($name:literal: $content_type:literal),* $(,)?) => {
        static FILES: LazyLock<Vec<Embedded>> = LazyLock::new(|| {
            vec![$(embedded($name, $content_type, include_bytes!(concat!("../../static/", $name)))),*]
        });
    };
}

embed! {
    "portner.css": "text/css; charset=utf-8",
    "portner.js": "text/javascript; charset=utf-8",
    "favicon.svg": "image/svg+xml",
    "favicon.ico": "image/x-icon",
}

fn embedded(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Embedded {
    let start = Sha256::digest(bytes).first_chunk().map_or(0, |eight| u64::from_be_bytes(*eight));
    let hash = format!("{start:016x}");
    let public_name = match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{hash}.{extension}"),
        None => format!("{name}.{hash}"),
    };
    Embedded { name, public_name, etag: format!("\"{hash}\""), content_type, bytes }
}

/// The file of this name, plain or with the hash of its present content; an old hash finds nothing.
pub fn asset(path: &str) -> Option<Asset> {
    let found = FILES.iter().find(|file| file.name == path || file.public_name == path)?;
    Some(Asset {
        bytes: found.bytes,
        content_type: found.content_type,
        etag: &found.etag,
        immutable: found.public_name == path,
    })
}

/// The public names of all files.
pub fn asset_names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|file| file.public_name.as_str())
}

/// The hashed name; the plain one if no such file is embedded.
pub(super) fn public_name(name: &str) -> &str {
    FILES.iter().find(|file| file.name == name).map_or(name, |file| &file.public_name)
}
