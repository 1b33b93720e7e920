//! Stored password hashes as text: PHC strings (argon2, scrypt, pbkdf2) and bcrypt's own form.
//!
//! The text decides how much memory and time a verification takes, so a cost beyond reason is refused before any work,
//! when a hash is imported and again whenever one is read.

use std::fmt;

use argon2::password_hash::phc::{self, Ident, Output, ParamsString, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use pbkdf2::{Algorithm as Pbkdf2Algorithm, Params as Pbkdf2Params};
use subtle::ConstantTimeEq;

use super::password::{HashParams, PasswordError};

/// No hash that anyone stores is longer.
const TEXT_MAX: usize = 512;
const MEMORY_MAX_KIB: u64 = 1024 * 1024;
const ITERATIONS_MAX: u32 = 64;
const LANES_MAX: u32 = 64;
/// Memory times passes: four passes over a gibibyte, some seconds.
const WORK_MAX_KIB: u64 = 4 * MEMORY_MAX_KIB;
const BCRYPT_COST_MAX: u32 = 15;
const PBKDF2_ROUNDS_MAX: u32 = 10_000_000;
/// Of ours, and the least that is accepted as current.
const OUTPUT_LENGTH: usize = 32;

/// The blocks that Argon2 works on, kept from one password to the next: allocating and touching them costs as much as a
/// tenth of the hash.
#[derive(Default)]
pub(super) struct Memory {
    blocks: Vec<Block>,
    /// Memory and passes of each hash that was computed here.
    #[cfg(test)]
    pub(super) work: Vec<(u32, u32)>,
}

impl Memory {
    fn blocks(&mut self, params: &Params) -> Result<&mut [Block], Failed> {
        let count = params.block_count();
        #[cfg(test)]
        self.work.push((params.m_cost(), params.t_cost()));
        if self.blocks.len() < count {
            self.blocks = Vec::new();
            self.blocks.try_reserve_exact(count).ok().ok_or(Failed)?;
            self.blocks.resize(count, Block::new());
        }
        self.blocks.get_mut(..count).ok_or(Failed)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Gives back what a rare, dear hash has taken.
    pub(super) fn shrink_to(&mut self, blocks: usize) {
        if self.blocks.len() > blocks {
            self.blocks = Vec::new();
        }
    }
}

/// A hash could not be computed: there is no memory for it.
#[derive(Debug)]
pub(super) struct Failed;

/// A stored hash, understood and found affordable.
pub(super) enum Scheme {
    Argon2 { algorithm: Algorithm, version: Version, params: Params, salt: Salt, output: Output },
    Bcrypt(String),
    Scrypt { params: scrypt::Params, salt: Salt, output: Output },
    Pbkdf2 { algorithm: Pbkdf2Algorithm, params: Pbkdf2Params, salt: Salt, output: Output },
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Argon2 { .. } => "Argon2",
            Self::Bcrypt(_) => "Bcrypt",
            Self::Scrypt { .. } => "Scrypt",
            Self::Pbkdf2 { .. } => "Pbkdf2",
        })
    }
}

impl Scheme {
    pub(super) fn parse(text: &str) -> Result<Self, PasswordError> {
        if text.len() > TEXT_MAX {
            return Err(PasswordError::Format);
        }
        if ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| text.starts_with(prefix)) {
            return parse_bcrypt(text);
        }
        let phc = phc::PasswordHash::new(text).ok().ok_or(PasswordError::Format)?;
        let (Some(salt), Some(output)) = (phc.salt, phc.hash) else {
            return Err(PasswordError::Format);
        };
        match phc.algorithm.as_str() {
            "argon2id" | "argon2i" | "argon2d" => parse_argon2(&phc, salt, output),
            "scrypt" => parse_scrypt(&phc, salt, output),
            "pbkdf2-sha256" => parse_pbkdf2(Pbkdf2Algorithm::Pbkdf2Sha256, &phc, salt, output),
            "pbkdf2-sha512" => parse_pbkdf2(Pbkdf2Algorithm::Pbkdf2Sha512, &phc, salt, output),
            other => Err(PasswordError::Scheme(other.to_owned())),
        }
    }

    /// Whether a new hash would be made the same way.
    pub(super) fn is_current(&self, current: &HashParams) -> bool {
        match self {
            Self::Argon2 { algorithm, version, params, salt, output } => {
                *algorithm == Algorithm::Argon2id
                    && *version == Version::V0x13
                    && params.m_cost() == current.memory_kib
                    && params.t_cost() == current.iterations
                    && params.p_cost() == current.parallelism
                    && params.data().is_empty()
                    && output.len() == OUTPUT_LENGTH
                    && salt.len() >= argon2::RECOMMENDED_SALT_LEN
            }
            Self::Bcrypt(_) | Self::Scrypt { .. } | Self::Pbkdf2 { .. } => false,
        }
    }

    /// Slow on purpose.
    pub(super) fn matches(&self, password: &[u8], memory: &mut Memory) -> Result<bool, Failed> {
        let mut buffer = [0; Output::MAX_LENGTH];
        Ok(match self {
            Self::Argon2 { algorithm, version, params, salt, output } => {
                let blocks = memory.blocks(params)?;
                let argon2 = Argon2::new(*algorithm, *version, params.clone());
                same(output, &mut buffer, |out| {
                    argon2.hash_password_into_with_memory(password, salt, out, blocks).is_ok()
                })
            }
            Self::Bcrypt(text) => bcrypt::verify(password, text).unwrap_or(false),
            Self::Scrypt { params, salt, output } => {
                same(output, &mut buffer, |out| scrypt::scrypt(password, salt, params, out).is_ok())
            }
            Self::Pbkdf2 { algorithm, params, salt, output } => same(output, &mut buffer, |out| {
                pbkdf2::pbkdf2_hmac_with_params(password, salt, *algorithm, *params, out);
                true
            }),
        })
    }
}

fn same(expected: &Output, buffer: &mut [u8], compute: impl FnOnce(&mut [u8]) -> bool) -> bool {
    let Some(out) = buffer.get_mut(..expected.len()) else {
        return false;
    };
    let computed = compute(out);
    computed && bool::from(expected.as_bytes().ct_eq(out))
}

/// A new hash with the current parameters, as a PHC string.
pub(super) fn hash(password: &[u8], salt: &[u8], params: &Params, memory: &mut Memory) -> Result<String, Failed> {
    let blocks = memory.blocks(params)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let mut out = [0; OUTPUT_LENGTH];
    argon2.hash_password_into_with_memory(password, salt, &mut out, blocks).ok().ok_or(Failed)?;
    write(salt, &out, params).ok_or(Failed)
}

fn write(salt: &[u8], output: &[u8], params: &Params) -> Option<String> {
    let phc = phc::PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).ok()?,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(Output::new(output).ok()?),
    };
    Some(phc.to_string())
}

/// The configured parameters, checked.
pub(super) fn argon2_params(params: &HashParams) -> Result<Params, PasswordError> {
    affordable(params.memory_kib, params.iterations, params.parallelism)?;
    Params::new(params.memory_kib, params.iterations, params.parallelism, None)
        .map_err(|error| PasswordError::Params(error.to_string()))
}

fn affordable(memory_kib: u32, iterations: u32, lanes: u32) -> Result<(), PasswordError> {
    let memory = u64::from(memory_kib);
    let work = memory.saturating_mul(u64::from(iterations));
    let fits = memory <= MEMORY_MAX_KIB && iterations <= ITERATIONS_MAX && lanes <= LANES_MAX && work <= WORK_MAX_KIB;
    fits.then_some(()).ok_or(PasswordError::Cost)
}

fn parse_argon2(phc: &phc::PasswordHash, salt: Salt, output: Output) -> Result<Scheme, PasswordError> {
    let algorithm = Algorithm::try_from(phc.algorithm.as_str()).ok().ok_or(PasswordError::Format)?;
    // A string without a version is of Argon2 1.0, as the reference implementation reads it.
    let version = Version::try_from(phc.version.unwrap_or(0x10)).ok().ok_or(PasswordError::Format)?;
    let params = Params::try_from(phc).ok().ok_or(PasswordError::Format)?;
    affordable(params.m_cost(), params.t_cost(), params.p_cost())?;
    Ok(Scheme::Argon2 { algorithm, version, params, salt, output })
}

fn parse_bcrypt(text: &str) -> Result<Scheme, PasswordError> {
    let parts: bcrypt::HashParts = text.parse().ok().ok_or(PasswordError::Format)?;
    match parts.get_cost() {
        4..=BCRYPT_COST_MAX => Ok(Scheme::Bcrypt(text.to_owned())),
        _ => Err(PasswordError::Cost),
    }
}

/// Numbers are checked here first: the crate multiplies them unchecked.
fn parse_scrypt(phc: &phc::PasswordHash, salt: Salt, output: Output) -> Result<Scheme, PasswordError> {
    let (log_n, r, p) = (number(phc, "ln")?, number(phc, "r")?, number(phc, "p")?);
    if log_n > 30 || r > 1024 || p > LANES_MAX {
        return Err(PasswordError::Cost);
    }
    // 128 · N · r bytes, p times over (RFC 7914 §2).
    let memory_kib = (u64::from(r) << log_n) / 8;
    if memory_kib > MEMORY_MAX_KIB || memory_kib.saturating_mul(u64::from(p)) > WORK_MAX_KIB {
        return Err(PasswordError::Cost);
    }
    let log_n = u8::try_from(log_n).ok().ok_or(PasswordError::Cost)?;
    let params = scrypt::Params::new(log_n, r, p).ok().ok_or(PasswordError::Format)?;
    Ok(Scheme::Scrypt { params, salt, output })
}

fn parse_pbkdf2(
    algorithm: Pbkdf2Algorithm,
    phc: &phc::PasswordHash,
    salt: Salt,
    output: Output,
) -> Result<Scheme, PasswordError> {
    let rounds = number(phc, "i")?;
    if rounds > PBKDF2_ROUNDS_MAX {
        return Err(PasswordError::Cost);
    }
    let params = Pbkdf2Params::new_with_output_len(rounds, output.len()).ok().ok_or(PasswordError::Format)?;
    Ok(Scheme::Pbkdf2 { algorithm, params, salt, output })
}

fn number(phc: &phc::PasswordHash, name: &str) -> Result<u32, PasswordError> {
    let name = Ident::new(name).ok().ok_or(PasswordError::Format)?;
    phc.params.get_decimal(name).ok_or(PasswordError::Format)
}

/// passlib writes PBKDF2 as `$pbkdf2-sha256$29000$salt$hash`, with `.` for `+`; rewritten as the PHC string it means.
pub(super) fn from_passlib(text: &str) -> Option<String> {
    let mut fields = text.split('$');
    let (Some(""), Some(name), Some(rounds)) = (fields.next(), fields.next(), fields.next()) else {
        return None;
    };
    let (Some(salt), Some(output), None) = (fields.next(), fields.next(), fields.next()) else {
        return None;
    };
    let is_old = name.starts_with("pbkdf2-") && !rounds.is_empty() && rounds.bytes().all(|b| b.is_ascii_digit());
    is_old.then(|| format!("${name}$i={rounds}${}${}", salt.replace('.', "+"), output.replace('.', "+")))
}
