use proptest::prelude::*;
use serde_json::json;

use super::super::fixture::{application, base, grant, now, scopes};
use super::*;

fn stamp(base: &Base) -> Stamp<'_> {
    Stamp { base, now: now(), lifetime: Duration::from_mins(5) }
}
fn jti() -> Uuid {
    Uuid::from_u128(7)
}
fn for_person() -> AccessTokenClaims {
    AccessTokenClaims::for_person(&grant(), scopes("openid orders:read"), &application(), jti(), &stamp(&base()))
}
fn raw(claims: &impl Serialize) -> Value {
    serde_json::to_value(claims).unwrap()
}

#[test]
fn an_access_token_says_what_rfc_9068_asks_for() {
    let expected = json!({
        "iss": "https://id.example/t/acme",
        "sub": "00000000-0000-0000-0000-000000000001",
        "aud": ["https://id.example/t/acme", "https://api.shop.example"],
        "client_id": "shop",
        "exp": 1_800_000_300,
        "iat": 1_800_000_000,
        "jti": "00000000-0000-0000-0000-000000000007",
        "scope": "openid orders:read",
        "auth_time": 1_799_999_970,
        "acr": "urn:portner:acr:password",
        "amr": ["pwd"],
        "sid": "00000000-0000-0000-0000-000000000002",
        "gid": "00000000-0000-0000-0000-000000000003",
    });
    assert_eq!(raw(&for_person()), expected);
    assert_eq!(for_person().expires_in(), Duration::from_mins(5));
}

#[test]
fn a_service_token_is_about_the_client_and_can_never_be_taken_for_a_person() {
    let claims = AccessTokenClaims::for_service(&application(), Scopes::default(), jti(), &stamp(&base()));
    let expected = json!({
        "iss": "https://id.example/t/acme",
        "sub": "shop",
        "aud": ["https://id.example/t/acme", "https://api.shop.example"],
        "client_id": "shop",
        "exp": 1_800_000_300,
        "iat": 1_800_000_000,
        "jti": "00000000-0000-0000-0000-000000000007",
    });
    assert_eq!(raw(&claims), expected);
    assert_eq!(claims.subject(), Ok(TokenSubject::Service));
    let mut uuid_like = application();
    uuid_like.id = ClientId::parse(&grant().user.to_string()).unwrap();
    let claims = AccessTokenClaims::for_service(&uuid_like, scopes("openid"), jti(), &stamp(&base()));
    assert_eq!(claims.subject(), Ok(TokenSubject::Service));
}

#[test]
fn an_access_token_never_outlives_its_grant() {
    let short = Grant { expires_at: now() + TimeDelta::seconds(10), ..grant() };
    let claims = AccessTokenClaims::for_person(&short, scopes("openid"), &application(), jti(), &stamp(&base()));
    assert_eq!(claims.expires_in(), Duration::from_secs(10));
    let forever = Stamp { lifetime: Duration::MAX, ..stamp(&base()) }.expires_at();
    assert_eq!(forever, Time::MAX_UTC);
}

#[test]
fn a_token_of_ours_is_read_back() {
    let Value::Object(claims) = raw(&for_person()) else { panic!() };
    let read = AccessTokenClaims::check(claims, &base(), now()).unwrap();
    assert_eq!(read, for_person());
    assert_eq!(read.subject(), Ok(TokenSubject::Person { user: grant().user, grant: grant().id }));
}

#[test]
fn a_token_with_a_wrong_claim_is_none() {
    use TokenFault::{Audience, Expired, Issuer, Malformed};
    let table = [
        ("iss", json!("https://id.example/t/other"), Issuer),
        ("iss", json!("https://id.example/t/acme/"), Issuer),
        ("aud", json!(["https://api.shop.example"]), Audience),
        ("aud", json!([]), Audience),
        ("aud", json!("https://id.example/t/acme"), Malformed),
        ("exp", json!(1_800_000_000), Expired),
        ("exp", json!("1800000300"), Malformed),
        ("exp", json!(1_800_000_300.5), Malformed),
        ("exp", json!(null), Malformed),
        ("iat", json!(null), Malformed),
        ("jti", json!(5), Malformed),
        ("sub", json!("alice"), Malformed),
        ("sub", json!("{00000000-0000-0000-0000-000000000001}"), Malformed),
        ("gid", json!("x"), Malformed),
        ("gid", json!(null), Malformed),
        ("client_id", json!(""), Malformed),
        ("scope", json!(["openid"]), Malformed),
    ];
    for (name, value, fault) in table {
        let mut claims = raw(&for_person());
        claims[name] = value.clone();
        let Value::Object(claims) = claims else { panic!() };
        assert_eq!(AccessTokenClaims::check(claims, &base(), now()), Err(fault), "{name} {value}");
    }
}

#[test]
fn an_id_token_says_what_core_asks_for_and_released_claims_override_nothing() {
    let Value::Object(released) = json!({
        "sub": "somebody else", "iss": "https://evil.example", "aud": "evil", "nonce": "evil", "exp": 1,
        "name": "Mette Hansen", "email": "mette@acme.example", "email_verified": true, "locale": "da",
        "updated_at": 1_700_000_000, "address": {"locality": "Aarhus"}, "roles": ["admin"], "groups": ["finance"]
    }) else {
        panic!()
    };
    let claims = id_token_claims(&grant(), Occasion::Code, "hash".to_owned(), released, &stamp(&base())).unwrap();
    let expected = json!({
        "iss": "https://id.example/t/acme",
        "sub": "00000000-0000-0000-0000-000000000001",
        "aud": ["shop"],
        "exp": 1_800_000_300,
        "iat": 1_800_000_000,
        "auth_time": 1_799_999_970,
        "nonce": "n-1",
        "acr": "urn:portner:acr:password",
        "amr": ["pwd"],
        "at_hash": "hash",
        "sid": "00000000-0000-0000-0000-000000000002",
        "name": "Mette Hansen",
        "email": "mette@acme.example",
        "email_verified": true,
        "locale": "da",
        "updated_at": 1_700_000_000,
        "address": {"locality": "Aarhus"},
        "roles": ["admin"],
        "groups": ["finance"],
    });
    assert_eq!(raw(&claims), expected);
}

#[test]
fn a_refreshed_id_token_has_no_nonce() {
    let claims = id_token_claims(&grant(), Occasion::Refresh, "hash".to_owned(), Map::new(), &stamp(&base())).unwrap();
    assert_eq!(raw(&claims).get("nonce"), None);
    assert_eq!(raw(&claims)["auth_time"], json!(1_799_999_970));
}

proptest! {
    #[test]
    fn claims_of_any_shape_never_panic(name in "(iss|sub|aud|exp|iat|scope|gid|sid|amr)", number in any::<i64>(), text in ".{0,30}") {
        for value in [json!(number), json!(text), json!([text]), json!({"a": number}), Value::Null] {
            let mut claims = raw(&for_person());
            claims[&name] = value;
            let Value::Object(claims) = claims else { panic!() };
            if let Ok(claims) = AccessTokenClaims::check(claims, &base(), now()) {
                prop_assert!(claims.exp > now().timestamp());
                claims.expires_in();
            }
        }
    }
}
