//! OpenID Connect applications registered and changed by a tenant's administrators. What a form says is judged as if it
//! stood in a declarative file: one set of rules for both. The secret is made here, handed out once, and kept as a tag.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::crypto::token;
use crate::domain::Time;
use crate::domain::application::{Application, Client, ClientAuthMethod, ClientType, OidcClient, Protocol};
use crate::domain::audit::{EventKind, chain};
use crate::domain::authority::Act as What;
use crate::domain::client_form::{Fault, Field, Proof, Prospect, Typed};
use crate::domain::doubt::Doubt;
use crate::domain::ids::ClientId;
use crate::domain::oauth::GrantType;
use crate::domain::secret::{PlainToken, TokenKind};
use crate::flow::{Site, client};
use crate::store::applications::StoredApplication;
use crate::store::{self, StoreError};

use super::act::Act;
use super::answer::Action;
use super::declared::{ApplicationEntry, ApplicationPlan, Problem, plan_application};
use super::people::admit_to_tenant;
use super::{applications, difference, registration};

/// What came of it.
#[derive(Debug)]
pub enum Turn {
    /// With the secret that was made in the course of it, if one was: this is the only time it can be shown.
    Saved(ClientId, Option<PlainToken>),
    Unchanged(ClientId),
    /// It is registered just like this: the same form was sent twice. A secret has been shown once.
    Already(ClientId),
    NotAllowed,
    /// There is no such application, or none of this protocol.
    Unknown,
    /// Somebody else has changed it since the form was shown.
    Stale,
    Faults(Vec<Fault>),
}

/// What a form would make of an application, before anything is saved.
#[derive(Debug)]
pub struct Preview {
    pub prospect: Prospect,
    pub doubts: Vec<Doubt>,
    /// By which somebody shows that they have seen it.
    pub mark: String,
}

/// The application, if it speaks OpenID Connect.
pub fn client_of(application: &Application) -> Option<Client> {
    match &application.protocol {
        Protocol::Oidc(client) => Some(application.clone().map(|_| (**client).clone())),
        Protocol::Saml(_) | Protocol::Wsfed(_) => None,
    }
}

/// What stands, as the form shows it.
pub fn typed_of(stands: &Client) -> Typed {
    let (application, oidc) = as_written(Some(stands));
    let mut typed = Typed::of(stands.protocol.kind, &application, &oidc);
    if stands.protocol.grant_types.contains(&GrantType::ClientCredentials) {
        typed.set(Field::OwnTokens, "1");
    }
    typed
}

/// What is registered, in the words of the file: the keys of the application, and its table.
fn as_written(stands: Option<&Client>) -> (Map<String, Value>, Map<String, Value>) {
    let Some(stands) = stands else { return (Map::new(), Map::new()) };
    let mut application = Map::from_iter([
        ("id".to_owned(), Value::from(stands.id.as_str())),
        ("name".to_owned(), Value::from(stands.name.as_str())),
    ]);
    let role = stands.require_role.as_ref().map(ToString::to_string);
    let upstream = stands.identity_provider.as_ref().map(ToString::to_string);
    for (key, value) in [("require_role", role), ("identity_provider", upstream)] {
        application.extend(value.map(|value| (key.to_owned(), Value::from(value))));
    }
    let detail = applications::oidc_detail(stands.protocol.clone(), false);
    let Value::Object(mut oidc) = serde_json::to_value(detail).unwrap_or_default() else {
        return (application, Map::new());
    };
    oidc.retain(|key, value| key != "has_secret" && !value.is_null());
    if stands.protocol.auth == ClientAuthMethod::None {
        oidc.remove("token_endpoint_auth_method");
    }
    (application, oidc)
}

/// What the form makes of an application. `stands` is what is registered under its id.
pub fn propose(typed: &Typed, stands: Option<&Client>) -> Result<ApplicationPlan, Vec<Fault>> {
    let (mut application, mut oidc) = as_written(stands);
    typed.write_over(&mut application, &mut oidc);
    if let Some(stands) = stands {
        application.insert("id".to_owned(), stands.id.as_str().into());
    }
    oidc.insert("grant_types".to_owned(), json!(grants(typed, stands)));
    application.insert("oidc".to_owned(), Value::Object(oidc));
    let entry: ApplicationEntry =
        serde_path_to_error::deserialize(Value::Object(application)).map_err(|misshapen| {
            let path = misshapen.path().to_string();
            vec![Fault::Wrong(field(&path), None)]
        })?;
    plan_application(entry).map_err(|problems| faults(typed, &problems))
}

/// They follow from the rest of the form; what it has no field for stays.
fn grants(typed: &Typed, stands: Option<&Client>) -> BTreeSet<GrantType> {
    use GrantType::{AuthorizationCode, ClientCredentials, RefreshToken};
    if typed.kind == ClientType::Service {
        return BTreeSet::from([ClientCredentials]);
    }
    let had = |grant| stands.is_some_and(|stands| stands.protocol.grant_types.contains(&grant));
    let mut grants = BTreeSet::new();
    if stands.is_none() || had(AuthorizationCode) || typed.lines(Field::RedirectUris).next().is_some() {
        grants.insert(AuthorizationCode);
    }
    let was_offline = stands.is_some_and(|stands| stands.protocol.scopes.contains("offline_access"));
    if typed.lines(Field::Scopes).any(|scope| scope == "offline_access") || (had(RefreshToken) && !was_offline) {
        grants.insert(RefreshToken);
    }
    if !typed.get(Field::OwnTokens).is_empty() {
        grants.insert(ClientCredentials);
    }
    grants
}

/// Problems by their path, as the fields of the form, with the line where it is one of several.
fn faults(typed: &Typed, problems: &[Problem]) -> Vec<Fault> {
    let line = |field: Field, path: &str| {
        let number: usize = path.rsplit_once('[')?.1.strip_suffix(']')?.parse().ok()?;
        typed.lines(field).nth(number).map(|line| line.chars().take(200).collect())
    };
    let fault = |problem: &Problem| {
        let field = field(&problem.path);
        Fault::Wrong(field, line(field, &problem.path))
    };
    let mut found: Vec<Fault> = problems.iter().map(fault).collect();
    found.sort();
    found.dedup();
    found
}

fn field(path: &str) -> Field {
    let key = path.strip_prefix("application.").unwrap_or(path);
    let key = key.strip_prefix("oidc.").unwrap_or(key);
    let key = key.split(['.', '[']).next().unwrap_or(key);
    match key {
        "grant_types" => Field::OwnTokens,
        _ => Field::parse(key).unwrap_or(Field::Id),
    }
}

/// What somebody should see before it is saved.
pub fn preview(typed: &Typed, stands: Option<&Client>, now: Time) -> Result<Preview, Vec<Fault>> {
    let plan = propose(typed, stands)?;
    let doubts = applications::doubts(&plan.protocol, now);
    let client = client_of(&plan.merge(None)).ok_or_else(|| vec![Fault::Wrong(Field::Id, None)])?;
    Ok(Preview { prospect: prospect(client), doubts, mark: mark(typed) })
}

/// What there is to think about that was not so before, and the mark of having seen that.
pub fn new_doubts(typed: &Typed, stands: &Client, now: Time) -> Result<Option<(Vec<Doubt>, String)>, Vec<Fault>> {
    let protocol = Protocol::Oidc(Box::new(stands.protocol.clone()));
    let before = applications::doubts(&protocol, now);
    let doubts = applications::doubts(&propose(typed, Some(stands))?.protocol, now);
    let new: Vec<Doubt> = doubts.into_iter().filter(|doubt| !before.contains(doubt)).collect();
    Ok((!new.is_empty()).then(|| (new, mark(typed))))
}

fn mark(typed: &Typed) -> String {
    let values: Vec<&[u8]> = typed.fields().map(|field| typed.get(field).as_bytes()).collect();
    hex(&chain(&[0; 32], &values))
}

fn hex(hash: &[u8; 32]) -> String {
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn prospect(client: Client) -> Prospect {
    let Application { require_role, protocol, .. } = client;
    let OidcClient { kind, auth, jwks_uri, redirect_uris, scopes, grant_types, consent, .. } = protocol;
    let proof = match auth {
        ClientAuthMethod::None => Proof::Nothing,
        ClientAuthMethod::PrivateKeyJwt => jwks_uri.map_or(Proof::Keys, |url| Proof::KeysAt(url.into())),
        ClientAuthMethod::ClientSecretBasic | ClientAuthMethod::ClientSecretPost | ClientAuthMethod::AnySecret => {
            Proof::Secret
        }
    };
    let signs_in = kind != ClientType::Service && grant_types.contains(&GrantType::AuthorizationCode);
    Prospect {
        people: signs_in.then(|| redirect_uris.iter().map(ToString::to_string).collect()),
        require_role: require_role.map(|role| role.to_string()),
        consent,
        scopes: scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        own_tokens: grant_types.contains(&GrantType::ClientCredentials),
        proof,
        without_pkce: signs_in && !protocol.require_pkce,
        told_of_sign_out: protocol.backchannel_logout_uri.map(String::from),
    }
}

/// Registers a new application as whoever acts may do now.
pub fn register(site: &Site, act: &Act, typed: &Typed) -> Result<Turn, StoreError> {
    match propose(typed, None) {
        Ok(plan) => save(site, act, plan, None),
        Err(faults) => Ok(Turn::Faults(faults)),
    }
}

/// Changes one, unless it has changed since `based_on`.
pub fn change(site: &Site, act: &Act, (id, based_on): (&ClientId, String), typed: &Typed) -> Result<Turn, StoreError> {
    let Some(stands) = registration::find(site, id)?.as_ref().and_then(client_of) else { return Ok(Turn::Unknown) };
    if typed.kind != stands.protocol.kind {
        return Ok(Turn::Unknown);
    }
    match propose(typed, Some(&stands)) {
        Ok(plan) => save(site, act, plan, Some(based_on)),
        Err(faults) => Ok(Turn::Faults(faults)),
    }
}

/// A secret for this application, and what is kept of it.
fn new_secret(site: &Site, id: &ClientId) -> (PlainToken, [u8; 32]) {
    let secret = token::mint(TokenKind::Client, site.entropy.as_ref());
    let tag = client::secret_tag(&site.store, id, secret.expose());
    (secret, tag)
}

fn save(site: &Site, act: &Act, plan: ApplicationPlan, based_on: Option<String>) -> Result<Turn, StoreError> {
    let (secret, tag) = new_secret(site, &plan.id);
    let act = act.clone();
    site.store.write(move |tx| {
        if admit_to_tenant(tx, &act, What::ChangeRules)?.is_err() {
            return Ok(Turn::NotAllowed);
        }
        store::settings::hold(tx)?;
        let stored = store::applications::find(tx, &plan.id)?;
        match (stored.as_ref().map(|stored| &stored.application), &based_on) {
            (Some(stands), None) if plan.merge(Some(stands)) == *stands => return Ok(Turn::Already(plan.id)),
            (Some(_), None) => return Ok(Turn::Faults(vec![Fault::Taken])),
            (None, Some(_)) => return Ok(Turn::Unknown),
            (Some(stands), Some(stamp)) if registration::stamp(stands) != *stamp => return Ok(Turn::Stale),
            (Some(_), Some(_)) | (None, None) => {}
        }
        let is_due = plan.needs_secret() && stored.is_none_or(|stored| stored.secret_mac.is_none());
        let change = applications::put(tx, &act, &plan, is_due.then_some(tag))?;
        Ok(match change.action {
            Action::Created | Action::Changed => Turn::Saved(plan.id, is_due.then_some(secret)),
            Action::Unchanged => Turn::Unchanged(plan.id),
        })
    })
}

/// An application with a secret, for whoever is about to replace it: its name, and which secret that would be.
pub fn with_secret(site: &Site, id: &ClientId) -> Result<Option<(String, String)>, StoreError> {
    let stored = site.store.read(|tx| store::applications::find(tx, id))?;
    let stored = stored.filter(|stored| client_of(&stored.application).is_some_and(|one| one.protocol.has_secret()));
    Ok(stored.map(|stored| (stored.application.name.clone(), which(&stored))))
}

/// Tells one secret from the next, and nothing about either.
fn which(stored: &StoredApplication) -> String {
    let tag = stored.secret_mac.unwrap_or_default();
    hex(&chain(&[0; 32], &[b"client-secret", &tag]))
}

/// Makes a new secret instead of the one that somebody saw; the old one ends at once. [`Turn::Stale`]: it was replaced a
/// moment ago.
pub fn renew_secret(site: &Site, act: &Act, id: ClientId, of: String) -> Result<Turn, StoreError> {
    let (secret, tag) = new_secret(site, &id);
    let act = act.clone();
    site.store.write(move |tx| {
        if admit_to_tenant(tx, &act, What::ChangeRules)?.is_err() {
            return Ok(Turn::NotAllowed);
        }
        store::settings::hold(tx)?;
        let Some(stored) = store::applications::find(tx, &id)? else { return Ok(Turn::Unknown) };
        if !client_of(&stored.application).is_some_and(|one| one.protocol.has_secret()) {
            return Ok(Turn::Unknown);
        }
        if which(&stored) != of {
            return Ok(Turn::Stale);
        }
        store::applications::save(tx, &stored.application, Some(&tag))?;
        let fields = [difference::secret("oidc.secret")];
        store::audit::append(tx, &act.changed(EventKind::ApplicationChanged, &fields).application(&id))?;
        Ok(Turn::Saved(id, Some(secret)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::application::ConsentMode;

    fn web() -> Typed {
        let mut typed = Typed::new(ClientType::Confidential);
        typed.set(Field::Id, "shop");
        typed.set(Field::RedirectUris, "https://shop.example/cb");
        typed
    }

    fn made(typed: &Typed, stands: Option<&Client>) -> Client {
        client_of(&propose(typed, stands).unwrap().merge(None)).unwrap()
    }

    #[test]
    fn a_form_and_a_file_make_the_same_application() {
        let file = json!({ "id": "shop", "oidc": { "redirect_uris": ["https://shop.example/cb"] } });
        let declared = plan_application(serde_json::from_value(file).unwrap()).unwrap();
        assert_eq!(made(&web(), None), client_of(&declared.merge(None)).unwrap());
    }

    #[test]
    fn what_stands_comes_back_from_the_form_as_it_was() {
        let tables = [
            json!({ "redirect_uris": ["https://a.example/cb"], "require_pkce": false, "consent": "ask",
                    "scopes": ["openid", "offline_access", "orders:read"], "audiences": ["https://api.example"],
                    "token_endpoint_auth_method": "client_secret_post", "id_token_signed_response_alg": "EdDSA" }),
            json!({ "redirect_uris": ["https://a.example/cb"], "grant_types":
                    ["authorization_code", "refresh_token", "client_credentials"], "scopes": [] }),
            json!({ "grant_types": ["client_credentials"] }),
            json!({ "type": "public", "redirect_uris": ["com.example.app:/cb"],
                    "backchannel_logout_uri": "https://a.example/out",
                    "policy_uri": "https://a.example/privacy", "tos_uri": "https://a.example/terms" }),
            json!({ "type": "service", "token_endpoint_auth_method": "private_key_jwt",
                    "jwks_uri": "https://a.example/jwks" }),
        ];
        for table in tables {
            let file = json!({ "id": "x", "name": "X", "require_role": "buyer", "identity_provider": "entra",
                               "oidc": table });
            let plan = plan_application(serde_json::from_value(file).unwrap()).unwrap();
            let stands = client_of(&plan.merge(None)).unwrap();
            assert_eq!(made(&typed_of(&stands), Some(&stands)), stands, "{table}");
        }
    }

    #[test]
    fn refresh_tokens_come_and_go_with_offline_access() {
        let mut typed = web();
        typed.set(Field::Scopes, "openid\noffline_access");
        let stands = made(&typed, None);
        assert!(stands.protocol.grant_types.contains(&GrantType::RefreshToken));
        typed.set(Field::Scopes, "openid");
        assert!(!made(&typed, Some(&stands)).protocol.grant_types.contains(&GrantType::RefreshToken));
    }

    #[test]
    fn what_is_wrong_is_told_by_field_and_line() {
        let mut typed = web();
        typed.set(Field::RedirectUris, "https://shop.example/cb\n\nhttps://*.shop.example/cb\njavascript:alert(1)");
        typed.set(Field::JwksUri, "https://shop.example/jwks");
        typed.set(Field::Algorithm, "none");
        assert_eq!(propose(&typed, None).unwrap_err(), [Fault::Wrong(Field::Algorithm, None)], "no choice of the list");
        typed.set(Field::Algorithm, "ES256");
        let wrong = |field, line: &str| Fault::Wrong(field, Some(line.to_owned()));
        assert_eq!(
            propose(&typed, None).unwrap_err(),
            [
                wrong(Field::RedirectUris, "https://*.shop.example/cb"),
                wrong(Field::RedirectUris, "javascript:alert(1)"),
                Fault::Wrong(Field::Jwks, None),
            ]
        );
        typed.set(Field::Id, "new-oidc");
        assert!(propose(&typed, None).unwrap_err().contains(&Fault::Wrong(Field::Id, None)));
    }

    #[test]
    fn a_preview_says_what_it_may_and_what_there_is_to_think_about() {
        let mut typed = web();
        typed.set(Field::RedirectUris, "http://shop.example/cb\nhttp://localhost:3000/cb");
        typed.set(Field::Pkce, "");
        typed.set(Field::OwnTokens, "1");
        let Preview { prospect, doubts, mark } = preview(&typed, None, Time::default()).unwrap();
        assert_eq!(doubts, [Doubt::PlainAddress("http://shop.example/cb".to_owned())]);
        assert!(prospect.own_tokens && prospect.without_pkce && prospect.consent == ConsentMode::Implied);
        assert_eq!((prospect.proof, prospect.people.unwrap().len()), (Proof::Secret, 2));
        typed.set(Field::Name, "Shop");
        assert_ne!(preview(&typed, None, Time::default()).unwrap().mark, mark, "what was changed is shown again");
    }
}
