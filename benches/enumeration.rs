//! Whether the time of a refused sign-in tells who has an account: people who are known, unknown, locked out, switched
//! off, without a password of their own (they come from elsewhere), or brought along with a hash of another program. One after the other, since a crowd would hide differences in
//! its noise.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::server::Portner;
use crate::session::{self, Browser, Form, PASSWORD, request, username};
use crate::table::{Row, Table, median, millis, milliseconds};

const SLUG: &str = "bench";
/// Attempts of each kind.
const ATTEMPTS: usize = 120;
/// What makes an account locked.
const FAILURES: usize = 3;
const WRONG: &str = "wrong horse battery";
/// Of the right password, with cost 8.
const BCRYPT: &str = "$2b$08$Xvi53PFa6soqnyK/cC9SUuBa/1e5/ZdHdRDcWrhR5/pA0EcZe.ZDa";

/// Whose name is typed; the number keeps all but the locked one from being used twice.
#[derive(Clone, Copy)]
enum Whose {
    Unknown,
    Known,
    Locked,
    Disabled,
    Passwordless,
    Imported,
}

impl Whose {
    const ALL: [Self; 6] =
        [Self::Unknown, Self::Known, Self::Locked, Self::Disabled, Self::Passwordless, Self::Imported];

    fn name(self, number: usize) -> String {
        match self {
            Self::Unknown => format!("nobody{number}"),
            Self::Known => username(number),
            Self::Locked => "locked".to_owned(),
            Self::Disabled => format!("disabled{number}"),
            Self::Passwordless => format!("elsewhere{number}"),
            Self::Imported => format!("imported{number}"),
        }
    }

    /// The right one where it must not help.
    fn password(self) -> &'static str {
        match self {
            Self::Locked | Self::Disabled => PASSWORD,
            Self::Unknown | Self::Known | Self::Passwordless | Self::Imported => WRONG,
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Unknown => "refused: unknown name",
            Self::Known => "refused: known name",
            Self::Locked => "refused: locked, right password",
            Self::Disabled => "refused: disabled, right password",
            Self::Passwordless => "refused: no password of its own",
            Self::Imported => "refused: imported bcrypt hash",
        }
    }
}

pub fn measure(table: &mut Table) {
    let portner = Portner::start();
    portner.apply(&declared());
    let form = Browser::new(portner.port, SLUG).form(&format!("/t/{SLUG}/sign-in"));
    for number in 0..FAILURES {
        attempt(portner.port, &form, (&Whose::Locked.name(number), WRONG));
    }
    let mut times = Whose::ALL.map(|_| Vec::new());
    for number in 0..ATTEMPTS {
        // Each kind comes after each other one.
        for step in 0..times.len() {
            let kind = (number + step) % times.len();
            let whose = Whose::ALL[kind];
            let time = attempt(portner.port, &form, (&whose.name(number), whose.password()));
            times[kind].push(millis(time));
        }
    }
    let unknown = median(&times[0]);
    for (whose, times) in Whose::ALL.into_iter().zip(&times) {
        table.add(Row {
            what: whose.what().to_owned(),
            ours: milliseconds(median(times)),
            beside: format!("half within {}", milliseconds(spread(times))),
            ratio: Some(median(times) / unknown),
            ..Row::default()
        });
    }
}

fn declared() -> String {
    let mut text = session::tenant(SLUG, ATTEMPTS);
    let mut person = |name: &str, line: &str| write!(text, "[[tenant.user]]\nusername = \"{name}\"\n{line}\n").unwrap();
    person("locked", &format!("password = \"{PASSWORD}\""));
    for number in 0..ATTEMPTS {
        person(&Whose::Disabled.name(number), &format!("password = \"{PASSWORD}\"\nenabled = false"));
        person(&Whose::Passwordless.name(number), "");
        person(&Whose::Imported.name(number), &format!("password_hash = \"{BCRYPT}\""));
    }
    text
}

fn attempt(port: u16, form: &Form, (name, password): (&str, &str)) -> Duration {
    let body = form.with_password(name, password);
    let path = format!("/t/{SLUG}/sign-in");
    let asked = request("POST", &path, &[("Connection", "close"), ("Cookie", &form.cookie)], &body);
    let began = Instant::now();
    let reply = session::send(port, &asked);
    let time = began.elapsed();
    assert_eq!(reply.status, 401, "{name}: {}", reply.body);
    time
}

/// How far apart the quartiles are.
fn spread(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |quarter: usize| sorted.get(sorted.len() * quarter / 4).copied().unwrap_or(f64::NAN);
    at(3) - at(1)
}
