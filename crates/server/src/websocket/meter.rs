//! How much of the server's memory one connection's input has, and how long a message may take.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use super::framing::{Framing, Masked};
use crate::budget::{PATIENCE, Pool, Share, Waiting};

/// A connection has this much anyway; only what is more is counted.
const FREE_BYTES: usize = 8 * 1024;
/// A share grows and shrinks by so much at a time.
const STEP_BYTES: usize = 16 * 1024;

/// Lets input through as far as there is memory for it.
pub(super) struct Meter {
    framing: Framing,
    share: Share,
    /// The bytes of the calls that are not answered yet.
    in_flight: usize,
    waiting: Option<Waiting>,
    /// By when the message that has begun must be whole.
    due: Option<Pin<Box<Sleep>>>,
    message_time: Duration,
}

/// Why no more is read. Goes through the library as the cause of an error of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    #[error("a message took too long")]
    Late,
    #[error("no memory for more")]
    Busy,
}

impl Meter {
    pub(super) fn new(pool: &Pool, message_time: Duration) -> Self {
        let (framing, share) = (Framing::default(), pool.share());
        Meter { framing, share, in_flight: 0, waiting: None, due: None, message_time }
    }

    /// The bytes of the calls that are not answered yet.
    pub(super) fn set_in_flight(&mut self, bytes: usize) {
        self.in_flight = bytes;
    }

    /// Whether a call may take so many bytes more than it is long.
    pub(super) fn takes(&mut self, bytes: usize) -> bool {
        bytes <= FREE_BYTES || self.share.try_grow(self.share.bytes() + bytes)
    }

    /// Waits until there is memory for what is there already and another piece; errs when that takes too long, or the
    /// message does.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(due) = &mut self.due
            && due.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Err(io::Error::other(Refused::Late)));
        }
        loop {
            // Answered calls may have made room meanwhile.
            let wanted = self.wanted();
            if self.framing.message_bytes().is_none() {
                self.share.shrink(wanted);
            }
            if self.share.try_grow(wanted) {
                self.waiting = None;
                return Poll::Ready(Ok(()));
            }
            let waiting = self.waiting.get_or_insert_with(|| self.share.wait(wanted));
            let came = ready!(waiting.as_mut().poll(cx));
            self.waiting = None;
            let Some(permit) = came else { return Poll::Ready(Err(io::Error::other(Refused::Busy))) };
            self.share.put(permit);
            // What came may be the reserve, for which others wait.
            self.due = self.due.take().map(|_| Box::pin(sleep(PATIENCE)));
        }
    }

    /// Nothing is read for a while, which is no fault of the peer's.
    pub(super) fn rest(&mut self) {
        self.due = None;
    }

    /// These bytes came. Each call that is whole and short in them is `noticed`.
    pub(super) fn came(&mut self, bytes: &[u8], noticed: impl FnMut(Masked<'_>)) {
        self.framing.pass(bytes, noticed);
        match self.framing.message_bytes() {
            Some(_) if self.due.is_none() => self.due = Some(Box::pin(sleep(self.message_time))),
            Some(_) => {}
            None => self.due = None,
        }
    }

    fn wanted(&self) -> usize {
        let message = usize::try_from(self.framing.message_bytes().unwrap_or(0)).unwrap_or(usize::MAX);
        let bytes = message.saturating_add(self.in_flight);
        if bytes <= FREE_BYTES { 0 } else { bytes.saturating_add(STEP_BYTES) / STEP_BYTES * STEP_BYTES }
    }
}
