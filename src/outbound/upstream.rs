//! Talks to upstream identity providers (OpenID Connect Discovery §4, Core §3.1.2.1 and §3.1.3.1, RFC 7636) as their
//! client, on a client that we did not write, through the one that fetches. It carries, and judges only what it needs to
//! know where to go; what is said of a person is judged in `protocol::oidc::upstream`.

mod breaker;
mod probe;

use std::error::Error;
use std::time::{Duration, Instant};

use openidconnect::core::{CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreJsonWebKeySet};
use openidconnect::{
    AuthType, AuthUrl, AuthenticationContextClass, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, LoginHint, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenUrl, http,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::domain::identity_provider::{Kind, OidcUpstream, ProviderAuth};

use super::fetch::{FetchError, Fetcher};
pub use breaker::Breakers;
pub use probe::probe;

/// RFC 7523 §2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Why the upstream could not be asked, or said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamFault {
    /// It cannot be reached, is too slow, or answers with something unreadable.
    #[error("{0}")]
    Unavailable(String),
    /// It has failed a moment ago and is left in peace.
    #[error("it did not answer a moment ago and is not asked again yet")]
    Resting,
    /// Its discovery document is another provider's.
    #[error("its discovery document names the issuer {0:?}")]
    Issuer(String),
    /// It refuses the code.
    #[error("{0}")]
    Refused(String),
}

/// Where to go, as the provider itself says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Endpoints {
    pub issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: Url,
    #[serde(default)]
    userinfo_endpoint: Option<Url>,
    /// OpenID Connect RP-Initiated Logout 1.0 §2.1.
    end_session_endpoint: Option<String>,
    /// RFC 9207 §3.
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
    /// What an assertion of ours may be signed with; empty: it does not say.
    #[serde(default)]
    pub token_endpoint_auth_signing_alg_values_supported: Vec<String>,
}

impl Endpoints {
    /// Whoever is found by TLS is asked by TLS: neither a secret nor a person is sent anywhere by less.
    fn is_as_safe_as(&self, issuer: &str) -> bool {
        let by_tls = |address: &str| Url::parse(address).is_ok_and(|url| url.scheme() == "https");
        let all = [self.authorization_endpoint.as_str(), &self.token_endpoint, self.jwks_uri.as_str()];
        let mut all = all.into_iter().chain(self.userinfo_endpoint.as_ref().map(Url::as_str));
        !by_tls(issuer) || all.all(by_tls)
    }
}

/// One request to sign somebody in.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub state: &'a str,
    pub nonce: &'a str,
    pub verifier: &'a str,
    pub fresh: bool,
    pub choose_account: bool,
    pub max_age: Option<Duration>,
    /// Whether the answer has to tell when the person signed in there.
    pub auth_time: bool,
    pub login_hint: Option<&'a str>,
    pub acr_values: &'a [String],
}

/// What proves us to the provider.
#[derive(Clone, Debug)]
pub enum Credential {
    Secret(SecretString),
    /// Signed with a key of the tenant's (RFC 7523 §2.2).
    Assertion(String),
}

/// One request to sign somebody out.
#[derive(Clone, Copy, Debug)]
pub struct Goodbye<'a> {
    /// The ID token that it gave.
    pub hint: Option<&'a str>,
    pub state: &'a str,
    pub return_to: &'a str,
}

/// What the token endpoint gave, unjudged.
#[derive(Debug)]
pub struct Answer {
    pub id_token: String,
    pub access_token: String,
}

/// One provider as seen from here.
pub struct Upstream<'a> {
    pub fetch: &'a Fetcher,
    pub breakers: &'a Breakers,
    pub provider: &'a OidcUpstream,
    pub redirect_uri: &'a str,
}

type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet, EndpointNotSet>;

impl Upstream<'_> {
    /// The discovery document, whose issuer must be the configured one. Kept for five minutes; a provider that does not
    /// answer is not asked again for one.
    pub async fn discover(&self) -> Result<Endpoints, UpstreamFault> {
        let address = probe::discovery_address(&self.provider.issuer);
        let address = Url::parse(&address).map_err(|fault| UpstreamFault::Unavailable(fault.to_string()))?;
        let text = self.fetch.cached_text(&address).await.map_err(|fault| unavailable(&fault))?;
        let found: Endpoints = serde_json::from_str(&text).map_err(|fault| unavailable(&fault))?;
        if !self.provider.is_issuer(&found.issuer) {
            return Err(UpstreamFault::Issuer(found.issuer));
        }
        if !found.is_as_safe_as(&self.provider.issuer) {
            return Err(UpstreamFault::Unavailable("an endpoint is less protected than the issuer".to_owned()));
        }
        Ok(found)
    }

    /// The provider's keys. `renew`: the kept ones do not fit; asked for again once a minute at most.
    pub async fn keys(&self, endpoints: &Endpoints, renew: bool) -> Result<String, UpstreamFault> {
        let address = &endpoints.jwks_uri;
        let fetched =
            if renew { self.fetch.renewed_text(address).await } else { self.fetch.cached_text(address).await };
        fetched.map(|text| text.to_string()).map_err(|fault| unavailable(&fault))
    }

    /// Where to send the browser.
    pub fn address(&self, endpoints: &Endpoints, request: &Request<'_>) -> Result<Url, UpstreamFault> {
        let client = self.client(endpoints, None)?;
        let challenge =
            PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(request.verifier.to_owned()));
        let (state, nonce) = (CsrfToken::new(request.state.to_owned()), Nonce::new(request.nonce.to_owned()));
        let mut asked = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
            .set_pkce_challenge(challenge);
        for scope in self.provider.scopes.iter().filter(|scope| *scope != "openid") {
            asked = asked.add_scope(Scope::new(scope.clone()));
        }
        for acr in request.acr_values {
            asked = asked.add_auth_context_value(AuthenticationContextClass::new(acr.clone()));
        }
        if request.fresh {
            asked = asked.add_prompt(CoreAuthPrompt::Login);
        } else if request.choose_account {
            asked = asked.add_prompt(CoreAuthPrompt::SelectAccount);
        }
        if let Some(age) = request.max_age {
            asked = asked.set_max_age(age);
        }
        // `max_age` asks for it too (Core §3.1.2.1); this is for those that overlook it (§5.5.1).
        if request.auth_time && !self.provider.parameters.contains_key("claims") {
            asked = asked.add_extra_param("claims", r#"{"id_token":{"auth_time":{"essential":true}}}"#);
        }
        if let Some(hint) = request.login_hint {
            asked = asked.set_login_hint(LoginHint::new(hint.to_owned()));
        }
        let only = self.provider.hosted_domains.iter().next().filter(|_| self.provider.hosted_domains.len() == 1);
        if let (Kind::Google, Some(domain)) = (self.provider.kind, only) {
            asked = asked.add_extra_param("hd", domain.clone());
        }
        for (name, value) in &self.provider.parameters {
            asked = asked.add_extra_param(name.clone(), value.clone());
        }
        Ok(asked.url().0)
    }

    /// Where to send the browser to be signed out; `None`: it has no such place.
    pub fn sign_out_address(&self, endpoints: &Endpoints, goodbye: &Goodbye<'_>) -> Option<Url> {
        let place = endpoints.end_session_endpoint.as_deref()?;
        let mut address = Url::parse(place).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
        address
            .query_pairs_mut()
            .extend_pairs(goodbye.hint.map(|hint| ("id_token_hint", hint)))
            .append_pair("client_id", &self.provider.client_id)
            .append_pair("post_logout_redirect_uri", goodbye.return_to)
            .append_pair("state", goodbye.state);
        Some(address)
    }

    /// The code for tokens. The ID token is taken out as it came, before anything else reads it.
    pub async fn redeem(
        &self,
        endpoints: &Endpoints,
        (credential, code, verifier): (&Credential, String, String),
    ) -> Result<Answer, UpstreamFault> {
        if self.breakers.is_open(&endpoints.token_endpoint, Instant::now()) {
            return Err(UpstreamFault::Resting);
        }
        let secret = match credential {
            Credential::Secret(secret) => Some(secret),
            Credential::Assertion(_) => None,
        };
        let client = self.client(endpoints, secret)?;
        let id_token = std::sync::Mutex::new(None);
        let transport = |request: HttpRequest| async {
            let mut response = self.fetch.reach(request).await?;
            let taken = take_id_token(&mut response);
            *id_token.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = taken;
            Ok::<HttpResponse, FetchError>(response)
        };
        let request = client.exchange_code(AuthorizationCode::new(code));
        let mut request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier));
        if let Credential::Assertion(assertion) = credential {
            request = request
                .add_extra_param("client_assertion_type", ASSERTION_TYPE)
                .add_extra_param("client_assertion", assertion.clone());
        }
        let answered = request.request_async(&transport).await;
        let reached = !matches!(&answered, Err(openidconnect::RequestTokenError::Request(_)));
        self.breakers.note(&endpoints.token_endpoint, reached, Instant::now());
        let tokens = answered.map_err(|fault| match fault {
            openidconnect::RequestTokenError::ServerResponse(said) => UpstreamFault::Refused(said.error().to_string()),
            openidconnect::RequestTokenError::Request(fault) => unavailable(&fault),
            other @ (openidconnect::RequestTokenError::Parse(..) | openidconnect::RequestTokenError::Other(_)) => {
                unavailable(&other)
            }
        })?;
        let id_token = id_token.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let id_token = id_token.ok_or_else(|| UpstreamFault::Refused("there is no id_token".to_owned()))?;
        Ok(Answer { id_token, access_token: tokens.access_token().secret().clone() })
    }

    /// What is told of the bearer of the access token (Core §5.3.1), unjudged; `None`: the provider tells nothing.
    pub async fn userinfo(&self, endpoints: &Endpoints, access_token: &str) -> Result<Option<String>, UpstreamFault> {
        let Some(address) = &endpoints.userinfo_endpoint else { return Ok(None) };
        if self.breakers.is_open(address.as_str(), Instant::now()) {
            return Err(UpstreamFault::Resting);
        }
        let request = http::Request::get(address.as_str())
            .header(http::header::ACCEPT, "application/json")
            .header(http::header::AUTHORIZATION, format!("Bearer {access_token}"))
            .body(Vec::new())
            .map_err(|fault| unavailable(&fault))?;
        let answered = self.fetch.reach(request).await;
        self.breakers.note(address.as_str(), answered.is_ok(), Instant::now());
        let response = answered.map_err(|fault| unavailable(&fault))?;
        if response.status() != http::StatusCode::OK {
            return Err(unavailable(&FetchError::Status(response.status().as_u16())));
        }
        String::from_utf8(response.into_body()).map(Some).map_err(|fault| unavailable(&fault))
    }

    fn client(&self, endpoints: &Endpoints, secret: Option<&SecretString>) -> Result<Client, UpstreamFault> {
        let issuer = IssuerUrl::new(endpoints.issuer.clone()).map_err(|fault| unavailable(&fault))?;
        let authorize = AuthUrl::new(endpoints.authorization_endpoint.clone()).map_err(|fault| unavailable(&fault))?;
        if !matches!(authorize.url().scheme(), "https" | "http") {
            return Err(UpstreamFault::Unavailable("its authorization endpoint is no web address".to_owned()));
        }
        let token = TokenUrl::new(endpoints.token_endpoint.clone()).map_err(|fault| unavailable(&fault))?;
        let redirect = RedirectUrl::new(self.redirect_uri.to_owned()).map_err(|fault| unavailable(&fault))?;
        let auth = match self.provider.token_endpoint_auth_method {
            ProviderAuth::ClientSecretBasic => AuthType::BasicAuth,
            ProviderAuth::ClientSecretPost | ProviderAuth::PrivateKeyJwt => AuthType::RequestBody,
        };
        let id = ClientId::new(self.provider.client_id.clone());
        let client = CoreClient::new(id, issuer, CoreJsonWebKeySet::default())
            .set_auth_type(auth)
            .set_auth_uri(authorize)
            .set_token_uri(token)
            .set_redirect_uri(redirect);
        Ok(match secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())),
            None => client,
        })
    }
}

/// Takes the ID token out of a token answer, for a reader that takes the quirks of providers. Entra's first version
/// writes `expires_in` as a text; nobody here needs it.
fn take_id_token(response: &mut HttpResponse) -> Option<String> {
    let mut body: serde_json::Map<String, Value> = serde_json::from_slice(response.body()).ok()?;
    let id_token = body.remove("id_token");
    body.remove("expires_in");
    *response.body_mut() = serde_json::to_vec(&body).ok()?;
    id_token?.as_str().map(str::to_owned)
}

fn unavailable(fault: &(dyn Error + 'static)) -> UpstreamFault {
    let mut text = fault.to_string();
    let mut cause = fault.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    UpstreamFault::Unavailable(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> HttpResponse {
        openidconnect::http::Response::new(body.as_bytes().to_vec())
    }

    #[test]
    fn whoever_is_found_by_tls_is_asked_by_tls() {
        let good = |name: &str| format!("https://idp.example/{name}");
        let [authorize, token, keys] = ["authorize", "token", "keys"].map(good);
        let endpoints = |authorize: &str, token: &str, keys: &str| -> Endpoints {
            let issuer = "https://idp.example";
            serde_json::from_value(serde_json::json!({ "issuer": issuer, "authorization_endpoint": authorize,
                "token_endpoint": token, "jwks_uri": keys }))
            .unwrap()
        };
        let bad = "http://idp.example/x";
        let telling = Endpoints { userinfo_endpoint: Url::parse(bad).ok(), ..endpoints(&authorize, &token, &keys) };
        assert!(!telling.is_as_safe_as("https://idp.example"));
        assert!(endpoints(&authorize, &token, &keys).is_as_safe_as("https://idp.example"));
        for weak in
            [endpoints(bad, &token, &keys), endpoints(&authorize, bad, &keys), endpoints(&authorize, &token, bad)]
        {
            assert!(!weak.is_as_safe_as("https://idp.example"));
            assert!(weak.is_as_safe_as("http://idp.example"), "in a network of one's own");
        }
        assert!(!endpoints("javascript:alert(1)", &token, &keys).is_as_safe_as("https://idp.example"));
    }

    #[test]
    fn the_id_token_is_taken_out_as_it_came() {
        let mut response =
            answer(r#"{"access_token":"a","token_type":"Bearer","expires_in":"3599","id_token":"x.y.z"}"#);
        assert_eq!(take_id_token(&mut response).as_deref(), Some("x.y.z"));
        let left: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(left, serde_json::json!({ "access_token": "a", "token_type": "Bearer" }));
        assert_eq!(take_id_token(&mut answer("not json")), None);
        assert_eq!(take_id_token(&mut answer(r#"{"id_token": 3}"#)), None);
    }
}
