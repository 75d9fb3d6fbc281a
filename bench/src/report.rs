//! What came of a run, for people and for programs.

mod row;

use std::io::{self, Write};

use comfy_table::Table;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use row::{Percentiles, Row};

/// In which form a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Table,
    Json,
}

/// Figures that were measured, and whether what must hold did.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) load: String,
    processors: usize,
    settings: Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) rows: Vec<Row>,
    pub(crate) figures: Vec<Figure>,
    checks: Vec<Check>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    #[serde(deserialize_with = "row::or_nan")]
    pub(crate) value: f64,
    pub(crate) unit: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reach: Option<Reach>,
}

/// What a figure is to reach. It is shown beside it; a run does not fail by it, for machines and their neighbours differ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reach {
    AtMost(f64),
    AtLeast(f64),
}

#[derive(Debug, Serialize, Deserialize)]
struct Check {
    what: String,
    holds: bool,
    found: String,
}

impl Report {
    /// Nothing measured yet of that kind of load.
    pub(crate) fn new(load: &'static str, settings: Value) -> Self {
        let processors = std::thread::available_parallelism().map_or(0, usize::from);
        let load = load.to_owned();
        Report { load, processors, settings, rows: Vec::new(), figures: Vec::new(), checks: Vec::new() }
    }

    /// Adds what was measured.
    pub(crate) fn figure(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        self.add(Figure { name: name.into(), value, unit: unit.to_owned(), reach: None });
    }

    /// Adds what was measured, and what it is to be.
    pub(crate) fn goal(&mut self, name: impl Into<String>, value: f64, unit: &'static str, reach: Reach) {
        self.add(Figure { name: name.into(), value, unit: unit.to_owned(), reach: Some(reach) });
    }

    /// Adds what a server did.
    pub(crate) fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    fn add(&mut self, figure: Figure) {
        let Figure { name, value, unit, .. } = &figure;
        note(format_args!("{name}: {} {unit}", number(*value)));
        self.figures.push(figure);
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

    pub(crate) fn table(&self) -> String {
        let mut rows = Table::new();
        rows.set_header(Row::HEADER);
        rows.add_rows(self.rows.iter().map(Row::cells));
        let mut figures = Table::new();
        figures.set_header([self.load.as_str(), "", "", "to reach"]);
        figures.add_rows(self.figures.iter().map(Figure::cells));
        let mut checks = Table::new();
        checks.set_header(["must hold", "does", "found"]);
        for Check { what, holds, found } in &self.checks {
            checks.add_row([what.clone(), if *holds { "yes" } else { "NO" }.to_owned(), found.clone()]);
        }
        let tables = [(rows, self.rows.len()), (figures, self.figures.len()), (checks, self.checks.len())];
        tables.iter().filter(|(_, lines)| *lines > 0).map(|(table, _)| format!("{table}\n")).collect()
    }
}

impl Figure {
    /// Its name, its value, its unit, and what it is to reach.
    pub(crate) fn cells(&self) -> [String; 4] {
        let reach = self.reach.map_or_else(String::new, |reach| reach.told(self.value));
        [self.name.clone(), number(self.value), self.unit.clone(), reach]
    }
}

impl Reach {
    pub(crate) fn is_reached(self, value: f64) -> bool {
        match self {
            Reach::AtMost(most) => value <= most,
            Reach::AtLeast(least) => value >= least,
        }
    }

    fn told(self, value: f64) -> String {
        let told = match self {
            Reach::AtMost(most) => format!("≤ {}", short(most)),
            Reach::AtLeast(least) => format!("≥ {}", short(least)),
        };
        if self.is_reached(value) { told } else { format!("{told}, NOT reached") }
    }
}

/// Three digits of what is small, none behind the point of what is large.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => {
            let digits = format!("{value:.0}");
            let parts: Vec<&str> =
                digits.as_bytes().rchunks(3).rev().filter_map(|part| std::str::from_utf8(part).ok()).collect();
            parts.join(",").replace("-,", "-")
        }
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// The same without zeros at the end.
pub(crate) fn short(value: f64) -> String {
    let text = number(value);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
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

    #[test]
    fn a_goal_that_is_missed_is_shown_and_fails_nothing() {
        let mut report = Report::new("requests", Value::Null);
        report.goal("CPU by the limit's", 1.3, "", Reach::AtMost(1.2));
        report.goal("rate by Redis'", 1.3, "", Reach::AtLeast(1.0));
        assert!(report.holds());
        assert_eq!(report.table().matches("NOT reached").count(), 1, "{}", report.table());
    }

    #[test]
    fn numbers_are_as_long_as_they_are_sure() {
        let numbers = [0.4567, 7.0, 12.345, 999.6, 1_234_567.8, -1_234.0, -123.4].map(number);
        assert_eq!(numbers, ["0.46", "7.00", "12.3", "1,000", "1,234,568", "-1,234", "-123"]);
        assert_eq!([1.25, 11.000001, 60_000.0, 6.0, 0.6].map(short), ["1.25", "11", "60,000", "6", "0.6"]);
    }
}
