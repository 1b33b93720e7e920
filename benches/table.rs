//! What was measured, as one table of plain text.

use std::fmt;
use std::time::Duration;

#[derive(Default)]
pub struct Table {
    rows: Vec<Row>,
}

/// One line. Empty cells stay empty.
#[derive(Default)]
pub struct Row {
    pub what: String,
    pub ours: String,
    pub beside: String,
    pub ratio: Option<f64>,
    /// CPU of the server for one request, in milliseconds.
    pub cpu: Option<f64>,
    /// What it should be.
    pub aim: &'static str,
}

impl Table {
    pub fn add(&mut self, row: Row) {
        eprintln!("  {row}");
        self.rows.push(row);
    }
}

const HEAD: [&str; 6] = ["measure", "Portner", "beside it", "ratio", "CPU ms", "aim"];
const WIDTHS: [usize; 6] = [34, 16, 30, 6, 8, 0];

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, &HEAD.map(str::to_owned))?;
        writeln!(f)?;
        for row in &self.rows {
            writeln!(f, "{row}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ratio = self.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        let cpu = self.cpu.map(|cpu| format!("{cpu:.3}")).unwrap_or_default();
        line(f, &[self.what.clone(), self.ours.clone(), self.beside.clone(), ratio, cpu, self.aim.to_owned()])
    }
}

fn line(f: &mut fmt::Formatter<'_>, cells: &[String; 6]) -> fmt::Result {
    let padded = cells.iter().zip(WIDTHS).map(|(cell, width)| format!("{cell:width$}"));
    f.write_str(padded.collect::<Vec<_>>().join("  ").trim_end())
}

/// The middle one; of an even number the lower middle.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

/// The time that 99 of 100 stay below.
pub fn p99(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    let place = (times.len() * 99 / 100).min(times.len().saturating_sub(1));
    times.get(place).copied().unwrap_or_default()
}

pub fn per_second(count: f64) -> String {
    if count < 100.0 { format!("{count:.1}/s") } else { format!("{count:.0}/s") }
}

pub fn milliseconds(time: f64) -> String {
    if time < 10.0 { format!("{time:.2} ms") } else { format!("{time:.0} ms") }
}

pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
