//! The memory that all clients together may have in flight, in bytes.
//!
//! What comes in (bodies and messages being read, calls not yet answered) and what goes out (answers and events not yet
//! taken) have a half each: who waits to send an answer waits for readers alone, and a reader that takes nothing is
//! cut. A part of each half is kept for holders of little, so that a till is served while long messages wait. Messages
//! come piece by piece, and who waits for the next piece holds those before it: so one at a time may always finish, from
//! a reserve as long as a message may be, and nobody waits for ever.

mod http;
mod share;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use engine::Limits;
use protocol::{Name, Problem};
use tokio::sync::Semaphore;

pub(crate) use http::account;
pub(crate) use share::{Share, Waiting};

/// Who holds no more than this is served from the part that is kept for holders of little: a book fits.
const LITTLE_BYTES: usize = 80 * 1024;
/// How long somebody waits for a share.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Both halves.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    /// Of what comes in.
    pub(crate) incoming: Pool,
    /// Of what goes out.
    pub(crate) outgoing: Pool,
}

/// One half; clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    common: Arc<Semaphore>,
    little: Arc<Semaphore>,
    reserve: Arc<Semaphore>,
    bytes: usize,
    little_bytes: usize,
    reserve_bytes: usize,
}

impl Budget {
    /// Nothing is taken yet.
    pub(crate) fn new(limits: &Limits) -> Self {
        let half = limits.bytes_in_flight_max / 2;
        let pool = || Pool::new(half, limits.message_bytes_max);
        Budget { incoming: pool(), outgoing: pool() }
    }

    /// The bytes that are taken.
    pub(crate) fn taken(&self) -> usize {
        self.incoming.taken() + self.outgoing.taken()
    }
}

impl Pool {
    fn new(bytes: usize, reserve_bytes: usize) -> Self {
        let little_bytes = bytes / 4;
        let bytes = bytes - little_bytes;
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
        let (common, little, reserve) = (semaphore(bytes), semaphore(little_bytes), semaphore(reserve_bytes));
        Pool { common, little, reserve, bytes, little_bytes, reserve_bytes }
    }

    /// A share of nothing, to be grown.
    pub(crate) fn share(&self) -> Share {
        Share::new(self.clone())
    }

    fn taken(&self) -> usize {
        let free = [&self.common, &self.little, &self.reserve].map(|part| part.available_permits());
        (self.bytes + self.little_bytes + self.reserve_bytes).saturating_sub(free.iter().sum())
    }
}

/// What a client is told who got no share.
pub(crate) fn busy() -> Problem {
    let message = "the server has more in flight than it has memory for: not carried out, try again in a moment";
    Problem { retry_after: Some(1), ..Problem::new(Name::Unavailable, message) }
}

/// Bytes that hold their share until the last of them is dropped.
pub(crate) fn held(bytes: impl AsRef<[u8]> + Send + 'static, share: Arc<Share>) -> Bytes {
    struct Held<B>(B, #[expect(dead_code, reason = "it is held")] Arc<Share>);
    impl<B: AsRef<[u8]>> AsRef<[u8]> for Held<B> {
        fn as_ref(&self) -> &[u8] {
            self.0.as_ref()
        }
    }
    Bytes::from_owner(Held(bytes, share))
}

#[cfg(test)]
mod tests;
