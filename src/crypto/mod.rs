//! Mechanisms without policy: what makes, hides, compares and signs secrets. Everything cryptographic
//! goes through aws-lc-rs, except the password hashes. Knows `domain` and nothing above it.
//!
//! | module     | what it gives |
//! |------------|---------------|
//! | [`entropy`]  | [`Entropy`](entropy::Entropy), [`Clock`](entropy::Clock) and their system forms; [`uuid`](entropy::uuid) |
//! | [`token`]    | [`mint`](token::mint): the secrets handed to browsers and applications |
//! | [`keyring`]  | [`MasterKey`](keyring::MasterKey) wraps one [`DataKey`](keyring::DataKey) per tenant; subkeys by HKDF |
//! | [`seal`]     | [`Sealer`](seal::Sealer): AES-256-GCM bound to a context; [`Mac`](seal::Mac): HMAC-SHA256 bound to a purpose |
//! | [`password`] | [`HashPool`](password::HashPool): bounded Argon2id; [`parse_import`](password::parse_import) |
//! | [`breached`] | [`BreachedList`](breached::BreachedList): passwords known from breaches, in a file of filters |
//! | [`totp`]     | [`Seed`](totp::Seed) and [`Code`](totp::Code) of an authenticator app; codes that are mailed |
//! | [`recovery_code`] | [`RecoveryCode`](recovery_code::RecoveryCode): for the day the app is lost |
//! | [`credential`] | [`Credential`](credential::Credential): a key pair with a certificate, which signs assertions |
//! | [`xml`] | [`Document`](xml::Document), [`Writer`](xml::Writer); signed and encrypted XML |
//! | [`certificate`] | certificates of applications: read, judged, written |
//! | [`artifact`] | [`mint`](artifact::mint): references to SAML messages |
//! | [`jose`]     | [`SigningKey`](jose::SigningKey), [`KeySet`](jose::KeySet), [`ClientKeys`](jose::ClientKeys) |

pub mod artifact;
pub mod breached;
pub mod certificate;
pub mod credential;
pub mod entropy;
pub mod jose;
pub mod keyring;
pub mod password;
mod phc;
pub mod recovery_code;
pub mod seal;
pub mod token;
pub mod totp;
pub mod xml;
