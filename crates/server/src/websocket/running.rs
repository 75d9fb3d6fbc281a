//! Writes that were put into the engine's queue and are not answered yet.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll};

use catalogue::Answer;
use engine::{Inbox, Limits, WriteError};
use protocol::method::Shape;

/// A connection without a write under way has room for no more.
const KEPT: usize = 16;

/// The writes of one connection under way, in the order sent. Many at once, so that one sync serves all.
pub(super) struct Running {
    writes: VecDeque<RunningWrite>,
    /// Where their answers come.
    inbox: Inbox,
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
            inbox: Inbox::new(),
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

    /// Where answers come: each write that asks for one here is to be [pushed](Running::push) at once.
    pub(super) fn inbox(&mut self) -> &mut Inbox {
        &mut self.inbox
    }

    pub(super) fn push(&mut self, write: RunningWrite) {
        self.bytes += write.bytes;
        self.writes.push_back(write);
    }

    /// The answer of the first, if it is there.
    pub(super) fn try_first_done(&mut self) -> Option<Done> {
        let answer = self.inbox.try_first()?;
        Some(self.take_first(answer))
    }

    /// The answer of the first, which is pending where there is no first either.
    pub(super) fn poll_first_done(&mut self, cx: &mut Context<'_>) -> Poll<Done> {
        self.inbox.poll_first(cx).map(|answer| self.take_first(answer))
    }

    /// Waits for the answer of the first, where there is one.
    pub(super) async fn first_done(&mut self) -> Done {
        poll_fn(|cx| self.poll_first_done(cx)).await
    }

    fn take_first(&mut self, answer: Result<Answer, WriteError>) -> Done {
        let RunningWrite { id, shape, bytes } = self.writes.pop_front().expect("it was there a moment ago");
        self.bytes -= bytes;
        if self.writes.is_empty() && self.writes.capacity() > KEPT {
            self.writes.shrink_to(KEPT);
        }
        Done { id, shape, answer }
    }
}
