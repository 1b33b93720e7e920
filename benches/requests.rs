//! Requests that a busy server answers all day, against a bare handler, and what CPU each costs the server.

use std::time::Duration;

use crate::ROUNDS;
use crate::bare::Bare;
use crate::load::{self, Answer, Client, Repeat, complaint};
use crate::server::{Portner, cpu, resident};
use crate::session::{self, Browser, basic, encode, request};
use crate::table::{Row, Table, median, per_second};

const SLUG: &str = "bench";
const CONNECTIONS: usize = 32;
/// One side's turn.
const TURN: Duration = Duration::from_millis(1000);

/// One kind of request.
struct Kind {
    what: &'static str,
    path: &'static str,
    budget: &'static str,
    asked: Vec<Asking>,
}

/// What one connection asks.
enum Asking {
    Same(Repeat),
    Refresh(Refresh),
}

impl Client for Asking {
    fn ask(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::Same(repeat) => repeat.ask(out),
            Self::Refresh(refresh) => refresh.ask(out),
        }
    }
    fn hear(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        match self {
            Self::Same(repeat) => repeat.hear(answer),
            Self::Refresh(refresh) => refresh.hear(answer),
        }
    }
}

/// Each answer brings the token of the next request.
struct Refresh {
    path: String,
    token: String,
}

impl Client for Refresh {
    fn ask(&mut self, out: &mut Vec<u8>) {
        let body = encode(&[("grant_type", "refresh_token"), ("refresh_token", &self.token)]);
        out.extend(request("POST", &self.path, &[("Authorization", &basic("web-es"))], &body));
    }
    fn hear(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        const MEMBER: &[u8] = b"\"refresh_token\":\"";
        let at = answer.body.windows(MEMBER.len()).position(|part| part == MEMBER).ok_or_else(|| complaint(answer))?;
        let token = answer.body[at + MEMBER.len()..].split(|byte| *byte == b'"').next();
        self.token = String::from_utf8_lossy(token.unwrap_or_default()).into_owned();
        Ok(())
    }
}

pub fn measure(table: &mut Table) {
    let portner = Portner::start();
    portner.apply(&session::tenant(SLUG, 1));
    let mut kinds = kinds(portner.port);
    let sizes: Vec<(String, usize)> =
        kinds.iter_mut().map(|kind| (below(kind.path), size(portner.port, kind))).collect();
    let mut unique = sizes;
    unique.dedup_by(|one, other| one.0 == other.0);
    let bare = Bare::start(&unique);
    for kind in kinds {
        compare(table, &portner, &bare, kind);
    }
    let held = resident(portner.id());
    let aim = "≤ 60 MB";
    table.add(Row {
        what: "memory after these loads".to_owned(),
        ours: format!("{held:.0} MB"),
        aim,
        ..Row::default()
    });
}

fn below(path: &str) -> String {
    format!("/t/{SLUG}{path}")
}

/// How large the answer is: the bare handler sends as much.
fn size(port: u16, kind: &mut Kind) -> usize {
    let mut bytes = Vec::new();
    let asking = &mut kind.asked[0];
    asking.ask(&mut bytes);
    let text = String::from_utf8(bytes).expect("UTF-8").replacen("\r\n", "\r\nConnection: close\r\n", 1);
    let reply = session::send(port, text.as_bytes());
    let answer = Answer { status: reply.status, body: reply.body.as_bytes() };
    asking.hear(&answer).unwrap_or_else(|fault| panic!("{}: {fault}", kind.what));
    reply.body.len()
}

fn kinds(port: u16) -> Vec<Kind> {
    let mut browser = Browser::new(port, SLUG);
    let mut access = |client| browser.tokens(client)["access_token"].as_str().expect("an access token").to_owned();
    let (es, rs) = (access("web-es"), access("web-rs"));
    let same = |what, path: &'static str, budget, request: &dyn Fn(&str) -> Vec<u8>| {
        let text = request(&below(path));
        let asked = (0..CONNECTIONS).map(|_| Asking::Same(Repeat(text.clone()))).collect();
        Kind { what, path, budget, asked }
    };
    let userinfo = |token: &str| {
        let bearer = format!("Bearer {token}");
        move |path: &str| request("GET", path, &[("Authorization", &bearer)], "")
    };
    let introspection = |client: &'static str, token: &str| {
        let body = encode(&[("token", token)]);
        move |path: &str| request("POST", path, &[("Authorization", &basic(client))], &body)
    };
    let credentials = |client: &'static str| {
        move |path: &str| request("POST", path, &[("Authorization", &basic(client))], "grant_type=client_credentials")
    };
    let refresh = (0..CONNECTIONS).map(|_| {
        let token = browser.tokens("web-es")["refresh_token"].as_str().expect("a refresh token").to_owned();
        Asking::Refresh(Refresh { path: below("/oauth2/token"), token })
    });
    let refresh: Vec<Asking> = refresh.collect();
    vec![
        same("discovery", "/.well-known/openid-configuration", "≥ 0.9, ≤ 0.015 ms", &|path| {
            request("GET", path, &[], "")
        }),
        same("JWKS", "/oauth2/jwks", "≥ 0.9, ≤ 0.015 ms", &|path| request("GET", path, &[], "")),
        same("UserInfo (ES256 token)", "/oauth2/userinfo", "≤ 0.08 ms", &userinfo(&es)),
        same("UserInfo (RS256 token)", "/oauth2/userinfo", "≤ 0.08 ms", &userinfo(&rs)),
        same("introspection (ES256 token)", "/oauth2/introspect", "≤ 0.08 ms", &introspection("web-es", &es)),
        same("introspection (RS256 token)", "/oauth2/introspect", "≤ 0.08 ms", &introspection("web-rs", &rs)),
        same("client credentials, RS256", "/oauth2/token", "≤ 0.65 ms", &credentials("service-rs")),
        same("client credentials, ES256", "/oauth2/token", "≤ 0.12 ms", &credentials("service-es")),
        Kind { what: "refresh, ES256", path: "/oauth2/token", budget: "≤ 0.4 ms", asked: refresh },
    ]
}

fn compare(table: &mut Table, portner: &Portner, bare: &Bare, kind: Kind) {
    let Kind { what, budget, mut asked, .. } = kind;
    // The bare handler gets the same bytes; what they say is nothing to it.
    let mut bytes = Vec::new();
    asked[0].ask(&mut bytes);
    let mut plain = vec![Repeat(bytes); CONNECTIONS];
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut spent, mut answered) = (Duration::ZERO, 0.0);
    let (mut bare_spent, mut bare_answered) = (Duration::ZERO, 0.0);
    // Caches, statements and branch predictors of both, before anything counts.
    load::run(portner.port, &mut asked, TURN / 4);
    load::run(bare.port, &mut plain, TURN / 4);
    for _ in 0..ROUNDS {
        let before = cpu(portner.id());
        let our = load::run(portner.port, &mut asked, TURN);
        spent += cpu(portner.id()).saturating_sub(before);
        answered += our.times.len() as f64;
        let before = cpu(bare.id());
        let their = load::run(bare.port, &mut plain, TURN);
        bare_spent += cpu(bare.id()).saturating_sub(before);
        bare_answered += their.times.len() as f64;
        ratios.push(our.per_second() / their.per_second());
        ours.push(our.per_second());
        theirs.push(their.per_second());
    }
    let bare_cpu = bare_spent.as_secs_f64() * 1000.0 / bare_answered;
    table.add(Row {
        what: what.to_owned(),
        ours: per_second(median(&ours)),
        beside: format!("{} bare, {bare_cpu:.3} ms", per_second(median(&theirs))),
        ratio: Some(median(&ratios)),
        cpu: Some(spent.as_secs_f64() * 1000.0 / answered),
        aim: budget,
    });
}
