//! What one server did under one load.

use serde::{Deserialize, Deserializer, Serialize};

use super::{number, short};

/// Medians of a server's turns.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    /// What was asked for.
    pub(crate) work: String,
    /// Calls of a connection under way at once.
    pub(crate) pipeline: usize,
    /// Books in the catalogue, at the start.
    pub(crate) books: u64,
    pub(crate) server: String,
    /// The server's processor time a call (or a delivery), in microseconds.
    #[serde(deserialize_with = "or_nan")]
    pub(crate) cpu_us: f64,
    /// Calls (or deliveries) a second.
    #[serde(deserialize_with = "or_nan")]
    pub(crate) rate: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) latency: Option<Percentiles>,
    /// Memory that the server held at the end.
    pub(crate) memory_mib: f64,
    /// Writes made durable by one sync.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) writes_per_sync: Option<f64>,
    /// The share of the time in which the disk had nothing to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) disk_idle: Option<f64>,
}

/// How long answers took, in microseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Percentiles {
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) p999_us: f64,
}

impl Row {
    pub(crate) const HEADER: [&str; 12] = [
        "work",
        "p",
        "books",
        "server",
        "CPU us",
        "1/s",
        "p50 us",
        "p99 us",
        "p99.9 us",
        "RSS MiB",
        "writes/sync",
        "disk idle",
    ];

    /// Nothing measured of a server, for tests.
    #[cfg(test)]
    pub(crate) fn of(server: &str) -> Row {
        Row {
            work: String::new(),
            pipeline: 1,
            books: 0,
            server: server.to_owned(),
            cpu_us: 1.0,
            rate: 1.0,
            latency: None,
            memory_mib: 1.0,
            writes_per_sync: None,
            disk_idle: None,
        }
    }

    pub(crate) fn cells(&self) -> [String; 12] {
        let told = |value: Option<f64>| value.map_or_else(String::new, number);
        let latency = |of: fn(&Percentiles) -> f64| told(self.latency.as_ref().map(of));
        [
            self.work.clone(),
            self.pipeline.to_string(),
            if self.books == 0 { String::new() } else { short(self.books as f64) },
            self.server.clone(),
            number(self.cpu_us),
            number(self.rate),
            latency(|latency| latency.p50_us),
            latency(|latency| latency.p99_us),
            latency(|latency| latency.p999_us),
            number(self.memory_mib),
            told(self.writes_per_sync),
            self.disk_idle.map_or_else(String::new, |share| format!("{:.0} %", 100.0 * share)),
        ]
    }
}

/// JSON has no number for what was divided by nothing; null is written for it.
pub(super) fn or_nan<'de, D: Deserializer<'de>>(value: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or(f64::NAN))
}
