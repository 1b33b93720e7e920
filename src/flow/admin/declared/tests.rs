use serde_json::{Value, json};

use super::*;
use crate::domain::Time;
use crate::domain::application::{ClientAuthMethod, ClientType, OidcClient, Protocol};
use crate::domain::oauth::GrantType;
use crate::domain::policy::{Limit, Policy, Requirement, RolePolicy, SecondFactorMethod};
use crate::domain::quantity::Network;
use crate::domain::signing::SigningAlg;
use crate::domain::user::Role;

fn declare(tenant: Value) -> Result<Checked, Vec<String>> {
    let mut tenant = tenant;
    tenant.as_object_mut().unwrap().entry("slug").or_insert(json!("acme"));
    let declaration = serde_json::from_value(json!({ "version": 1, "tenant": [tenant] })).unwrap();
    check(declaration).map_err(|problems| {
        problems.into_iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect()
    })
}

fn application(oidc: &Value) -> Result<(ApplicationPlan, Vec<Problem>), Vec<String>> {
    let mut checked = declare(json!({ "application": [{ "id": "shop", "oidc": oidc }] }))?;
    Ok((checked.tenants.remove(0).applications.remove(0), checked.warnings))
}

fn refused(oidc: &Value) -> String {
    application(oidc).map(|_| ()).unwrap_err().join("\n").replace("tenant[0].application[0].oidc", "")
}

fn public_key() -> Value {
    // RFC 8037 §A.2.
    json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
}

fn client_of(plan: &ApplicationPlan) -> &OidcClient {
    let Protocol::Oidc(client) = &plan.protocol else { panic!("{plan:?}") };
    client
}

#[test]
fn every_problem_is_found_at_once_and_named_by_its_path() {
    let problems = declare(json!({
        "slug": "Acme", "languages": ["da", "fr"], "hosts": ["https://login.acme.example"],
        "policy": {
            "password": { "min_length": 3, "max_age": "0s", "own_words": ["Acme", "A/S"] },
            "lockout": { "failures": 0, "duration": "1h", "longest": "1m" },
            "session": { "idle": "later" },
            "second_factor": { "required": "everyone", "methods": [], "grace": "soon" },
            "networks": { "everyone": ["10.0.0.0/8"], "administrators": ["here"] },
            "role": [
                { "role": "admin", "password": { "max_length": 20 }, "second_factor": { "methods": [] } },
                {},
                { "role": "admin", "session": { "idle": "0s" } },
            ],
        },
        "user": [
            { "username": "a", "email": "nowhere", "password": "x", "password_hash": "y" },
            { "email": "b@c" },
            { "username": "A", "password_hash": "plain", "website": "javascript:alert(1)", "birthdate": "yesterday" },
        ],
        "application": [{ "id": "x" }, { "id": "y", "oidc": { "redirect_uris": ["/cb"] } }],
    }))
    .unwrap_err();
    let mut paths: Vec<&str> = problems.iter().filter_map(|problem| problem.split(": ").next()).collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "tenant[0].application[0]",
            "tenant[0].application[1].oidc.redirect_uris[0]",
            "tenant[0].hosts[0]",
            "tenant[0].languages[1]",
            "tenant[0].policy.lockout.failures",
            "tenant[0].policy.lockout.longest",
            "tenant[0].policy.networks.administrators[0]",
            "tenant[0].policy.password.max_age",
            "tenant[0].policy.password.min_length",
            "tenant[0].policy.password.own_words[1]",
            "tenant[0].policy.role[0].password.max_length",
            "tenant[0].policy.role[0].second_factor.methods",
            "tenant[0].policy.role[1].role",
            "tenant[0].policy.role[2].role",
            "tenant[0].policy.role[2].session.idle",
            "tenant[0].policy.second_factor.grace",
            "tenant[0].policy.second_factor.methods",
            "tenant[0].policy.session.idle",
            "tenant[0].slug",
            "tenant[0].user",
            "tenant[0].user[0]",
            "tenant[0].user[0].email",
            "tenant[0].user[1].username",
            "tenant[0].user[2].birthdate",
            "tenant[0].user[2].password_hash",
            "tenant[0].user[2].website",
        ]
    );
}

#[test]
fn an_identity_provider_that_is_written_down_is_the_same_again() {
    let certificate = rcgen::generate_simple_self_signed(["idp.example".to_owned()]).unwrap();
    let der = crate::domain::saml::CertificateDer(certificate.cert.der().to_vec());
    let pem = crate::crypto::certificate::write_pem(&der);
    let more = json!({
        "name": "Up", "domains": ["acme.example"], "create_users": true, "link_users": true, "trust_mfa": true,
        "mfa_values": ["a"], "role_claim": "r", "role_claims": { "x": "admin" }, "group_claim": "g",
        "group_claims": { "y": "z" }, "claims": { "username": "upn" }, "acr_values": ["high"],
        "mfa_acr_values": ["higher"],
    });
    let key = "private_key_jwt";
    let kinds = [
        json!({ "kind": "oidc", "issuer": "https://idp.example", "client_id": "x", "token_endpoint_auth_method": key,
                "scopes": ["openid"], "parameters": { "ui": "dark" }, "logout": "upstream" }),
        json!({ "kind": "entra", "issuer": "https://login.microsoftonline.com/common/v2.0", "client_id": "x",
                "tenants": ["72f988bf-86f1-41af-91ab-2d7cd011db47"] }),
        json!({ "kind": "google", "client_id": "x", "hosted_domains": ["acme.example"] }),
        json!({ "kind": "saml", "entity_id": "https://idp.example", "sso": "https://idp.example/sso",
                "slo": "https://idp.example/slo", "certificates": [pem], "name_id": "transient", "subject": "uid",
                "sign_requests": false }),
    ];
    for kind in kinds {
        let mut file = json!({ "id": "up" });
        for part in [&kind, &more] {
            file.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
        }
        let plan = |file: Value| {
            let entry = serde_json::from_value(file.clone()).unwrap_or_else(|error| panic!("{error}: {file}"));
            super::plan_identity_provider(entry).unwrap().merge(None)
        };
        let provider = plan(file);
        assert_eq!(plan(Value::Object(super::provider_as_written(&provider))), provider);
    }
}

#[test]
fn an_identity_provider_is_judged_whole_and_all_problems_come_at_once() {
    let declaration = json!({ "tenant": [{ "slug": "acme", "identity_provider": [
        { "id": "Up", "kind": "oidc", "issuer": "http://idp.example", "client_secret": "", "scopes": ["profile"],
          "parameters": { "redirect_uri": "https://evil.example", "ui": "dark" }, "tenants": ["x"],
          "hosted_domains": ["acme.example"], "role_claims": { "Everybody": "" }, "domains": ["https://acme.example"] },
        { "id": "entra", "kind": "entra", "issuer": "https://login.microsoftonline.com/common/v2.0", "client_id": "c",
          "domains": ["acme.example"], "tenants": [] },
        { "id": "entra", "kind": "google", "client_id": "c", "domains": ["acme.example"], "client_secret_file": "x" },
    ] }] });
    let declaration: Declaration = serde_json::from_value(declaration).unwrap();
    let problems = check(declaration).unwrap_err();
    let mut paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    paths.sort_unstable();
    let at = |key: &str| format!("tenant[0].identity_provider{key}");
    let mut expected = [
        "[0].client_id",
        "[0].client_secret",
        "[0].domains[0]",
        "[0].hosted_domains",
        "[0].id",
        "[0].issuer",
        "[0].parameters",
        "[0].role_claims.Everybody",
        "[0].scopes",
        "[0].tenants",
        "[0].tenants[0]",
        "[1].tenants",
        "[2].client_secret_file",
        "",
        "",
    ]
    .map(at);
    expected.sort_unstable();
    assert_eq!(paths, expected);
}

#[test]
fn claims_that_are_the_protocols_own_tell_nothing_of_a_person() {
    let with = |more: Value| {
        let mut provider = json!({ "id": "up", "kind": "oidc", "issuer": "https://idp.example", "client_id": "x",
            "client_secret": "s" });
        provider.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let declaration = json!({ "tenant": [{ "slug": "acme", "identity_provider": [provider] }] });
        let declaration: Declaration = serde_json::from_value(declaration).map_err(|error| vec![error.to_string()])?;
        let problems = |problems: Vec<Problem>| problems.into_iter().map(|one| one.path).collect::<Vec<_>>();
        check(declaration).map_err(problems).map(|checked| checked.warnings.len())
    };
    let fine = json!({ "claims": { "username": "sub", "email": "mail" }, "group_claim": "grupper",
        "group_claims": { "G-1": "finance" }, "link_users": true });
    assert_eq!(with(fine), Ok(0));
    let at = |key: &str| Err(vec![format!("tenant[0].identity_provider[0].{key}")]);
    for (more, key) in [
        (json!({ "claims": { "username": "iss" } }), "claims.username"),
        (json!({ "claims": { "email": "sub" } }), "claims.email"),
        (json!({ "claims": { "name": "" } }), "claims.name"),
        (json!({ "role_claim": "aud" }), "role_claim"),
        (json!({ "group_claim": "nonce" }), "group_claim"),
        (json!({ "group_claims": { "G-1": " " } }), "group_claims.G-1"),
    ] {
        assert_eq!(with(more.clone()), at(key), "{more}");
    }
    assert!(with(json!({ "claims": { "usrname": "upn" } })).unwrap_err()[0].contains("usrname"));
}

#[test]
fn the_schema_knows_the_keys_of_the_contract() {
    let text = schema().to_string();
    for key in [
        "slug",
        "languages",
        "hosts",
        "playground",
        "broker",
        "max_length",
        "min_special",
        "min_upper",
        "refuse_breached",
        "refuse_own_words",
        "own_words",
        "max_age",
        "longest",
        "methods",
        "remember_device",
        "required",
        "grace",
        "administrators",
        "absolute",
        "email_verified",
        "password_file",
        "totp_secret_file",
        "require_role",
        "secret_file",
        "token_endpoint_auth_method",
        "post_logout_redirect_uris",
        "backchannel_logout_uri",
        "grant_types",
        "require_pkce",
        "id_token_signed_response_alg",
        "policy_uri",
        "tos_uri",
        "identity_provider",
        "client_secret_file",
        "create_users",
        "trust_mfa",
        "role_claims",
        "link_users",
        "group_claim",
        "group_claims",
        "domains",
        "saml",
        "wsfed",
        "jwks_uri",
        "metadata_file",
        "metadata_url",
        "metadata_certificates",
        "metadata_certificates_file",
        "entity_id",
        "acs",
        "certificates",
        "certificates_file",
        "slo",
        "sign_response",
        "sign_assertion",
        "encrypt_assertion",
        "signature_algorithm",
        "name_id",
        "attributes",
        "preset",
        "idp_initiated",
        "relay_state",
        "require_signed_requests",
        "realm",
        "reply_urls",
        "token_type",
        "encryption_certificate_file",
    ] {
        assert!(text.contains(&format!("\"{key}\":")), "{key}");
    }
}

#[test]
fn an_application_has_safe_defaults() {
    let oidc = json!({ "redirect_uris": ["https://a.example/cb"], "secret": "s".repeat(32) });
    let (plan, warnings) = application(&oidc).unwrap();
    assert_eq!(plan.name, "shop");
    assert_eq!(client_of(&plan).kind, ClientType::Confidential);
    assert_eq!(client_of(&plan).auth, ClientAuthMethod::AnySecret);
    assert_eq!(client_of(&plan).scopes.to_string(), "email openid profile");
    assert_eq!(client_of(&plan).grant_types.iter().copied().collect::<Vec<_>>(), [GrantType::AuthorizationCode]);
    assert!(client_of(&plan).require_pkce && warnings.is_empty());
    assert_eq!(client_of(&plan).id_token_alg, SigningAlg::RS256);
    let (plan, _) = application(&json!({ "type": "public", "redirect_uris": ["https://a.example/cb"] })).unwrap();
    assert_eq!((client_of(&plan).auth, plan.needs_secret()), (ClientAuthMethod::None, false));
    let (plan, _) = application(&json!({ "type": "service", "secret": "s" })).unwrap();
    assert_eq!(client_of(&plan).grant_types.iter().copied().collect::<Vec<_>>(), [GrantType::ClientCredentials]);
    assert!(client_of(&plan).scopes.is_empty());
}

#[test]
fn offline_access_brings_refresh_tokens_and_cannot_be_without_them() {
    let scopes = json!(["openid", "offline_access"]);
    let uris = json!(["https://a.example/cb"]);
    let (plan, _) = application(&json!({ "secret": "s", "redirect_uris": uris, "scopes": scopes })).unwrap();
    assert!(client_of(&plan).grant_types.contains(&GrantType::RefreshToken));
    let grants = json!(["authorization_code"]);
    let oidc = json!({ "secret": "s", "redirect_uris": uris, "scopes": scopes, "grant_types": grants });
    assert!(refused(&oidc).contains("needs \"refresh_token\""));
}

#[test]
fn impossible_applications_are_refused() {
    let uri = json!(["https://a.example/cb"]);
    let table = [
        (
            json!({ "type": "public", "redirect_uris": uri, "secret": "s" }),
            ".secret: a public application has no secret",
        ),
        (
            json!({ "type": "public", "redirect_uris": uri, "token_endpoint_auth_method": "client_secret_post" }),
            ".token_endpoint_auth_method: a public application cannot keep a secret",
        ),
        (
            json!({ "type": "public", "redirect_uris": uri, "require_pkce": false }),
            ".require_pkce: cannot be switched off",
        ),
        (
            json!({ "type": "public", "redirect_uris": uri, "grant_types": ["authorization_code", "client_credentials"] }),
            ".grant_types: a public application has no credentials",
        ),
        (json!({ "type": "service", "secret": "s", "redirect_uris": uri }), ".redirect_uris: a service has no people"),
        (
            json!({ "type": "service", "secret": "s", "grant_types": ["authorization_code"], "redirect_uris": uri }),
            ".grant_types: a service has no people",
        ),
        (
            json!({ "redirect_uris": uri, "token_endpoint_auth_method": "none" }),
            ".token_endpoint_auth_method: only a public application",
        ),
        (json!({ "secret": "s" }), ".redirect_uris: must name where people return to"),
        (json!({ "secret": "", "redirect_uris": uri }), ".secret: must not be empty"),
        (json!({ "secret": "s", "grant_types": ["refresh_token"] }), ".grant_types: \"refresh_token\" needs"),
        (json!({ "secret": "s", "redirect_uris": uri, "grant_types": [] }), ".grant_types: must name at least one"),
        (
            json!({ "secret": "s", "redirect_uris": ["https://*.example/cb"] }),
            ".redirect_uris[0]: must not contain wild",
        ),
        (json!({ "secret": "s", "redirect_uris": ["javascript:alert(1)"] }), ".redirect_uris[0]: uses the scheme"),
        (json!({ "secret": "s", "redirect_uris": uri, "jwks": [public_key()] }), ".jwks: is only used with"),
        (
            json!({ "redirect_uris": uri, "token_endpoint_auth_method": "private_key_jwt" }),
            ".jwks: private_key_jwt needs",
        ),
        (json!({ "secret": "s", "redirect_uris": uri, "scopes": ["a b"] }), ".scopes[0]: not a scope token"),
        (
            json!({ "secret": "s", "redirect_uris": uri, "backchannel_logout_uri": "ftp://x" }),
            ".backchannel_logout_uri: must be an address",
        ),
    ];
    for (oidc, expected) in table {
        let said = refused(&oidc);
        assert!(said.contains(expected), "{oidc}\n{said}");
    }
}

#[test]
fn a_clients_keys_are_public_in_whichever_form_they_come() {
    let oidc = |jwks: Value| {
        json!({
            "redirect_uris": ["https://a.example/cb"], "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks
        })
    };
    let set = json!({ "keys": [public_key()] });
    for form in [set.clone(), json!([public_key()]), json!(set.to_string())] {
        let (plan, _) = application(&oidc(form)).unwrap();
        assert_eq!(serde_json::from_str::<Value>(client_of(&plan).jwks.as_deref().unwrap()).unwrap(), set);
        assert_eq!(client_of(&plan).auth, ClientAuthMethod::PrivateKeyJwt);
    }
    let mut private = public_key();
    private.as_object_mut().unwrap().insert("d".to_owned(), json!("secret"));
    assert!(refused(&oidc(json!([private]))).contains("holds a private key"));
    assert!(refused(&oidc(json!([{ "kty": "oct", "k": "AAAA" }]))).contains("not a shared secret"));
    assert!(refused(&oidc(json!([]))).contains("from one to 32 keys"));
    assert!(refused(&oidc(json!([{ "kty": "RSA", "n": "AQAB", "e": "AQAB" }]))).contains("no key that can be used"));
    assert!(refused(&oidc(json!("no json"))).contains("must be a JWK Set"));
}

#[test]
fn plain_http_is_allowed_with_a_warning_except_on_this_machine() {
    let oidc = |uri: &str| json!({ "secret": "s".repeat(32), "redirect_uris": [uri] });
    let warnings = |uri: &str| {
        let plan = application(&oidc(uri)).unwrap().0;
        super::super::applications::doubts(&plan.protocol, Time::default()).len()
    };
    assert_eq!(warnings("http://shop.example/cb"), 1);
    for fine in ["https://shop.example/cb", "http://localhost:3000/cb", "http://127.0.0.1/cb", "http://[::1]:1/cb"] {
        assert_eq!(warnings(fine), 0, "{fine}");
    }
}

#[test]
fn a_policy_changes_only_what_is_said() {
    let checked = declare(json!({ "policy": {
        "lockout": { "failures": 5 }, "session": { "idle": "off" }, "password": { "max_age": "90d" },
        "role": [{ "role": "admin", "password": { "min_length": 16 }, "second_factor": { "required": true } }],
        "second_factor": { "required": "everyone", "methods": ["totp", "totp", "email_code"], "grace": "14d" },
        "networks": { "administrators": ["10.0.0.0/8"] }
    } }))
    .unwrap();
    let mut policy = Policy::default();
    checked.tenants[0].policy.merge_into(&mut policy);
    let mut expected = Policy::default();
    expected.lockout.failures = 5;
    expected.session.idle = Limit::Off;
    expected.password.max_age = Some(std::time::Duration::from_hours(90 * 24));
    expected.second_factor.required = Requirement::Everyone;
    expected.second_factor.methods = vec![SecondFactorMethod::Totp, SecondFactorMethod::EmailCode];
    expected.second_factor.grace = std::time::Duration::from_hours(14 * 24);
    expected.networks.administrators = vec![Network::parse("10.0.0.0/8").unwrap()];
    let mut admin = RolePolicy::of(Role::parse("admin").unwrap());
    admin.password.min_length = Some(16);
    admin.second_factor.required = Some(true);
    expected.roles = vec![admin];
    assert_eq!(policy, expected);
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let declaration: Declaration = serde_json::from_value(json!({ "tenant": [{ "slug": "a",
        "user": [{ "username": "u", "password": "geheim" }],
        "application": [{ "id": "x", "oidc": { "secret": "geheim", "redirect_uris": ["https://a.example/"] } }] }] }))
    .unwrap();
    assert!(!format!("{declaration:?}").contains("geheim"));
    assert!(!format!("{:?}", check(declaration).unwrap()).contains("geheim"));
}
