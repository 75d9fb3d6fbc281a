//! The buckets that connections share.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::num::NonZeroU32;

use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{NotUntil, Quota, RateLimiter};

use super::clock::TokioClock;
use super::source::Whose;
use super::{Cost, Rates, Source, TooMany};

/// A bucket holds what flows into it in so many seconds.
pub(super) const WINDOW_SECONDS: NonZeroU32 = NonZeroU32::new(10).expect("it is not zero");
/// An address is everybody behind one router, a token every screen that is logged in with it.
const CONNECTIONS_WORTH: NonZeroU32 = NonZeroU32::new(4).expect("it is not zero");

/// A bucket of one connection.
pub(super) type Own = RateLimiter<NotKeyed, InMemoryState, TokioClock, StateInformationMiddleware>;
type Shared = RateLimiter<u16, HashMapStateStore<u16>, TokioClock, StateInformationMiddleware>;

/// The buckets of addresses and tokens.
///
/// There are at most 2^16, whoever comes: each address and token has one by a hash that nobody outside can foresee, so
/// that memory is bounded and two clients hardly ever share one.
#[derive(Debug)]
pub(crate) struct Buckets {
    pub(super) rates: Rates,
    hasher: RandomState,
    shared: Option<Shared>,
}

/// What is left in the emptiest of a client's buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) units: u32,
}

impl Buckets {
    /// All of them full.
    pub(crate) fn new(rates: Rates) -> Self {
        let shared = rates.per_second.map(|per_second| -> Shared {
            let quota = quota(per_second.saturating_mul(CONNECTIONS_WORTH));
            RateLimiter::new(quota, HashMapStateStore::default(), TokioClock)
        });
        Buckets { rates, hasher: RandomState::new(), shared }
    }

    /// Takes `cost` from each bucket of `source`; `None` where nothing is limited.
    pub(super) fn take(&self, source: &Source, cost: Cost) -> Result<Option<Left>, TooMany> {
        self.take_from(source.buckets(self.rates.loopback), cost)
    }

    /// Takes `cost` from the bucket of the token of `source`, whose address has paid already.
    pub(crate) fn take_of_token(&self, source: &Source, cost: Cost) -> Result<(), TooMany> {
        self.take_from(source.token(self.rates.loopback).into_iter(), cost).map(drop)
    }

    fn take_from<'a>(&self, buckets: impl Iterator<Item = Whose<'a>>, cost: Cost) -> Result<Option<Left>, TooMany> {
        let Some((shared, capacity)) = self.shared.as_ref().zip(self.capacity()) else { return Ok(None) };
        let mut least: Option<Left> = None;
        for whose in buckets {
            // The low bits of a good hash are as good as any.
            let place = self.hasher.hash_one(&whose) as u16;
            let taken = shared.check_key_n(&place, cost.units(capacity));
            let units = granted(taken.expect("no cost is above the capacity"))?.remaining_burst_capacity();
            least = Some(Left { units: least.map_or(units, |least| least.units.min(units)) });
        }
        Ok(least)
    }

    /// How many buckets are in use.
    #[cfg(test)]
    pub(super) fn places(&self) -> usize {
        self.shared.as_ref().map_or(0, RateLimiter::len)
    }

    /// The units that the full bucket of an address or a token holds.
    pub(super) fn capacity(&self) -> Option<NonZeroU32> {
        self.rates.per_second.map(|per_second| quota(per_second.saturating_mul(CONNECTIONS_WORTH)).burst_size())
    }
}

/// What flows in, and what there is at most.
pub(super) fn quota(per_second: NonZeroU32) -> Quota {
    Quota::per_second(per_second).allow_burst(per_second.saturating_mul(WINDOW_SECONDS))
}

/// A refusal with the time until the next attempt can succeed.
pub(super) fn granted<T>(taken: Result<T, NotUntil<std::time::Instant>>) -> Result<T, TooMany> {
    taken.map_err(|refused| TooMany { wait: refused.wait_time_from(tokio::time::Instant::now().into_std()) })
}
