//! The subscriptions of one connection.

use std::task::{Context, Poll};
use std::time::Duration;

use catalogue::Revision;
use engine::{Bell, Event, Next, Subscription};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::wire::{End, Wire};
use crate::events;

/// After about this many bytes of events the other side of the connection has its turn.
const BURST_BYTES: usize = 64 * 1024;

/// The subscriptions in force.
pub(super) struct Subscriptions {
    list: Vec<Subscribed>,
    /// Rings when there may be something new for one of them.
    bell: Bell,
    next_id: u64,
    store: Box<str>,
    current_every: Duration,
}

struct Subscribed {
    id: String,
    subscription: Subscription,
    next_current: Instant,
}

/// How far a round of telling came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Told {
    Everything,
    /// There is more once it is read from the journal.
    ReadSoFar,
    /// There is more at once.
    SoMuch,
}

impl Subscriptions {
    /// None yet. `current_interval` is the longest time without `current`.
    pub(super) fn new(store: &str, current_interval: Duration) -> Self {
        // A little early: what is promised is the longest time, and the way to the client takes some.
        let current_every = current_interval - current_interval / 10;
        Subscriptions { list: Vec::new(), bell: Bell::default(), next_id: 1, store: store.into(), current_every }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Rings when there may be something new for one of them.
    pub(super) fn bell(&self) -> &Bell {
        &self.bell
    }

    /// Adds one and gives its id; there may be something for it already.
    pub(super) fn add(&mut self, mut subscription: Subscription) -> String {
        subscription.rings(&self.bell);
        let id = self.next_id.to_string();
        self.next_id += 1;
        let next_current = Instant::now() + self.current_every;
        self.list.push(Subscribed { id: id.clone(), subscription, next_current });
        id
    }

    /// Ends one; says whether it was there.
    pub(super) fn remove(&mut self, id: &str) -> bool {
        let before = self.list.len();
        self.list.retain(|subscribed| subscribed.id != id);
        self.list.len() < before
    }

    /// When `current` is due next.
    pub(super) fn next_current(&self) -> Option<Instant> {
        self.list.iter().map(|subscribed| subscribed.next_current).min()
    }

    /// Tells what happened up to `head`, or some of it.
    pub(super) async fn tell<IO>(&mut self, head: Revision, wire: &mut Wire<IO>) -> Result<Told, End>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let mut told = Told::Everything;
        for subscribed in &mut self.list {
            told = told.max(subscribed.tell(head, &self.store, self.current_every, wire).await?);
        }
        Ok(told)
    }

    /// Waits until there is more from the journal for one of them.
    pub(super) fn poll_arrival(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let arrived = self.list.iter_mut().any(|subscribed| subscribed.subscription.poll_arrival(cx).is_ready());
        if arrived { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Whether it is time to repeat `current` somewhere.
    pub(super) fn current_is_due(&self) -> bool {
        self.next_current().is_some_and(|due| due <= Instant::now())
    }

    /// Repeats `current` where it is due. What does not match wakes nobody, so that all there is must be told before.
    pub(super) async fn repeat_current<IO>(&mut self, wire: &mut Wire<IO>) -> Result<(), End>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let now = Instant::now();
        for subscribed in self.list.iter_mut().filter(|subscribed| subscribed.next_current <= now) {
            subscribed.next_current = now + self.current_every;
            if let Some(revision) = subscribed.subscription.current() {
                let current = Event::Current { revision };
                wire.feed_ready(events::notification(&current, &self.store, &subscribed.id)).await?;
            }
        }
        Ok(())
    }
}

impl Subscribed {
    async fn tell<IO>(
        &mut self,
        head: Revision,
        store: &str,
        current_every: Duration,
        wire: &mut Wire<IO>,
    ) -> Result<Told, End>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let mut bytes = 0;
        while bytes <= BURST_BYTES {
            if let Some((entry, seen)) = self.subscription.next_taken() {
                let notification = events::change_notification(entry, seen.map(|seen| &**seen), &self.id);
                bytes += notification.len();
                wire.feed_ready(notification).await?;
                continue;
            }
            let event = match self.subscription.next_ready(head).await {
                Next::Event(event) => event,
                Next::Reading => return Ok(Told::ReadSoFar),
                Next::AtHead => return Ok(Told::Everything),
            };
            if matches!(event, Event::Current { .. }) {
                self.next_current = Instant::now() + current_every;
            }
            wire.room_for(events::bytes(&event)).await?;
            let notification = events::notification(&event, store, &self.id);
            bytes += notification.len();
            wire.feed_ready(notification).await?;
        }
        Ok(Told::SoMuch)
    }
}
