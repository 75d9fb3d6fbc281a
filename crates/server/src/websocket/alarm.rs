//! When a connection must look up by itself.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Pings that may go unanswered.
const PINGS_MAX: u8 = 2;

/// The next moment at which something is due, and how long the peer has been silent.
pub(super) struct Alarm {
    sleep: Pin<Box<Sleep>>,
    ping_after: Duration,
    /// When the peer was last heard, or pinged.
    since: Instant,
    /// Whether it was heard since `since`: when, is asked only once for all that comes at once.
    heard: bool,
    unanswered: u8,
}

/// What the peer's silence calls for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Silence {
    Short,
    Ping,
    TooLong,
}

impl Alarm {
    pub(super) fn new(ping_after: Duration) -> Self {
        let now = Instant::now();
        Alarm { sleep: Box::pin(sleep_until(now + ping_after)), ping_after, since: now, heard: false, unanswered: 0 }
    }

    /// Waits for the moment that was set.
    pub(super) fn poll_rings(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.sleep.as_mut().poll(cx)
    }

    /// Sets the moment: when silence is to be looked at, or earlier.
    pub(super) fn set(&mut self, earlier: Option<Instant>) {
        self.burst_is_over();
        let silence = self.since + self.ping_after;
        let moment = earlier.map_or(silence, |earlier| earlier.min(silence));
        if self.sleep.deadline() != moment {
            self.sleep.as_mut().reset(moment);
        }
    }

    /// The peer was heard.
    pub(super) fn heard(&mut self) {
        self.heard = true;
    }

    /// All is looked at that came: from here on, the peer is silent.
    pub(super) fn burst_is_over(&mut self) {
        if self.heard {
            self.since = Instant::now();
            self.unanswered = 0;
            self.heard = false;
        }
    }

    /// What is due; a ping is then counted as sent.
    pub(super) fn silence(&mut self) -> Silence {
        self.burst_is_over();
        let now = Instant::now();
        if now < self.since + self.ping_after {
            return Silence::Short;
        }
        if self.unanswered == PINGS_MAX {
            return Silence::TooLong;
        }
        self.unanswered += 1;
        self.since = now;
        Silence::Ping
    }
}
