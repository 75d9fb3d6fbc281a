//! What came of a run, for people and for programs.

use std::io::{self, Write};

use comfy_table::Table;
use serde::Serialize;
use serde_json::Value;

/// In which form a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Table,
    Json,
}

/// Figures that were measured, and whether what must hold did.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    load: &'static str,
    processors: usize,
    settings: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rows: Vec<Row>,
    figures: Vec<Figure>,
    checks: Vec<Check>,
}

/// What one server did under one load: medians of its turns.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) work: &'static str,
    pub(crate) pipeline: usize,
    pub(crate) books: u64,
    pub(crate) server: &'static str,
    /// The server's processor time a call, in microseconds.
    pub(crate) cpu_us: f64,
    /// Calls a second.
    pub(crate) rate: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) p999_us: f64,
    pub(crate) memory_mib: f64,
}

#[derive(Debug, Serialize)]
struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
}

#[derive(Debug, Serialize)]
struct Check {
    what: String,
    holds: bool,
    found: String,
}

impl Report {
    /// Nothing measured yet of that kind of load.
    pub(crate) fn new(load: &'static str, settings: Value) -> Self {
        let processors = std::thread::available_parallelism().map_or(0, usize::from);
        Report { load, processors, settings, rows: Vec::new(), figures: Vec::new(), checks: Vec::new() }
    }

    /// Adds what was measured.
    pub(crate) fn figure(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        let name = name.into();
        note(format_args!("{name}: {value:.1} {unit}"));
        self.figures.push(Figure { name, value, unit });
    }

    /// Adds what a server did.
    pub(crate) fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Adds what must hold; `found` says what was found, also where it does hold.
    pub(crate) fn check(&mut self, what: impl Into<String>, holds: bool, found: impl std::fmt::Display) {
        self.checks.push(Check { what: what.into(), holds, found: found.to_string() });
    }

    /// Whether everything that must hold does.
    pub(crate) fn holds(&self) -> bool {
        self.checks.iter().all(|check| check.holds)
    }

    pub(crate) fn print(&self, format: Format) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match format {
            Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(self)?),
            Format::Table => write!(out, "{}", self.table()),
        }
    }

    fn table(&self) -> String {
        let mut rows = Table::new();
        rows.set_header(["work", "p", "books", "server", "CPU us", "1/s", "p50 us", "p99 us", "p99.9 us", "MiB"]);
        for row in &self.rows {
            let numbers = [row.cpu_us, row.rate, row.p50_us, row.p99_us, row.p999_us, row.memory_mib];
            let names = [row.work.into(), row.pipeline.to_string(), row.books.to_string(), row.server.into()];
            rows.add_row(names.into_iter().chain(numbers.map(|number| format!("{number:.2}"))));
        }
        let mut figures = Table::new();
        figures.set_header([self.load, "", ""]);
        for Figure { name, value, unit } in &self.figures {
            figures.add_row([name.clone(), format!("{value:.1}"), (*unit).to_owned()]);
        }
        let mut checks = Table::new();
        checks.set_header(["must hold", "does", "found"]);
        for Check { what, holds, found } in &self.checks {
            checks.add_row([what.clone(), if *holds { "yes" } else { "NO" }.to_owned(), found.clone()]);
        }
        format!("{rows}\n{figures}\n{checks}\n")
    }
}

/// Says on stderr how far a run is.
pub(crate) fn note(text: impl std::fmt::Display) {
    eprintln!("bench: {text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_that_does_not_hold_is_enough() {
        let mut report = Report::new("crowd", Value::Null);
        report.check("all is well", true, "yes");
        assert!(report.holds());
        report.check("nothing is lost", false, "1 change");
        assert!(!report.holds());
        assert!(report.table().contains("NO") && report.table().contains("1 change"), "{}", report.table());
    }
}
