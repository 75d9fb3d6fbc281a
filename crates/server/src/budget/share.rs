//! What one holder has of a pool.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::{LITTLE_BYTES, PATIENCE, Pool};

/// A wait for more; `None` where patience ended first.
pub(crate) type Waiting = Pin<Box<dyn Future<Output = Option<OwnedSemaphorePermit>> + Send + Sync>>;

/// Bytes of a pool, given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    pool: Pool,
    /// Of each part that it has something of.
    permits: Vec<OwnedSemaphorePermit>,
}

impl Share {
    pub(super) fn new(pool: Pool) -> Self {
        Share { pool, permits: Vec::new() }
    }

    /// How many bytes it is.
    pub(crate) fn bytes(&self) -> usize {
        self.permits.iter().map(OwnedSemaphorePermit::num_permits).sum()
    }

    /// Makes it at least `bytes` if that many are free.
    pub(crate) fn try_grow(&mut self, bytes: usize) -> bool {
        let more = self.missing(bytes);
        // Small calls and answers need none: they do not touch what all connections share.
        if more == 0 {
            return true;
        }
        let parts = self.parts(bytes);
        let permit = parts.into_iter().flatten().find_map(|part| Arc::clone(part).try_acquire_many_owned(more).ok());
        match permit {
            Some(permit) => {
                self.put(permit);
                true
            }
            None => false,
        }
    }

    /// Makes it at least `bytes`, waiting for them; says whether they came in time.
    pub(crate) async fn grow(&mut self, bytes: usize) -> bool {
        if self.try_grow(bytes) {
            return true;
        }
        let permit = self.wait(bytes).await;
        permit.map(|permit| self.put(permit)).is_some()
    }

    /// A place among those who wait for as much as is missing of `bytes`, or for the reserve; what comes is to be [`put`](Share::put) in.
    pub(crate) fn wait(&self, bytes: usize) -> Waiting {
        let [part, _] = self.parts(bytes);
        let part = Arc::clone(part.unwrap_or(&self.pool.common));
        let reserve = Arc::clone(&self.pool.reserve);
        let (more, all) = (self.missing(bytes), u32::try_from(self.pool.reserve_bytes).unwrap_or(u32::MAX));
        Box::pin(async move {
            let came = async {
                tokio::select! {
                    biased;
                    came = part.acquire_many_owned(more) => came,
                    came = reserve.acquire_many_owned(all) => came,
                }
            };
            timeout(PATIENCE, came).await.ok()?.ok()
        })
    }

    /// Adds what was waited for.
    pub(crate) fn put(&mut self, permit: OwnedSemaphorePermit) {
        let same = |own: &&mut OwnedSemaphorePermit| Arc::ptr_eq(own.semaphore(), permit.semaphore());
        match self.permits.iter_mut().find(same) {
            Some(own) => own.merge(permit),
            None => self.permits.push(permit),
        }
    }

    /// Gives back what is more than `bytes`.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        let mut excess = self.bytes().saturating_sub(bytes);
        while excess > 0 {
            let Some(mut last) = self.permits.pop() else { return };
            match last.split(excess) {
                Some(_given_back) => {
                    self.permits.push(last);
                    return;
                }
                None => excess -= last.num_permits(),
            }
        }
    }

    /// Where growth to `bytes` may come from, best first.
    fn parts(&self, bytes: usize) -> [Option<&Arc<Semaphore>>; 2] {
        let is_little = bytes <= LITTLE_BYTES.min(self.pool.little_bytes);
        [is_little.then_some(&self.pool.little), Some(&self.pool.common)]
    }

    /// The bytes up to `bytes`; more than the pool has is never asked for.
    fn missing(&self, bytes: usize) -> u32 {
        let missing = bytes.min(self.pool.bytes).saturating_sub(self.bytes());
        u32::try_from(missing).unwrap_or(u32::MAX)
    }
}
