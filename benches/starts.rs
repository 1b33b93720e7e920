//! From nothing to ready: the first start makes the master key and the registry, the second finds them.

use std::time::Instant;

use crate::ROUNDS;
use crate::server::{Portner, resident};
use crate::table::{Row, Table, median, millis, milliseconds};

pub fn measure(table: &mut Table) {
    let (mut first, mut again, mut idle) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let mut portner = Portner::start();
        first.push(millis(began.elapsed()));
        again.push(millis(portner.restart()));
        idle.push(resident(portner.id()));
    }
    let row = |what: &str, ours, aim| Row { what: what.to_owned(), ours, aim, ..Row::default() };
    table.add(row("first start, new data directory", milliseconds(median(&first)), "≤ 500 ms"));
    table.add(row("restart", milliseconds(median(&again)), "≤ 100 ms"));
    table.add(row("memory, just started", format!("{:.0} MB", median(&idle)), "≤ 25 MB"));
}
