use chrono::TimeDelta;

use super::super::fixture::{application, client, grant, now, scopes};
use super::*;

/// RFC 7636 Appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT_URI: &str = "https://shop.example/cb";

fn code() -> String {
    format!("ptc_{}", "a".repeat(43))
}
fn refresh() -> String {
    format!("ptr_{}", "a".repeat(43))
}
fn parse(text: &str) -> Result<TokenRequest, TokenError> {
    TokenRequest::parse(&mut RawParams::parse(text.as_bytes()).unwrap())
}

#[test]
fn each_grant_type_is_read() {
    let text = format!("grant_type=authorization_code&code={}&redirect_uri=x&code_verifier=v", code());
    let Ok(TokenRequest::AuthorizationCode(request)) = parse(&text) else { panic!("{text}") };
    assert_eq!((request.code.expose(), request.redirect_uri.as_deref()), (&*code(), Some("x")));
    assert_eq!(request.verifier.unwrap().expose_secret(), "v");
    let text = format!("grant_type=refresh_token&refresh_token={}&scope=openid", refresh());
    let Ok(TokenRequest::RefreshToken { token, scope }) = parse(&text) else { panic!("{text}") };
    assert_eq!((token.expose(), scope), (&*refresh(), Some(scopes("openid"))));
    let service = parse("grant_type=client_credentials&scope=");
    assert!(matches!(service, Ok(TokenRequest::ClientCredentials { scope: None })));
}

#[test]
fn a_request_that_cannot_be_read_is_refused_by_its_own_error() {
    let cases = [
        ("", "invalid_request"),
        ("grant_type=", "invalid_request"),
        ("grant_type=password&username=a&password=b", "unsupported_grant_type"),
        ("grant_type=implicit", "unsupported_grant_type"),
        ("grant_type=urn:ietf:params:oauth:grant-type:device_code", "unsupported_grant_type"),
        ("grant_type=authorization_code", "invalid_request"),
        ("grant_type=authorization_code&code=nonsense", "invalid_grant"),
        (&format!("grant_type=authorization_code&code={}", refresh()), "invalid_grant"),
        ("grant_type=refresh_token", "invalid_request"),
        (&format!("grant_type=refresh_token&refresh_token={}", code()), "invalid_grant"),
        (&format!("grant_type=refresh_token&refresh_token={}a", refresh()), "invalid_grant"),
        (&format!("grant_type=refresh_token&refresh_token={}&scope=%22", refresh()), "invalid_scope"),
        ("grant_type=client_credentials&scope=%C3%A6", "invalid_scope"),
    ];
    for (text, name) in cases {
        assert_eq!(parse(text).unwrap_err().name(), name, "{text}");
    }
}

#[test]
fn a_grant_type_has_to_be_registered() {
    let mut oidc = application().protocol;
    let request = parse("grant_type=client_credentials").unwrap();
    assert_eq!(request.check_registered(&oidc), Ok(()));
    oidc.grant_types.remove(&GrantType::ClientCredentials);
    assert_eq!(request.check_registered(&oidc), Err(TokenError::UnauthorizedClient));
}

fn redemption(redirect_uri: Option<&str>, verifier: Option<&str>) -> CodeRedemption {
    CodeRedemption {
        code: PlainToken::from_text(code()),
        redirect_uri: redirect_uri.map(str::to_owned),
        verifier: verifier.map(SecretString::from),
    }
}
fn binding(challenge: Option<&str>) -> CodeBinding {
    CodeBinding {
        redirect_uri: REDIRECT_URI.to_owned(),
        challenge: challenge.map(|text| CodeChallenge::parse(text).unwrap()),
        expires_at: now() + TimeDelta::seconds(60),
    }
}

#[test]
fn a_code_is_bound_to_client_and_redirect_uri() {
    let check =
        |request: &CodeRedemption, who: &str| check_code(&grant(), &binding(None), request, &client(who), now());
    assert_eq!(check(&redemption(Some(REDIRECT_URI), None), "shop"), Ok(()));
    for (redirect_uri, who) in [
        (Some(REDIRECT_URI), "other"),
        (Some(REDIRECT_URI), "SHOP"),
        (None, "shop"),
        (Some("https://shop.example/cb/"), "shop"),
        (Some("https://shop.example/CB"), "shop"),
        (Some("http://127.0.0.1/cb"), "shop"),
    ] {
        let error = check(&redemption(redirect_uri, None), who).unwrap_err();
        assert_eq!(error.name(), "invalid_grant", "{redirect_uri:?} {who}");
    }
}

#[test]
fn a_code_ends_with_its_minute_or_its_grant() {
    let request = redemption(Some(REDIRECT_URI), None);
    let check = |grant: &Grant, seconds| {
        check_code(grant, &binding(None), &request, &client("shop"), now() + TimeDelta::seconds(seconds)).is_ok()
    };
    assert!(check(&grant(), 59));
    assert!(!check(&grant(), 60));
    assert!(!check(&Grant { ended_at: Some(now()), ..grant() }, 0));
    assert!(!check(&Grant { expires_at: now(), ..grant() }, 0));
}

#[test]
fn the_verifier_fits_the_challenge_and_neither_comes_alone() {
    let check = |challenge, verifier| {
        check_code(&grant(), &binding(challenge), &redemption(Some(REDIRECT_URI), verifier), &client("shop"), now())
    };
    assert_eq!(check(Some(CHALLENGE), Some(VERIFIER)), Ok(()));
    let long = "a".repeat(129);
    let short = "a".repeat(42);
    for (challenge, verifier) in [
        (None, Some(VERIFIER)),
        (Some(CHALLENGE), None),
        (Some(CHALLENGE), Some(CHALLENGE)),
        (Some(CHALLENGE), Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK")),
        (Some(&*s256(&short)), Some(&*short)),
        (Some(&*s256(&long)), Some(&*long)),
        (
            Some(&*s256("a+b/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")),
            Some("a+b/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ),
    ] {
        let error = check(challenge, verifier).unwrap_err();
        assert_eq!(error.name(), "invalid_grant", "{challenge:?} {verifier:?}");
    }
}

#[test]
fn a_refresh_narrows_scopes_and_never_widens_them() {
    let check = |asked: Option<&str>| {
        check_refresh(&grant(), now() + TimeDelta::seconds(1), asked.map(scopes).as_ref(), &client("shop"), now())
    };
    assert_eq!(check(None), Ok(grant().scopes));
    assert_eq!(check(Some("openid")), Ok(scopes("openid")));
    for wider in ["openid email", "orders:write", "offline_access"] {
        assert_eq!(check(Some(wider)).unwrap_err().name(), "invalid_scope", "{wider}");
    }
}

#[test]
fn a_refresh_token_is_bound_to_client_grant_and_time() {
    let check = |grant: &Grant, seconds, who: &str| {
        check_refresh(grant, now() + TimeDelta::seconds(seconds), None, &client(who), now()).is_ok()
    };
    assert!(check(&grant(), 1, "shop"));
    assert!(!check(&grant(), 0, "shop"));
    assert!(!check(&grant(), 1, "other"));
    assert!(!check(&Grant { ended_at: Some(now()), ..grant() }, 1, "shop"));
    assert!(!check(&Grant { expires_at: now(), ..grant() }, 1, "shop"));
}

#[test]
fn a_service_has_no_scopes_about_people() {
    let oidc = application().protocol;
    let own = scopes("orders:read orders:write");
    assert_eq!(service_scopes(&oidc, None), Ok(own));
    assert_eq!(service_scopes(&oidc, Some(scopes("orders:read"))), Ok(scopes("orders:read")));
    for asked in ["openid", "offline_access orders:read", "unknown"] {
        assert_eq!(service_scopes(&oidc, Some(scopes(asked))).unwrap_err().name(), "invalid_scope", "{asked}");
    }
}

#[test]
fn a_token_response_has_the_shape_of_rfc_6749() {
    let issued = IssuedTokens {
        access_token: "a.b.c".to_owned(),
        expires_in: Duration::from_mins(5),
        scopes: scopes("openid profile"),
        refresh_token: Some(PlainToken::from_text("ptr_x".to_owned())),
        id_token: Some("d.e.f".to_owned()),
    };
    let response = serde_json::to_value(token_response(issued)).unwrap();
    let expected = serde_json::json!({
        "access_token": "a.b.c", "token_type": "Bearer", "expires_in": 300, "scope": "openid profile",
        "refresh_token": "ptr_x", "id_token": "d.e.f"
    });
    assert_eq!(response, expected);
    let bare = IssuedTokens {
        access_token: "a.b.c".to_owned(),
        expires_in: Duration::from_secs(1),
        scopes: Scopes::default(),
        refresh_token: None,
        id_token: None,
    };
    let response = serde_json::to_value(token_response(bare)).unwrap();
    assert_eq!(response, serde_json::json!({"access_token": "a.b.c", "token_type": "Bearer", "expires_in": 1}));
}
