//! Those who read.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::books::LANGUAGES;
use crate::clock::Plan;
use crate::latencies::{Latencies, Spread};
use crate::link::{Ended, Event, EventKind, Link, ReceiveBuffer};
use crate::sequence::Sequence;

/// What all readers share.
pub(super) struct Readers {
    writes: u64,
    filters: u64,
    plan: OnceLock<Plan>,
    latencies: Latencies,
    done: AtomicUsize,
    done_changed: watch::Sender<()>,
    stop: watch::Sender<bool>,
}

/// One who reads and checks what he is told.
pub(super) struct Reader {
    link: Link,
    who: usize,
    sequence: Sequence,
    all: Arc<Readers>,
}

impl Readers {
    /// Nobody yet. There will be `writes` writes, and each reader filters by one of `filters` languages.
    pub(super) fn new(writes: u64, filters: u64) -> Arc<Readers> {
        Arc::new(Readers {
            writes,
            filters,
            plan: OnceLock::new(),
            latencies: Latencies::new(),
            done: AtomicUsize::new(0),
            done_changed: watch::Sender::new(()),
            stop: watch::Sender::new(false),
        })
    }

    /// The writes begin.
    pub(super) fn begin(&self, plan: Plan) {
        self.plan.set(plan).unwrap_or_else(|_| panic!("a run begins once"));
    }

    /// Waits until so many readers have everything.
    pub(super) async fn all_done(&self, readers: usize) {
        let mut changed = self.done_changed.subscribe();
        while self.done.load(Ordering::Relaxed) < readers {
            changed.borrow_and_update();
            if self.done.load(Ordering::Relaxed) < readers {
                changed.changed().await.expect("the sender is ours");
            }
        }
    }

    /// Ends all; gives what went wrong for any of them.
    pub(super) async fn stop(&self, reading: Vec<JoinHandle<Result<(), String>>>) -> Vec<String> {
        self.stop.send_replace(true);
        let mut faults = Vec::new();
        for reader in reading {
            faults.extend(reader.await.unwrap_or_else(|panic| Err(panic.to_string())).err());
        }
        faults
    }

    pub(super) fn spread(&self) -> Spread {
        self.latencies.spread()
    }

    /// How many changes so many readers are to be told together.
    pub(super) fn expected(&self, readers: usize) -> u64 {
        (0..readers).map(|who| self.share(who)).sum()
    }

    /// How many changes one reader is to be told.
    fn share(&self, who: usize) -> u64 {
        let (first, step) = self.sequence(who);
        (self.writes + step - 1).saturating_sub(first) / step
    }

    /// The first write that concerns a reader, and how far apart they are.
    fn sequence(&self, who: usize) -> (u64, u64) {
        match self.filters {
            1 => (0, 1),
            filters => (who as u64 % filters, LANGUAGES.len() as u64),
        }
    }
}

impl Reader {
    /// Connects and subscribes.
    pub(super) async fn connect(address: SocketAddr, who: usize, all: Arc<Readers>) -> Result<Reader, Ended> {
        let mut link = Link::connect(address, ReceiveBuffer::Usual).await?;
        let (first, step) = all.sequence(who);
        let filter = if step == 1 { json!({}) } else { json!({"language": LANGUAGES[first as usize]}) };
        link.call("books.subscribe", json!({ "filter": filter })).await?;
        Ok(Reader { link, who, sequence: Sequence::new(first, step), all })
    }

    /// Reads until all are told to stop; the error says what was wrong.
    pub(super) async fn run(mut self) -> Result<(), String> {
        let mut stop = self.all.stop.subscribe();
        loop {
            let event = tokio::select! {
                biased;
                event = self.link.event() => event.map_err(|ended| ended.to_string())?,
                _ = stop.wait_for(|stop| *stop) => return Ok(()),
            };
            self.take(&event)?;
        }
    }

    fn take(&mut self, event: &Event) -> Result<(), String> {
        match event.kind {
            EventKind::Current | EventKind::Unknown => return Ok(()),
            EventKind::Change => {}
            EventKind::Books | EventKind::Reset => return Err(format!("{:?} was not to be expected", event.kind)),
        }
        let plan = self.all.plan.get().ok_or("a change before the first write")?;
        let number = event.request_id.as_deref().and_then(|id| id.parse().ok()).ok_or("a change of somebody else")?;
        self.all.latencies.add(self.who, plan.at(number).elapsed());
        self.sequence.take(number).map_err(|gap| gap.to_string())?;
        if self.sequence.has_reached(self.all.writes) {
            self.all.done.fetch_add(1, Ordering::Relaxed);
            self.all.done_changed.send_replace(());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reader_has_his_share_of_the_writes() {
        assert_eq!(Readers::new(25, 1).expected(3), 75);
        // Of 25 writes, languages 0 to 4 have three, the others two.
        assert_eq!(Readers::new(25, 10).expected(10), 25);
        assert_eq!(Readers::new(25, 2).expected(4), 12);
    }
}
