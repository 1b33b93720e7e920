//! The hierarchy of keys: the master key wraps one data key per tenant, and a data key has subkeys for that tenant's
//! database file, sealed values and MACs. Destroying a tenant's wrapped key makes every copy of its data unreadable;
//! changing the master key only rewraps.
//!
//! Subkeys are HKDF-SHA256 (RFC 5869) with a label each, so that no key serves two purposes.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::seal::{Mac, Sealer, digest};
use crate::domain::ids::TenantId;

/// As `openssl rand -base64 32` writes it; padding is written and may be left out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("a master key is one line: 32 random bytes in base64")]
    Format,
    #[error("all bytes of the master key are equal: it is not random")]
    Weak,
    #[error("the tenant's key was not wrapped by this master key, or not for this tenant")]
    Unwrap,
    #[error("the tenant's key could not be wrapped")]
    Wrap,
}

type Bytes = Zeroizing<[u8; 32]>;

fn random(entropy: &dyn Entropy) -> Bytes {
    let mut key = Zeroizing::new([0; 32]);
    entropy.fill(key.as_mut());
    key
}

/// RFC 5869 with an empty salt and one block of output, which is all that a 256-bit subkey takes.
fn derive(key: &Bytes, label: &str) -> Bytes {
    let extract = hmac::Key::new(hmac::HMAC_SHA256, &[0; 32]);
    let pseudorandom = Zeroizing::new(digest(&hmac::sign(&extract, key.as_ref())));
    let mut expand = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, pseudorandom.as_ref()));
    expand.update(label.as_bytes());
    expand.update(&[1]);
    Zeroizing::new(digest(&expand.sign()))
}

/// The one secret that an operator has to keep.
#[derive(Clone)]
pub struct MasterKey(Bytes);

impl MasterKey {
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(random(entropy))
    }

    /// The line of the key file.
    pub fn encode(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(self.0.as_ref()))
    }

    pub fn decode(text: &str) -> Result<Self, KeyError> {
        let text = text.trim_ascii();
        // 43 characters and padding: anything longer is another file handed over by mistake.
        if text.len() > 44 {
            return Err(KeyError::Format);
        }
        let bytes = Zeroizing::new(BASE64.decode(text).ok().ok_or(KeyError::Format)?);
        let key = <[u8; 32]>::try_from(bytes.as_slice()).ok().ok_or(KeyError::Format)?;
        if key.iter().all(|byte| Some(byte) == key.first()) {
            return Err(KeyError::Weak);
        }
        Ok(Self::from_bytes(key))
    }

    /// Opens the registry's database file.
    pub fn registry_key(&self) -> DatabaseKey {
        DatabaseKey(derive(&self.0, "portner/1/master/registry-database"))
    }

    /// For sealed values of the registry.
    pub fn registry_sealer(&self) -> Sealer {
        Sealer::new(&derive(&self.0, "portner/1/master/registry-seal"))
    }

    pub fn wrap(&self, tenant: TenantId, key: &DataKey, entropy: &dyn Entropy) -> Result<Vec<u8>, KeyError> {
        self.wrapper().seal(&wrapped_for(tenant), key.0.as_ref(), entropy).ok().ok_or(KeyError::Wrap)
    }

    pub fn unwrap(&self, tenant: TenantId, wrapped: &[u8]) -> Result<DataKey, KeyError> {
        let bytes = self.wrapper().open(&wrapped_for(tenant), wrapped).ok().ok_or(KeyError::Unwrap)?;
        let key = <[u8; 32]>::try_from(bytes.as_slice()).ok().ok_or(KeyError::Unwrap)?;
        Ok(DataKey(Zeroizing::new(key)))
    }

    fn wrapper(&self) -> Sealer {
        Sealer::new(&derive(&self.0, "portner/1/master/wrap"))
    }
}

fn wrapped_for(tenant: TenantId) -> String {
    format!("tenant-key/{tenant}")
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey")
    }
}

/// One tenant's key.
#[derive(Clone)]
pub struct DataKey(Bytes);

impl DataKey {
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(random(entropy))
    }

    pub fn database_key(&self) -> DatabaseKey {
        DatabaseKey(derive(&self.0, "portner/1/tenant/database"))
    }

    pub fn sealer(&self) -> Sealer {
        Sealer::new(&derive(&self.0, "portner/1/tenant/seal"))
    }

    pub fn mac(&self) -> Mac {
        Mac::new(&derive(&self.0, "portner/1/tenant/mac"))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey")
    }
}

/// A raw 256-bit key for a database file.
#[derive(Clone)]
pub struct DatabaseKey(Bytes);

impl DatabaseKey {
    /// 64 lower-case hexadecimal digits, for `PRAGMA key = "x'…'"`.
    pub fn expose_hex(&self) -> Zeroizing<String> {
        let mut hex = Zeroizing::new(String::with_capacity(64));
        for byte in self.0.iter() {
            for nibble in [byte >> 4, byte & 0x0f] {
                hex.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
        }
        hex
    }
}

impl fmt::Debug for DatabaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseKey")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::crypto::entropy::SystemEntropy;

    fn tenant(number: u128) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn a_derived_key_is_hkdf_sha256_of_rfc_5869() {
        // Computed with the general implementation beside it: our one-block form must agree.
        let salt = aws_lc_rs::hkdf::Salt::new(aws_lc_rs::hkdf::HKDF_SHA256, &[]);
        for (key, label) in [([0x0b; 32], ""), ([1; 32], "portner/1/tenant/seal"), ([0xff; 32], "ø")] {
            let mut expected = [0; 32];
            let info = [label.as_bytes()];
            let prk = salt.extract(&key);
            prk.expand(&info, aws_lc_rs::hkdf::HKDF_SHA256).unwrap().fill(&mut expected).unwrap();
            assert_eq!(*derive(&Zeroizing::new(key), label), expected);
        }
    }

    #[test]
    fn a_wrapped_key_opens_with_its_master_and_for_its_tenant_only() {
        let master = MasterKey::generate(&SystemEntropy);
        let key = DataKey::generate(&SystemEntropy);
        let wrapped = master.wrap(tenant(1), &key, &SystemEntropy).unwrap();
        let opened = master.unwrap(tenant(1), &wrapped).unwrap();
        assert_eq!(opened.database_key().expose_hex(), key.database_key().expose_hex());
        assert_eq!(master.unwrap(tenant(2), &wrapped).unwrap_err(), KeyError::Unwrap);
        let other = MasterKey::generate(&SystemEntropy);
        assert_eq!(other.unwrap(tenant(1), &wrapped).unwrap_err(), KeyError::Unwrap);
    }

    #[test]
    fn da2_a_wrapped_key_does_not_contain_the_key() {
        let key = DataKey(Zeroizing::new([0x5a; 32]));
        let wrapped = MasterKey::from_bytes([1; 32]).wrap(tenant(1), &key, &SystemEntropy).unwrap();
        assert!(!wrapped.windows(4).any(|window| window == [0x5a; 4]));
    }

    #[test]
    fn da1_two_tenants_share_no_key() {
        let (a, b) = (DataKey::generate(&SystemEntropy), DataKey::generate(&SystemEntropy));
        let sealed = a.sealer().seal("c", b"x", &SystemEntropy).unwrap();
        assert!(b.sealer().open("c", &sealed).is_err());
        assert_ne!(a.database_key().expose_hex(), b.database_key().expose_hex());
        assert_ne!(a.mac().tag("p", b"d"), b.mac().tag("p", b"d"));
    }

    #[test]
    fn every_purpose_has_its_own_subkey() {
        let bytes = Zeroizing::new([9; 32]);
        let labels = ["master/registry-database", "master/registry-seal", "master/wrap"].into_iter().chain([
            "tenant/database",
            "tenant/seal",
            "tenant/mac",
        ]);
        let mut keys: Vec<_> = labels.map(|label| *derive(&bytes, &format!("portner/1/{label}"))).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 6);
    }

    #[test]
    fn the_key_file_is_read_back_with_or_without_line_end_and_padding() {
        let master = MasterKey::generate(&SystemEntropy);
        let line = master.encode();
        assert_eq!(line.len(), 44);
        for text in [line.to_string(), format!("{}\r\n", *line), line.trim_end_matches('=').to_owned()] {
            assert_eq!(*MasterKey::decode(&text).unwrap().0, *master.0);
        }
    }

    #[test]
    fn a_key_file_that_holds_something_else_is_refused() {
        let short = BASE64.encode([1; 31]);
        let long = BASE64.encode([1; 33]);
        for text in ["", "hunter2", &short, &long, "-----BEGIN PRIVATE KEY-----", &"A".repeat(10_000)] {
            assert_eq!(MasterKey::decode(text).unwrap_err(), KeyError::Format, "{text:.20}");
        }
        assert_eq!(MasterKey::decode(&BASE64.encode([0; 32])).unwrap_err(), KeyError::Weak);
    }

    #[test]
    fn a_database_key_is_64_hexadecimal_digits() {
        let mut bytes = [0; 32];
        bytes[0] = 0x0f;
        bytes[31] = 0xa1;
        let hex = DatabaseKey(Zeroizing::new(bytes)).expose_hex();
        assert_eq!(hex.as_str(), format!("0f{}a1", "0".repeat(60)));
    }

    #[test]
    fn debug_output_shows_no_key() {
        let data = DataKey::generate(&SystemEntropy);
        let text = format!("{:?} {:?} {:?}", MasterKey::from_bytes([1; 32]), data, data.database_key());
        assert_eq!(text, "MasterKey DataKey DatabaseKey");
    }

    proptest! {
        #[test]
        fn arbitrary_key_files_and_wrapped_keys_never_panic(text in ".{0,60}", bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(key) = MasterKey::decode(&text) {
                prop_assert_eq!(*MasterKey::decode(&key.encode()).unwrap().0, *key.0);
            }
            prop_assert!(MasterKey::from_bytes([3; 32]).unwrap(tenant(1), &bytes).is_err());
        }
    }
}
