use std::sync::LazyLock;

use openidconnect::core::{
    CoreGenderClaim, CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJsonWebKeySet,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AccessToken, Audience, ClientId, EmptyAdditionalClaims, IssuerUrl, JsonWebKey, Nonce, PrivateSigningKey,
    StandardClaims, SubjectIdentifier,
};
use proptest::prelude::*;
use serde_json::json;

use super::compact::TOKEN_MAX;
use super::*;
use crate::domain::signing::{KeyId, KeyState, KeyType};

/// One private key of each type, made once: an RSA key takes a while.
static PRIVATE: LazyLock<Vec<(KeyType, Vec<u8>)>> =
    LazyLock::new(|| KeyType::ALL.map(|kind| (kind, SigningKey::generate(kind).unwrap().to_vec())).to_vec());
static KEYS: LazyLock<KeySet> = LazyLock::new(|| set(KeyState::Active, ""));
static JWKS: LazyLock<String> = LazyLock::new(|| serde_json::to_string(&KEYS.jwks()).unwrap());

fn set(state: KeyState, suffix: &str) -> KeySet {
    KeySet::new(PRIVATE.iter().map(|(kind, pkcs8)| (parse(*kind, suffix, pkcs8), state)).collect())
}

fn parse(kind: KeyType, suffix: &str, pkcs8: &[u8]) -> SigningKey {
    SigningKey::parse(KeyId(format!("{}{suffix}", kind.name())), kind, pkcs8).unwrap()
}

fn fresh(kind: KeyType, id: &str, state: KeyState) -> (SigningKey, KeyState) {
    (SigningKey::parse(KeyId(id.to_owned()), kind, &SigningKey::generate(kind).unwrap()).unwrap(), state)
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// A token with any header, signed by the key of this algorithm.
fn forge(alg: SigningAlg, header: &str, payload: &str) -> String {
    let signed = format!("{}.{}", b64(header), b64(payload));
    let signature = KEYS.signer(alg).unwrap().sign_bytes(signed.as_bytes()).unwrap();
    format!("{signed}.{}", b64(signature))
}

fn claims() -> Claims {
    let serde_json::Value::Object(claims) = json!({"iss": "https://id.example", "sub": "u", "n": 1}) else { panic!() };
    claims
}

#[test]
fn what_is_signed_verifies_with_each_algorithm() {
    for alg in SigningAlg::ALL {
        let token = KEYS.sign(alg, "at+jwt", &claims()).unwrap();
        assert_eq!(KEYS.verify(&token, "at+jwt"), Ok(claims()), "{}", alg.name());
        assert_eq!(verify_client_assertion(&JWKS, &token).unwrap().claims, claims(), "{}", alg.name());
    }
}

#[test]
fn openidconnect_verifies_our_id_tokens_of_each_algorithm() {
    let issuer = IssuerUrl::new("https://id.example/t/acme".to_owned()).unwrap();
    let client = ClientId::new("shop".to_owned());
    let nonce = Nonce::new("n".to_owned());
    for alg in SigningAlg::ALL {
        let signer = KEYS.signer(alg).unwrap();
        let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let claims = CoreIdTokenClaims::new(
            issuer.clone(),
            vec![Audience::new("shop".to_owned())],
            now + chrono::Duration::minutes(5),
            now,
            StandardClaims::new(SubjectIdentifier::new("u".to_owned())),
            EmptyAdditionalClaims {},
        )
        .set_nonce(Some(nonce.clone()));
        let access = AccessToken::new("token".to_owned());
        let token = CoreIdToken::new(claims, &signer, signer.core_alg(), Some(&access), None).unwrap();

        let jwks: CoreJsonWebKeySet = serde_json::from_str(&JWKS).unwrap();
        let verifier = CoreIdTokenVerifier::new_public_client(client.clone(), issuer.clone(), jwks)
            .set_allowed_algs([signer.core_alg()])
            .set_time_fn(move || now);
        let read = token.claims(&verifier, &nonce).unwrap();
        assert_eq!(read.subject().as_str(), "u");
        assert_eq!(read.access_token_hash().unwrap().as_str(), at_hash(alg, "token"));

        let ours = KEYS.verify_id_token(&token.to_string()).unwrap();
        assert_eq!(ours["nonce"], "n");
        assert_eq!(KEYS.verify(&token.to_string(), "at+jwt"), Err(JoseError::Type));
    }
}

#[test]
fn openidconnect_verifies_our_own_encoding_of_each_algorithm() {
    type Jwt = openidconnect::IdToken<
        EmptyAdditionalClaims,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >;
    for alg in SigningAlg::ALL {
        let claims = json!({"iss": "https://id.example", "aud": "a", "sub": "u", "exp": 1, "iat": 1});
        let token = KEYS.sign(alg, "JWT", &claims).unwrap();
        assert!(token.parse::<Jwt>().is_ok());
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
        let signer = KEYS.signer(alg).unwrap();
        let key = signer.as_verification_key();
        key.verify_signature(&signer.core_alg(), message.as_bytes(), &signature).unwrap();
        assert!(key.verify_signature(&signer.core_alg(), b"other", &signature).is_err());
    }
}

#[test]
fn the_published_keys_are_public_and_say_what_they_are_for() {
    let jwks: serde_json::Value = serde_json::from_str(&JWKS).unwrap();
    let keys = jwks["keys"].as_array().unwrap();
    let members = |index: usize| keys[index].as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(members(0), "e kid kty n use");
    assert_eq!(members(1), "crv kid kty use x y");
    assert_eq!(members(2), "crv kid kty use x");
    assert!(keys.iter().all(|key| key["use"] == "sig"));
    assert_eq!((&keys[0]["kty"], &keys[0]["e"]), (&json!("RSA"), &json!("AQAB")));
    assert_eq!((&keys[1]["kty"], &keys[1]["crv"], &keys[1]["kid"]), (&json!("EC"), &json!("P-256"), &json!("ecp256")));
    assert_eq!((&keys[2]["kty"], &keys[2]["crv"]), (&json!("OKP"), &json!("Ed25519")));
}

#[test]
fn only_active_keys_sign_and_all_published_keys_verify() {
    for state in [KeyState::Next, KeyState::Retired] {
        let idle = set(state, "");
        for alg in SigningAlg::ALL {
            assert_eq!(idle.sign(alg, "JWT", &claims()), Err(JoseError::NoKey(alg)));
            assert!(idle.verify(&KEYS.sign(alg, "JWT", &claims()).unwrap(), "JWT").is_ok());
        }
        assert_eq!(idle.jwks().keys().len(), 3);
    }
}

#[test]
fn the_youngest_active_key_signs() {
    let keys = KeySet::new(vec![
        fresh(KeyType::Ed25519, "old", KeyState::Retired),
        fresh(KeyType::Ed25519, "a", KeyState::Active),
        fresh(KeyType::Ed25519, "b", KeyState::Active),
        fresh(KeyType::Ed25519, "new", KeyState::Next),
    ]);
    assert_eq!(keys.signer(SigningAlg::EdDsa).unwrap().key_id().0, "b");
    assert!(keys.signer(SigningAlg::RS256).is_none());
}

#[test]
fn without_a_kid_a_key_is_found_only_when_there_is_no_choice() {
    let token = forge(SigningAlg::EdDsa, r#"{"alg":"EdDSA"}"#, "{}");
    assert!(KEYS.verify_id_token(&token).is_ok());
    let mut two: Vec<_> = PRIVATE.iter().map(|(kind, pkcs8)| (parse(*kind, "", pkcs8), KeyState::Active)).collect();
    two.push(fresh(KeyType::Ed25519, "second", KeyState::Next));
    assert_eq!(KeySet::new(two).verify_id_token(&token), Err(JoseError::UnknownKey));
    assert_eq!(KeySet::default().verify_id_token(&token), Err(JoseError::UnknownKey));
}

#[test]
fn a_token_of_another_type_is_refused() {
    let token = KEYS.sign(SigningAlg::ES256, "at+jwt", &claims()).unwrap();
    assert_eq!(KEYS.verify(&token, "logout+jwt"), Err(JoseError::Type));
    assert_eq!(KEYS.verify_id_token(&token), Err(JoseError::Type));
    for typ in ["application/at+jwt", "AT+JWT", "Application/At+Jwt"] {
        let token = KEYS.sign(SigningAlg::ES256, typ, &claims()).unwrap();
        assert!(KEYS.verify(&token, "at+jwt").is_ok(), "{typ}");
    }
    for header in [r#"{"alg":"ES256"}"#, r#"{"alg":"ES256","typ":null}"#, r#"{"alg":"ES256","typ":"JWT"}"#] {
        let token = forge(SigningAlg::ES256, header, "{}");
        assert!(KEYS.verify_id_token(&token).is_ok(), "{header}");
        assert_eq!(KEYS.verify(&token, "at+jwt"), Err(JoseError::Type), "{header}");
    }
}

#[test]
fn the_algorithm_belongs_to_the_key() {
    for (header, expected) in [
        (r#"{"alg":"none"}"#, JoseError::Algorithm),
        (r#"{"alg":"None","kid":"rsa"}"#, JoseError::Algorithm),
        (r#"{"alg":"HS256","kid":"rsa"}"#, JoseError::Algorithm),
        (r#"{"alg":"rs256","kid":"rsa"}"#, JoseError::Algorithm),
        (r#"{"alg":"RS512","kid":"rsa"}"#, JoseError::Algorithm),
        (r#"{"alg":"ES256","kid":"rsa"}"#, JoseError::Algorithm),
        (r#"{"alg":"EdDSA","kid":"rsa"}"#, JoseError::Algorithm),
        (r#"{"alg":"RS256","kid":"ecp256"}"#, JoseError::Algorithm),
        (r#"{"alg":"PS256","kid":"rsa"}"#, JoseError::Signature),
        (r#"{"alg":"RS256","kid":"other"}"#, JoseError::UnknownKey),
        (r#"{"alg":""}"#, JoseError::Algorithm),
        (r"{}", JoseError::Malformed),
        (r#"{"alg":null}"#, JoseError::Malformed),
        (r#"{"alg":["RS256"]}"#, JoseError::Malformed),
        (r#"{"alg":"RS256","alg":"RS256"}"#, JoseError::Malformed),
        (r#"{"alg":"RS256","alg":"none"}"#, JoseError::Malformed),
        (r#"{"alg":"RS256","kid":"rsa","kid":"rsa"}"#, JoseError::Malformed),
        (r#"{"alg":"RS256","kid":1}"#, JoseError::Malformed),
        (r#"{"alg":"RS256","crit":["exp"],"exp":1}"#, JoseError::Critical),
        (r#"{"alg":"RS256","crit":[]}"#, JoseError::Critical),
        (r#"{"alg":"RS256","crit":null}"#, JoseError::Critical),
        (r#"{"alg":"RS256","b64":false}"#, JoseError::Critical),
        (r#"{"alg":"RS256","b64":true}"#, JoseError::Critical),
        (r#"["RS256"]"#, JoseError::Malformed),
        ("", JoseError::Malformed),
        ("\u{feff}{\"alg\":\"RS256\"}", JoseError::Malformed),
    ] {
        let token = forge(SigningAlg::RS256, header, "{}");
        assert_eq!(KEYS.verify_id_token(&token), Err(expected), "{header}");
    }
}

#[test]
fn an_hmac_with_the_public_key_is_no_signature() {
    let public = serde_json::to_vec(&KEYS.jwks().keys()[0]).unwrap();
    let signed = format!("{}.{}", b64(r#"{"alg":"HS256","kid":"rsa"}"#), b64("{}"));
    let tag =
        aws_lc_rs::hmac::sign(&aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &public), signed.as_bytes());
    let token = format!("{signed}.{}", b64(tag));
    assert_eq!(KEYS.verify_id_token(&token), Err(JoseError::Algorithm));
    assert_eq!(verify_client_assertion(&JWKS, &token).unwrap_err(), JoseError::Algorithm);
}

#[test]
fn a_key_in_the_token_itself_is_not_looked_at() {
    let mine = KeySet::new(vec![fresh(KeyType::Ed25519, "mine", KeyState::Active)]);
    let jwk = serde_json::to_value(&mine.jwks().keys()[0]).unwrap();
    let header = json!({"alg": "EdDSA", "jwk": jwk, "jku": "https://evil.example/jwks"}).to_string();
    let signed = format!("{}.{}", b64(header), b64("{}"));
    let signature = mine.signer(SigningAlg::EdDsa).unwrap().sign_bytes(signed.as_bytes()).unwrap();
    let token = format!("{signed}.{}", b64(signature));
    assert_eq!(KEYS.verify_id_token(&token), Err(JoseError::Signature));
    assert_eq!(verify_client_assertion(&JWKS, &token).unwrap_err(), JoseError::Signature);
}

#[test]
fn size_and_shape_are_bounded() {
    let payload = json!({"pad": "x".repeat(TOKEN_MAX)}).to_string();
    let huge = forge(SigningAlg::EdDsa, r#"{"alg":"EdDSA"}"#, &payload);
    assert_eq!(KEYS.verify_id_token(&huge), Err(JoseError::TooLarge));
    let header = json!({"alg": "EdDSA", "x5c": ["A".repeat(4000)]}).to_string();
    assert_eq!(KEYS.verify_id_token(&forge(SigningAlg::EdDsa, &header, "{}")), Err(JoseError::TooLarge));
    let good = forge(SigningAlg::EdDsa, r#"{"alg":"EdDSA"}"#, "{}");
    for bad in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        format!("{good}="),
        format!("{good}\n"),
        format!(" {good}"),
        format!("{good}.{good}"),
        good.replacen('.', "..", 1),
        good.rsplit_once('.').unwrap().0.to_owned(),
    ] {
        assert_eq!(KEYS.verify_id_token(&bad), Err(JoseError::Malformed), "{bad}");
    }
    let unsigned = format!("{}.", good.rsplit_once('.').unwrap().0);
    assert_eq!(KEYS.verify_id_token(&unsigned), Err(JoseError::Signature));
}

#[test]
fn claims_are_one_object_without_doubled_members() {
    for payload in ["", "null", "[]", "1", r#""x""#, "{", r#"{"exp":1,"exp":2}"#, "{}{}", "\u{0}"] {
        let token = forge(SigningAlg::EdDsa, r#"{"alg":"EdDSA"}"#, payload);
        assert_eq!(KEYS.verify_id_token(&token), Err(JoseError::Malformed), "{payload}");
    }
    let deep = format!("{}1{}", r#"{"a":"#.repeat(400), "}".repeat(400));
    let token = forge(SigningAlg::EdDsa, r#"{"alg":"EdDSA"}"#, &deep);
    assert_eq!(KEYS.verify_id_token(&token), Err(JoseError::Malformed));
}

#[test]
fn a_stored_key_of_another_type_or_damaged_is_refused() {
    for (kind, pkcs8) in PRIVATE.iter() {
        for other in KeyType::ALL.into_iter().filter(|other| other != kind) {
            assert_eq!(SigningKey::parse(KeyId("k".to_owned()), other, pkcs8).unwrap_err(), JoseError::PrivateKey);
        }
        let cut = &pkcs8[..pkcs8.len() - 1];
        assert_eq!(SigningKey::parse(KeyId("k".to_owned()), *kind, cut).unwrap_err(), JoseError::PrivateKey);
    }
}

#[test]
fn a_signer_signs_with_its_own_algorithm_only() {
    let signer = KEYS.signer(SigningAlg::PS256).unwrap();
    assert!(signer.sign(&CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, b"m").is_err());
    assert!(signer.sign(&CoreJwsSigningAlgorithm::HmacSha256, b"m").is_err());
    assert_eq!(signer.sign(&signer.core_alg(), b"m").unwrap().len(), 256);
    assert_eq!(format!("{signer:?}"), "Signer { key: SigningKey(rsa), alg: PS256 }");
}

#[test]
fn published_examples_verify() {
    // RFC 7515 A.2 and A.3, RFC 8037 A.4 (whose payload is no JSON: the signature is right when that is the complaint).
    let rsa = r#"{"keys":[{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}]}"#;
    let ec = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
    let ed = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let rs256 = format!(
        "eyJhbGciOiJSUzI1NiJ9.{payload}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
    );
    let es256 = format!(
        "eyJhbGciOiJFUzI1NiJ9.{payload}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    );
    let eddsa = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(verify_client_assertion(rsa, &rs256).unwrap().claims["iss"], "joe");
    assert_eq!(verify_client_assertion(ec, &es256).unwrap().claims["iss"], "joe");
    assert_eq!(verify_client_assertion(ed, eddsa).unwrap_err(), JoseError::Malformed);
    assert_eq!(verify_client_assertion(ec, &rs256).unwrap_err(), JoseError::UnknownKey);
}

#[test]
fn the_hash_of_an_access_token_is_that_of_the_standard() {
    // OpenID Connect Core A.3.
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    assert_eq!(at_hash(SigningAlg::RS256, token), "77QmUPtjPfzWtF2AnpK9RQ");
    assert_eq!(at_hash(SigningAlg::EdDsa, token).len(), 43);
}

mod client_keys {
    use super::*;

    fn jwks(change: impl Fn(&mut serde_json::Value)) -> String {
        let mut set: serde_json::Value = serde_json::from_str(&JWKS).unwrap();
        for key in set["keys"].as_array_mut().unwrap() {
            change(key);
        }
        set.to_string()
    }

    fn token(alg: SigningAlg) -> String {
        KEYS.sign(alg, "JWT", &claims()).unwrap()
    }

    #[test]
    fn keys_for_other_uses_and_private_ones_do_not_count() {
        for (name, value) in [
            ("use", json!("enc")),
            ("key_ops", json!(["sign"])),
            ("alg", json!("RS384")),
            ("alg", json!("HS256")),
            ("d", json!("AAAA")),
            ("kty", json!("oct")),
            ("kid", json!(7)),
            ("x", json!("AAAA")),
        ] {
            let changed = jwks(|key| {
                key[name] = value.clone();
                // Keys without that member lose one that they need.
                key["n"] = json!("AAAA");
            });
            assert_eq!(ClientKeys::parse(&changed).unwrap_err(), JoseError::KeySet, "{name}");
        }
    }

    #[test]
    fn unknown_keys_in_the_set_are_ignored() {
        let mut set: serde_json::Value = serde_json::from_str(&JWKS).unwrap();
        let keys = set["keys"].as_array_mut().unwrap();
        for odd in [json!({"kty": "AKP"}), json!(null), json!({}), json!({"kty": "oct", "k": "AAAA"}), json!([1])] {
            keys.insert(0, odd);
        }
        for alg in SigningAlg::ALL {
            assert!(verify_client_assertion(&set.to_string(), &token(alg)).is_ok());
        }
    }

    #[test]
    fn the_algorithm_of_a_registered_key_binds_it() {
        let bound = jwks(|key| {
            if key["kty"] == "RSA" {
                key["alg"] = json!("PS256");
            }
        });
        assert!(verify_client_assertion(&bound, &token(SigningAlg::PS256)).is_ok());
        assert_eq!(verify_client_assertion(&bound, &token(SigningAlg::RS256)).unwrap_err(), JoseError::UnknownKey);
    }

    #[test]
    fn a_key_is_found_by_kid_or_by_trying() {
        let unnamed = jwks(|key| drop(key.as_object_mut().unwrap().remove("kid")));
        let renamed = jwks(|key| key["kid"] = json!("other"));
        assert!(verify_client_assertion(&unnamed, &token(SigningAlg::ES256)).is_ok());
        assert_eq!(verify_client_assertion(&renamed, &token(SigningAlg::ES256)).unwrap_err(), JoseError::UnknownKey);
        let without = forge(SigningAlg::ES256, r#"{"alg":"ES256"}"#, "{}");
        assert!(verify_client_assertion(&renamed, &without).is_ok());
    }

    #[test]
    fn no_more_than_eight_keys_are_tried() {
        let mut many: Vec<_> = (0..8).map(|n| fresh(KeyType::Ed25519, &format!("k{n}"), KeyState::Active)).collect();
        let last = &PRIVATE.iter().find(|(kind, _)| *kind == KeyType::Ed25519).unwrap().1;
        many.push((parse(KeyType::Ed25519, "", last), KeyState::Active));
        let set = serde_json::to_string(&KeySet::new(many).jwks()).unwrap();
        let token = forge(SigningAlg::EdDsa, r#"{"alg":"EdDSA"}"#, "{}");
        assert_eq!(verify_client_assertion(&set, &token).unwrap_err(), JoseError::Signature);
        let named = forge(SigningAlg::EdDsa, r#"{"alg":"EdDSA","kid":"ed25519"}"#, "{}");
        assert!(verify_client_assertion(&set, &named).is_ok());
    }

    #[test]
    fn weak_and_absurd_keys_are_refused() {
        let rsa = |bits: usize, e: &[u8]| {
            let mut n = vec![0xff; bits / 8];
            n.insert(0, 0);
            json!({"keys": [{"kty": "RSA", "n": b64(n), "e": b64(e)}]}).to_string()
        };
        assert!(ClientKeys::parse(&rsa(2048, &[1, 0, 1])).is_ok());
        for (bits, e) in [
            (1024, &[1, 0, 1][..]),
            (2040, &[1, 0, 1]),
            (8200, &[1, 0, 1]),
            (2048, &[1]),
            (2048, &[2]),
            (2048, &[0]),
            (2048, &[]),
            (2048, &[1, 0, 0, 0, 1]),
        ] {
            assert_eq!(ClientKeys::parse(&rsa(bits, e)).unwrap_err(), JoseError::KeySet, "{bits} {e:?}");
        }
        let off_curve = json!({"keys": [{"kty": "EC", "crv": "P-256", "x": b64([1; 32]), "y": b64([1; 32])}]});
        assert_eq!(ClientKeys::parse(&off_curve.to_string()).unwrap_err(), JoseError::KeySet);
        let other_curve = json!({"keys": [{"kty": "EC", "crv": "P-384", "x": b64([1; 48]), "y": b64([1; 48])}]});
        assert_eq!(ClientKeys::parse(&other_curve.to_string()).unwrap_err(), JoseError::KeySet);
    }

    #[test]
    fn a_set_that_is_none_is_refused() {
        for text in ["", "null", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[]}"#, r#"{"keys":[],"keys":[]}"#] {
            assert_eq!(ClientKeys::parse(text).unwrap_err(), JoseError::KeySet, "{text}");
        }
        let many = json!({"keys": vec![json!({}); 65]}).to_string();
        assert_eq!(ClientKeys::parse(&many).unwrap_err(), JoseError::TooLarge);
        assert_eq!(ClientKeys::parse(&" ".repeat(65 * 1024)).unwrap_err(), JoseError::TooLarge);
    }
}

static TOKENS: LazyLock<Vec<String>> =
    LazyLock::new(|| SigningAlg::ALL.iter().map(|alg| KEYS.sign(*alg, "JWT", &claims()).unwrap()).collect());

proptest! {
    #[test]
    fn arbitrary_text_never_verifies_nor_panics(
        text in ".{0,200}",
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..5),
        header in "\\{(\"(alg|kid|typ|crit)\":(\"[A-Za-z0-9]{0,6}\"|[0-9]|null|\\[\\]),?){0,4}\\}",
    ) {
        let dotted = parts.iter().map(b64).collect::<Vec<_>>().join(".");
        let headed = format!("{}.{dotted}", b64(&header));
        for token in [&text, &dotted, &headed] {
            prop_assert!(KEYS.verify_id_token(token).is_err());
            prop_assert!(verify_client_assertion(&JWKS, token).is_err());
        }
        prop_assert!(ClientKeys::parse(&text).is_err());
    }

    #[test]
    fn a_changed_token_never_verifies(which in 0..4usize, place: prop::sample::Index, to in "[A-Za-z0-9_.=-]") {
        let token = &TOKENS[which];
        let at = place.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(at..=at, &to);
        prop_assume!(changed != *token);
        prop_assert!(KEYS.verify(&changed, "JWT").is_err());
        prop_assert!(verify_client_assertion(&JWKS, &changed).is_err());
        prop_assert!(KEYS.verify(&token[..at], "JWT").is_err());
    }

    #[test]
    fn a_damaged_private_key_or_key_set_never_panics(
        which in 0..3usize, place: prop::sample::Index, byte: u8, cut: bool,
    ) {
        let (kind, pkcs8) = &PRIVATE[which];
        let mut damaged = pkcs8.clone();
        let at = place.index(damaged.len());
        damaged[at] = byte;
        if cut {
            damaged.truncate(at);
        }
        drop(SigningKey::parse(KeyId("k".to_owned()), *kind, &damaged));
        let mut set = JWKS.clone().into_bytes();
        let at = place.index(set.len());
        set[at] = byte & 0x7f;
        drop(ClientKeys::parse(&String::from_utf8(set).unwrap()));
    }
}
