//! Waking all whom a batch answered.

use std::task::Waker;

use tokio::runtime::Handle;

/// Where tasks are woken.
///
/// A task that is woken by a thread outside of the runtime goes through a queue that all workers share, and as soon as
/// one of them rests, through a system call. One task for a batch, which wakes the others where they run, needs that once.
pub(crate) struct Waking(Option<Handle>);

/// Who waits. They are woken when this is dropped: also where the runtime has ended and drops what it was to do.
struct Asleep(Vec<Waker>);

impl Waking {
    /// By a task of the runtime that this is called in, if it is.
    pub(crate) fn by_a_task() -> Self {
        Waking(Handle::try_current().ok())
    }

    /// By whom it is said to.
    pub(crate) fn at_once() -> Self {
        Waking(None)
    }

    /// Wakes them all.
    pub(crate) fn wake(&self, asleep: Vec<Waker>) {
        let several = asleep.len() > 1;
        let asleep = Asleep(asleep);
        if let Some(runtime) = self.0.as_ref().filter(|_| several) {
            runtime.spawn(async move { drop(asleep) });
        }
    }
}

impl Drop for Asleep {
    fn drop(&mut self) {
        self.0.drain(..).for_each(Waker::wake);
    }
}
