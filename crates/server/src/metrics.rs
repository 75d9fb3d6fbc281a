//! What `/metrics` shows, as Prometheus text.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use engine::{Appends, Failures, Health};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::answer::{Answered, Refused};
use crate::app::App;

/// Every scraper reads this form.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How a call came out that was carried out.
pub(crate) const OK: &str = "ok";

/// Which door a request came in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Door {
    /// A route that answers with data.
    Http,
    /// A page for people.
    Page,
    /// The event stream.
    Events,
    /// The WebSocket: its upgrades, not the calls on it.
    WebSocket,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    door: Door,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

/// The counters and gauges; clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    registry: Arc<Registry>,
    requests: Family<RequestLabels, Counter>,
    calls: Family<CallLabels, Counter>,
    /// That of the calls which were carried out: nearly all.
    calls_ok: Counter,
    /// Logins that failed.
    pub(crate) failed_logins: Counter,
    /// Open sockets.
    pub(crate) connections: Gauge,
    clients: Gauge,
    books: Gauge,
    revision: Gauge,
    ready: Gauge,
    failed_appends: Family<ReasonLabels, Counter>,
    failed_snapshots: Counter,
    appends: Counter,
    appended_entries: Counter,
    append_seconds: Counter<f64, AtomicU64>,
    in_flight: Gauge,
}

impl Metrics {
    /// All at zero, of a process that began at `started`.
    pub(crate) fn new(started: SystemTime) -> Self {
        let mut registry = Registry::default();
        let requests = Family::default();
        registry.register("bookstore_requests", "HTTP requests answered, by door and status", requests.clone());
        let calls = Family::<CallLabels, Counter>::default();
        let calls_ok = calls.get_or_create(&CallLabels { outcome: OK }).clone();
        registry.register("bookstore_calls", "Calls on WebSockets, by outcome: ok or the error's name", calls.clone());
        let failed_logins = Counter::default();
        let help = "Tokens and tickets that were not good, on any door";
        registry.register("bookstore_failed_logins", help, failed_logins.clone());
        let failed_appends = Family::default();
        let help = "Appends to the journal that failed: full, poisoned (a write or sync failed), unknown (no answer)";
        registry.register("bookstore_failed_appends", help, failed_appends.clone());
        let failed_snapshots = Counter::default();
        registry.register("bookstore_failed_snapshots", "Snapshots that were not written", failed_snapshots.clone());
        let appends = Counter::default();
        registry.register(
            "bookstore_appends",
            "Batches in the journal, each made durable by one sync",
            appends.clone(),
        );
        let appended_entries = Counter::default();
        registry.register("bookstore_appended_entries", "Entries in these batches", appended_entries.clone());
        let append_seconds = Counter::default();
        let help = "Time that writing and syncing them took: the rest of the time the journal's disk was idle";
        registry.register("bookstore_append_seconds", help, append_seconds.clone());
        let mut gauge = |name: &str, help: &str| {
            let gauge: Gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let connections = gauge("bookstore_connections", "Open connections");
        let clients = gauge("bookstore_clients", "WebSockets and event streams");
        let books = gauge("bookstore_books", "Books in the catalogue");
        let revision = gauge("bookstore_revision", "Revision of the catalogue");
        let ready = gauge("bookstore_ready", "1 while writes are accepted");
        let in_flight =
            gauge("bookstore_bytes_in_flight", "Bytes of requests and answers under way, beyond small ones");
        let start: Gauge<f64, AtomicU64> = Gauge::default();
        start.set(started.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
        registry.register("process_start_time_seconds", "Start of the process, in seconds since 1970", start);
        let registry = Arc::new(registry);
        Metrics {
            registry,
            requests,
            calls,
            calls_ok,
            failed_logins,
            connections,
            clients,
            books,
            revision,
            ready,
            failed_appends,
            failed_snapshots,
            appends,
            appended_entries,
            append_seconds,
            in_flight,
        }
    }

    /// Counts an answered request.
    pub(crate) fn request(&self, door: Door, status: u16) {
        self.requests.get_or_create(&RequestLabels { door, status }).inc();
    }

    /// Counts a call on a WebSocket; `outcome` is `ok` or the error's name.
    pub(crate) fn call(&self, outcome: &'static str) {
        self.calls.get_or_create(&CallLabels { outcome }).inc();
    }

    /// Takes over what the engine counted. It never counts down, as a counter must not.
    fn failures(&self, failures: Failures) {
        let Failures { full, poisoned, unknown, snapshots } = failures;
        for (reason, count) in [("full", full), ("poisoned", poisoned), ("unknown", unknown)] {
            self.failed_appends.get_or_create(&ReasonLabels { reason }).inner().store(count, Ordering::Relaxed);
        }
        self.failed_snapshots.inner().store(snapshots, Ordering::Relaxed);
    }

    /// The same of what the journal took.
    fn appends(&self, appends: Appends) {
        let Appends { batches, entries, time } = appends;
        self.appends.inner().store(batches, Ordering::Relaxed);
        self.appended_entries.inner().store(entries, Ordering::Relaxed);
        self.append_seconds.inner().store(time.as_secs_f64().to_bits(), Ordering::Relaxed);
    }
}

/// The calls of one connection, counted for all once a burst: what every processor writes to is slow to write to.
pub(crate) struct Tally {
    calls: Family<CallLabels, Counter>,
    calls_ok: Counter,
    ok: u64,
}

impl Tally {
    /// Nothing yet.
    pub(crate) fn of(metrics: &Metrics) -> Self {
        Tally { calls: metrics.calls.clone(), calls_ok: metrics.calls_ok.clone(), ok: 0 }
    }

    /// Counts a call; `outcome` is [`OK`] or the error's name.
    pub(crate) fn add(&mut self, outcome: &'static str) {
        match outcome {
            OK => self.ok += 1,
            outcome => {
                self.calls.get_or_create(&CallLabels { outcome }).inc();
            }
        }
    }

    /// Hands over what was counted.
    pub(crate) fn settle(&mut self) {
        if self.ok > 0 {
            self.calls_ok.inc_by(std::mem::take(&mut self.ok));
        }
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        self.settle();
    }
}

/// Answers `GET /metrics`.
pub(crate) async fn metrics(State(app): State<App>) -> Answered {
    let view = app.engine.view();
    app.metrics.books.set(view.len() as i64);
    app.metrics.revision.set(view.revision().0 as i64);
    app.metrics.clients.set(app.clients.count() as i64);
    app.metrics.in_flight.set(app.budget.taken() as i64);
    app.metrics.ready.set(i64::from(app.engine.health() == Health::Ready));
    app.metrics.failures(app.engine.failures());
    app.metrics.appends(app.engine.appends());
    let mut body = String::new();
    text::encode(&mut body, &app.metrics.registry)
        .map_err(|fault| Refused::new(protocol::Name::Internal, format!("the metrics cannot be written: {fault}")))?;
    Ok(plain(&body))
}

/// The text of `open_metrics` in the older form: a counter's comments name it as its samples do, nothing marks the end.
fn plain_text(open_metrics: &str) -> String {
    let counters: Vec<_> = open_metrics.lines().filter_map(|line| counter(line)).collect();
    let mut text = String::with_capacity(open_metrics.len());
    for line in open_metrics.lines().filter(|line| *line != "# EOF") {
        match line.splitn(4, ' ').collect::<Vec<_>>()[..] {
            ["#", word @ ("HELP" | "TYPE"), name, rest] if counters.contains(&name) => {
                text.extend(["# ", word, " ", name, "_total ", rest]);
            }
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// The name of the counter that a line declares.
fn counter(line: &str) -> Option<&str> {
    line.strip_prefix("# TYPE ")?.strip_suffix(" counter")
}

fn plain(body: &str) -> Response {
    ([(header::CONTENT_TYPE, TEXT)], plain_text(body)).into_response()
}
