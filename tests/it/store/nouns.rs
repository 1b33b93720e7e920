//! What is written is read back, noun by noun.

use portner::domain::application::{
    Application, ClientAuthMethod, ClientType, ConsentMode, OidcClient, Protocol, RedirectUri,
};
use portner::domain::consent::Consent;
use portner::domain::grant::{GrantEnd, Spent};
use portner::domain::language::Language;
use portner::domain::oauth::{CodeChallenge, GrantType, Scopes};
use portner::domain::policy::Limit;
use portner::domain::secret::PasswordHash;
use portner::domain::signing::{KeyId, KeyState, KeyType, SigningAlg, StoredKey};
use portner::domain::tenant::TenantSettings;
use portner::domain::user::{Address, EmailAddress, Profile, Role, User, UserStatus};
use portner::store::grants::NewRefresh;
use portner::store::sessions::Renewal;
use portner::store::{
    StoreError, access_tokens, applications, assertions, consents, devices, expiry, grants, keys, passwords, sessions,
    settings, users,
};

use super::both;
use super::ground::{Ground, after, binding, client, device_id, grant_of, now, origin, session_of, token, user_id};

both!(
    people,
    people_are_listed_by_name_page_by_page,
    an_address_of_two_people_finds_both,
    passwords_are_replaced,
    as_many_hashes_are_kept_as_policy_refuses_to_see_again,
    devices_are_known_until_they_expire_or_are_revoked,
    a_session_is_found_by_its_newest_cookie_only,
    sessions_of_a_person_end_together,
    codes_bring_back_what_they_were_bound_to,
    refresh_tokens_come_in_families,
    grants_end_with_their_session_unless_offline,
    revoked_access_tokens,
    consents_are_replaced_and_withdrawn,
    signing_keys_move_on,
    registered_applications,
    settings_and_their_revision,
    what_has_expired_is_purged,
    an_impossible_row_names_itself,
);

fn people(ground: &Ground) {
    let mut user = ground.person("Åse");
    assert_eq!(ground.read(|tx| users::find(tx, user.id)), Some(user.clone()));
    user.email = Some(EmailAddress::parse("Aase@acme.example").unwrap());
    user.email_verified = true;
    user.locale = Some(Language::Da);
    user.profile = Profile {
        given_name: Some("Åse \u{1f600} \"'; DROP TABLE users; --".into()),
        address: Some(Address { country: Some("DK".into()), ..Address::default() }),
        ..Profile::default()
    };
    user.roles = [Role::parse("admin").unwrap(), Role::parse("kunde, \"vip\"").unwrap()].into();
    user.groups = ["finance".to_owned()].into();
    user.status = UserStatus::Disabled;
    user.updated_at = after(5);
    let changed = user.clone();
    ground.write(move |tx| users::update(tx, &changed));
    assert_eq!(ground.read(|tx| users::find_by_username_key(tx, &user.username.key())), Some(user.clone()));
    assert_eq!(ground.read(|tx| users::find_by_email_key(tx, "aase@acme.example")), [user.clone()]);
    user.email = None;
    user.locale = None;
    let changed = user.clone();
    ground.write(move |tx| users::update(tx, &changed));
    assert_eq!(ground.read(|tx| users::find(tx, user.id)), Some(user), "absent values are written too");
    assert_eq!(ground.read(|tx| users::find(tx, user_id())), None);
}

fn people_are_listed_by_name_page_by_page(ground: &Ground) {
    for name in ["zoe", "Alf", "émile", "bo", "Ångström", "a_b"] {
        ground.person(name);
    }
    let names = |list: Vec<User>| list.iter().map(|user| user.username.to_string()).collect::<Vec<_>>();
    let all = ground.read(|tx| users::list(tx, None, 100));
    // By the bytes of the key, alike on both engines.
    assert_eq!(names(all), ["a_b", "Alf", "bo", "zoe", "Ångström", "émile"]);
    assert_eq!(names(ground.read(|tx| users::list(tx, Some("alf"), 2))), ["bo", "zoe"]);
    assert_eq!(ground.read(users::count), 6);
}

fn an_address_of_two_people_finds_both(ground: &Ground) {
    for name in ["a", "b", "c"] {
        let mut user = ground.person(name);
        user.email = Some(EmailAddress::parse("shared@acme.example").unwrap());
        ground.write(move |tx| users::update(tx, &user));
    }
    assert_eq!(ground.read(|tx| users::find_by_email_key(tx, "shared@acme.example")).len(), 2);
    let twin: Result<(), StoreError> = ground.store.write(|tx| users::insert(tx, &super::ground::person("A")));
    assert!(matches!(twin, Err(StoreError::Conflict("the user name"))));
}

fn passwords_are_replaced(ground: &Ground) {
    let user = ground.person("mette").id;
    assert!(ground.read(|tx| passwords::find(tx, user)).is_none());
    for hash in ["$argon2id$1", "$argon2id$2"] {
        ground.write(move |tx| passwords::set(tx, user, &PasswordHash::from_phc(hash.into()), now()));
        assert_eq!(ground.read(|tx| passwords::find(tx, user)).unwrap().expose(), hash);
    }
    assert_eq!(ground.read(|tx| passwords::imported(tx, user)), None);
    ground.write(move |tx| passwords::import(tx, user, &PasswordHash::from_phc("$2b$".into()), &[7; 32], now()));
    ground.write(move |tx| passwords::set(tx, user, &PasswordHash::from_phc("$argon2id$3".into()), after(1)));
    assert_eq!(ground.read(|tx| passwords::imported(tx, user)), Some([7; 32]), "remembered after an upgrade");
    let nobody: Result<(), StoreError> =
        ground.store.write(|tx| passwords::set(tx, user_id(), &PasswordHash::from_phc("x".into()), now()));
    assert!(nobody.is_err(), "a password belongs to somebody");
}

fn as_many_hashes_are_kept_as_policy_refuses_to_see_again(ground: &Ground) {
    let (user, other) = (ground.person("mette").id, ground.person("bo").id);
    let replace = |person, number: u32, keep| {
        let hash = PasswordHash::from_phc(format!("$argon2id${number}"));
        let at = after(i64::from(number));
        ground.write(move |tx| {
            passwords::put_aside(tx, uuid::Uuid::from_u128(u128::from(number) << 8), person, keep, at)?;
            passwords::set(tx, person, &hash, at)
        });
    };
    let kept = |person| -> Vec<String> {
        let hashes = ground.read(move |tx| passwords::history(tx, person, 10));
        hashes.iter().map(|hash| hash.expose().to_owned()).collect()
    };
    replace(other, 9, 3);
    replace(user, 0, 3);
    assert_eq!(kept(user), [""; 0], "there was nothing before the first");
    for number in 1..=5 {
        replace(user, number, 3);
    }
    assert_eq!(kept(user), ["$argon2id$4", "$argon2id$3", "$argon2id$2"], "the newest first");
    assert_eq!(ground.read(|tx| passwords::history(tx, user, 1)).len(), 1);
    replace(user, 6, 1);
    assert_eq!(kept(user), ["$argon2id$5"]);
    replace(user, 7, 0);
    assert_eq!(kept(user), [""; 0]);
    let age = ground.read(|tx| passwords::age(tx, user)).unwrap();
    assert_eq!(age, passwords::Age { changed_at: after(7), must_change: false });
    assert!(ground.write(move |tx| passwords::ask_for_change(tx, user)));
    assert!(ground.read(|tx| passwords::age(tx, user)).unwrap().must_change);
    let all = ground.read(passwords::ages);
    assert_eq!((all.len(), all[&user].must_change, all[&other].must_change), (2, true, false));
    replace(user, 8, 0);
    assert!(!ground.read(|tx| passwords::age(tx, user)).unwrap().must_change, "another one was chosen");
    let stranger = user_id();
    assert!(!ground.write(move |tx| passwords::ask_for_change(tx, stranger)));
}

fn devices_are_known_until_they_expire_or_are_revoked(ground: &Ground) {
    let user = ground.person("mette").id;
    let (id, cookie) = (device_id(), token());
    ground.write(move |tx| devices::insert(tx, id, &cookie, user, (now(), after(100))));
    let find = |at| ground.read(move |tx| devices::find(tx, &cookie, at));
    assert_eq!(find(after(99)), Some(devices::Device { id, user, trusted_until: None }));
    assert_eq!(find(after(100)), None);
    assert_eq!(ground.read(|tx| devices::find(tx, &token(), now())), None);
    ground.write(move |tx| devices::revoke(tx, id));
    assert_eq!(find(now()), None);
}

fn a_session_is_found_by_its_newest_cookie_only(ground: &Ground) {
    let user = ground.person("mette").id;
    let (mut session, old, new) = (session_of(user), token(), token());
    session.ends_by = Some(after(600));
    let stored = session.clone();
    ground.write(move |tx| sessions::insert(tx, &stored, &old, &origin()));
    assert_eq!(ground.read(|tx| sessions::find(tx, &old)), Some(session.clone()));
    let (id, ends_by) = (session.id, Some(after(900)));
    let renewal = Renewal { auth_time: after(10), last_seen: after(10), proofs: vec![], ends_by };
    ground.write(move |tx| sessions::renew(tx, id, &new, &renewal));
    ground.write(move |tx| sessions::touch(tx, id, after(30)));
    ground.write(move |tx| sessions::touch(tx, id, after(20)));
    session.auth_time = after(10);
    session.last_seen = after(30);
    session.proofs = vec![];
    session.ends_by = ends_by;
    assert_eq!(ground.read(|tx| sessions::find(tx, &old)), None);
    assert_eq!(ground.read(|tx| sessions::find(tx, &new)), Some(session.clone()));
    assert!(ground.write(move |tx| sessions::end(tx, id, after(40))));
    session.ended_at = Some(after(40));
    assert_eq!(ground.read(|tx| sessions::find_by_id(tx, id)), Some(session));
    let ended: Result<(), StoreError> = ground.store.write(move |tx| {
        sessions::renew(
            tx,
            id,
            &token(),
            &Renewal { auth_time: after(50), last_seen: after(50), proofs: vec![], ends_by: None },
        )
    });
    assert!(matches!(ended, Err(StoreError::Missing(_))), "an ended session stays ended");
}

fn sessions_of_a_person_end_together(ground: &Ground) {
    let (mette, kaj) = (ground.person("mette").id, ground.person("kaj").id);
    for user in [mette, mette, kaj] {
        ground.write(move |tx| sessions::insert(tx, &session_of(user), &token(), &origin()));
    }
    assert_eq!(ground.write(move |tx| sessions::end_for_user(tx, mette, after(1))), 2);
    assert_eq!(ground.write(move |tx| sessions::end_for_user(tx, mette, after(2))), 0);
    let ended =
        |user| ground.read(move |tx| sessions::list_for_user(tx, user)).iter().filter(|s| s.ended_at.is_some()).count();
    assert_eq!((ended(mette), ended(kaj)), (2, 0));
}

fn codes_bring_back_what_they_were_bound_to(ground: &Ground) {
    let user = ground.person("mette").id;
    let (grant, code) = (grant_of(user, "openid profile"), token());
    let mut bound = binding();
    bound.challenge = CodeChallenge::parse(&"a".repeat(43));
    let (stored, promised) = (grant.clone(), bound.clone());
    ground.write(move |tx| grants::insert(tx, &stored, &code, &promised));
    assert_eq!(ground.read(|tx| grants::find(tx, grant.id)), Some(grant.clone()));
    assert_eq!(ground.write(move |tx| grants::redeem_code(tx, &token(), now())), Spent::Unknown);
    let id = grant.id;
    assert_eq!(ground.write(move |tx| grants::redeem_code(tx, &code, now())), Spent::Fresh((grant, bound)));
    assert_eq!(ground.write(move |tx| grants::redeem_code(tx, &code, now())), Spent::Replayed(id));
}

fn refresh_tokens_come_in_families(ground: &Ground) {
    let user = ground.person("mette").id;
    let (grant, first) = (grant_of(user, "openid offline_access"), token());
    let (id, stored) = (grant.id, grant.clone());
    let new = NewRefresh { scopes: Scopes::parse("openid").unwrap(), issued_at: now(), expires_at: after(9) };
    ground.write(move |tx| {
        grants::insert(tx, &stored, &token(), &binding())?;
        grants::issue_refresh(tx, &first, id, &new)
    });
    let (found, refresh, spent) = ground.read(|tx| grants::find_refresh(tx, &first)).unwrap();
    assert_eq!(
        (found, refresh.scopes.to_string(), refresh.expires_at, spent),
        (grant, "openid".into(), after(9), false)
    );
    assert!(ground.write(move |tx| grants::spend_refresh(tx, &first, now())));
    assert!(ground.read(|tx| grants::find_refresh(tx, &first)).unwrap().2);
    assert!(!ground.write(move |tx| grants::spend_refresh(tx, &first, now())));
    assert!(!ground.write(move |tx| grants::spend_refresh(tx, &token(), now())));
    assert_eq!(ground.read(|tx| grants::find_refresh(tx, &token())), None);
}

fn grants_end_with_their_session_unless_offline(ground: &Ground) {
    let user = ground.person("mette").id;
    let bound = grant_of(user, "openid");
    let mut offline = grant_of(user, "openid offline_access");
    offline.session = bound.session;
    let (session, ids) = (bound.session, [bound.id, offline.id]);
    ground.write(move |tx| {
        grants::insert(tx, &bound, &token(), &binding())?;
        grants::insert(tx, &offline, &token(), &binding())
    });
    let live = || ids.map(|id| ground.read(|tx| grants::find(tx, id)).unwrap().is_live(now()));
    assert_eq!(ground.write(move |tx| grants::end_for_session(tx, session, GrantEnd::SignedOut, now())), 1);
    assert_eq!(live(), [false, true]);
    assert_eq!(ground.write(move |tx| grants::end_for_user(tx, user, GrantEnd::UserDisabled, now())), 1);
    assert_eq!(live(), [false, false]);
    assert!(!ground.write(move |tx| grants::end(tx, ids[1], GrantEnd::Revoked, now())), "it has ended before");
    let reasons = ground.raw(ground.tenant).texts("SELECT end_reason AS it FROM grants ORDER BY end_reason");
    assert_eq!(reasons, ["signed_out", "user_disabled"]);
}

fn revoked_access_tokens(ground: &Ground) {
    ground.write(|tx| access_tokens::revoke(tx, "one", after(60)));
    ground.write(|tx| access_tokens::revoke(tx, "one", after(60)));
    assert!(ground.read(|tx| access_tokens::is_revoked(tx, "one")));
    assert!(!ground.read(|tx| access_tokens::is_revoked(tx, "two")));
}

fn consents_are_replaced_and_withdrawn(ground: &Ground) {
    let user = ground.person("mette").id;
    let shop = client("webshop");
    let mut consent = Consent {
        user,
        client: shop.clone(),
        scopes: Scopes::parse("openid").unwrap(),
        claims: ["email".to_owned()].into(),
        given_at: now(),
    };
    for scopes in ["openid", "openid profile"] {
        consent.scopes = Scopes::parse(scopes).unwrap();
        let given = consent.clone();
        ground.write(move |tx| consents::save(tx, &given));
        assert_eq!(ground.read(|tx| consents::find(tx, user, &shop)), Some(consent.clone()));
    }
    assert_eq!(ground.read(|tx| consents::find(tx, user, &client("other"))), None);
    let withdrawn = shop.clone();
    ground.write(move |tx| consents::remove(tx, user, &withdrawn));
    assert_eq!(ground.read(|tx| consents::find(tx, user, &shop)), None);
}

fn signing_keys_move_on(ground: &Ground) {
    let key = StoredKey {
        id: KeyId("k1".into()),
        kind: KeyType::EcP256,
        state: KeyState::Next,
        sealed_private: vec![0, 1, 255],
        created_at: now(),
        activated_at: None,
        retired_at: None,
    };
    let before = ground.read(settings::revision);
    let stored = key.clone();
    ground.write(move |tx| keys::insert(tx, &stored));
    ground.write(|tx| keys::set_state(tx, &KeyId("k1".into()), KeyState::Active, after(1)));
    ground.write(|tx| keys::set_state(tx, &KeyId("k1".into()), KeyState::Retired, after(2)));
    let found = ground.read(keys::list);
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].id, found[0].kind, found[0].state), (&key.id, key.kind, KeyState::Retired));
    assert_eq!((found[0].activated_at, found[0].retired_at), (Some(after(1)), Some(after(2))));
    assert_eq!(found[0].sealed_private, key.sealed_private);
    assert_eq!(ground.read(settings::revision), before + 3);
    let twin: Result<(), StoreError> = ground.store.write(move |tx| keys::insert(tx, &key));
    assert!(matches!(twin, Err(StoreError::Conflict("the key id"))));
    ground.write(|tx| keys::remove(tx, &KeyId("k1".into())));
    assert!(ground.read(keys::list).is_empty());
    assert_eq!(ground.read(settings::revision), before + 4);
}

fn registered_applications(ground: &Ground) {
    let mut shop = Application {
        id: client("webshop"),
        name: "Webshop".into(),
        require_role: Some(Role::parse("customer").unwrap()),
        enabled: true,
        identity_provider: None,
        protocol: Protocol::Oidc(Box::new(OidcClient {
            kind: ClientType::Confidential,
            auth: ClientAuthMethod::AnySecret,
            jwks: None,
            jwks_uri: Some("https://shop.example/jwks".parse().unwrap()),
            redirect_uris: vec![RedirectUri::parse("https://shop.example/callback").unwrap()],
            post_logout_redirect_uris: vec![],
            backchannel_logout_uri: None,
            scopes: Scopes::parse("openid profile").unwrap(),
            grant_types: [GrantType::AuthorizationCode].into(),
            require_pkce: true,
            consent: ConsentMode::Ask,
            id_token_alg: SigningAlg::EdDsa,
            audiences: vec!["https://api.example".into()],
            policy_uri: None,
            tos_uri: None,
        })),
    };
    let before = ground.read(settings::revision);
    for (name, mac) in [("Webshop", Some([7; 32])), ("Butik", None)] {
        shop.name = name.into();
        let saved = shop.clone();
        ground.write(move |tx| applications::save(tx, &saved, mac.as_ref()));
        let found = ground.read(|tx| applications::find(tx, &client("webshop"))).unwrap();
        assert_eq!((&found.application, found.secret_mac), (&shop, mac));
        assert_eq!(ground.read(applications::list), [found]);
    }
    assert_eq!(ground.read(settings::revision), before + 2);
    assert_eq!(ground.read(|tx| applications::find(tx, &client("other"))), None);
}

fn settings_and_their_revision(ground: &Ground) {
    assert_eq!(ground.read(settings::load), TenantSettings::named("acme"), "before anybody says otherwise");
    let mut new = TenantSettings::named("Acme A/S");
    new.policy.session.absolute = Limit::Off;
    new.playground = true;
    let (before, saved) = (ground.read(settings::revision), new.clone());
    ground.write(move |tx| settings::save(tx, &saved));
    assert_eq!(ground.read(settings::load), new);
    ground.write(settings::bump);
    assert_eq!(ground.read(settings::revision), before + 2);
}

fn what_has_expired_is_purged(ground: &Ground) {
    let user = ground.person("mette").id;
    let mut lasting = grant_of(user, "openid offline_access");
    lasting.expires_at = after(90 * 86_400);
    let (short, kept) = (grant_of(user, "openid"), lasting.id);
    let session = session_of(user);
    ground.write(move |tx| {
        grants::insert(tx, &lasting, &token(), &binding())?;
        grants::insert(tx, &short, &token(), &binding())?;
        let refresh =
            |days: i64| NewRefresh { scopes: Scopes::default(), issued_at: now(), expires_at: after(days * 86_400) };
        grants::issue_refresh(tx, &token(), kept, &refresh(1))?;
        grants::issue_refresh(tx, &token(), kept, &refresh(14))?;
        access_tokens::revoke(tx, "one", after(60))?;
        assertions::spend(tx, &client("service"), "one", after(60))?;
        devices::insert(tx, device_id(), &token(), user, (now(), after(60)))?;
        sessions::insert(tx, &session, &token(), &origin())
    });
    assert_eq!(ground.write(|tx| expiry::purge(tx, after(60))), 0, "nothing goes before its time");
    // Two codes, one refresh token, a grant, a revocation, an assertion, a device and a session.
    assert_eq!(ground.write(|tx| expiry::purge(tx, after(3 * 86_400))), 8);
    assert_eq!(ground.write(|tx| expiry::purge(tx, after(3 * 86_400))), 0);
    assert!(ground.read(|tx| grants::find(tx, kept)).is_some());
    assert_eq!(ground.raw(ground.tenant).number("SELECT count(*) AS it FROM refresh_tokens"), 1);
}

fn an_impossible_row_names_itself(ground: &Ground) {
    let user = ground.person("mette");
    let id = user.id.to_string();
    for (column, bad, good) in [("status", "asleep", "active"), ("profile", "no json", "{}"), ("locale", "xx", "da")] {
        let set = |value: &str| {
            ground.raw(ground.tenant).execute(&format!("UPDATE users SET {column} = '{value}'"));
        };
        set(bad);
        let found: Result<Option<User>, StoreError> = ground.store.read(|tx| users::find(tx, user.id));
        match found {
            Err(StoreError::Corrupt { table: "users", column: found, row }) => {
                assert_eq!((found, row), (column, id.clone()));
            }
            other => panic!("{column}: {other:?}"),
        }
        set(good);
    }
}
