//! Waking all whom a batch answered.

use std::task::Waker;

use catalogue::Command;
use tokio::runtime::Handle;

/// Where tasks are woken.
///
/// A task that is woken by a thread outside of the runtime goes through a queue that all workers share, and as soon as
/// one of them rests, through a system call. One task for a batch, which wakes the others where they run, needs that once.
pub(crate) struct Waking(Option<Handle>);

/// What is left of a batch once it is answered.
struct Answered {
    asleep: Vec<Waker>,
    /// Given back where they were made: the writer has no time for it.
    _commands: Vec<Command>,
}

impl Waking {
    /// By a task of the runtime that this is called in, if it is.
    pub(crate) fn by_a_task() -> Self {
        Waking(Handle::try_current().ok())
    }

    /// By whom it is said to.
    pub(crate) fn at_once() -> Self {
        Waking(None)
    }

    /// Wakes them all, and forgets what they asked for.
    pub(crate) fn wake(&self, asleep: Vec<Waker>, commands: Vec<Command>) {
        let several = asleep.len() > 1;
        let answered = Answered { asleep, _commands: commands };
        if let Some(runtime) = self.0.as_ref().filter(|_| several) {
            runtime.spawn(async move { drop(answered) });
        }
    }
}

impl Drop for Answered {
    /// They are woken even where the runtime has ended and drops what it was to do.
    fn drop(&mut self) {
        self.asleep.drain(..).for_each(Waker::wake);
    }
}
