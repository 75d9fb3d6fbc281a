//! Those who are told: they count and look at nothing but the revision, so that the machine is left to the server.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::case::Case;
use crate::latencies::{Latencies, Spread};
use crate::link::{Ended, Link, ReceiveBuffer};
use crate::sequence::Sequence;

/// How long a burst may take to reach everybody.
const BURST_MAX: Duration = Duration::from_secs(60);

/// What all followers of one run share.
pub(super) struct Deliveries {
    /// The revision before the first change.
    behind: u64,
    burst: u64,
    bursts: u64,
    /// First change and step of each follower.
    shares: OnceLock<Vec<(u64, u64)>>,
    began: Instant,
    /// When each burst was sent, in nanoseconds.
    sent: Vec<AtomicU64>,
    came: AtomicU64,
    wanted: AtomicU64,
    all_came: Notify,
    latencies: Mutex<Arc<Latencies>>,
}

/// One who is told.
pub(super) struct Follower {
    link: Link,
    who: usize,
    first: u64,
    step: u64,
    deliveries: Arc<Deliveries>,
}

impl Deliveries {
    pub(super) fn new(behind: u64, burst: u64, bursts: u64) -> Arc<Self> {
        Arc::new(Deliveries {
            behind,
            burst,
            bursts,
            shares: OnceLock::new(),
            began: Instant::now(),
            sent: (0..bursts).map(|_| AtomicU64::new(0)).collect(),
            came: AtomicU64::new(0),
            wanted: AtomicU64::new(0),
            all_came: Notify::new(),
            latencies: Mutex::new(Arc::new(Latencies::new())),
        })
    }

    pub(super) fn changes(&self) -> u64 {
        self.burst * self.bursts
    }

    /// The numbers of the changes of a burst.
    pub(super) fn numbers(&self, burst: u64) -> std::ops::Range<u64> {
        burst * self.burst..(burst + 1) * self.burst
    }

    pub(super) fn behind(&self) -> u64 {
        self.behind
    }

    /// Who is to be told of what.
    pub(super) fn expect_from(&self, shares: Vec<(u64, u64)>) {
        self.shares.set(shares).expect("a run begins once");
    }

    /// What came so far was warming up.
    pub(super) fn forget_times(&self) {
        *self.latencies.lock().expect("nothing panics while it holds them") = Arc::new(Latencies::new());
    }

    pub(super) fn spread(&self) -> Spread {
        self.latencies.lock().expect("nothing panics while it holds them").spread()
    }

    /// The burst goes out now.
    pub(super) fn sends(&self, burst: u64) {
        let numbers = self.numbers(burst);
        let shares = self.shares.get().map(Vec::as_slice).unwrap_or_default();
        let below = |end: u64| shares.iter().map(|(first, step)| share(*first, *step, end)).sum::<u64>();
        self.wanted.store(below(numbers.end), Ordering::SeqCst);
        self.sent[burst as usize].store(self.began.elapsed().as_nanos() as u64, Ordering::Relaxed);
    }

    /// Waits until everybody has what was sent.
    pub(super) async fn all_there(&self) -> anyhow::Result<()> {
        let all = async {
            while self.came.load(Ordering::SeqCst) < self.wanted.load(Ordering::SeqCst) {
                self.all_came.notified().await;
            }
        };
        timeout(BURST_MAX, all).await.context("a burst did not reach everybody")
    }

    fn take(&self, number: u64, who: usize, latencies: &Latencies) {
        let sent = self.sent[(number / self.burst) as usize].load(Ordering::Relaxed);
        latencies.add(who, self.began.elapsed().saturating_sub(Duration::from_nanos(sent)));
        if self.came.fetch_add(1, Ordering::SeqCst) + 1 == self.wanted.load(Ordering::SeqCst) {
            self.all_came.notify_one();
        }
    }
}

/// How many of the changes `first`, `first + step`, … are below `end`.
fn share(first: u64, step: u64, end: u64) -> u64 {
    (end + step - 1).saturating_sub(first) / step
}

impl Follower {
    /// Connects and subscribes; of the yardstick everybody is told who has not said a word.
    pub(super) async fn connect(
        address: SocketAddr,
        who: usize,
        case: &Case,
        deliveries: Arc<Deliveries>,
    ) -> Result<Follower, Ended> {
        let mut link = Link::connect(address, ReceiveBuffer::Usual).await?;
        if !matches!(case, Case::Ready) {
            link.call("books.subscribe", json!({"filter": case.filter(who)})).await?;
        }
        let (first, step) = case.sequence(who);
        Ok(Follower { link, who, first, step, deliveries })
    }

    pub(super) fn share(&self) -> (u64, u64) {
        (self.first, self.step)
    }

    /// Takes all that is to be told; the error says what was wrong.
    pub(super) async fn run(mut self) -> Result<(), String> {
        let mut sequence = Sequence::new(self.first, self.step);
        let mut latencies = Arc::new(Latencies::new());
        let mut of_burst = None;
        while !sequence.has_reached(self.deliveries.changes()) {
            let text = self.link.text().await.map_err(|ended| ended.to_string())?;
            let Some(revision) = revision(&text) else { continue };
            let number = revision.checked_sub(self.deliveries.behind + 1).ok_or("a change from before")?;
            sequence.take(number).map_err(|gap| gap.to_string())?;
            if of_burst.replace(number / self.deliveries.burst) != Some(number / self.deliveries.burst) {
                latencies = Arc::clone(&*self.deliveries.latencies.lock().map_err(|error| error.to_string())?);
            }
            self.deliveries.take(number, self.who, &latencies);
        }
        Ok(())
    }
}

/// The revision of a change; `None` of what is none.
pub(super) fn revision(text: &str) -> Option<u64> {
    const CHANGE: &str = r#""result":{"type":"change","revision":"#;
    let (_, behind) = text.split_at_checked(text.find(CHANGE)? + CHANGE.len())?;
    behind.split(',').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_follower_is_told_of_his_share() {
        assert_eq!([share(0, 1, 25), share(3, 10, 3), share(3, 10, 4), share(3, 10, 25)], [25, 0, 1, 3]);
    }

    #[test]
    fn only_a_change_has_a_revision_to_count() {
        let notification = |result: &str| {
            format!(r#"{{"jsonrpc":"2.0","method":"books.changed","params":{{"subscription":"1","result":{result}}}}}"#)
        };
        assert_eq!(revision(&notification(r#"{"type":"change","revision":17,"at":"…"}"#)), Some(17));
        assert_eq!(revision(&notification(r#"{"type":"current","revision":17,"store":"…"}"#)), None);
    }
}
