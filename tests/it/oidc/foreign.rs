//! The `openidconnect` crate as the relying party: it checks what we claim by its own rules.

use openidconnect::core::{
    CoreClient, CoreIdTokenVerifier, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType,
    CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AuthType, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse, http,
};

use crate::support::{App, CALLBACK, Call, PASSWORD, SECRET};

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failed(String);

/// The crate's transport, over our own client.
fn transport(port: u16) -> impl Fn(HttpRequest) -> Result<HttpResponse, Failed> {
    move |request| {
        let target = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let mut call = Call::new(request.method().as_str(), target);
        for (name, value) in request.headers() {
            call = call.header(name.as_str(), value.as_bytes());
        }
        call.body.clone_from(request.body());
        let reply = call.send(port).map_err(|error| Failed(error.to_string()))?;
        let mut response = http::Response::builder().status(reply.status);
        for (name, value) in &reply.headers {
            response = response.header(name, value);
        }
        response.body(reply.body).map_err(|error| Failed(error.to_string()))
    }
}

/// One whole sign-in: discovery, request, person, code, tokens, every check the crate has, UserInfo, refresh.
fn whole_sign_in(app: &App, id: &str, secret: Option<&str>, auth: AuthType, mode: &str) -> CoreJwsSigningAlgorithm {
    let send = transport(app.server.port());
    let issuer = IssuerUrl::new(app.base()).unwrap();
    let metadata = CoreProviderMetadata::discover(&issuer, &send).unwrap();
    let client = CoreClient::from_provider_metadata(
        metadata,
        ClientId::new(id.to_owned()),
        secret.map(|secret| ClientSecret::new(secret.to_owned())),
    )
    .set_auth_type(auth)
    .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(
            AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scopes(["profile", "email", "offline_access"].map(|scope| Scope::new(scope.to_owned())))
        .add_extra_param("response_mode", mode)
        .set_pkce_challenge(challenge)
        .url();

    let mut browser = app.browser();
    let page = browser.get(url.as_str());
    let answer = browser.fill_in(&page, "alice", PASSWORD).answer();
    assert_eq!(answer.to.as_str(), CALLBACK);
    assert_eq!(answer.get("state"), Some(state.secret().as_str()));
    assert_eq!(answer.get("iss"), Some(app.base().as_str()), "RFC 9207");

    let tokens = client
        .exchange_code(AuthorizationCode::new(answer.code()))
        .unwrap()
        .set_pkce_verifier(verifier)
        .request(&send)
        .unwrap();
    let verifier: CoreIdTokenVerifier<'_> = client.id_token_verifier();
    let verifier = verifier.set_allowed_algs([
        CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        CoreJwsSigningAlgorithm::EdDsa,
    ]);
    let id_token = tokens.id_token().unwrap();
    let claims = id_token.claims(&verifier, &nonce).unwrap();
    if let Some(expected) = claims.access_token_hash() {
        let key = id_token.signing_key(&verifier).unwrap();
        let actual = AccessTokenHash::from_token(tokens.access_token(), id_token.signing_alg().unwrap(), key).unwrap();
        assert_eq!(*expected, actual);
    }
    let user: CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        .unwrap()
        .request(&send)
        .unwrap();
    assert_eq!(user.email().unwrap().as_str(), "alice@acme.example");
    assert_eq!(user.email_verified(), Some(true));
    assert_eq!(user.family_name().unwrap().get(None).unwrap().as_str(), "Åkerlund");

    let refreshed = client.exchange_refresh_token(tokens.refresh_token().unwrap()).unwrap().request(&send).unwrap();
    assert_ne!(refreshed.access_token().secret(), tokens.access_token().secret());
    assert_ne!(refreshed.refresh_token().unwrap().secret(), tokens.refresh_token().unwrap().secret());
    id_token.signing_alg().unwrap().clone()
}

/// An application that wants its ID tokens signed with this.
fn application(algorithm: &str) -> String {
    format!(
        r#"
[[tenant.application]]
id = "{algorithm}"
name = "{algorithm}"
[tenant.application.oidc]
type = "confidential"
secret = "{SECRET}"
redirect_uris = ["{CALLBACK}"]
scopes = ["openid", "profile", "email", "offline_access"]
grant_types = ["authorization_code", "refresh_token"]
id_token_signed_response_alg = "{algorithm}"
"#
    )
}

#[test]
fn the_openidconnect_crate_signs_a_user_in_with_each_algorithm() {
    let app = App::shared();
    let algorithms = ["RS256", "PS256", "ES256", "EdDSA"].map(application).concat();
    app.apply(&format!("version = 1\n[[tenant]]\nslug = \"{}\"\n{algorithms}", app.slug));
    for (name, expected) in [
        ("RS256", CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256),
        ("PS256", CoreJwsSigningAlgorithm::RsaSsaPssSha256),
        ("ES256", CoreJwsSigningAlgorithm::EcdsaP256Sha256),
        ("EdDSA", CoreJwsSigningAlgorithm::EdDsa),
    ] {
        let used = whole_sign_in(&app, name, Some(SECRET), AuthType::BasicAuth, "query");
        assert_eq!(used, expected, "{name}");
    }
}

#[test]
fn the_openidconnect_crate_signs_a_user_in_with_each_way_to_prove_a_client() {
    let app = App::shared();
    whole_sign_in(&app, "web", Some(SECRET), AuthType::BasicAuth, "query");
    whole_sign_in(&app, "strict", Some(SECRET), AuthType::RequestBody, "query");
    whole_sign_in(&app, "spa", None, AuthType::RequestBody, "query");
}

#[test]
fn the_openidconnect_crate_signs_a_user_in_by_form_post() {
    let app = App::shared();
    whole_sign_in(&app, "web", Some(SECRET), AuthType::BasicAuth, "form_post");
}
