//! Breaks of who works beside others.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

use super::snapshot::Pace;

/// A disk that is slow by itself gains nothing by longer ones.
const BREAK_MAX: Duration = Duration::from_millis(10);

/// Says when there is time for a break.
#[derive(Default)]
pub(crate) struct Breaks {
    over: Mutex<bool>,
    told: Condvar,
}

impl Breaks {
    /// Waits for so many times as long as a piece of work took; disk and processors are there for others meanwhile.
    pub(crate) fn take(&self, took: Duration, times: u32) -> Pace {
        let time = (took * times).min(BREAK_MAX);
        let over = self.over.lock().expect("nothing panics while it holds this");
        let waited = self.told.wait_timeout_while(over, time, |over| !*over);
        let (over, _) = waited.expect("nothing panics while it holds this");
        if *over { Pace::Hurried } else { Pace::Polite }
    }

    /// There are none from now on, and one that is taken ends.
    pub(crate) fn end(&self) {
        *self.over.lock().expect("nothing panics while it holds this") = true;
        self.told.notify_all();
    }
}
