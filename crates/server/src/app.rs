//! What every door shares.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use access::Access;
use engine::Engine;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::archive::Archive;
use crate::budget::Budget;
use crate::metrics::Metrics;
use crate::rates::{Buckets, Rates};

/// What the operator decided about the doors.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Names by which this server may be called in `Host`, besides IP literals and `localhost`.
    pub allow_hosts: Vec<String>,
    /// Origins besides the server's own from which browsers may connect and write.
    pub allow_origins: Vec<Url>,
    /// Who may do what.
    pub access: Arc<Access>,
    /// Proxies whose word is taken for whom they speak: the last entry of their `X-Forwarded-For`.
    pub trusted_proxies: Vec<IpAddr>,
    /// How much one client may ask for.
    pub rates: Rates,
}

/// What every door shares; clones are the same.
#[derive(Clone)]
pub struct App {
    /// The engine behind the doors.
    pub engine: Engine,
    /// What the operator decided.
    pub options: Arc<Options>,
    /// What backs the store up and restores it; `None` where there are no files.
    pub(crate) archive: Option<Arc<dyn Archive>>,
    /// Cancelled when the server stops: what lasts (WebSockets, event streams) then ends by itself.
    pub(crate) stopping: CancellationToken,
    /// Who is connected for longer than one answer.
    pub(crate) clients: Clients,
    /// What `/metrics` shows.
    pub(crate) metrics: Metrics,
    /// WebSockets send back what they get.
    #[cfg(feature = "echo")]
    pub(crate) echoes: bool,
    /// What each client may still ask for.
    pub(crate) buckets: Arc<Buckets>,
    /// The memory that all of them together may have in flight.
    pub(crate) budget: Budget,
}

impl App {
    /// An app over a running engine.
    pub fn new(engine: Engine, options: Options) -> Self {
        App {
            budget: Budget::new(engine.limits()),
            engine,
            buckets: Arc::new(Buckets::new(options.rates)),
            options: Arc::new(options),
            archive: None,
            stopping: CancellationToken::new(),
            clients: Clients::default(),
            metrics: Metrics::new(SystemTime::now()),
            #[cfg(feature = "echo")]
            echoes: false,
        }
    }

    /// The same, but for what is said on WebSockets: every message is sent back as it came, for a conformance suite.
    #[cfg(feature = "echo")]
    pub fn echoing(self) -> Self {
        App { echoes: true, ..self }
    }

    /// The same with backup and restore.
    pub fn with_archive(self, archive: Arc<dyn Archive>) -> Self {
        App { archive: Some(archive), ..self }
    }
}

/// Counts WebSockets and event streams.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clients(Arc<AtomicUsize>);

/// One client; it is counted until this is dropped.
#[derive(Debug)]
pub(crate) struct Client(Arc<AtomicUsize>);

impl Clients {
    /// Counts one more, until the returned value is dropped.
    pub(crate) fn enter(&self) -> Client {
        self.0.fetch_add(1, Ordering::Relaxed);
        Client(Arc::clone(&self.0))
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
