use proptest::prelude::*;

use super::super::fixture::{application, scopes, user};
use super::super::reply::reply_address;
use super::AuthorizationError::{InvalidRequest, InvalidScope, UnregisteredScope};
use super::*;
use crate::domain::oauth::Scope;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const OTHER_USER: &str = "00000000-0000-0000-0000-000000000009";

fn run_for(application: &Client, more: &str) -> Parsed<AuthorizationRequest> {
    let text = format!("client_id=shop&redirect_uri=https://shop.example/cb&{more}");
    let params = RawParams::parse(text.as_bytes()).unwrap();
    let address = reply_address(&params, application).unwrap();
    parse(&params, &address, application)
}
fn run(more: &str) -> Parsed<AuthorizationRequest> {
    run_for(&application(), more)
}
/// A correct request and something more.
fn with(more: &str) -> Parsed<AuthorizationRequest> {
    run(&format!("response_type=code&scope=openid&{more}"))
}
fn public() -> Client {
    let mut application = application();
    application.protocol.kind = ClientType::Public;
    application
}

#[test]
fn every_parameter_becomes_a_type() {
    let request = with(&format!(
        "nonce=n-1&code_challenge={CHALLENGE}&code_challenge_method=S256&prompt=login+consent&max_age=60\
         &login_hint=alice&domain_hint=acme.example&ui_locales=da+en&claims_locales=da+sv&display=popup&acr_values=a+b&id_token_hint=e30.e30.x\
         &claims=%7B%22userinfo%22%3A%7B%22email%22%3Anull%7D%7D&response_mode=form_post&unknown=ignored"
    ));
    let expected = AuthorizationRequest {
        client: ClientId::parse("shop").unwrap(),
        redirect_uri: "https://shop.example/cb".to_owned(),
        scopes: scopes("openid"),
        nonce: Some("n-1".to_owned()),
        challenge: CodeChallenge::parse(CHALLENGE),
        prompt: Prompt { login: true, consent: true, ..Prompt::default() },
        max_age: Some(Duration::from_mins(1)),
        login_hint: Some("alice".to_owned()),
        domain_hint: Some("acme.example".to_owned()),
        ui_locales: Some("da en".to_owned()),
        claims_locales: vec!["da".to_owned(), "sv".to_owned()],
        display: Display::Popup,
        acr_values: vec!["a".to_owned(), "b".to_owned()],
        id_token_hint: Some("e30.e30.x".to_owned()),
        claims: ClaimsRequest { userinfo: ["email".to_owned()].into(), ..ClaimsRequest::default() },
    };
    assert_eq!(request, Ok(expected));
}

#[test]
fn what_cannot_be_obeyed_has_its_own_error() {
    let table = [
        ("scope=openid", InvalidRequest("response_type is missing")),
        ("response_type=token&scope=openid", AuthorizationError::UnsupportedResponseType),
        ("response_type=id_token&scope=openid", AuthorizationError::UnsupportedResponseType),
        ("response_type=code+id_token&scope=openid", AuthorizationError::UnsupportedResponseType),
        ("response_type=CODE&scope=openid", AuthorizationError::UnsupportedResponseType),
        ("response_type=code", AuthorizationError::InvalidScope("scope is missing")),
        ("response_type=code&scope=+", AuthorizationError::InvalidScope("scope is missing")),
        ("response_type=code&scope=openid&request=x", AuthorizationError::RequestNotSupported),
        ("response_type=code&scope=openid&request_uri=x", AuthorizationError::RequestUriNotSupported),
        ("response_type=code&scope=openid&registration=x", AuthorizationError::RegistrationNotSupported),
    ];
    for (text, error) in table {
        assert_eq!(run(text), Err(error), "{text}");
    }
    for bad in [
        "response_mode=fragment",
        "response_mode=query.jwt",
        "prompt=none+login",
        "prompt=consent+none",
        "prompt=create",
        "prompt=None",
        "max_age=-1",
        "max_age=%2B1",
        "max_age=1.5",
        "max_age=x",
        "display=hologram",
        "claims=x",
        "claims=[]",
        &format!("nonce={}", "n".repeat(2049)),
    ] {
        assert!(matches!(with(bad), Err(InvalidRequest(_))), "{bad}");
    }
    for scope in ["phone", "openid+phone", "openid%0Aemail", "%22", &"a".repeat(2049)] {
        let error = run(&format!("response_type=code&scope={scope}"));
        assert!(matches!(error, Err(InvalidScope(_) | UnregisteredScope(_))), "{scope}");
    }
}

#[test]
fn a_client_without_the_code_grant_is_not_authorised() {
    let mut application = application();
    application.protocol.grant_types = [GrantType::ClientCredentials].into();
    let error = run_for(&application, "response_type=code&scope=openid");
    assert_eq!(error, Err(AuthorizationError::UnauthorizedClient));
}

#[test]
fn without_openid_it_is_plain_oauth() {
    let request = run("response_type=code&scope=orders:read").unwrap();
    assert_eq!(request.scopes, scopes("orders:read"));
}

#[test]
fn pkce_is_s256_or_nothing_and_required_of_public_clients() {
    let good = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
    assert!(with(&good).unwrap().challenge.is_some());
    assert_eq!(with("").unwrap().challenge, None);
    let mut strict = application();
    strict.protocol.require_pkce = true;
    for application in [public(), strict] {
        let run = |more: &str| run_for(&application, &format!("response_type=code&scope=openid&{more}"));
        assert_eq!(run(""), Err(InvalidRequest("code_challenge is required")));
        assert_eq!(run("code_challenge="), Err(InvalidRequest("code_challenge is required")));
        assert!(run(&good).is_ok());
    }
    for bad in [
        format!("code_challenge={CHALLENGE}"),
        format!("code_challenge={CHALLENGE}&code_challenge_method=plain"),
        format!("code_challenge={CHALLENGE}&code_challenge_method=s256"),
        format!("code_challenge={CHALLENGE}A&code_challenge_method=S256"),
        "code_challenge=short&code_challenge_method=S256".to_owned(),
        "code_challenge_method=S256".to_owned(),
    ] {
        assert!(matches!(with(&bad), Err(InvalidRequest(_))), "{bad}");
    }
}

#[test]
fn offline_access_counts_only_where_it_was_agreed_to() {
    let mut asks = application();
    asks.protocol.consent = ConsentMode::Ask;
    let mut no_refresh = application();
    no_refresh.protocol.grant_types = [GrantType::AuthorizationCode].into();
    let table = [
        (application(), "", true),
        (asks.clone(), "", false),
        (asks.clone(), "&prompt=login", false),
        (asks, "&prompt=consent", true),
        (no_refresh, "&prompt=consent", false),
    ];
    for (application, more, counts) in table {
        let request = run_for(&application, &format!("response_type=code&scope=openid+offline_access{more}")).unwrap();
        assert_eq!(request.scopes.contains("offline_access"), counts, "{more}");
    }
}

#[test]
fn any_number_of_seconds_is_an_age_and_none_overflows() {
    for (text, seconds) in
        [("0", 0), ("007", 7), ("99999999999", MAX_AGE_LIMIT), ("99999999999999999999999999", MAX_AGE_LIMIT)]
    {
        let age = with(&format!("max_age={text}")).unwrap().max_age.unwrap();
        assert_eq!(age.as_secs(), seconds, "{text}");
        assert!(
            crate::domain::Time::UNIX_EPOCH.checked_add_signed(chrono::TimeDelta::from_std(age).unwrap()).is_some()
        );
    }
}

#[test]
fn hints_that_cannot_be_names_and_wishes_without_end_are_dropped() {
    assert_eq!(with(&format!("login_hint={}", "a".repeat(321))).unwrap().login_hint, None);
    assert_eq!(with("login_hint=a%0Ab").unwrap().login_hint, None);
    assert_eq!(with(&format!("acr_values={}", "a+".repeat(500))).unwrap().acr_values.len(), LIST_MAX);
}

#[test]
fn a_request_becomes_a_demand() {
    let demand = |more: &str, hinted| with(more).unwrap().demand(hinted);
    let plain = Demand::default;
    let sub = |id: &str| format!("claims=%7B%22id_token%22%3A%7B%22sub%22%3A%7B%22value%22%3A%22{id}%22%7D%7D%7D");
    let other = OTHER_USER.parse().unwrap();
    let acr = "claims=%7B%22id_token%22:%7B%22acr%22:%7B%22essential%22:true,%22value%22:%22x%22%7D%7D%7D";
    let table = [
        ("acr_values=x&display=touch".to_owned(), None, Ok(plain())),
        ("prompt=none".to_owned(), None, Ok(Demand { silent: true, ..plain() })),
        ("prompt=login".to_owned(), None, Ok(Demand { fresh: true, ..plain() })),
        ("prompt=select_account".to_owned(), None, Ok(Demand { choose_account: true, ..plain() })),
        ("max_age=0".to_owned(), None, Ok(Demand { max_age: Some(Duration::ZERO), ..plain() })),
        (String::new(), Some(user()), Ok(Demand { subject: Some(user()), ..plain() })),
        (sub(OTHER_USER), None, Ok(Demand { subject: Some(other), ..plain() })),
        (sub(OTHER_USER), Some(other), Ok(Demand { subject: Some(other), ..plain() })),
        (sub(OTHER_USER), Some(user()), Err(AuthorizationError::LoginRequired)),
        (sub("alice"), None, Err(AuthorizationError::LoginRequired)),
        (acr.to_owned(), None, Ok(Demand { essential: Some(Vec::new()), ..plain() })),
    ];
    for (more, hinted, expected) in table {
        assert_eq!(demand(&more, hinted), expected, "{more}");
    }
}

#[test]
fn every_refusal_has_a_name_and_a_description_with_our_code() {
    use AuthorizationError as E;
    let table = [
        (E::InvalidRequest("x"), "invalid_request PRT-1103: x"),
        (E::UnauthorizedClient, "unauthorized_client PRT-1203: "),
        (E::UnsupportedResponseType, "unsupported_response_type PRT-1216: "),
        (E::InvalidScope("x"), "invalid_scope PRT-1205: x"),
        (E::UnregisteredScope(Scope::parse("payroll").unwrap()), "invalid_scope PRT-1205: the scope payroll is not"),
        (E::AccessDenied, "access_denied PRT-1208: "),
        (E::ApplicationNotForUser, "access_denied PRT-1217: "),
        (E::LoginRequired, "login_required PRT-1209: "),
        (E::ConsentRequired, "consent_required PRT-1210: "),
        (E::InteractionRequired, "interaction_required PRT-1211: "),
        (E::AccountSelectionRequired, "account_selection_required PRT-1212: "),
        (E::UnmetAuthenticationRequirements, "unmet_authentication_requirements PRT-1213: "),
        (E::RequestNotSupported, "request_not_supported PRT-1214: "),
        (E::RequestUriNotSupported, "request_uri_not_supported PRT-1215: "),
        (E::RegistrationNotSupported, "registration_not_supported PRT-1103: "),
        (E::TemporarilyUnavailable, "temporarily_unavailable PRT-8001: "),
        (E::ServerError, "server_error PRT-9001: "),
    ];
    for (error, start) in table {
        let text = format!("{} {}", error.name(), error.description());
        assert!(text.starts_with(start), "{text}");
        assert!(!text.contains('?'), "a reason of ours has characters that are not allowed: {text}");
    }
}

proptest! {
    #[test]
    fn arbitrary_values_never_panic(name in "(scope|nonce|prompt|max_age|claims|display|code_challenge|login_hint)", value in "[^\0]{0,80}") {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.append_pair(&name, &value).append_pair("redirect_uri", "https://shop.example/cb").append_pair("response_type", "code");
        let params = RawParams::parse(text.finish().as_bytes()).unwrap();
        let application = application();
        let address = reply_address(&params, &application).unwrap();
        if let Ok(request) = parse(&params, &address, &application) {
            drop(request.demand(None));
        }
    }
}
