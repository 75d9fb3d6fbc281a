//! Those who subscribe and never read.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use futures_util::{StreamExt, stream};
use serde_json::json;
use tokio::time::{sleep_until, timeout};

use crate::clock::Plan;
use crate::link::{Ended, Link, ReceiveBuffer};
use crate::metrics;
use crate::report::{Report, note};

/// Who reads nothing for 30 s is closed with 4008; the goodbye waits for him for 30 s more. In between he can be woken.
const CLOSED_AFTER: Duration = Duration::from_secs(36);
const FORGOTTEN_AFTER: Duration = Duration::from_secs(66);
/// How long the rest of what was sent may take to be read.
const READING_MAX: Duration = Duration::from_secs(20);

/// What became of the sleepers.
pub(super) struct Fate {
    /// How many woke up in time to read why they were closed, and how it ended for them.
    woken: usize,
    endings: BTreeMap<String, usize>,
    /// How many were left to sleep, and how many of their connections the server still had in the end.
    forgotten: usize,
    still_open: Option<i64>,
}

/// Connects sleepers. Each asks for a snapshot that is larger than what the system holds for him.
pub(super) async fn fall_asleep(address: SocketAddr, sleepers: usize) -> anyhow::Result<Vec<Link>> {
    let one = || async move {
        let mut link = Link::connect(address, ReceiveBuffer::Small).await?;
        link.begin("books.subscribe", json!({"snapshot": true})).await?;
        link.flush().await?;
        Ok::<_, Ended>(link)
    };
    let links: Vec<_> = stream::iter((0..sleepers).map(|_| one())).buffer_unordered(64).collect().await;
    links.into_iter().collect::<Result<_, _>>().context("a sleeper could not connect")
}

/// Wakes half of them, or all, when they must have been closed; the others when the server must have given them up.
pub(super) async fn wake(
    mut sleepers: Vec<Link>,
    plan: Plan,
    readers: usize,
    address: SocketAddr,
    all: bool,
) -> anyhow::Result<Fate> {
    let forgotten = if all { Vec::new() } else { sleepers.split_off(sleepers.len() / 2) };
    sleep_until(plan.at(0) + CLOSED_AFTER).await;
    note(format_args!("{} sleepers wake up", sleepers.len()));
    let woken = sleepers.len();
    let read = |link: Link| async {
        match timeout(READING_MAX, link.end()).await {
            Ok(ended) => ended.to_string(),
            Err(_) => "open still".to_owned(),
        }
    };
    let mut endings = BTreeMap::new();
    let mut reading = stream::iter(sleepers.into_iter().map(read)).buffer_unordered(64);
    while let Some(ending) = reading.next().await {
        *endings.entry(ending).or_insert(0) += 1;
    }
    let mut fate = Fate { woken, endings, forgotten: forgotten.len(), still_open: None };
    if !forgotten.is_empty() {
        sleep_until(plan.at(0) + FORGOTTEN_AFTER).await;
        // The readers, the writer, and who asks.
        let open = metrics::gauge(address, "bookstore_connections").await?;
        fate.still_open = Some(open as i64 - readers as i64 - 2);
    }
    Ok(fate)
}

impl Fate {
    pub(super) fn judge(&self, report: &mut Report) {
        let closed = self.endings.get(&Ended::Closed(4008).to_string()).copied().unwrap_or(0);
        let what = format!("who wakes up after {} s reads 4008", CLOSED_AFTER.as_secs());
        report.check(what, closed == self.woken, format!("of {}: {:?}", self.woken, self.endings));
        if let Some(open) = self.still_open {
            let what = format!("who never wakes up is given up after {} s", FORGOTTEN_AFTER.as_secs());
            report.check(what, open <= 0, format!("of {}: {open} open", self.forgotten));
        }
    }
}
