//! A writer's plan: when each write is to be sent.

use std::time::Duration;

use tokio::time::Instant;

/// Writes at a fixed rate. Times are measured from the moment a write was meant to be sent, so that a server which keeps
/// the writer waiting does not look fast.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    begin: Instant,
    every: Duration,
}

impl Plan {
    /// From now on, `rate` a second.
    pub(crate) fn from_now(rate: f64) -> Self {
        Plan { begin: Instant::now(), every: Duration::from_secs_f64(1.0 / rate) }
    }

    /// When write `number` is to be sent.
    pub(crate) fn at(&self, number: u64) -> Instant {
        self.begin + self.every * u32::try_from(number).unwrap_or(u32::MAX)
    }
}
