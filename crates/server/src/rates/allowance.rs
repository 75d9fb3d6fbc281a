//! What one connection may ask for.

use std::num::NonZeroU32;
use std::sync::Arc;

use access::Principal;
use governor::{Quota, RateLimiter};

use super::buckets::{Own, granted, quota};
use super::clock::TokioClock;
use super::{Buckets, Cost, Source, TooMany};

/// Refusals that one connection may earn at once and, after that, each second.
const REFUSALS_MAX: NonZeroU32 = NonZeroU32::new(100).expect("it is not zero");
const REFUSALS_PER_SECOND: NonZeroU32 = NonZeroU32::new(2).expect("it is not zero");

/// The bucket of one connection, before those of its address and token.
pub(crate) struct Allowance {
    shared: Arc<Buckets>,
    source: Source,
    /// `None` where this client is not limited.
    own: Option<Bucket>,
}

struct Bucket {
    calls: Own,
    capacity: NonZeroU32,
    refusals: Own,
}

/// Why a call is not carried out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Excess {
    /// Too much for now.
    Refused(TooMany),
    /// It was told so too often: it is to be closed.
    Flooding,
}

impl Allowance {
    /// A full one for a new connection of `source`.
    pub(crate) fn new(shared: Arc<Buckets>, source: Source) -> Self {
        let limited = source.limited(shared.rates.loopback).and(shared.rates.per_second);
        let own = limited.map(|per_second| {
            let bucket = |quota: Quota| RateLimiter::direct_with_clock(quota, TokioClock).with_middleware();
            let capacity = quota(per_second).burst_size();
            let refusals = Quota::per_second(REFUSALS_PER_SECOND).allow_burst(REFUSALS_MAX);
            Bucket { calls: bucket(quota(per_second)), capacity, refusals: bucket(refusals) }
        });
        Allowance { shared, source, own }
    }

    /// The client has logged in: from now on the bucket of that token counts as well.
    pub(crate) fn log_in(&mut self, principal: &Principal) {
        self.source = std::mem::take(&mut self.source).known(principal);
    }

    /// Takes the cost of a call.
    pub(crate) fn take(&self, cost: Cost) -> Result<(), Excess> {
        let Some(own) = &self.own else { return Ok(()) };
        let taken = own.calls.check_n(cost.units(own.capacity)).expect("no cost is above the capacity");
        let taken = granted(taken).and_then(|_| self.shared.take(&self.source, cost));
        match taken {
            Ok(_) => Ok(()),
            Err(_) if own.refusals.check().is_err() => Err(Excess::Flooding),
            Err(refused) => Err(Excess::Refused(refused)),
        }
    }
}
