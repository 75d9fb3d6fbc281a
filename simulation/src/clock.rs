//! The simulated clock: one a thread, so that many seeds can run at once.

use std::cell::Cell;

use catalogue::Timestamp;
use engine::Clock;

thread_local! {
    static NOW: Cell<i64> = const { Cell::new(0) };
}

/// The clock of the history on this thread.
pub(crate) struct Simulated;

impl Clock for Simulated {
    fn now(&self) -> Timestamp {
        now()
    }
}

/// What the clock says, in the form in which a journal asks for it.
pub(crate) fn now() -> Timestamp {
    Timestamp(NOW.get())
}

/// Sets the clock, back too: people and machines do.
pub(crate) fn set(seconds: i64) {
    NOW.set(seconds);
}
