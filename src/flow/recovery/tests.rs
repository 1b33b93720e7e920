use std::sync::Mutex;

use chrono::TimeZone;
use serde_json::json;

use super::*;
use crate::crypto::breached::Breached;
use crate::crypto::entropy::{Clock, SystemEntropy};
use crate::crypto::keyring::MasterKey;
use crate::crypto::password::{HashParams, HashPool};
use crate::domain::assurance::Proof;
use crate::domain::ids::{SessionId, Slug};
use crate::domain::mail::{Delivery, Letter};
use crate::domain::secret::{Password, TokenHash};
use crate::domain::session::Session;
use crate::flow::admin::{self, Command};
use crate::flow::browser::{Browser, SignedIn};
use crate::flow::host::Parts;
use crate::flow::outbox::{self, Attempt};
use crate::flow::sources::Sources;
use crate::flow::{Lifetimes, upkeep};
use crate::store::outbox::Envelope;
use crate::store::{Engine, StoreOptions, Stores};

struct TestClock(Mutex<Time>);

impl Clock for TestClock {
    fn now(&self) -> Time {
        *self.0.lock().unwrap()
    }
}

pub(in crate::flow) struct Bench {
    host: Host,
    pub site: Arc<Site>,
    clock: Arc<TestClock>,
    _dir: tempfile::TempDir,
}

impl Bench {
    /// A tenant with one person, `mette`.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let entropy = Arc::new(SystemEntropy);
        let options = StoreOptions::new(dir.path(), Engine::Sqlite, entropy.clone());
        let clock = Arc::new(TestClock(Mutex::new(chrono::Utc.timestamp_opt(1_800_000_000, 0).unwrap())));
        let minutes = Duration::from_mins;
        let parts = Parts {
            stores: Stores::open(options, MasterKey::generate(entropy.as_ref())).unwrap(),
            clock: clock.clone(),
            entropy,
            hasher: HashPool::start(HashParams { memory_kib: 64, iterations: 1, parallelism: 1 }, 1, 8).unwrap(),
            breached: Breached::default(),
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
            public_url: "https://login.example".to_owned(),
            sources: Sources::new(None, None),
        };
        let host = Host::new(parts).unwrap();
        let person =
            json!({ "username": "mette", "email": "mette@acme.example", "password": "sild og løg på rugbrød" });
        let tenant = json!({ "slug": "acme", "name": "Acme", "languages": ["da"], "user": [person] });
        let documents = vec![json!({ "version": 1, "tenant": [tenant] })];
        admin::execute(&host, Command::Apply { documents, dry_run: false }, &Origin::default()).unwrap();
        let site = host.site(&Slug::parse("acme").unwrap()).unwrap().unwrap();
        Self { host, site, clock, _dir: dir }
    }

    pub fn later(&self, minutes: i64) {
        let mut now = self.clock.0.lock().unwrap();
        *now += chrono::Duration::minutes(minutes);
    }

    fn mette(&self) -> User {
        self.site.store.read(|tx| store::users::find_by_username_key(tx, "mette")).unwrap().unwrap()
    }

    /// `mette` in a browser of hers.
    pub fn signed_in(&self) -> (Browser, SignedIn) {
        let (user, now) = (self.mette(), self.site.now());
        let session = Session {
            id: SessionId::from_uuid(self.site.new_id(now)),
            user: user.id,
            created_at: now,
            auth_time: now,
            last_seen: now,
            proofs: vec![Proof::Password],
            ended_at: None,
            ends_by: None,
        };
        let cookie = token::mint(TokenKind::Session, self.site.entropy.as_ref());
        let (hash, row) = (cookie.hash(), session.clone());
        self.site.store.write(move |tx| store::sessions::insert(tx, &row, &hash, &Origin::default())).unwrap();
        (Browser { session: Some(cookie), ..browser() }, SignedIn { session, user })
    }

    fn envelopes(&self) -> Vec<Envelope> {
        self.site.store.read(|tx| store::outbox::list(tx, 100)).unwrap()
    }

    /// What waits, the newest first.
    fn letters(&self, kind: &str) -> Vec<Letter> {
        let read = |tx: &mut Tx<'_>| -> Result<Vec<Letter>, StoreError> {
            let mut letters = Vec::new();
            for mail in store::outbox::list(tx, 100)?.into_iter().filter(|mail| mail.kind == kind) {
                letters.extend(store::outbox::letter(tx, mail.id)?);
            }
            Ok(letters)
        };
        self.site.store.read(read).unwrap()
    }

    fn ask_for(&self, address: &str) -> PlainToken {
        let address = EmailAddress::parse(address).unwrap();
        // The newest mail is the newest only if time has passed.
        self.later(1);
        let (browser, mette) = self.signed_in();
        let asked = start_address_change(&self.site, &browser, &mette, &address).unwrap();
        assert_eq!(asked, Confirmation::Done);
        let letter = self.letters("address_verification").remove(0);
        assert_eq!(letter.to, address, "the new address is what has to be proven");
        token_of(&letter)
    }
}

pub(in crate::flow) fn browser() -> Browser {
    Browser { binding: TokenHash::from_bytes([1; 32]), session: None, device: None, origin: Origin::default() }
}

fn token_of(letter: &Letter) -> PlainToken {
    let (Message::AddressVerification { link, .. } | Message::PasswordReset { link, .. }) = &letter.message else {
        panic!("{:?} has no link", letter.message)
    };
    let link = link.expose();
    assert!(link.starts_with("https://login.example/t/acme/"), "{link}");
    PlainToken::parse(TokenKind::Link, link.rsplit('=').next().unwrap()).unwrap()
}

#[test]
fn an_address_counts_once_it_is_proven_and_both_addresses_are_told() {
    let bench = Bench::new();
    let token = bench.ask_for("mette.ny@acme.example");
    assert_eq!(bench.mette().email.unwrap().as_str(), "mette@acme.example", "nothing changes before");
    let seen = look_at_address(&bench.site, &token).unwrap().unwrap();
    assert_eq!((seen.address.as_str(), seen.username.as_str()), ("mette.ny@acme.example", "mette"));
    assert_eq!(confirm_address(&bench.site, &browser(), &token).unwrap(), Confirmation::Done);
    let mette = bench.mette();
    assert_eq!((mette.email.unwrap().as_str(), mette.email_verified), ("mette.ny@acme.example", true));
    let mut told: Vec<String> = bench.letters("address_changed").iter().map(|letter| letter.to.to_string()).collect();
    told.sort();
    assert_eq!(told, ["mette.ny@acme.example", "mette@acme.example"]);
    assert_eq!(confirm_address(&bench.site, &browser(), &token).unwrap(), Confirmation::Shut);
}

#[test]
fn a_link_for_an_address_dies_with_time_a_newer_one_or_another_password() {
    let bench = Bench::new();
    let shut = |token: &PlainToken| look_at_address(&bench.site, token).unwrap().is_none();
    let first = bench.ask_for("one@acme.example");
    let second = bench.ask_for("two@acme.example");
    assert!(shut(&first) && !shut(&second));
    send_reset(&bench.site, &By { actor: Actor::Operator, origin: Origin::default() }, bench.mette().id).unwrap();
    let reset = token_of(&bench.letters("password_reset")[0]);
    let password = Password::parse("en hel anden adgangskode".to_owned()).unwrap();
    let chosen = choose_password(&bench.site, &browser(), (Purpose::PasswordReset, &reset), &password).unwrap();
    assert!(matches!(chosen, Choosing::Done), "{chosen:?}");
    assert!(shut(&second), "whoever had the old password does not move the account away");
    let third = bench.ask_for("three@acme.example");
    bench.later(61);
    assert!(shut(&third));
    assert_eq!(confirm_address(&bench.site, &browser(), &third).unwrap(), Confirmation::Shut);
}

#[test]
fn a_reset_does_not_need_the_link_of_another_purpose() {
    let bench = Bench::new();
    let token = bench.ask_for("one@acme.example");
    assert!(look(&bench.site, Purpose::PasswordReset, &token).unwrap().is_none());
    assert!(look(&bench.site, Purpose::Invitation, &token).unwrap().is_none());
}

#[test]
fn a_mail_is_tried_for_two_days_and_then_dead_with_its_last_error() {
    let bench = Bench::new();
    let (mette, now) = (bench.mette(), bench.site.now());
    bench.site.store.write(move |tx| mail::queue(tx, &mette, Message::PasswordChanged, now)).unwrap();
    let mut attempts = 0;
    while bench.envelopes()[0].state == Delivery::Queued {
        let batch = outbox::claim(&bench.host, bench.site.id).unwrap();
        for mail in &batch.mails {
            attempts += 1;
            assert!(outbox::claim(&bench.host, bench.site.id).unwrap().mails.is_empty(), "it is claimed already");
            outbox::settle(&bench.host, &batch, mail, Attempt::Later(format!("attempt {attempts}"))).unwrap();
        }
        bench.later(10);
        assert!(attempts < 30);
    }
    let mail = bench.envelopes().remove(0);
    assert_eq!((mail.state, mail.attempts), (Delivery::Dead, 20));
    assert_eq!(mail.last_error.as_deref(), Some("attempt 20"));
    let hours = (bench.site.now() - now).num_hours();
    assert!((36..60).contains(&hours), "{hours}");
}

#[test]
fn a_code_that_has_expired_is_never_sent_and_what_was_sent_is_forgotten() {
    let bench = Bench::new();
    let (mette, now) = (bench.mette(), bench.site.now());
    let code =
        |code: &str| Message::OneTimeCode { code: Confided::new(code), expires_at: now + Duration::from_mins(10) };
    let (first, second) = (code("123456"), code("654321"));
    let person = mette.clone();
    bench.site.store.write(move |tx| mail::queue(tx, &person, first, now)).unwrap();
    let batch = outbox::claim(&bench.host, bench.site.id).unwrap();
    outbox::settle(&bench.host, &batch, &batch.mails[0], Attempt::Sent).unwrap();
    assert!(bench.letters("one_time_code").is_empty(), "what was sent is erased");
    bench.site.store.write(move |tx| mail::queue(tx, &mette, second, now)).unwrap();
    bench.later(11);
    assert!(outbox::claim(&bench.host, bench.site.id).unwrap().mails.is_empty());
    let states: Vec<Delivery> = bench.envelopes().iter().map(|mail| mail.state).collect();
    assert!(states.contains(&Delivery::Dead) && !states.contains(&Delivery::Queued), "{states:?}");
    assert!(bench.letters("one_time_code").is_empty(), "nor is it kept");
    bench.later(40 * 24 * 60);
    let tenant = bench.host.stores.registry().list().unwrap().remove(0);
    upkeep::run(&bench.host, &tenant).unwrap();
    assert!(bench.envelopes().is_empty(), "in the end nothing is left");
}

#[test]
fn nothing_is_mailed_for_work_that_was_undone() {
    let bench = Bench::new();
    let (mette, now) = (bench.mette(), bench.site.now());
    let undone: Result<(), StoreError> = bench.site.store.write(move |tx| {
        mail::queue(tx, &mette, Message::PasswordChanged, now)?;
        Err(StoreError::Missing("anything"))
    });
    assert!(undone.is_err());
    assert!(bench.envelopes().is_empty());
}
