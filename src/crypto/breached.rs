//! Passwords known from breaches, asked for without sending anything anywhere (NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2.12).
//!
//! The list is a file that `portner breached build` makes from a downloaded one: the first eight bytes of each SHA-1 in
//! binary fuse filters (a password that is listed is always found; one in 65,000 of the others is found as well), in 4,096
//! parts by the first twelve bits, so that building needs the memory of one part and asking reads one part. A thousand
//! million passwords make a file of about 2.3 GB; nothing of it is kept in memory.
//!
//! ```text
//! magic, parts: seed, segment length, mask, segment count length, fingerprints; index: 4096 × (offset, length);
//! footer: offset of the index, number of passwords, magic. Little-endian, as the processors Portner runs on are.
//! ```

use std::fs::File;
use std::io::{BufRead, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use xorf::{BinaryFuse16, BinaryFuse16Ref, DmaSerializable, Filter, FilterRef};

const MAGIC: &[u8; 8] = b"PRTBRC\x01\n";
const PARTS: usize = 4096;
const INDEX_ENTRY: usize = 16;
const FOOTER: usize = 24;
/// Seed, segment length, mask, segment count length.
const DESCRIPTOR: usize = BinaryFuse16::DESCRIPTOR_LEN;
/// A line is 40 hexadecimal digits, a colon and a count.
const LONGEST_LINE: u64 = 100;

#[derive(Debug, thiserror::Error)]
pub enum BreachedError {
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("this is not a list made by `portner breached build`")]
    Format,
    #[error("line {0} is not a SHA-1 hash in hexadecimal digits, with or without \":count\"")]
    Line(u64),
    #[error("line {0} is not in order: the list must be ordered by hash")]
    Order(u64),
    #[error("the filter cannot be built: {0}")]
    Filter(&'static str),
}

/// What a build has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Built {
    pub passwords: u64,
    pub bytes: u64,
}

/// The list that is configured, or none.
#[derive(Debug, Default)]
pub struct Breached(Option<BreachedList>);

impl Breached {
    pub fn open(path: &Path) -> Result<Self, BreachedError> {
        BreachedList::open(path).map(|list| Self(Some(list)))
    }

    /// A list that cannot be read any more refuses nothing: choosing a password must go on, and the log says why.
    pub fn holds(&self, password: &str) -> bool {
        let Some(list) = &self.0 else { return false };
        list.holds(password).unwrap_or_else(|fault| {
            tracing::error!(%fault, "the list of breached passwords cannot be read");
            false
        })
    }
}

/// A list that has been opened; only its index is in memory.
#[derive(Debug)]
pub struct BreachedList {
    file: File,
    index: Vec<(u64, u64)>,
    passwords: u64,
}

impl BreachedList {
    pub fn open(path: &Path) -> Result<Self, BreachedError> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let footer_at = length.checked_sub(size(FOOTER)).ok_or(BreachedError::Format)?;
        let mut magic = [0; 8];
        file.read_exact_at(&mut magic, 0)?;
        let footer = read(&file, footer_at, FOOTER)?;
        let [index_at, passwords, _] = numbers(&footer).try_into().map_err(|_other: Vec<u64>| BreachedError::Format)?;
        let index_ends = index_at.checked_add(size(PARTS * INDEX_ENTRY));
        if &magic != MAGIC || !footer.ends_with(MAGIC) || index_ends != Some(footer_at) {
            return Err(BreachedError::Format);
        }
        let words = numbers(&read(&file, index_at, PARTS * INDEX_ENTRY)?);
        let pairs = words.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)));
        let index: Vec<(u64, u64)> = pairs.collect();
        let inside = |(at, length): &(u64, u64)| at.checked_add(*length).is_some_and(|end| end <= index_at);
        if !index.iter().all(inside) {
            return Err(BreachedError::Format);
        }
        Ok(Self { file, index, passwords })
    }

    /// How many passwords it was built from.
    pub fn passwords(&self) -> u64 {
        self.passwords
    }

    /// Whether it stands in the list. The password as it is hashed elsewhere: its UTF-8 bytes.
    pub fn holds(&self, password: &str) -> Result<bool, BreachedError> {
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
        let key = hash.as_ref().iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        let Some((at, length)) = self.index.get(part_of(key)) else { return Ok(false) };
        if *length == 0 {
            return Ok(false);
        }
        let length = usize::try_from(*length).map_err(|_too_long| BreachedError::Format)?;
        let body = length.checked_sub(DESCRIPTOR).ok_or(BreachedError::Format)?;
        let descriptor = read(&self.file, *at, DESCRIPTOR)?;
        check_part(&descriptor, body)?;
        // The filter wants its 16-bit fingerprints at an even address.
        let mut buffer = vec![0; body + 1];
        let odd = buffer.as_ptr().align_offset(BinaryFuse16Ref::FINGERPRINT_ALIGNMENT);
        let aligned = buffer.get_mut(odd..).and_then(|rest| rest.get_mut(..body)).ok_or(BreachedError::Format)?;
        self.file.read_exact_at(aligned, at.saturating_add(size(DESCRIPTOR)))?;
        Ok(BinaryFuse16Ref::from_dma(&descriptor, aligned).contains(&key))
    }
}

fn part_of(key: u64) -> usize {
    usize::try_from(key >> 52).unwrap_or(0)
}

fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn read(file: &File, at: u64, length: usize) -> Result<Vec<u8>, BreachedError> {
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, at)?;
    Ok(bytes)
}

fn numbers(bytes: &[u8]) -> Vec<u64> {
    let number = |chunk: &[u8]| chunk.iter().rev().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    bytes.chunks_exact(8).map(number).collect()
}

/// So that a damaged file is an error and not a crash: the filter looks into two segments beyond the last one counted.
fn check_part(descriptor: &[u8], body: usize) -> Result<(), BreachedError> {
    let little = |chunk: &[u8]| chunk.iter().rev().fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
    let (_seed, lengths) = descriptor.split_at_checked(8).ok_or(BreachedError::Format)?;
    let lengths: Vec<u32> = lengths.chunks_exact(4).map(little).collect();
    let [segment_length, mask, segment_count_length] =
        lengths.try_into().map_err(|_other: Vec<u32>| BreachedError::Format)?;
    let expected = segment_length.checked_mul(2).and_then(|two| two.checked_add(segment_count_length));
    let fits = segment_length.is_power_of_two()
        && mask == segment_length.wrapping_sub(1)
        && expected.is_some_and(|count| u64::from(count).saturating_mul(2) == size(body));
    if fits { Ok(()) } else { Err(BreachedError::Format) }
}

/// Reads `HASH:COUNT` lines ordered by hash and writes the list, part by part. Those that were seen less often than
/// `least` are left out.
pub fn build(from: &mut impl BufRead, to: &mut impl Write, least: u64) -> Result<Built, BreachedError> {
    let mut writer = Writer { to, at: 0, index: Vec::with_capacity(PARTS) };
    writer.put(MAGIC)?;
    let mut keys: Vec<u64> = Vec::new();
    let mut passwords = 0;
    let mut previous = 0;
    let mut number = 0;
    let mut line = Vec::with_capacity(64);
    loop {
        line.clear();
        number += 1;
        if std::io::Read::take(&mut *from, LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        let (key, count) = parse_line(text).ok_or(BreachedError::Line(number))?;
        if key < previous {
            return Err(BreachedError::Order(number));
        }
        if part_of(key) != part_of(previous) {
            writer.finish_parts_before(part_of(key), &mut keys)?;
        }
        previous = key;
        if count >= least && keys.last() != Some(&key) {
            keys.push(key);
            passwords += 1;
        }
    }
    writer.finish_parts_before(PARTS, &mut keys)?;
    writer.finish(passwords)
}

fn parse_line(text: &[u8]) -> Option<(u64, u64)> {
    let text = std::str::from_utf8(text).ok()?;
    let (hash, count) = text.split_once(':').map_or((text, "1"), |(hash, count)| (hash, count.trim()));
    let is_hash = hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let key = u64::from_str_radix(hash.get(..16).filter(|_| is_hash)?, 16).ok()?;
    Some((key, count.parse().ok()?))
}

struct Writer<'a, W: Write> {
    to: &'a mut W,
    at: u64,
    index: Vec<(u64, u64)>,
}

impl<W: Write> Writer<'_, W> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), BreachedError> {
        self.to.write_all(bytes)?;
        self.at += size(bytes.len());
        Ok(())
    }

    /// The part that has been collected, then empty ones up to `next`.
    fn finish_parts_before(&mut self, next: usize, keys: &mut Vec<u64>) -> Result<(), BreachedError> {
        if !keys.is_empty() {
            let part = keys.first().map_or(0, |key| part_of(*key));
            self.index.resize(part, (self.at, 0));
            let filter = BinaryFuse16::try_from(&*keys).map_err(BreachedError::Filter)?;
            let from = self.at;
            let mut descriptor = [0; DESCRIPTOR];
            filter.dma_copy_descriptor_to(&mut descriptor);
            self.put(&descriptor)?;
            self.put(filter.dma_fingerprints())?;
            self.index.push((from, self.at - from));
            keys.clear();
        }
        self.index.resize(next.max(self.index.len()), (self.at, 0));
        Ok(())
    }

    fn finish(mut self, passwords: u64) -> Result<Built, BreachedError> {
        let index_at = self.at;
        for (at, length) in std::mem::take(&mut self.index) {
            self.put(&at.to_le_bytes())?;
            self.put(&length.to_le_bytes())?;
        }
        self.put(&index_at.to_le_bytes())?;
        self.put(&passwords.to_le_bytes())?;
        self.put(MAGIC)?;
        self.to.flush()?;
        Ok(Built { passwords, bytes: self.at })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn hash(password: &str) -> String {
        digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes())
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect()
    }

    /// As the download has it: ordered by hash, `HASH:COUNT`, CRLF.
    fn list(passwords: impl Iterator<Item = (String, u64)>) -> String {
        let mut lines: Vec<String> =
            passwords.map(|(password, count)| format!("{}:{count}\r\n", hash(&password))).collect();
        lines.sort_unstable();
        lines.concat()
    }

    fn built(text: &str, least: u64) -> (tempfile::NamedTempFile, Built) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let built = build(&mut Cursor::new(text), &mut file, least).unwrap();
        (file, built)
    }

    #[test]
    fn what_is_in_the_list_is_found_and_hardly_anything_else() {
        let text = list((0..20_000).map(|n| (format!("password {n}"), 1)));
        let (file, built) = built(&text, 1);
        assert_eq!(built.passwords, 20_000);
        assert_eq!(file.as_file().metadata().unwrap().len(), built.bytes);
        let list = BreachedList::open(file.path()).unwrap();
        assert_eq!(list.passwords(), 20_000);
        assert!((0..20_000).all(|n| list.holds(&format!("password {n}")).unwrap()), "no false negative");
        let wrong = (0..20_000).filter(|n| list.holds(&format!("other {n}")).unwrap()).count();
        assert!(wrong <= 6, "{wrong} of 20,000 found by chance");
    }

    #[test]
    fn rare_ones_can_be_left_out_and_hashes_need_no_count() {
        let text = list([("often".to_owned(), 100), ("seldom".to_owned(), 2)].into_iter());
        let (file, built) = built(&text, 10);
        let list = BreachedList::open(file.path()).unwrap();
        assert_eq!((built.passwords, list.holds("often").unwrap(), list.holds("seldom").unwrap()), (1, true, false));
        let (file, _) = super::tests::built(&format!("{}\n", hash("alone").to_lowercase()), 1);
        assert!(BreachedList::open(file.path()).unwrap().holds("alone").unwrap());
    }

    #[test]
    fn a_list_that_is_not_one_is_refused() {
        let mut sink = Vec::new();
        let mut refused = |text: &str| build(&mut Cursor::new(text), &mut sink, 1).unwrap_err().to_string();
        assert!(refused("password\n").starts_with("line 1"));
        let (low, high) = (format!("00{}", "1".repeat(38)), format!("FF{}", "1".repeat(38)));
        assert!(refused(&format!("{high}:1\n{low}:1\n")).contains("ordered by hash"));
        assert!(refused(&format!("{low}:many\n")).starts_with("line 1"));
    }

    #[test]
    fn a_damaged_file_is_an_error_and_never_a_crash() {
        let (file, _) = built(&list((0..50).map(|n| (format!("p{n}"), 1))), 1);
        let bytes = std::fs::read(file.path()).unwrap();
        let place = tempfile::NamedTempFile::new().unwrap();
        for at in (0..bytes.len()).step_by(151).chain(8..60) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x5a;
            std::fs::write(place.path(), &damaged).unwrap();
            if let Ok(list) = BreachedList::open(place.path()) {
                (0..50).for_each(|n| drop(list.holds(&format!("p{n}"))));
            }
        }
        for length in [0, 7, 8, 40, bytes.len() - 1] {
            std::fs::write(place.path(), &bytes[..length]).unwrap();
            assert!(BreachedList::open(place.path()).is_err());
        }
    }
}
