//! Waking all whom a batch answered.

use std::task::Waker;

use tokio::runtime::{Handle, RuntimeFlavor};

/// Where tasks are woken.
///
/// A task that is woken by a thread outside of the runtime goes through a queue that all workers share, and as soon as
/// one of them rests, through a system call. One task for a batch, which wakes the others where they run, needs that once.
pub(crate) struct Waking(Option<Handle>);

/// Who waits. They are woken when this is dropped: also where the runtime has ended and drops what it was to do.
struct Asleep(Vec<Waker>);

impl Waking {
    /// By a task of the runtime that this is called in, if it is in one whose workers run whatever is waited for elsewhere.
    pub(crate) fn by_a_task() -> Self {
        let runtime = Handle::try_current().ok();
        Waking(runtime.filter(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread))
    }

    /// By whom it is said to.
    pub(crate) fn at_once() -> Self {
        Waking(None)
    }

    /// Wakes them all.
    pub(crate) fn wake(&self, waiting: impl Iterator<Item = Waker>) {
        let mut asleep = Asleep(Vec::new());
        asleep.0.extend(waiting);
        let several = asleep.0.len() > 1;
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
