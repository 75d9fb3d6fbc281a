//! Writes that were put into the engine's queue and are not answered yet.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use catalogue::Answer;
use engine::{Limits, PendingWrite, WriteError};
use protocol::method::Shape;
use tokio::sync::oneshot::error::TryRecvError;

use crate::write;

/// The writes of one connection under way, in the order sent. Many at once, so that one sync serves all.
pub(super) struct Running {
    writes: VecDeque<RunningWrite>,
    bytes: usize,
    writes_max: usize,
    bytes_max: usize,
}

/// One write under way.
pub(super) struct RunningWrite {
    /// The call's id as it was written; `None` asks for no answer.
    pub(super) id: Option<Box<str>>,
    /// The shape of its answer.
    pub(super) shape: Shape,
    /// Where the answer comes.
    pub(super) pending: PendingWrite,
    /// What it has in memory, about.
    pub(super) bytes: usize,
}

/// A write that was answered.
pub(super) struct Done {
    pub(super) id: Option<Box<str>>,
    pub(super) shape: Shape,
    pub(super) answer: Result<Answer, WriteError>,
}

impl Running {
    pub(super) fn new(limits: &Limits) -> Self {
        Running {
            writes: VecDeque::new(),
            bytes: 0,
            writes_max: limits.calls_in_flight_max,
            bytes_max: limits.calls_in_flight_bytes_max,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Whether one more may be taken on: else it waits on the wire.
    pub(super) fn has_room(&self) -> bool {
        self.writes.len() < self.writes_max && self.bytes < self.bytes_max
    }

    /// What they have in memory, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, write: RunningWrite) {
        self.bytes += write.bytes;
        self.writes.push_back(write);
    }

    /// The answer of the first, if it is there. Asks the channel itself: a task that has used up its share of time would
    /// be told to wait.
    pub(super) fn try_first_done(&mut self) -> Option<Done> {
        let first = self.writes.front_mut()?;
        let answer = match first.pending.try_recv() {
            Ok(answer) => answer,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Closed) => Err(write::stopped()),
        };
        Some(self.take_first(answer))
    }

    /// The answer of the first, which is pending where there is no first either.
    pub(super) fn poll_first_done(&mut self, cx: &mut Context<'_>) -> Poll<Done> {
        let Some(first) = self.writes.front_mut() else { return Poll::Pending };
        let answer = ready!(Pin::new(&mut first.pending).poll(cx)).unwrap_or_else(|_| Err(write::stopped()));
        Poll::Ready(self.take_first(answer))
    }

    /// Waits for the answer of the first, where there is one.
    pub(super) async fn first_done(&mut self) -> Done {
        poll_fn(|cx| self.poll_first_done(cx)).await
    }

    fn take_first(&mut self, answer: Result<Answer, WriteError>) -> Done {
        let RunningWrite { id, shape, bytes, .. } = self.writes.pop_front().expect("it was there a moment ago");
        self.bytes -= bytes;
        Done { id, shape, answer }
    }
}
