//! Judges what an upstream identity provider says of a person (OpenID Connect Core §3.1.3.7, §3.1.3.8; RFC 9207 §2.4), with
//! the quirks of Entra ID and Google. The signature is verified before; nothing here looks at anything that was not signed.
//!
//! Refused on purpose: audiences beside us without `azp`, claims of a wrong type, times more than a minute off, an answer
//! without `auth_time` where one was asked for. A person is (provider, issuer, subject) and never an e-mail address.

use std::time::Duration;

use serde_json::Value;

use crate::crypto::jose::{Assertion, Claims, ClientKeys, JoseError, at_hash, claims};
use crate::domain::Time;
use crate::domain::federation::{Age, Person, UpstreamSession};
use crate::domain::identity_provider::{IdentityProvider, Kind, OidcUpstream, in_directory, is_directory_id};

use super::upstream_info::completed;

/// How far clocks may be apart.
pub(super) const SKEW: Duration = Duration::from_mins(1);
const EMAIL: &str = "email";
const LONGEST_SUBJECT: usize = 255;
const LONGEST_TEXT: usize = 200;

/// What the answer must fit.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    pub provider: &'a IdentityProvider,
    pub oidc: &'a OidcUpstream,
    /// As the discovery document has it.
    pub issuer: &'a str,
    pub nonce: &'a str,
    pub access_token: Option<&'a str>,
    /// What the provider tells of its bearer, where that was asked for.
    pub userinfo: Option<&'a str>,
    pub age: Age,
    pub now: Time,
}

/// Why the person is not let in. Names are for logs and the audit trail; the person is told less.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("signature: {0}")]
    Signature(#[from] JoseError),
    #[error("the token is of another type")]
    Type,
    #[error("iss is of another provider")]
    Issuer,
    #[error("aud or azp is another client")]
    Audience,
    #[error("exp, iat or nbf is missing or off")]
    Time,
    #[error("nonce is of another request")]
    Nonce,
    #[error("at_hash belongs to another access token")]
    AccessToken,
    #[error("there is no usable subject")]
    Subject,
    #[error("the directory or organisation is not admitted")]
    NotAdmitted,
    #[error("the sign-in is too old, or its time is not told")]
    TooOld,
    #[error("userinfo is of another person, or unreadable")]
    UserInfo,
}

impl Refusal {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Signature(JoseError::UnknownKey) => "unknown_key",
            Self::Signature(JoseError::Algorithm) => "algorithm",
            Self::Signature(JoseError::Claim(_)) => "claim",
            Self::Signature(
                JoseError::TooLarge
                | JoseError::Malformed
                | JoseError::Critical
                | JoseError::Signature
                | JoseError::Type
                | JoseError::KeySet
                | JoseError::PrivateKey
                | JoseError::NoKey(_)
                | JoseError::Signing,
            ) => "signature",
            Self::Type => "type",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Time => "time",
            Self::Nonce => "nonce",
            Self::AccessToken => "at_hash",
            Self::Subject => "subject",
            Self::NotAdmitted => "not_admitted",
            Self::TooOld => "too_old",
            Self::UserInfo => "userinfo",
        }
    }
}

/// Verifies with the provider's published keys, and judges.
pub fn judge(jwks: &str, token: &str, expected: &Expected<'_>) -> Result<Person, Refusal> {
    let verified = ClientKeys::parse(jwks)?.verify(token)?;
    let mut person = judge_claims(&verified, expected)?;
    // Entra publishes the keys of all directories in one set and says whose each is.
    if expected.oidc.kind == Kind::Entra {
        ClientKeys::parse(&keys_of(jwks, &person.issuer, &verified.claims))?.verify(token)?;
    }
    let sid = claims::text(&verified.claims, "sid")?.and_then(plain);
    let subject = claims::text(&verified.claims, "sub")?.unwrap_or_default().to_owned();
    person.session = Some(UpstreamSession::Oidc { subject, sid, id_token: token.to_owned() });
    Ok(person)
}

/// The keys that may sign for this issuer.
pub(super) fn keys_of(jwks: &str, issuer: &str, claims: &Claims) -> String {
    let directory = claims.get("tid").and_then(Value::as_str).unwrap_or_default();
    let mut set: Value = serde_json::from_str(jwks).unwrap_or_default();
    if let Some(keys) = set.get_mut("keys").and_then(Value::as_array_mut) {
        keys.retain(|key| match key.get("issuer") {
            None => true,
            Some(owner) => owner.as_str().is_some_and(|owner| in_directory(owner, directory) == issuer),
        });
    }
    set.to_string()
}

fn judge_claims(verified: &Assertion, expected: &Expected<'_>) -> Result<Person, Refusal> {
    let Assertion { typ, alg, claims } = verified;
    if typ.as_deref().is_some_and(|typ| !typ.eq_ignore_ascii_case("jwt")) {
        return Err(Refusal::Type);
    }
    let (provider, oidc) = (expected.provider, expected.oidc);
    let issuer = issuer(claims, expected)?;
    audience(claims, &oidc.client_id)?;
    times(claims, expected.now)?;
    if claims::text(claims, "nonce")? != Some(expected.nonce) {
        return Err(Refusal::Nonce);
    }
    if let Some(found) = claims::text(claims, "at_hash")?
        && expected.access_token.is_none_or(|token| found != at_hash(*alg, token))
    {
        return Err(Refusal::AccessToken);
    }
    let subject = subject(claims, oidc.kind)?;
    let complete = expected.userinfo.map(|info| completed(claims, info)).transpose()?;
    let claims = complete.as_ref().unwrap_or(claims);
    if oidc.kind == Kind::Google && !oidc.hosted_domains.is_empty() {
        // The request's `hd` is only a hint; what counts is what was signed.
        let organisation = claims::text(claims, "hd")?.ok_or(Refusal::NotAdmitted)?;
        if !oidc.hosted_domains.contains(organisation) {
            return Err(Refusal::NotAdmitted);
        }
    }
    let amr = texts(claims.get("amr"));
    let acr = claims::text(claims, "acr")?.and_then(plain);
    let said = amr.iter().chain(&acr).any(|value| provider.mfa_values.contains(value));
    let from = |mapped: &Option<String>, usual: &str| told(claims, mapped.as_deref().unwrap_or(usual));
    let map = &provider.claims;
    Ok(Person {
        issuer,
        subject,
        username: from(&map.username, "preferred_username"),
        email: from(&map.email, EMAIL),
        // What is said of an address is said of the one in its own claim.
        email_verified: map.email.as_deref().unwrap_or(EMAIL) == EMAIL && email_is_verified(claims, oidc.kind),
        name: from(&map.name, "name"),
        given_name: from(&map.given_name, "given_name"),
        family_name: from(&map.family_name, "family_name"),
        roles: values(claims, &provider.role_claim).map(|values| provider.roles_by(values.iter().map(String::as_str))),
        groups: values(claims, &provider.group_claim)
            .map(|values| provider.groups_by(values.iter().map(String::as_str))),
        auth_time: auth_time(claims, expected)?,
        mfa: provider.trust_mfa && said,
        amr,
        acr,
        session: None,
        once: None,
    })
}

/// The issuer that the token is from, if it is the right one.
pub(super) fn issuer(claims: &Claims, expected: &Expected<'_>) -> Result<String, Refusal> {
    let found = claims::text(claims, "iss")?.ok_or(Refusal::Issuer)?;
    let oidc = expected.oidc;
    let right = match oidc.kind {
        Kind::Oidc => found == expected.issuer,
        // Google leaves the scheme out at times.
        Kind::Google => found == expected.issuer || expected.issuer.strip_prefix("https://") == Some(found),
        Kind::Entra => {
            let directory = claims::text(claims, "tid")?.filter(|tid| is_directory_id(tid)).ok_or(Refusal::Issuer)?;
            let named = found == in_directory(expected.issuer, directory) && found.contains(directory);
            if named && !oidc.tenants.is_empty() && !oidc.tenants.contains(directory) {
                return Err(Refusal::NotAdmitted);
            }
            named
        }
    };
    if !right {
        return Err(Refusal::Issuer);
    }
    // One person, however Google writes itself today.
    Ok(if oidc.kind == Kind::Google { expected.issuer.to_owned() } else { found.to_owned() })
}

pub(super) fn audience(claims: &Claims, client: &str) -> Result<(), Refusal> {
    let audience = claims::audience(claims)?;
    let azp = claims::text(claims, "azp")?;
    let alone = audience.len() == 1 || azp.is_some();
    if audience.contains(&client) && alone && azp.is_none_or(|azp| azp == client) {
        Ok(())
    } else {
        Err(Refusal::Audience)
    }
}

pub(super) fn times(claims: &Claims, now: Time) -> Result<(), Refusal> {
    let date = |name: &str| claims::date(claims, name).map_err(|_wrong| Refusal::Time);
    let expires = date("exp")?.ok_or(Refusal::Time)?;
    let issued = date("iat")?.ok_or(Refusal::Time)?;
    let early = date("nbf")?.is_some_and(|from| from > now + SKEW);
    if expires + SKEW <= now || issued > now + SKEW || early { Err(Refusal::Time) } else { Ok(()) }
}

/// Bounded, and nothing that a log or a database would take amiss.
fn subject(claims: &Claims, kind: Kind) -> Result<String, Refusal> {
    let sound = |name: &str| -> Result<&str, Refusal> {
        let text = claims::text(claims, name).map_err(|_wrong| Refusal::Subject)?.ok_or(Refusal::Subject)?;
        let fits = !text.is_empty() && text.len() <= LONGEST_SUBJECT && !text.contains(char::is_control);
        if fits { Ok(text) } else { Err(Refusal::Subject) }
    };
    let sub = sound("sub")?;
    match kind {
        Kind::Oidc | Kind::Google => Ok(sub.to_owned()),
        // Entra's `sub` is another one for each application.
        Kind::Entra => Ok(format!("{}:{}", sound("tid")?, sound("oid")?)),
    }
}

/// When the person signed in there.
fn auth_time(claims: &Claims, expected: &Expected<'_>) -> Result<Option<Time>, Refusal> {
    let age = expected.age;
    let told = claims::date(claims, "auth_time").map_err(|_wrong| Refusal::TooOld)?;
    let Some(told) = told else { return if age.asked { Err(Refusal::TooOld) } else { Ok(None) } };
    if told > expected.now + SKEW {
        return Err(Refusal::Time);
    }
    age.admit(told, expected.now, SKEW).map(Some).ok_or(Refusal::TooOld)
}

/// Only a plain `true` (OpenID Connect Core §5.1). Entra has no such claim: whoever runs another directory can write any
/// address, and only `xms_edov` says that the domain's owner did.
fn email_is_verified(claims: &Claims, kind: Kind) -> bool {
    let is_true = |name: &str| claims.get(name) == Some(&Value::Bool(true));
    match kind {
        Kind::Oidc => is_true("email_verified"),
        // Google vouches for its own and its organisations' addresses; for others it once sent a mail.
        Kind::Google => {
            let own = told(claims, "email").is_some_and(|email| email.ends_with("@gmail.com"));
            is_true("email_verified") && (own || claims.contains_key("hd"))
        }
        Kind::Entra => is_true("xms_edov"),
    }
}

/// What stands in a claim that roles or groups are read from. `None`: there were too many to be told.
fn values(claims: &Claims, claim: &str) -> Option<Vec<String>> {
    let value = claims.get(claim);
    if value.is_none() && is_overage(claims, claim) { None } else { Some(texts(value)) }
}

/// There were too many for a token (OpenID Connect Core §5.6.2 as Entra uses it): unknown is not none.
fn is_overage(claims: &Claims, claim: &str) -> bool {
    let elsewhere = claims.get("_claim_names").and_then(|names| names.get(claim)).is_some();
    let has = claims.get("hasgroups").is_some_and(|flag| flag == &Value::Bool(true) || flag.as_str() == Some("true"));
    elsewhere || (has && claim == "groups")
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).filter_map(plain).collect(),
        Some(Value::String(text)) => plain(text).into_iter().collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
    }
}

/// A text, or a list of one: some upstreams write every attribute as a list.
fn told(claims: &Claims, name: &str) -> Option<String> {
    match claims.get(name)? {
        Value::String(text) => plain(text),
        Value::Array(items) => match items.as_slice() {
            [one] => one.as_str().and_then(plain),
            _ => None,
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

/// A text for people and pages, or nothing.
fn plain(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= LONGEST_TEXT && !text.contains(char::is_control);
    fits.then(|| text.to_owned())
}

/// RFC 9207 §2.4: an answer that names another issuer is of another provider; a promised name may not be missing.
pub fn is_from(issuer: &str, promised: bool, iss: Option<&str>) -> bool {
    iss.map_or(!promised, |iss| iss == issuer)
}

#[cfg(test)]
#[path = "upstream_tests.rs"]
mod tests;
