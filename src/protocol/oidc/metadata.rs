//! OpenID Connect Discovery 1.0 §3 and RFC 8414 §2: one document for both. It names what is really supported and
//! nothing else; what a specification takes for granted when a member is absent is said explicitly.

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode,
    CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthUrl, AuthenticationContextClass, EndSessionUrl, IntrospectionUrl, IssuerUrl,
    JsonWebKeySetUrl, LanguageTag, ProviderMetadata, ResponseTypes, RevocationUrl, Scope, TokenUrl, UserInfoUrl,
};
use serde::{Deserialize, Serialize};

use crate::domain::assurance::Level;
use crate::domain::language::Language;
use crate::domain::oauth::Scopes;
use crate::domain::release::{CLAIMS, SCOPES};
use crate::domain::signing::SigningAlg;
use crate::protocol::base::Base;

/// Members that the crate's document does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoreMetadata {
    /// RP-Initiated Logout §2.1.
    end_session_endpoint: EndSessionUrl,
    /// Back-Channel Logout §2.1.
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
    /// RFC 8414 §2.
    introspection_endpoint: IntrospectionUrl,
    introspection_endpoint_auth_methods_supported: Vec<CoreClientAuthMethod>,
    introspection_endpoint_auth_signing_alg_values_supported: Vec<CoreJwsSigningAlgorithm>,
    revocation_endpoint: RevocationUrl,
    revocation_endpoint_auth_methods_supported: Vec<CoreClientAuthMethod>,
    revocation_endpoint_auth_signing_alg_values_supported: Vec<CoreJwsSigningAlgorithm>,
    code_challenge_methods_supported: Vec<String>,
    /// RFC 9207 §3.
    authorization_response_iss_parameter_supported: bool,
    /// Initiating User Registration via OpenID Connect §4.2.
    prompt_values_supported: Vec<String>,
}
impl AdditionalProviderMetadata for MoreMetadata {}

pub type Metadata = ProviderMetadata<
    MoreMetadata,
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

/// What differs between tenants.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// Algorithms for which there is an active key.
    pub algs: &'a [SigningAlg],
    /// Scopes of the tenant's own, beside the standard ones.
    pub scopes: &'a Scopes,
    pub languages: &'a [Language],
    /// The highest level that people of the tenant can reach.
    pub reachable: Level,
    /// Some of them come from an upstream.
    pub federated: bool,
}

pub fn metadata(base: &Base, offer: Offer<'_>) -> Result<Metadata, url::ParseError> {
    let document = ProviderMetadata::new(
        IssuerUrl::new(base.issuer().to_owned())?,
        AuthUrl::new(base.at("/oauth2/authorize"))?,
        JsonWebKeySetUrl::new(base.at("/oauth2/jwks"))?,
        vec![ResponseTypes::new(vec![CoreResponseType::Code])],
        vec![CoreSubjectIdentifierType::Public],
        offer.algs.iter().copied().map(algorithm).collect(),
        more(base)?,
    );
    let document = document
        .set_token_endpoint(Some(TokenUrl::new(base.token_endpoint())?))
        .set_userinfo_endpoint(Some(UserInfoUrl::new(base.at("/oauth2/userinfo"))?));
    Ok(describe_people(describe_requests(document), offer))
}

fn describe_requests(document: Metadata) -> Metadata {
    document
        .set_response_modes_supported(Some(vec![CoreResponseMode::Query, CoreResponseMode::FormPost]))
        .set_grant_types_supported(Some(vec![
            CoreGrantType::AuthorizationCode,
            CoreGrantType::RefreshToken,
            CoreGrantType::ClientCredentials,
        ]))
        .set_token_endpoint_auth_methods_supported(Some([proven_methods(), vec![CoreClientAuthMethod::None]].concat()))
        .set_token_endpoint_auth_signing_alg_values_supported(Some(assertion_algorithms()))
        .set_display_values_supported(Some(vec![
            CoreAuthDisplay::Page,
            CoreAuthDisplay::Popup,
            CoreAuthDisplay::Touch,
            CoreAuthDisplay::Wap,
        ]))
        .set_claims_parameter_supported(Some(true))
        .set_request_parameter_supported(Some(false))
        // Absent would mean true.
        .set_request_uri_parameter_supported(Some(false))
}

fn describe_people(document: Metadata, offer: Offer<'_>) -> Metadata {
    let tags: Vec<LanguageTag> =
        offer.languages.iter().map(|language| LanguageTag::new(language.tag().to_owned())).collect();
    let standard = SCOPES.into_iter().map(str::to_owned);
    let own = offer.scopes.iter().map(|scope| scope.as_str().to_owned());
    let scopes = standard.chain(own.filter(|scope| !SCOPES.contains(&scope.as_str()))).map(Scope::new);
    let about_sign_in = ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid"];
    let claims = about_sign_in.into_iter().chain(CLAIMS).map(|name| CoreClaimName::new(name.to_owned()));
    let told = |level: &Level| *level <= offer.reachable && (*level > Level::Federated || offer.federated);
    let levels = Level::ALL.into_iter().filter(told);
    let levels = levels.map(|level| AuthenticationContextClass::new(level.acr().to_owned()));
    document
        .set_scopes_supported(Some(scopes.collect()))
        .set_acr_values_supported(Some(levels.collect()))
        .set_claim_types_supported(Some(vec![CoreClaimType::Normal]))
        .set_claims_supported(Some(claims.collect()))
        .set_ui_locales_supported(Some(tags))
}

fn more(base: &Base) -> Result<MoreMetadata, url::ParseError> {
    Ok(MoreMetadata {
        end_session_endpoint: EndSessionUrl::new(base.at("/oauth2/logout"))?,
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        introspection_endpoint: IntrospectionUrl::new(base.at("/oauth2/introspect"))?,
        introspection_endpoint_auth_methods_supported: proven_methods(),
        introspection_endpoint_auth_signing_alg_values_supported: assertion_algorithms(),
        revocation_endpoint: RevocationUrl::new(base.at("/oauth2/revoke"))?,
        revocation_endpoint_auth_methods_supported: [proven_methods(), vec![CoreClientAuthMethod::None]].concat(),
        revocation_endpoint_auth_signing_alg_values_supported: assertion_algorithms(),
        code_challenge_methods_supported: vec!["S256".to_owned()],
        authorization_response_iss_parameter_supported: true,
        prompt_values_supported: ["none", "login", "consent", "select_account"].map(str::to_owned).to_vec(),
    })
}

fn proven_methods() -> Vec<CoreClientAuthMethod> {
    vec![
        CoreClientAuthMethod::ClientSecretBasic,
        CoreClientAuthMethod::ClientSecretPost,
        CoreClientAuthMethod::PrivateKeyJwt,
    ]
}

/// Those that `crypto::jose` verifies; the client's key decides.
fn assertion_algorithms() -> Vec<CoreJwsSigningAlgorithm> {
    SigningAlg::ALL.into_iter().map(algorithm).collect()
}

fn algorithm(alg: SigningAlg) -> CoreJwsSigningAlgorithm {
    match alg {
        SigningAlg::RS256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        SigningAlg::PS256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        SigningAlg::ES256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        SigningAlg::EdDsa => CoreJwsSigningAlgorithm::EdDsa,
    }
}

#[cfg(test)]
mod tests {
    use openidconnect::core::CoreProviderMetadata;

    use super::super::fixture::{base, scopes};
    use super::*;

    fn document() -> Metadata {
        let offer = Offer {
            algs: &SigningAlg::ALL,
            scopes: &scopes("orders:read openid"),
            languages: &[Language::Da, Language::Sv, Language::Nb, Language::En],
            reachable: Level::Mfa,
            federated: true,
        };
        metadata(&base(), offer).unwrap()
    }

    #[test]
    fn the_discovery_document_names_what_is_supported() {
        insta::assert_json_snapshot!(document());
    }

    #[test]
    fn a_relying_party_on_the_same_crate_reads_it() {
        let text = serde_json::to_string(&document()).unwrap();
        let read: CoreProviderMetadata = serde_json::from_str(&text).unwrap();
        assert_eq!(read.issuer().as_str(), "https://id.example/t/acme");
        assert_eq!(serde_json::from_str::<Metadata>(&text).unwrap(), document());
    }

    #[test]
    fn only_algorithms_with_a_key_are_offered() {
        let offer = Offer {
            algs: &[SigningAlg::ES256],
            scopes: &Scopes::default(),
            languages: &[Language::En],
            reachable: Level::Password,
            federated: false,
        };
        let document = serde_json::to_value(metadata(&base(), offer).unwrap()).unwrap();
        assert_eq!(document["id_token_signing_alg_values_supported"], serde_json::json!(["ES256"]));
    }
}
