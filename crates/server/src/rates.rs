//! How much one client may ask for: a bucket of units for each connection, address and token, which fills again with time.

mod allowance;
mod buckets;
mod clock;
mod cost;
mod guests;
mod http;
mod source;

use std::num::NonZeroU32;
use std::time::Duration;

use protocol::{Name, Problem};

pub(crate) use allowance::{Allowance, Excess};
pub(crate) use buckets::Buckets;
pub(crate) use cost::Cost;
pub(crate) use guests::{Guest, Guests};
pub(crate) use http::charge;
pub(crate) use source::Source;

/// How much one client may ask for, as the operator decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Units a second on one connection, a plain read being one; `None` is no limit.
    pub per_second: Option<NonZeroU32>,
    /// Connections of one address; `None` is no limit.
    pub connections_per_address: Option<usize>,
    /// Whether clients on this machine are limited as well.
    pub loopback: Loopback,
}

/// Whether clients on this machine are limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loopback {
    /// They are not.
    Free,
    /// They are limited as others are.
    Limited,
}

impl Rates {
    /// Units a second on one connection unless the operator says otherwise.
    pub const PER_SECOND: u32 = 100;
    /// Connections of one address unless the operator says otherwise.
    pub const CONNECTIONS_PER_ADDRESS: usize = 200;
}

impl Default for Rates {
    fn default() -> Self {
        Rates {
            per_second: NonZeroU32::new(Rates::PER_SECOND),
            connections_per_address: Some(Rates::CONNECTIONS_PER_ADDRESS),
            loopback: Loopback::Free,
        }
    }
}

/// A bucket did not hold enough; nothing was taken from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// How long until it does.
    pub(crate) wait: Duration,
}

impl TooMany {
    /// What the client is told.
    pub(crate) fn problem(self) -> Problem {
        // A client that comes a moment too early is refused again.
        let seconds = u32::try_from(self.wait.as_secs() + 1).unwrap_or(u32::MAX);
        let message = format!("too many calls in a short time: not carried out, try again in {seconds} s");
        Problem { retry_after: Some(seconds), ..Problem::new(Name::TooManyRequests, message) }
    }
}

#[cfg(test)]
mod tests;
