//! One who comes, does something, and goes, again and again, each time in another way.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::RngExt;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::books;
use crate::link::{Ended, EventKind, Link, ReceiveBuffer};
use crate::metrics;
use crate::report::Report;
use crate::sequence::Sequence;

/// What all visitors share.
pub(super) struct Visits {
    address: SocketAddr,
    store: String,
    /// The revision at the beginning.
    began_at: u64,
    next_write: AtomicU64,
    stop: watch::Sender<bool>,
    counts: Mutex<BTreeMap<&'static str, u64>>,
    faults: Mutex<Vec<String>>,
}

/// One visitor; what it does follows from its number.
pub(super) struct Visitor {
    visits: Arc<Visits>,
    random: StdRng,
    /// The last revision seen.
    position: Option<u64>,
}

/// Who comes back after a long time has missed so many changes: more than the server holds in memory.
const MISSED: u64 = 20_000;
/// So many of them he takes in, then he goes while more are on their way.
const MISSED_TAKEN: u64 = 1_000;

/// What one visit is for.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Follow,
    ComeBackLate,
    Write,
    CutInTheMiddle,
    HalfOpen,
    ReadSlowly,
    EventStream,
    Request,
}

/// How often each kind of visit is made, in a hundred.
const KINDS: [(u32, Kind, &str); 8] = [
    (40, Kind::Follow, "visits that follow and resume"),
    (5, Kind::ComeBackLate, "visits after a long time"),
    (20, Kind::Write, "visits that write"),
    (10, Kind::CutInTheMiddle, "visits cut in the middle"),
    (5, Kind::HalfOpen, "visits that stop reading"),
    (5, Kind::ReadSlowly, "visits that read slowly"),
    (5, Kind::EventStream, "event streams"),
    (10, Kind::Request, "plain requests"),
];

impl Visits {
    pub(super) fn new(address: SocketAddr, (store, began_at): (String, u64), next_write: u64) -> Arc<Visits> {
        Arc::new(Visits {
            address,
            store,
            began_at,
            next_write: AtomicU64::new(next_write),
            stop: watch::Sender::new(false),
            counts: Mutex::default(),
            faults: Mutex::default(),
        })
    }

    /// Each visitor ends the visit under way and comes no more.
    pub(super) fn stop(&self) {
        self.stop.send_replace(true);
    }

    pub(super) fn tell(&self, report: &mut Report) {
        for (what, count) in &*self.counts.lock().expect("nothing panics while it holds the counts") {
            report.figure(*what, *count as f64, "");
        }
        let faults = self.faults.lock().expect("nothing panics while it holds the faults");
        let found = faults.first().map_or_else(|| "no fault".to_owned(), |first| format!("{}: {first}", faults.len()));
        report.check("nobody misses a change, sees one twice, or is refused", faults.is_empty(), found);
    }

    fn count(&self, what: &'static str) {
        *self.counts.lock().expect("nothing panics while it holds the counts").entry(what).or_insert(0) += 1;
    }
}

impl Visitor {
    pub(super) fn new(who: usize, visits: Arc<Visits>) -> Self {
        Visitor { visits, random: StdRng::seed_from_u64(who as u64), position: None }
    }

    /// Visits until it is told to stop.
    pub(super) async fn run(mut self) {
        let mut stop = self.visits.stop.subscribe();
        while !*stop.borrow() {
            let (kind, what) = self.choose();
            let length = Duration::from_millis(self.random.random_range(500..12_000));
            let visit = timeout(length, self.visit(kind));
            let ended = tokio::select! {
                ended = visit => ended.unwrap_or(Ok(())),
                _ = stop.changed() => return,
            };
            self.visits.count(what);
            if let Err(ended) = ended {
                let fault = format!("{kind:?}: {ended}");
                self.visits.faults.lock().expect("nothing panics while it holds the faults").push(fault);
            }
        }
    }

    fn choose(&mut self) -> (Kind, &'static str) {
        let mut lot = self.random.random_range(0..100);
        for (share, kind, what) in KINDS {
            if lot < share {
                return (kind, what);
            }
            lot -= share;
        }
        (Kind::Follow, KINDS[0].2)
    }

    /// Lasts until it is cut off, which is how most visits end: without a goodbye.
    async fn visit(&mut self, kind: Kind) -> Result<(), Ended> {
        match kind {
            Kind::Follow => self.follow(Duration::ZERO).await,
            Kind::ComeBackLate => self.come_back_late().await,
            Kind::ReadSlowly => self.follow(Duration::from_millis(300)).await,
            Kind::Write => self.write().await,
            Kind::CutInTheMiddle => self.cut_in_the_middle().await.map_err(|error| Ended::Broken(error.to_string())),
            Kind::HalfOpen => self.stop_reading().await,
            Kind::EventStream => self.event_stream().await.map_err(|error| Ended::Broken(error.to_string())),
            Kind::Request => self.request().await.map_err(|error| Ended::Broken(error.to_string())),
        }
    }

    async fn follow(&mut self, pause: Duration) -> Result<(), Ended> {
        let mut link = Link::connect(self.visits.address, ReceiveBuffer::Usual).await?;
        let wanted = match self.position {
            Some(revision) => json!({"since": revision, "store": self.visits.store}),
            None => json!({"snapshot": true}),
        };
        link.call("books.subscribe", wanted).await?;
        loop {
            let event = link.event().await?;
            match event.kind {
                EventKind::Change => {
                    if let Some(position) = self.position {
                        let came = Sequence::new(position + 1, 1).take(event.revision);
                        came.map_err(|gap| Ended::Broken(gap.to_string()))?;
                    }
                    self.position = Some(event.revision);
                }
                EventKind::Current => self.position = Some(event.revision),
                EventKind::Reset => self.position = None,
                EventKind::Books | EventKind::Unknown => {}
            }
            if !pause.is_zero() {
                sleep(pause).await;
            }
        }
    }

    /// Catches up from far behind, and goes in the middle of it.
    async fn come_back_late(&mut self) -> Result<(), Ended> {
        let mut link = Link::connect(self.visits.address, ReceiveBuffer::Usual).await?;
        let since = self.visits.began_at.saturating_sub(MISSED);
        link.call("books.subscribe", json!({"since": since, "store": self.visits.store})).await?;
        let mut missed = Sequence::new(since + 1, 1);
        for _ in 0..MISSED_TAKEN {
            let event = link.event().await?;
            if event.kind == EventKind::Change {
                missed.take(event.revision).map_err(|gap| Ended::Broken(gap.to_string()))?;
            }
        }
        Ok(())
    }

    /// Says goodbye, as few do.
    async fn write(&mut self) -> Result<(), Ended> {
        let mut link = Link::connect(self.visits.address, ReceiveBuffer::Usual).await?;
        let writes = self.random.random_range(1..20);
        let first = self.visits.next_write.fetch_add(writes, Ordering::Relaxed);
        books::write_all(&mut link, first..first + writes).await?;
        match link.close().await {
            Ended::Closed(_) => Ok(()),
            ended => Err(ended),
        }
    }

    /// Half a handshake, half a request, half a frame.
    async fn cut_in_the_middle(&mut self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(self.visits.address).await?;
        let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        let whole = format!("GET /ws HTTP/1.1\r\nHost: {}\r\n{upgrade}\u{1}", self.visits.address);
        let cut = self.random.random_range(0..=whole.len());
        stream.write_all(&whole.as_bytes()[..cut]).await?;
        sleep(Duration::from_millis(self.random.random_range(0..500))).await;
        Ok(())
    }

    /// Subscribes with a snapshot and never reads it.
    async fn stop_reading(&mut self) -> Result<(), Ended> {
        let mut link = Link::connect(self.visits.address, ReceiveBuffer::Small).await?;
        link.begin("books.subscribe", json!({"snapshot": true})).await?;
        link.flush().await?;
        std::future::pending().await
    }

    async fn event_stream(&mut self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(self.visits.address).await?;
        let request = format!("GET /books/changes HTTP/1.1\r\nHost: {}\r\n\r\n", self.visits.address);
        stream.write_all(request.as_bytes()).await?;
        let mut some = [0; 4 * 1024];
        while stream.read(&mut some).await? > 0 {}
        Err(std::io::Error::other("the server ended an event stream"))
    }

    async fn request(&mut self) -> anyhow::Result<()> {
        let paths =
            ["/", "/books?limit=50", "/books?language=id&sort=title&limit=20", "/books/1", "/health", "/openapi.json"];
        let path = paths[self.random.random_range(0..paths.len())];
        let began = Instant::now();
        let answer = metrics::get(self.visits.address, path).await?;
        anyhow::ensure!(answer.starts_with("HTTP/1.1 200 "), "GET {path} after {:?}: {answer:.100}", began.elapsed());
        Ok(())
    }
}
