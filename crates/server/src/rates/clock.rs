//! The clock of the buckets.

use governor::clock::Clock;

/// Tokio's clock, so that tests can let time pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct TokioClock;

impl Clock for TokioClock {
    type Instant = std::time::Instant;

    fn now(&self) -> Self::Instant {
        tokio::time::Instant::now().into_std()
    }
}
