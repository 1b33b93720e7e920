use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeZone;
use serde_json::{Value, json};

use super::answer::{Action, Applied, KeyRow};
use super::audit::Query;
use super::*;
use crate::crypto::entropy::{Clock, SystemEntropy};
use crate::crypto::keyring::MasterKey;
use crate::crypto::password::{Checked, HashParams, HashPool};
use crate::domain::Time;
use crate::domain::secret::Password;
use crate::flow::Lifetimes;
use crate::flow::host::Parts;
use crate::flow::sources::Sources;
use crate::store::{self, Engine, StoreError, StoreOptions, Stores};

fn rotation(kind: Option<KeyType>) -> Command {
    Command::KeyRotate { tenant: acme(), usage: KeyUse::Jwt, kind, haste: certificates::Haste::Patient }
}

struct TestClock(Mutex<Time>);

impl Clock for TestClock {
    fn now(&self) -> Time {
        *self.0.lock().unwrap()
    }
}

/// A host on a data directory of its own.
pub(in crate::flow) struct Bench {
    pub host: Host,
    clock: Arc<TestClock>,
    dir: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let entropy = Arc::new(SystemEntropy);
        let options = StoreOptions {
            data_dir: dir.path().to_owned(),
            engine: Engine::Sqlite,
            open_tenants: 8,
            readers: 2,
            entropy: entropy.clone(),
        };
        let stores = Stores::open(options, MasterKey::generate(entropy.as_ref())).unwrap();
        let params = HashParams { memory_kib: 64, iterations: 1, parallelism: 1 };
        let clock = Arc::new(TestClock(Mutex::new(chrono::Utc.timestamp_opt(1_800_000_000, 0).unwrap())));
        let minutes = |count: u64| Duration::from_mins(count);
        let parts = Parts {
            stores,
            clock: clock.clone(),
            entropy,
            hasher: HashPool::start(params, 1, 8).unwrap(),
            breached: crate::crypto::breached::Breached::default(),
            lifetimes: Lifetimes {
                authorization_code: minutes(1),
                access_token: minutes(5),
                id_token: minutes(5),
                refresh_token_idle: minutes(60),
                refresh_token_absolute: minutes(600),
                one_time_code: minutes(10),
                invitation: minutes(600),
                password_reset: minutes(60),
            },
            codes_per_account: None,
            mail_stays: true,
            public_url: "http://localhost:8080".to_owned(),
            sources: Sources::new(None, None),
        };
        Self { host: Host::new(parts).unwrap(), clock, dir }
    }

    fn run(&self, command: Command) -> Result<Answer, Refusal> {
        execute(&self.host, command, &Origin::default()).map_err(Refusal::from)
    }

    pub fn try_apply(&self, tenant: &Value, dry_run: bool) -> Result<Applied, Refusal> {
        let documents = vec![json!({ "version": 1, "tenant": [tenant] })];
        let answer = self.run(Command::Apply { documents, dry_run })?;
        let Answer::Applied(applied) = answer else { panic!("{answer:?}") };
        Ok(applied)
    }

    pub fn apply(&self, tenant: &Value) -> Vec<String> {
        told(&self.try_apply(tenant, false).unwrap())
    }

    fn keys(&self) -> Vec<KeyRow> {
        keys::list(&self.host, &acme()).unwrap()
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        let mut now = self.clock.0.lock().unwrap();
        *now += time;
    }

    pub fn events(&self, kind: &str) -> Vec<answer::EventRow> {
        let query = Query { limit: 1000, kind: Some(kind.to_owned()), ..Query::default() };
        audit::list(&self.host, &acme(), &query, &Origin::default()).unwrap()
    }

    fn signs_in(&self, username: &str, password: &str) -> bool {
        let (_, store) = open(&self.host, &acme()).unwrap();
        let hash = store.read(|tx| -> Result<_, StoreError> {
            let user = store::users::find_by_username_key(tx, username)?.unwrap();
            store::passwords::find(tx, user.id)
        });
        let password = Password::parse(password.to_owned()).unwrap();
        let checked = self.host.hasher.verify(&password, hash.unwrap().as_ref()).unwrap();
        matches!(checked, Checked::Right { .. })
    }
}

pub(in crate::flow) fn acme() -> Slug {
    Slug::parse("acme").unwrap()
}

/// `action kind id [fields]`.
fn told(applied: &Applied) -> Vec<String> {
    let tell = |change: &answer::Change| {
        let fields: Vec<&str> = change.fields.iter().map(|field| field.field.as_str()).collect();
        let action = format!("{:?}", change.action).to_lowercase();
        format!("{action} {} {} {fields:?}", change.kind, change.id).replace(" []", "")
    };
    applied.changes.iter().map(tell).collect()
}

fn declaration() -> Value {
    json!({
        "slug": "acme", "name": "Acme A/S", "languages": ["da", "en"], "hosts": ["login.acme.example"],
        "policy": { "lockout": { "failures": 3 }, "role": [{ "role": "admin", "password": { "min_length": 16 } }] },
        "user": [
            { "username": "mette", "email": "mette@acme.example", "password": "en geheim med sild", "roles": ["admin"] },
            { "username": "lars", "given_name": "Lars" },
        ],
        "application": [
            { "id": "shop", "oidc": { "secret": "hush", "redirect_uris": ["https://shop.example/cb"] } },
            { "id": "phone", "oidc": { "type": "public", "redirect_uris": ["https://phone.example/cb"] } },
        ],
    })
}

#[test]
fn applying_twice_changes_nothing_the_second_time() {
    let bench = Bench::new();
    assert_eq!(
        bench.apply(&declaration()),
        [
            "created tenant acme",
            "created user mette",
            "created user lars",
            "created application shop",
            "created application phone"
        ]
    );
    let revision = |bench: &Bench| open(&bench.host, &acme()).unwrap().1.read(store::settings::revision).unwrap();
    let before = revision(&bench);
    assert!(bench.apply(&declaration()).iter().all(|line| line.starts_with("unchanged")));
    assert_eq!(revision(&bench), before);
    assert!(bench.signs_in("mette", "en geheim med sild"));
    let events = bench.events("user.created");
    assert_eq!(events.len(), 2, "{events:?}");
    assert!(bench.events("user.changed").is_empty() && bench.events("application.changed").is_empty());
}

#[test]
fn what_changed_is_named_and_secrets_are_not_repeated() {
    let bench = Bench::new();
    bench.apply(&declaration());
    let mut changed = declaration();
    changed["name"] = json!("Acme");
    changed["policy"]["lockout"]["duration"] = json!("1m");
    changed["hosts"] = json!([]);
    changed["user"][0]["password"] = json!("en verborgen med sild");
    changed["user"][1]["email"] = json!("lars@acme.example");
    changed["application"][0]["oidc"]["secret"] = json!("hushhush");
    changed["application"][1]["require_role"] = json!("customer");
    let applied = bench.try_apply(&changed, false).unwrap();
    assert_eq!(
        told(&applied),
        [
            "changed tenant acme [\"name\", \"policy.lockout.duration\", \"hosts\"]",
            "changed user mette [\"password\"]",
            "changed user lars [\"email\"]",
            "changed application shop [\"oidc.secret\"]",
            "changed application phone [\"require_role\"]",
        ]
    );
    assert!(bench.signs_in("mette", "en verborgen med sild") && !bench.signs_in("mette", "en geheim med sild"));
    let written = format!(
        "{:?}{applied:?}",
        bench.run(Command::AuditList { tenant: acme(), query: Query { limit: 1000, ..Query::default() } })
    );
    assert!(
        !written.contains("en geheim med sild")
            && !written.contains("en verborgen med sild")
            && !written.contains("hush"),
        "{written}"
    );
    let tenant = &bench.events("tenant.changed")[0];
    assert_eq!(tenant.details["changed"], "name, policy.lockout.duration, hosts");
    let before: Value = serde_json::from_str(&tenant.details["before"]).unwrap();
    let expected = json!({ "name": "Acme A/S", "policy.lockout.duration": "15m", "hosts": ["login.acme.example"] });
    assert_eq!(before, expected);
    assert_eq!(bench.events("user.changed")[0].details["changed"], "email");
    assert!(!bench.events("user.changed")[0].details.contains_key("after"), "an address is the person's own");
    assert_eq!(bench.events("password.set").len(), 2);
}

#[test]
fn a_trial_run_tells_the_same_and_changes_nothing() {
    let bench = Bench::new();
    let trial = bench.try_apply(&declaration(), true).unwrap();
    assert_eq!(trial.changes.len(), 5);
    assert_eq!(bench.run(Command::TenantList), Ok(Answer::Tenants(vec![])));
    bench.apply(&declaration());
    let before = audit::verify(&bench.host, &acme()).unwrap();
    let mut changed = declaration();
    changed["name"] = json!("Other");
    changed["hosts"] = json!(["other.example"]);
    changed["user"] = json!([{ "username": "new", "password": "noget helt andet" }]);
    let trial = bench.try_apply(&changed, true).unwrap();
    assert_eq!(told(&trial)[..2], ["changed tenant acme [\"name\", \"hosts\"]", "created user new"]);
    assert_eq!(audit::verify(&bench.host, &acme()).unwrap(), before);
    let shown = tenants::show(&bench.host, &acme()).unwrap();
    assert_eq!(
        (shown.name.as_str(), shown.users, shown.row.hosts),
        ("Acme A/S", 2, vec!["login.acme.example".to_owned()])
    );
}

#[test]
fn what_the_file_does_not_say_is_left_alone() {
    let bench = Bench::new();
    bench.apply(&declaration());
    let told = bench.apply(&json!({ "slug": "acme", "user": [{ "username": "METTE", "family_name": "Hansen" }] }));
    assert_eq!(told, ["unchanged tenant acme", "changed user mette [\"family_name\"]"]);
    let mette = users::show(&bench.host, &acme(), "mette").unwrap();
    assert_eq!(mette.row.email.as_deref(), Some("mette@acme.example"));
    assert!(mette.has_password && mette.row.roles == ["admin"]);
    assert_eq!(tenants::show(&bench.host, &acme()).unwrap().applications, 2);
    let mut without_secret = declaration();
    without_secret["application"][0]["oidc"]["secret"] = Value::Null;
    without_secret["application"][0]["oidc"].as_object_mut().unwrap().remove("secret");
    assert_eq!(bench.apply(&without_secret)[3], "unchanged application shop");
}

#[test]
fn an_application_without_the_secret_it_needs_is_refused_and_nothing_is_done() {
    let bench = Bench::new();
    let mut tenant = declaration();
    tenant["application"][0]["oidc"].as_object_mut().unwrap().remove("secret");
    let refusal = bench.try_apply(&tenant, false).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Invalid);
    assert_eq!(refusal.problems[0].path, "tenant[0].application[0].oidc");
    assert_eq!(bench.run(Command::TenantList), Ok(Answer::Tenants(vec![])));
}

#[test]
fn a_host_name_belongs_to_one_tenant() {
    let bench = Bench::new();
    bench.apply(&declaration());
    let refusal = bench.try_apply(&json!({ "slug": "beta", "hosts": ["login.acme.example"] }), false).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Conflict);
    assert_eq!(refusal.message, "the host name \"login.acme.example\" belongs to tenant \"acme\"");
}

#[test]
fn a_tenant_in_two_files_is_refused_with_the_file_named() {
    let bench = Bench::new();
    let document = json!({ "tenant": [declaration()] });
    let refusal =
        bench.run(Command::Apply { documents: vec![document.clone(), document], dry_run: false }).unwrap_err();
    assert_eq!((refusal.problems.len(), refusal.problems[0].document), (1, 1));
}

#[test]
fn an_imported_hash_that_was_upgraded_is_not_put_back() {
    let bench = Bench::new();
    // PBKDF2 of "geheim" and of "anders".
    let imported = "$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHRzYWx0c2FsdA$+ekBNZm1wUryFHvU1mkPPClkzjsag51ZptuZ6xgrwuo";
    let replaced = "$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHRzYWx0c2FsdA$QVRXh8bIePBa/nY6Tpj5DHXfRGTtJYba5f73K38FXYk";
    let tenant = json!({ "slug": "acme", "user": [{ "username": "ida", "password_hash": imported }] });
    assert_eq!(bench.apply(&tenant), ["created tenant acme", "created user ida"]);
    assert!(bench.signs_in("ida", "geheim"));
    // What a sign-in does: the same password, hashed anew.
    let (_, store) = open(&bench.host, &acme()).unwrap();
    let upgraded = bench.host.hasher.hash(&Password::parse("geheim".to_owned()).unwrap()).unwrap();
    let expected = upgraded.expose().to_owned();
    let now = bench.clock.now();
    let stored = store.write(move |tx| -> Result<String, StoreError> {
        let user = store::users::find_by_username_key(tx, "ida")?.unwrap();
        store::passwords::set(tx, user.id, &upgraded, now)?;
        Ok(store::passwords::find(tx, user.id)?.unwrap().expose().to_owned())
    });
    assert_eq!(stored.unwrap(), expected);
    assert_eq!(bench.apply(&tenant), ["unchanged tenant acme", "unchanged user ida"]);
    let other = json!({ "slug": "acme", "user": [{ "username": "ida", "password_hash": replaced }] });
    assert_eq!(bench.apply(&other)[1], "changed user ida [\"password\"]");
    assert!(bench.signs_in("ida", "anders"));
}

#[test]
fn a_disabled_person_has_nothing_open_any_more() {
    use crate::crypto::{entropy, token};
    use crate::domain::assurance::Proof;
    use crate::domain::ids::{SessionId, UserId};
    use crate::domain::secret::TokenKind;
    use crate::domain::session::Session;

    let bench = Bench::new();
    bench.apply(&declaration());
    let (_, store) = open(&bench.host, &acme()).unwrap();
    let now = bench.clock.now();
    let user: UserId = users::show(&bench.host, &acme(), "mette").unwrap().row.id.parse().unwrap();
    let cookie = token::mint(TokenKind::Session, &SystemEntropy).hash();
    let session = Session {
        id: SessionId::from_uuid(entropy::uuid(now, &SystemEntropy)),
        user,
        created_at: now,
        auth_time: now,
        last_seen: now,
        proofs: vec![Proof::Password],
        ended_at: None,
        ends_by: None,
    };
    store.write(move |tx| store::sessions::insert(tx, &session, &cookie, &Origin::default())).unwrap();
    let told = bench.apply(&json!({ "slug": "acme", "user": [{ "username": "mette", "enabled": false }] }));
    assert_eq!(told[1], "changed user mette [\"enabled\"]");
    let session = store.read(|tx| store::sessions::find(tx, &cookie)).unwrap();
    assert!(session.is_none_or(|session| session.ended_at.is_some()));
    assert_eq!(bench.events("user.disabled")[0].details["sessions_ended"], "1");
}

#[test]
fn keys_rotate_with_overlap() {
    let bench = Bench::new();
    bench.apply(&declaration());
    let of = |state: &str| -> Vec<String> {
        bench.keys().into_iter().filter(|key| key.state == state).map(|key| key.id).collect()
    };
    let (active, next) = (of("active"), of("next"));
    assert_eq!((active.len(), next.len()), (3, 3));
    *bench.clock.0.lock().unwrap() += Duration::from_secs(1);
    assert!(matches!(bench.run(rotation(None)), Ok(Answer::Keys(keys)) if keys.len() == 9));
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    assert_eq!(sorted(of("active")), sorted(next));
    assert_eq!(sorted(of("retired")), sorted(active));
    assert_eq!(bench.events("key.rotated").len(), 3);
    let one = || rotation(Some(KeyType::EcP256));
    assert_eq!(bench.run(one()).unwrap_err().kind, RefusalKind::Conflict, "nobody can have seen it");
    *bench.clock.0.lock().unwrap() += Duration::from_mins(10);
    assert!(matches!(bench.run(one()), Ok(Answer::Keys(keys)) if keys.len() == 10));
    *bench.clock.0.lock().unwrap() += Duration::from_hours(31 * 24);
    bench.run(rotation(Some(KeyType::Ed25519))).unwrap();
    assert_eq!(of("retired").len(), 1, "those that retired long ago are forgotten");
    let site = bench.host.site(&acme()).unwrap().unwrap();
    assert_eq!(site.keys.jwks().keys().len(), 7, "and the site has loaded what is left");
}

#[test]
fn a_tenant_is_created_whole_and_once() {
    let bench = Bench::new();
    let create = || Command::TenantCreate {
        slug: acme(),
        name: Some("Acme A/S".to_owned()),
        languages: vec![Language::Sv],
        hosts: vec![],
    };
    let Ok(Answer::Tenant(tenant)) = bench.run(create()) else { panic!("not created") };
    assert_eq!((tenant.name.as_str(), tenant.languages.join(",").as_str()), ("Acme A/S", "sv"));
    assert_eq!(tenant.issuer, "http://localhost:8080/t/acme");
    assert_eq!(bench.run(create()).unwrap_err().kind, RefusalKind::Conflict);
    assert_eq!(bench.events("tenant.created").len(), 1);
    assert_eq!(bench.events("key.created").len(), 6);
    assert!(bench.host.site(&acme()).unwrap().is_some());
}

#[test]
fn a_creation_that_was_interrupted_is_completed() {
    let bench = Bench::new();
    tenants::register(&bench.host, &acme(), vec![]).unwrap();
    assert_eq!(bench.apply(&declaration())[0], "created tenant acme");
    assert_eq!(bench.keys().len(), 6);
    assert_eq!(tenants::show(&bench.host, &acme()).unwrap().row.hosts, ["login.acme.example"]);
}

#[test]
fn a_role_that_is_probably_misspelt_is_told_and_one_that_is_used_is_not() {
    let bench = Bench::new();
    let tenant = |role: &str| {
        json!({ "slug": "acme", "user": [{ "username": "mette", "roles": [role], "password": "kort" }],
            "application": [{ "id": "x", "require_role": "auditors",
                "oidc": { "type": "public", "redirect_uris": ["https://x.example/"] } }] })
    };
    let told = |role: &str, dry_run| {
        let warnings = bench.try_apply(&tenant(role), dry_run).unwrap().warnings;
        warnings.into_iter().map(|one| format!("{}: {}", one.path, one.message)).collect::<Vec<_>>()
    };
    let misspelt = told("admn", true);
    assert!(misspelt[0].starts_with("tenant[0].user[0].roles: the role \"admn\""), "{misspelt:?}");
    assert!(misspelt[0].ends_with("did you mean \"admin\"?"), "{misspelt:?}");
    assert!(misspelt[1].contains("at least 12 characters"), "a trial run tells of passwords too: {misspelt:?}");
    assert_eq!(told("admn", false), misspelt);
    for (role, count) in [("admin", 0), ("customer", 0), ("auditors", 0), ("admn", 0), ("Helpdesk", 1)] {
        assert_eq!(told(role, true).iter().filter(|one| one.contains("did you mean")).count(), count, "{role}");
    }
}

fn slugs(bench: &Bench) -> Vec<String> {
    tenants::list(&bench.host).unwrap().into_iter().map(|row| row.slug).collect()
}

#[test]
fn a_file_that_contradicts_itself_makes_no_tenant_and_a_trial_run_says_so_too() {
    let bench = Bench::new();
    let apply = |tenants: Value, dry_run| {
        let documents = vec![json!({ "version": 1, "tenant": tenants })];
        bench.run(Command::Apply { documents, dry_run }).unwrap_err()
    };
    let required = json!({ "required": "everyone", "methods": ["passkey"] });
    for (wrong, key) in [
        (json!({ "slug": "acme", "policy": { "second_factor": required } }), "policy.second_factor.methods"),
        (json!({ "slug": "acme", "policy": { "sign_in": { "local": "administrators" } } }), "policy.sign_in.local"),
        (json!({ "slug": "acme", "broker": true }), "broker"),
        (json!({ "slug": "acme", "hosts": ["one.example"] }), "hosts[0]"),
    ] {
        for dry_run in [true, false] {
            let refused = apply(json!([{ "slug": "good", "hosts": ["one.example"] }, &wrong]), dry_run);
            assert_eq!(refused.kind, RefusalKind::Invalid, "{refused:?}");
            assert!(refused.problems[0].path.ends_with(key), "{key}: {refused:?}");
            assert_eq!(refused.applied, Vec::<String>::new());
            assert_eq!(slugs(&bench), Vec::<String>::new(), "{key}");
        }
    }
}

#[test]
fn a_tenant_that_does_not_come_to_life_leaves_nothing_and_one_that_lives_stays() {
    let bench = Bench::new();
    let files = || std::fs::read_dir(bench.dir.path().join("tenants")).unwrap().count();
    let (tenant, store) = tenants::register(&bench.host, &acme(), vec!["one.example".to_owned()]).unwrap();
    let fail =
        |tenant: &Tenant, store| tenants::keep_or_forget(&bench.host, tenant, store, Err::<(), _>(AdminError::Busy));
    assert_eq!((slugs(&bench).len(), files() > 0), (1, true));
    assert!(matches!(fail(&tenant, store), Err(AdminError::Busy)));
    assert_eq!((slugs(&bench).len(), files()), (0, 0));
    // Name and host name are free again.
    bench.apply(&json!({ "slug": "acme", "hosts": ["one.example"] }));
    let (tenant, store) = open(&bench.host, &acme()).unwrap();
    assert!(matches!(fail(&tenant, store), Err(AdminError::Busy)));
    assert_eq!((slugs(&bench), bench.keys().len()), (vec!["acme".to_owned()], 6));
}

#[test]
fn people_are_created_listed_and_found() {
    let bench = Bench::new();
    bench.apply(&json!({ "slug": "acme" }));
    let new = |name: &str| NewUser {
        username: name.to_owned(),
        password: Some(SecretText::new("en geheim med sild")),
        roles: vec!["helpdesk".to_owned()],
        ..NewUser::default()
    };
    let create = |name: &str| bench.run(Command::UserCreate { tenant: acme(), user: new(name) });
    for name in ["Åse", "bo", "cy"] {
        assert!(matches!(create(name), Ok(Answer::User(user)) if user.has_password), "{name}");
    }
    assert_eq!(create("ÅSE").unwrap_err().kind, RefusalKind::Conflict);
    let bad = bench.run(Command::UserCreate { tenant: acme(), user: NewUser { email: Some("x".into()), ..new("d") } });
    assert_eq!(bad.unwrap_err().problems[0].path, "user.email");
    assert!(bench.signs_in("bo", "en geheim med sild"));
    let page = |after: Option<&str>| {
        let users = users::list(&bench.host, &acme(), after, 2).unwrap();
        users.into_iter().map(|user| user.username).collect::<Vec<_>>()
    };
    assert_eq!(page(None), ["bo", "cy"]);
    assert_eq!(page(Some("CY")), ["Åse"]);
    let id = users::show(&bench.host, &acme(), "åse").unwrap().row.id;
    assert_eq!(users::show(&bench.host, &acme(), &id).unwrap().row.username, "Åse");
    assert_eq!(
        bench.run(Command::UserShow { tenant: acme(), user: "dy".into() }).unwrap_err().kind,
        RefusalKind::NotFound
    );
}

#[test]
fn in4_unlocking_clears_every_counter_and_is_recorded() {
    use crate::domain::attempt::{Counter, Factor, Subject};
    use crate::domain::ids::UserId;

    let bench = Bench::new();
    bench.apply(&declaration());
    let (_, store) = open(&bench.host, &acme()).unwrap();
    let user: UserId = users::show(&bench.host, &acme(), "mette").unwrap().row.id.parse().unwrap();
    let until = bench.clock.now() + Duration::from_mins(15);
    let locked = Counter { total: 3, level: 1, locked_until: Some(until), ..Counter::default() };
    store
        .write(move |tx| {
            store::attempts::load(tx, &Subject::Account(user), Factor::Password)?;
            store::attempts::save(tx, &Subject::Account(user), Factor::Password, &locked)
        })
        .unwrap();
    assert_eq!(users::show(&bench.host, &acme(), "mette").unwrap().locked_until, Some(until));
    let answer = bench.run(Command::UserUnlock { tenant: acme(), user: "mette".into() });
    assert!(matches!(answer, Ok(Answer::User(user)) if user.locked_until.is_none()));
    assert_eq!(bench.events("user.unlocked").len(), 1);
}

#[test]
fn au1_reading_the_log_is_an_event_and_the_last_events_come_first_to_hand() {
    let bench = Bench::new();
    bench.apply(&declaration());
    let read = |query| audit::list(&bench.host, &acme(), &query, &Origin::default()).unwrap();
    let all = read(Query { limit: 1000, ..Query::default() });
    let again = read(Query { limit: 2, ..Query::default() });
    assert_eq!(again.last().unwrap().kind, "audit.read");
    assert_eq!(again[0].sequence, all.last().unwrap().sequence);
    let from = read(Query { after: Some(1), limit: 1, ..Query::default() });
    assert_eq!(from[0].sequence, 2);
    let about = read(Query { user: Some("mette".into()), limit: 1000, ..Query::default() });
    assert!(about.iter().all(|event| event.username.as_deref() == Some("mette")), "{about:?}");
    assert_eq!(audit::verify(&bench.host, &acme()).unwrap().first_break, None);
}

#[test]
fn applications_are_shown_in_the_words_of_the_file_without_their_secret() {
    let bench = Bench::new();
    bench.apply(&declaration());
    let shown = applications::show(&bench.host, &acme(), &ClientId::parse("shop").unwrap()).unwrap();
    let super::answer::ProtocolDetail::Oidc(client) = &shown.protocol else { panic!("{shown:?}") };
    assert!(client.has_secret);
    let json = serde_json::to_value(&shown).unwrap();
    assert_eq!(json["type"], "confidential");
    assert_eq!(json["id_token_signed_response_alg"], "RS256");
    assert!(!json.to_string().contains("hush"));
    let missing = applications::show(&bench.host, &acme(), &ClientId::parse("none").unwrap());
    assert_eq!(missing.unwrap_err().kind(), RefusalKind::NotFound);
}

#[test]
fn the_demonstration_is_made_once_and_keeps_what_visitors_change() {
    let bench = Bench::new();
    demo::ensure(&bench.host).unwrap();
    let slug = Slug::parse("demo").unwrap();
    assert_eq!(users::list(&bench.host, &slug, None, 10).unwrap().len(), 2);
    let lines = demo::announcement("http://localhost:8080").join("\n");
    assert!(lines.contains("http://localhost:8080/t/demo/playground") && lines.contains("alice / "));
    let (_, store) = open(&bench.host, &slug).unwrap();
    let rows = store.read(store::audit::verify).unwrap().rows;
    demo::ensure(&bench.host).unwrap();
    assert_eq!(store.read(store::audit::verify).unwrap().rows, rows);
}

#[test]
fn commands_travel_as_json_and_come_back_the_same() {
    let command = Command::UserCreate {
        tenant: acme(),
        user: NewUser { username: "a".into(), password: Some(SecretText::new("geheim")), ..NewUser::default() },
    };
    let text = serde_json::to_string(&command).unwrap();
    let Command::UserCreate { user, .. } = serde_json::from_str(&text).unwrap() else { panic!("another command") };
    assert_eq!(user.password.unwrap().expose(), "geheim");
    let changed = Applied {
        dry_run: true,
        changes: vec![answer::Change {
            tenant: "acme".into(),
            kind: "user".into(),
            id: "a".into(),
            action: Action::Changed,
            fields: vec![],
        }],
        warnings: vec![],
    };
    let answer = Answer::Applied(changed);
    assert_eq!(serde_json::from_str::<Answer>(&serde_json::to_string(&answer).unwrap()).unwrap(), answer);
}

/// What a page shows as met is taken, and what it shows as missing is not: whoever it is for, whatever is typed.
#[test]
fn in_5_preview_and_enforcement_agree() {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};

    use crate::flow::password::{self, Choice};

    let bench = Bench::new();
    let mut tenant = declaration();
    tenant["policy"]["password"] =
        json!({ "min_length": 10, "min_digits": 1, "min_special": 1, "own_words": ["sild"] });
    bench.apply(&tenant);
    let site = bench.host.site(&acme()).unwrap().unwrap();
    let people: Vec<crate::domain::user::User> = site.store.read(|tx| store::users::list(tx, None, 10)).unwrap();
    assert!(people.len() >= 2, "an administrator and others");
    let typed = prop_oneof![
        "\\PC{0,24}",
        "[a-zæøå]{4,12} [0-9]{1,4}[!?.]?",
        "(sild|mette|Acme|sommer)[0-9!]{0,8}",
        "[A-ZÆØÅa-zæøå0-9 .!-]{8,30}",
    ];
    let strategy = (0..people.len(), typed);
    let mut runner = TestRunner::new(Config { cases: 200, ..Config::default() });
    let agree = |(person, text): (usize, String)| {
        let user = &people[person];
        let password = Password::parse(text).unwrap();
        let shown = password::preview(&site, user, &password);
        let enforced = match password::choose(&site, user, &password, None).unwrap() {
            Choice::Taken(_) => Vec::new(),
            Choice::Unmet(unmet) => unmet,
            Choice::Busy => panic!("nobody else hashes here"),
        };
        prop_assert_eq!(shown, enforced);
        Ok(())
    };
    runner.run(&strategy, agree).unwrap();
}

#[test]
fn in_6_rules_that_contradict_each_other_are_not_applied() {
    let bench = Bench::new();
    bench.apply(&declaration());
    let mut tenant = declaration();
    tenant["policy"]["second_factor"] = json!({ "methods": ["totp"] });
    tenant["policy"]["role"] =
        json!([{ "role": "admin", "second_factor": { "required": true, "methods": ["passkey"] } }]);
    let refused = bench.try_apply(&tenant, false).unwrap_err();
    assert!(format!("{refused:?}").contains("second_factor.methods"), "{refused:?}");
}
