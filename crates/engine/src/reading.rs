//! Entries on their way from the journal to one subscriber.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use catalogue::Revision;
use journal::ReadError;

use crate::FeedEntry;

/// What came from the journal.
pub(crate) type Helping = Result<Vec<Arc<FeedEntry>>, ReadError>;

/// A helping that was asked for. It is a value, not a wait, so that who waits in line for the journal still hears its
/// client, and its going. Dropped, it leaves the line.
pub(crate) struct Reading {
    /// The head when it was asked for: up to there it says everything.
    head: Revision,
    state: State,
}

enum State {
    UnderWay(Pin<Box<dyn Future<Output = Helping> + Send>>),
    There(Helping),
}

impl Reading {
    /// A helping begins to be read when it is first waited for.
    pub(crate) fn new(head: Revision, read: impl Future<Output = Helping> + Send + 'static) -> Self {
        Reading { head, state: State::UnderWay(Box::pin(read)) }
    }

    /// Ready once it is there.
    pub(crate) fn poll_there(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let State::UnderWay(read) = &mut self.state {
            self.state = State::There(ready!(read.as_mut().poll(cx)));
        }
        Poll::Ready(())
    }

    /// The head it was read up to and what came; itself again while that is under way.
    pub(crate) fn take(self) -> Result<(Revision, Helping), Reading> {
        match self.state {
            State::There(helping) => Ok((self.head, helping)),
            State::UnderWay(_) => Err(self),
        }
    }
}
