//! Where the time comes from.

use std::time::{SystemTime, UNIX_EPOCH};

use catalogue::Timestamp;

/// The time by which tokens expire.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> SystemTime;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A moment in whole seconds, rounded down.
pub(crate) fn timestamp(moment: SystemTime) -> Timestamp {
    Timestamp(moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() as i64)
}

/// The moment that a timestamp means; the beginning of time for those before 1970.
pub(crate) fn moment(timestamp: Timestamp) -> SystemTime {
    UNIX_EPOCH + std::time::Duration::from_secs(timestamp.0.max(0) as u64)
}
