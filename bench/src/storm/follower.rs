//! One who comes back whenever he is cut off, and goes on where he was.

use std::net::SocketAddr;
use std::time::Duration;

use rand::RngExt;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

use crate::link::{Ended, Event, EventKind, Link, ReceiveBuffer};
use crate::sequence::Sequence;

/// Who is refused tries again after up to so long.
const RETRY_MAX: Duration = Duration::from_millis(50);

/// What a follower has to tell.
pub(super) enum Told {
    /// He is live, so long after the server was ready, and had to catch up with so many changes.
    Live(Duration, u64),
    /// His connection ended.
    Ended(Ended),
    /// What must not happen did.
    Fault(String),
}

/// One client.
pub(super) struct Follower {
    address: SocketAddr,
    tell: mpsc::Sender<Told>,
    ready: watch::Receiver<Instant>,
    end: watch::Receiver<Option<u64>>,
    position: Option<(String, u64)>,
}

/// Why a follower stops reading.
enum Stopped {
    AtTheEnd,
    Ended(Ended),
    Fault(String),
}

impl From<Ended> for Stopped {
    fn from(ended: Ended) -> Self {
        Stopped::Ended(ended)
    }
}

impl Follower {
    pub(super) fn new(
        address: SocketAddr,
        tell: mpsc::Sender<Told>,
        ready: watch::Receiver<Instant>,
        end: watch::Receiver<Option<u64>>,
    ) -> Self {
        Follower { address, tell, ready, end, position: None }
    }

    /// Follows until the end that is set, or until something is wrong.
    pub(super) async fn run(mut self) {
        loop {
            let told = match self.follow().await {
                Ok(()) | Err(Stopped::AtTheEnd) => return,
                Err(Stopped::Ended(ended)) => Told::Ended(ended),
                Err(Stopped::Fault(fault)) => {
                    // Nobody listens any more once all is over.
                    let _ = self.tell.send(Told::Fault(fault)).await;
                    return;
                }
            };
            let _ = self.tell.send(told).await;
        }
    }

    async fn follow(&mut self) -> Result<(), Stopped> {
        let mut link = self.connect().await;
        link.call("books.subscribe", self.wanted()).await.map_err(|ended| match ended {
            refused @ Ended::Refused(..) => Stopped::Fault(format!("cannot resume: {refused}")),
            ended => Stopped::Ended(ended),
        })?;
        let (mut is_live, mut missed) = (false, 0);
        loop {
            let event = tokio::select! {
                biased;
                event = link.event() => event?,
                Ok(()) = self.end.changed() => {
                    self.stop_at_the_end()?;
                    continue;
                }
            };
            self.take(&event).map_err(Stopped::Fault)?;
            missed += u64::from(event.kind == EventKind::Change && !is_live);
            if event.kind == EventKind::Current && !is_live {
                is_live = true;
                let after = self.ready.borrow().elapsed();
                let _ = self.tell.send(Told::Live(after, missed)).await;
            }
            self.stop_at_the_end()?;
        }
    }

    /// Tries until there is somebody.
    async fn connect(&self) -> Link {
        loop {
            if let Ok(link) = Link::connect(self.address, ReceiveBuffer::Usual).await {
                return link;
            }
            let wait = rand::rng().random_range(0..RETRY_MAX.as_millis() as u64);
            sleep(Duration::from_millis(wait)).await;
        }
    }

    fn wanted(&self) -> Value {
        match &self.position {
            Some((store, revision)) => json!({"since": revision, "store": store}),
            None => json!({}),
        }
    }

    fn take(&mut self, event: &Event) -> Result<(), String> {
        match (event.kind, &mut self.position) {
            (EventKind::Current, None) => {
                self.position = Some((event.store.clone().ok_or("current names no store")?, event.revision));
            }
            (EventKind::Current, Some((_, position))) if *position == event.revision => {}
            (EventKind::Change, Some((_, position))) => {
                Sequence::new(*position + 1, 1).take(event.revision).map_err(|gap| gap.to_string())?;
                *position = event.revision;
            }
            (EventKind::Unknown, _) => {}
            (kind, position) => return Err(format!("{kind:?} at {} when at {position:?}", event.revision)),
        }
        Ok(())
    }

    fn stop_at_the_end(&self) -> Result<(), Stopped> {
        let position = self.position.as_ref().map_or(0, |(_, revision)| *revision);
        match *self.end.borrow() {
            Some(end) if position >= end => Err(Stopped::AtTheEnd),
            _ => Ok(()),
        }
    }
}
