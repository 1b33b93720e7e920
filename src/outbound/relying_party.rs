//! A relying party (OpenID Connect Core §3.1, RFC 7636, RFC 9207, RP-Initiated Logout) on a client that we did not
//! write, for the playground. It talks to its provider over the network like any other application and believes
//! nothing that it has not checked. It knows one provider, a tenant of this server, and reaches no other.

mod checks;

use std::error::Error;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreGrantType, CoreIdToken, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse,
    CoreUserInfoClaims,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthorizationCode, ClientId, CsrfToken, EndSessionUrl, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadata, RedirectUrl, RefreshToken, Scope,
    SubjectIdentifier, TokenResponse as _, http,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use subtle::ConstantTimeEq as _;
use url::Url;

use crate::domain::Time;
use crate::domain::oauth::{Prompt, Scopes};

use super::fetch::{FetchError, Fetcher};
pub use checks::{Check, decoded};

/// How the relying party is registered: a public client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// To the letter.
    pub issuer: String,
    pub client_id: String,
    pub redirect_uri: String,
    pub post_logout_redirect_uri: String,
    pub scopes: Scopes,
}

/// What failed, in the provider's words where it has said some.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Fault(String);

impl Fault {
    /// The words, and what the chain of causes adds to them.
    fn of(error: &(dyn Error + 'static)) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            text = format!("{text}: {inner}");
            cause = inner.source();
        }
        Self(text)
    }
}

/// Members of the discovery document that the client does not know by itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct More {
    #[serde(skip_serializing_if = "Option::is_none")]
    end_session_endpoint: Option<EndSessionUrl>,
    authorization_response_iss_parameter_supported: bool,
}
impl AdditionalProviderMetadata for More {}

type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;
type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// The provider as it describes itself, with its keys.
#[derive(Clone)]
pub struct Provider {
    metadata: Metadata,
}

impl Provider {
    /// The endpoints that a sign-in visits.
    pub fn endpoints(&self) -> Vec<(String, String)> {
        let more = self.metadata.additional_metadata();
        let endpoints = [
            ("authorization_endpoint", Some(self.metadata.authorization_endpoint().as_str())),
            ("token_endpoint", self.metadata.token_endpoint().map(|url| url.as_str())),
            ("userinfo_endpoint", self.metadata.userinfo_endpoint().map(|url| url.as_str())),
            ("jwks_uri", Some(self.metadata.jwks_uri().as_str())),
            ("end_session_endpoint", more.end_session_endpoint.as_ref().map(|url| url.as_str())),
        ];
        endpoints.into_iter().filter_map(|(name, url)| Some((name.to_owned(), url?.to_owned()))).collect()
    }
}

/// What binds one answer to one request and one browser.
#[derive(Clone)]
pub struct Secrets {
    state: CsrfToken,
    nonce: Nonce,
    verifier: String,
}

impl Secrets {
    /// From random bytes: each of the three gets 256 bits.
    pub fn from_random([state, nonce, verifier]: &[[u8; 32]; 3]) -> Self {
        Self {
            state: CsrfToken::new(URL_SAFE_NO_PAD.encode(state)),
            nonce: Nonce::new(URL_SAFE_NO_PAD.encode(nonce)),
            verifier: URL_SAFE_NO_PAD.encode(verifier),
        }
    }
    /// Whether an answer with this `state` belongs to the request.
    pub fn is_state(&self, state: &str) -> bool {
        self.state.secret().as_bytes().ct_eq(state.as_bytes()).into()
    }
}

/// What the token endpoint gave, and for which nonce.
#[derive(Clone)]
pub struct Tokens {
    response: CoreTokenResponse,
    id_token: CoreIdToken,
    nonce: Nonce,
    /// OpenID Connect Core §12.2: an ID token of a renewal need not repeat the nonce.
    renewed: bool,
}

impl Tokens {
    pub fn access_token(&self) -> &str {
        self.response.access_token().secret()
    }
    pub fn id_token(&self) -> String {
        self.id_token.to_string()
    }
    pub fn has_refresh_token(&self) -> bool {
        self.response.refresh_token().is_some()
    }
}

/// The last answer that came over the network, as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub status: u16,
    pub body: String,
    /// `WWW-Authenticate`: where a resource says what is wrong (RFC 6750 §3).
    pub challenge: Option<String>,
}

impl Heard {
    /// The error that the answer names: RFC 6749 §5.2, RFC 6750 §3.
    fn error(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Body {
            error: String,
            error_description: Option<String>,
        }
        match serde_json::from_str::<Body>(&self.body) {
            Ok(Body { error, error_description: Some(why) }) => Some(format!("{error}: {why}")),
            Ok(Body { error, error_description: None }) => Some(error),
            Err(_no_body) => self.challenge.clone(),
        }
    }
}

pub struct RelyingParty<'a> {
    fetch: &'a Fetcher,
    registration: &'a Registration,
    heard: Mutex<Option<Heard>>,
}

impl<'a> RelyingParty<'a> {
    pub fn new(fetch: &'a Fetcher, registration: &'a Registration) -> Self {
        Self { fetch, registration, heard: Mutex::default() }
    }

    /// The last answer of the provider, good or bad.
    pub fn heard(&self) -> Option<Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// OpenID Connect Discovery §4: the document, whose issuer must be ours to the letter, and the keys.
    pub async fn discover(&self) -> Result<Provider, Fault> {
        let issuer = IssuerUrl::new(self.registration.issuer.clone());
        let issuer = issuer.map_err(|fault| Fault::of(&fault))?;
        let transport = |request| self.exchange(request);
        match Metadata::discover_async(issuer, &transport).await {
            Ok(metadata) => Ok(Provider { metadata }),
            Err(fault) => Err(self.fault(&fault)),
        }
    }

    /// Where to send the browser (OpenID Connect Core §3.1.2.1).
    pub fn request(&self, provider: &Provider, secrets: &Secrets, prompt: Prompt) -> Result<Url, Fault> {
        let client = self.client(provider)?;
        let verifier = PkceCodeVerifier::new(secrets.verifier.clone());
        let (state, nonce) = (secrets.state.clone(), secrets.nonce.clone());
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        for scope in self.registration.scopes.iter().filter(|scope| scope.as_str() != "openid") {
            request = request.add_scope(Scope::new(scope.as_str().to_owned()));
        }
        for prompt in prompts(prompt) {
            request = request.add_prompt(prompt);
        }
        Ok(request.url().0)
    }

    /// OpenID Connect Core §3.1.3: the code for tokens. A successful answer without an ID token is none.
    pub async fn redeem(&self, provider: &Provider, secrets: &Secrets, code: String) -> Result<Tokens, Fault> {
        let client = self.client(provider)?;
        let transport = |request| self.exchange(request);
        let request = client.exchange_code(AuthorizationCode::new(code)).map_err(|fault| Fault::of(&fault))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(secrets.verifier.clone()));
        let response = request.request_async(&transport).await.map_err(|fault| self.fault(&fault))?;
        let id_token = response.id_token().cloned();
        let id_token = id_token.ok_or_else(|| Fault("the answer has no id_token".to_owned()))?;
        Ok(Tokens { response, id_token, nonce: secrets.nonce.clone(), renewed: false })
    }

    /// OpenID Connect Core §5.3; whether it is about the same person is checked with the answer (§5.3.2).
    pub async fn userinfo(&self, provider: &Provider, tokens: &Tokens) -> Result<Vec<Check>, Fault> {
        let client = self.client(provider)?;
        let subject = checks::subject(&tokens.id_token);
        let expected = SubjectIdentifier::new(subject.clone());
        let access_token = tokens.response.access_token().clone();
        let request = client.user_info(access_token, Some(expected)).map_err(|fault| Fault::of(&fault))?;
        let transport = |request| self.exchange(request);
        let claims: CoreUserInfoClaims = request.request_async(&transport).await.map_err(|fault| self.fault(&fault))?;
        Ok(vec![Check::equal("sub", claims.subject().as_str(), &subject)])
    }

    /// OpenID Connect Core §12. What the answer leaves out stays as it was (RFC 6749 §6).
    pub async fn refresh(&self, provider: &Provider, tokens: &Tokens) -> Result<Tokens, Fault> {
        let client = self.client(provider)?;
        let none = || Fault("there is no refresh token".to_owned());
        let old = tokens.response.refresh_token().ok_or_else(none)?;
        let transport = |request| self.exchange(request);
        let request = client.exchange_refresh_token(old).map_err(|fault| Fault::of(&fault))?;
        let mut response = request.request_async(&transport).await.map_err(|fault| self.fault(&fault))?;
        if response.refresh_token().is_none() {
            response.set_refresh_token(Some(RefreshToken::new(old.secret().clone())));
        }
        let id_token = response.id_token().unwrap_or(&tokens.id_token).clone();
        Ok(Tokens { response, id_token, nonce: tokens.nonce.clone(), renewed: true })
    }

    /// RP-Initiated Logout §2.
    pub fn logout(&self, provider: &Provider, tokens: &Tokens, state: &str) -> Result<Url, Fault> {
        let endpoint = provider.metadata.additional_metadata().end_session_endpoint.clone();
        let endpoint = endpoint.ok_or_else(|| Fault("the provider has no end_session_endpoint".to_owned()))?;
        let back = PostLogoutRedirectUrl::new(self.registration.post_logout_redirect_uri.clone());
        let request = LogoutRequest::from(endpoint)
            .set_id_token_hint(&tokens.id_token)
            .set_post_logout_redirect_uri(back.map_err(|fault| Fault::of(&fault))?)
            .set_state(CsrfToken::new(state.to_owned()));
        Ok(request.http_get_url())
    }

    /// RFC 9207 §2.4: an answer of another provider is not for us, whatever it says.
    pub fn check_issuer(&self, provider: &Provider, iss: Option<&str>) -> Check {
        let expected = provider.metadata.issuer().as_str();
        let promised = provider.metadata.additional_metadata().authorization_response_iss_parameter_supported;
        match iss {
            Some(found) => Check::equal("iss", found, expected),
            None if promised => Check::refused("iss", "is missing, though the provider says that it sends it"),
            None => Check::passed("iss", "is not sent by this provider"),
        }
    }

    /// Each check of OpenID Connect Core §3.1.3.7 and §3.1.3.8 by itself, and all of them together.
    pub fn check_id_token(&self, provider: &Provider, tokens: &Tokens, now: Time) -> Result<Vec<Check>, Fault> {
        Ok(checks::id_token(&self.client(provider)?, tokens, now))
    }

    /// What a resource server checks of an access token (RFC 9068 §4).
    pub fn check_access_token(&self, provider: &Provider, tokens: &Tokens, now: Time) -> Vec<Check> {
        checks::access_token(&provider.metadata, &self.registration.client_id, tokens.access_token(), now)
    }

    /// OpenID Connect Core §12.2: the same person; and whether the refresh token was exchanged for a new one.
    pub fn check_refresh(&self, before: &Tokens, after: &Tokens) -> Vec<Check> {
        checks::refresh(before, after)
    }

    fn client(&self, provider: &Provider) -> Result<Client, Fault> {
        let redirect = RedirectUrl::new(self.registration.redirect_uri.clone()).map_err(|fault| Fault::of(&fault))?;
        let id = ClientId::new(self.registration.client_id.clone());
        Ok(CoreClient::from_provider_metadata(provider.metadata.clone(), id, None).set_redirect_uri(redirect))
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        self.hear(None);
        let home = Url::parse(&self.registration.issuer).map_err(|_no_address| FetchError::Unfetchable)?;
        let response = self.fetch.send(&home, request).await?;
        let challenge = response.headers().get(http::header::WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
        self.hear(Some(Heard {
            status: response.status().as_u16(),
            body: String::from_utf8_lossy(response.body()).into_owned(),
            challenge: challenge.map(str::to_owned),
        }));
        Ok(response)
    }

    fn hear(&self, heard: Option<Heard>) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = heard;
    }

    /// The provider's own words are worth more than ours about them.
    fn fault(&self, error: &(dyn Error + 'static)) -> Fault {
        let said = self.heard().filter(|heard| heard.status >= 400).and_then(|heard| heard.error());
        said.map_or_else(|| Fault::of(error), Fault)
    }
}

fn prompts(prompt: Prompt) -> impl Iterator<Item = CoreAuthPrompt> {
    let Prompt { none, login, consent, select_account } = prompt;
    let asked = [
        (none, CoreAuthPrompt::None),
        (login, CoreAuthPrompt::Login),
        (consent, CoreAuthPrompt::Consent),
        (select_account, CoreAuthPrompt::SelectAccount),
    ];
    asked.into_iter().filter_map(|(asked, prompt)| asked.then_some(prompt))
}

/// JSON with a line for each member; anything else as it is.
pub fn pretty(text: &str) -> String {
    let value = serde_json::from_str::<Value>(text);
    value.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_not_json| text.to_owned())
}

#[cfg(test)]
mod tests;
