//! The `oidc` table. Its keys are judged together: what a public client may not have, what a service cannot use
//! (RFC 6749 §2.1, RFC 9700 §2.1, OpenID Connect Dynamic Client Registration §2).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::crypto::jose::ClientKeys;
use crate::domain::application::{
    ClientAuthMethod, ClientType, ConsentMode, OidcClient, Protocol, RedirectUri, RedirectUriError,
};
use crate::domain::help::WebPage;
use crate::domain::oauth::{GrantType, Scope, Scopes};
use crate::domain::signing::SigningAlg;

use super::super::check::{Notes, web_address};
use super::super::{AuthMethod, Jwks, OidcEntry, SecretText};
use super::Spoken;

/// RFC 6749 §10.10: what no person has to remember is not to be guessed. 32 letters of base64 are 192 bits.
const SECRET_LENGTH: usize = 32;

/// A client's public keys.
#[derive(Clone, Debug, Default)]
pub struct KeyMaterial {
    pub jwks: Option<String>,
    pub jwks_uri: Option<url::Url>,
}

pub(super) fn spoken(notes: &mut Notes, path: &str, mut entry: OidcEntry) -> Option<Spoken> {
    let secret = entry.secret.take();
    let client = client(notes, path, entry, secret.as_ref())?;
    let protocol = Protocol::Oidc(Box::new(client));
    Some(Spoken { protocol, secret, doubts: Vec::new(), valid_until: None, own_name: None })
}

fn client(notes: &mut Notes, path: &str, entry: OidcEntry, secret: Option<&SecretText>) -> Option<OidcClient> {
    let at = |key: &str| format!("{path}.{key}");
    let kind = entry.kind.unwrap_or(ClientType::Confidential);
    if entry.secret_file.is_some() {
        notes.refuse(&at("secret_file"), "can only be read by the command line, beside the file");
    }
    let auth = authentication(notes, path, kind, &entry, secret);
    let keys = keys(notes, path, auth, &entry);
    let redirect_uris = redirects(notes, &at("redirect_uris"), &entry.redirect_uris);
    let post_logout = redirects(notes, &at("post_logout_redirect_uris"), &entry.post_logout_redirect_uris);
    let backchannel =
        entry.backchannel_logout_uri.as_ref().and_then(|text| back_channel(notes, &at("backchannel_logout_uri"), text));
    let mut page =
        |key: &str, text: Option<&String>| text.and_then(|text| notes.parsed(&at(key), text, WebPage::parse));
    let (policy_uri, tos_uri) =
        (page("policy_uri", entry.policy_uri.as_ref()), page("tos_uri", entry.tos_uri.as_ref()));
    let scopes = scopes(notes, &at("scopes"), kind, entry.scopes.as_deref());
    let grants = grants(notes, &at("grant_types"), kind, entry.grant_types.as_deref(), &scopes);
    if kind == ClientType::Public && entry.require_pkce == Some(false) {
        notes.refuse(&at("require_pkce"), "cannot be switched off for a public application (RFC 9700 §2.1.1)");
    }
    if grants.contains(&GrantType::AuthorizationCode) && entry.redirect_uris.is_empty() {
        notes.refuse(&at("redirect_uris"), "must name where people return to after signing in");
    }
    if kind == ClientType::Service && !entry.redirect_uris.is_empty() {
        notes.refuse(&at("redirect_uris"), "a service has no people who could be sent anywhere; remove it");
    }
    Some(OidcClient {
        kind,
        auth: auth?,
        jwks: keys.jwks,
        jwks_uri: keys.jwks_uri,
        redirect_uris,
        post_logout_redirect_uris: post_logout,
        backchannel_logout_uri: backchannel,
        scopes,
        grant_types: grants,
        require_pkce: entry.require_pkce.unwrap_or(true),
        consent: entry.consent.unwrap_or(ConsentMode::Implied),
        id_token_alg: entry.id_token_signed_response_alg.unwrap_or(SigningAlg::RS256),
        audiences: entry.audiences.into_iter().filter_map(|text| notes.text(&at("audiences"), text, 512)).collect(),
        policy_uri,
        tos_uri,
    })
}

/// One credential of one kind, or none for a public client.
fn authentication(
    notes: &mut Notes,
    path: &str,
    kind: ClientType,
    entry: &OidcEntry,
    secret: Option<&SecretText>,
) -> Option<ClientAuthMethod> {
    let method = format!("{path}.token_endpoint_auth_method");
    if secret.is_some_and(SecretText::is_empty) {
        notes.refuse(&format!("{path}.secret"), "must not be empty");
    } else if secret.is_some_and(|secret| secret.expose().chars().count() < SECRET_LENGTH) {
        notes.warn(
            &format!("{path}.secret"),
            "is shorter than 32 characters and may be guessed: `openssl rand -base64 32` makes a good one",
        );
    }
    let auth = match (kind, entry.token_endpoint_auth_method) {
        (ClientType::Public, None | Some(AuthMethod::None)) => ClientAuthMethod::None,
        (ClientType::Public, Some(_)) => {
            notes.refuse(&method, "a public application cannot keep a secret: use \"none\" or leave it away");
            return None;
        }
        (ClientType::Confidential | ClientType::Service, None) => ClientAuthMethod::AnySecret,
        (ClientType::Confidential | ClientType::Service, Some(AuthMethod::None)) => {
            notes.refuse(&method, "only a public application (type = \"public\") may come without a credential");
            return None;
        }
        (_, Some(AuthMethod::ClientSecretBasic)) => ClientAuthMethod::ClientSecretBasic,
        (_, Some(AuthMethod::ClientSecretPost)) => ClientAuthMethod::ClientSecretPost,
        (_, Some(AuthMethod::PrivateKeyJwt)) => ClientAuthMethod::PrivateKeyJwt,
    };
    let takes_secret = !matches!(auth, ClientAuthMethod::None | ClientAuthMethod::PrivateKeyJwt);
    if secret.is_some() && !takes_secret {
        let why = if kind == ClientType::Public { "a public application" } else { "private_key_jwt" };
        notes.refuse(&format!("{path}.secret"), format!("{why} has no secret; remove it"));
    }
    Some(auth)
}

fn keys(notes: &mut Notes, path: &str, auth: Option<ClientAuthMethod>, entry: &OidcEntry) -> KeyMaterial {
    let jwks_path = format!("{path}.jwks");
    let given = entry.jwks.is_some() || entry.jwks_uri.is_some();
    let used = auth.is_none_or(|auth| auth == ClientAuthMethod::PrivateKeyJwt);
    if auth == Some(ClientAuthMethod::PrivateKeyJwt) && !given {
        notes.refuse(&jwks_path, "private_key_jwt needs the application's public keys: jwks or jwks_uri");
    }
    if given && !used {
        notes.refuse(&jwks_path, "is only used with token_endpoint_auth_method = \"private_key_jwt\"");
    }
    if entry.jwks.is_some() && entry.jwks_uri.is_some() {
        notes.refuse(&jwks_path, "keep one of jwks and jwks_uri");
    }
    let jwks = entry.jwks.as_ref().and_then(|jwks| match public_keys(jwks) {
        Ok(text) => Some(text),
        Err(why) => {
            notes.refuse(&jwks_path, why);
            None
        }
    });
    let uri_path = format!("{path}.jwks_uri");
    let jwks_uri = entry.jwks_uri.as_ref().and_then(|text| back_channel(notes, &uri_path, text));
    KeyMaterial { jwks, jwks_uri }
}

/// A JWK Set of public keys as text. Private or shared keys are refused: they do not belong here.
fn public_keys(jwks: &Jwks) -> Result<String, &'static str> {
    let shape = "must be a JWK Set: { \"keys\": [ … ] }";
    let keys: Vec<Map<String, Value>> = match jwks {
        Jwks::Keys(keys) => keys.clone(),
        Jwks::Set(set) => keys_of(set).ok_or(shape)?,
        Jwks::Text(text) => {
            let set: Map<String, Value> = serde_json::from_str(text).map_err(|_refused| shape)?;
            keys_of(&set).ok_or(shape)?
        }
    };
    if keys.is_empty() || keys.len() > 32 {
        return Err("must hold from one to 32 keys");
    }
    for key in &keys {
        match key.get("kty").and_then(Value::as_str) {
            Some("RSA" | "EC" | "OKP") => {}
            Some("oct") => return Err("must hold public keys only, not a shared secret"),
            _ => return Err("holds a key without a known \"kty\" (RSA, EC or OKP)"),
        }
        if ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().any(|part| key.contains_key(*part)) {
            return Err("holds a private key; give the public part only and replace the key pair");
        }
    }
    let keys: Vec<Value> = keys.into_iter().map(Value::Object).collect();
    let text = serde_json::json!({ "keys": keys }).to_string();
    let usable = "holds no key that can be used: RSA of 2048 bits or more, P-256 or Ed25519, for signatures";
    ClientKeys::parse(&text).map_err(|_refused| usable)?;
    Ok(text)
}

fn keys_of(set: &Map<String, Value>) -> Option<Vec<Map<String, Value>>> {
    let keys = set.get("keys")?.as_array()?;
    keys.iter().map(|key| key.as_object().cloned()).collect()
}

/// What goes there in the clear is among the doubts of every application.
fn redirects(notes: &mut Notes, path: &str, texts: &[String]) -> Vec<RedirectUri> {
    let parse = |text: &str| -> Result<RedirectUri, RedirectUriError> { RedirectUri::parse(text) };
    notes.list(path, texts, parse)
}

/// An address the server itself calls.
fn back_channel(notes: &mut Notes, path: &str, text: &str) -> Option<url::Url> {
    notes.parsed(path, text, web_address)
}

fn scopes(notes: &mut Notes, path: &str, kind: ClientType, texts: Option<&[String]>) -> Scopes {
    let standard = ["openid", "profile", "email"].map(str::to_owned);
    let texts = match (texts, kind) {
        (Some(texts), _) => texts,
        (None, ClientType::Service) => &[],
        (None, ClientType::Confidential | ClientType::Public) => standard.as_slice(),
    };
    notes.list(path, texts, Scope::parse).into_iter().collect()
}

fn grants(
    notes: &mut Notes,
    path: &str,
    kind: ClientType,
    said: Option<&[GrantType]>,
    scopes: &Scopes,
) -> BTreeSet<GrantType> {
    use GrantType::{AuthorizationCode, ClientCredentials, RefreshToken};
    let offline = scopes.contains("offline_access");
    let grants: BTreeSet<GrantType> = match (said, kind) {
        (Some(said), _) => said.iter().copied().collect(),
        (None, ClientType::Service) => BTreeSet::from([ClientCredentials]),
        (None, _) if offline => BTreeSet::from([AuthorizationCode, RefreshToken]),
        (None, _) => BTreeSet::from([AuthorizationCode]),
    };
    if grants.is_empty() {
        notes.refuse(path, "must name at least one grant type");
    }
    if kind == ClientType::Service && grants.iter().any(|grant| *grant != ClientCredentials) {
        notes.refuse(path, "a service has no people: it can only use \"client_credentials\"");
    } else if grants.contains(&RefreshToken) && !grants.contains(&AuthorizationCode) {
        notes.refuse(path, "\"refresh_token\" needs \"authorization_code\"");
    }
    if kind == ClientType::Public && grants.contains(&ClientCredentials) {
        notes.refuse(path, "a public application has no credentials: \"client_credentials\" is not for it");
    }
    if offline && !grants.contains(&RefreshToken) {
        notes.refuse(path, "the scope \"offline_access\" needs \"refresh_token\"");
    }
    grants
}
