//! `make bench`: one table, every figure beside one that it can be judged by, from the same run.
//!
//! Noise of the machine hits both sides alike: they take turns in short rounds, and the median of the rounds'
//! ratios is what counts. Nothing here is a test; `docs/performance.md` says what is behind each number.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a measurement that cannot go on says so by panicking"
)]

mod bare;
mod enumeration;
mod load;
mod memory;
mod password;
mod requests;
mod saml;
mod server;
mod session;
mod signing;
mod starts;
mod table;
mod writes;

use table::Table;

/// Turns of each side.
pub const ROUNDS: usize = 5;

type Part = (&'static str, fn(&mut Table));

/// In this order, those that keep both cores busy for long last.
const PARTS: &[Part] = &[
    ("signing", signing::measure),
    ("saml", saml::measure),
    ("starts", starts::measure),
    ("memory", memory::measure),
    ("writes", writes::measure),
    ("requests", requests::measure),
    ("sign-ins", password::measure),
    ("latency", password::measure_neighbours),
    ("enumeration", enumeration::measure),
];

/// `cargo bench -- signing writes` measures only these.
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let Some((first, paths)) = arguments.split_first()
        && first == bare::ARGUMENT
    {
        return bare::serve(paths);
    }
    let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
    if let Some(unknown) = arguments.iter().find(|name| !names.contains(&name.as_str())) {
        eprintln!("{unknown} is not measured; these are: {}", names.join(", "));
        std::process::exit(2);
    }
    let mut table = Table::default();
    for (name, measure) in PARTS {
        if arguments.is_empty() || arguments.iter().any(|wanted| wanted == name) {
            eprintln!("measuring {name} …");
            measure(&mut table);
        }
    }
    print!("{table}");
}
