//! Logins that failed, by address: after some of them the next must wait, longer each time.
//!
//! Nobody guesses 256 bits; this keeps the log readable and the machine free. Who has a right token is never made to
//! wait, so that one who has not cannot lock out the others behind the same address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Failures that cost nothing: people mistype.
pub const FAILURES_FREE: u32 = 20;
/// The longest that an address waits.
pub const PAUSE_MAX: Duration = Duration::from_secs(300);
/// An address that did nothing wrong for so long starts afresh.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);
/// The most addresses that are remembered.
const ADDRESSES_MAX: usize = 10_000;

/// The failures of each address.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<HashMap<IpAddr, Failures>>);

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: SystemTime,
    until: SystemTime,
}

impl Attempts {
    /// Counts a failure; the time to wait instead, where that address must wait.
    pub(crate) fn failed(&self, address: IpAddr, now: SystemTime) -> Result<(), Duration> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = network(address);
        if !known.contains_key(&key) && known.len() >= ADDRESSES_MAX {
            make_room(&mut known, now);
        }
        let failures = known.entry(key).or_insert(Failures { count: 0, last: now, until: now });
        if let Ok(rest) = failures.until.duration_since(now)
            && !rest.is_zero()
        {
            return Err(rest);
        }
        if is_forgotten(failures, now) {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
        failures.until = now + pause_after(failures.count);
        Ok(())
    }
}

/// None for the free ones, then a second, twice as long each time.
fn pause_after(failures: u32) -> Duration {
    match failures.checked_sub(FAILURES_FREE) {
        None | Some(0) => Duration::ZERO,
        Some(over) => Duration::from_secs(1 << (over - 1).min(16)).min(PAUSE_MAX),
    }
}

fn is_forgotten(failures: &Failures, now: SystemTime) -> bool {
    now.duration_since(failures.last).is_ok_and(|silence| silence > FORGOTTEN_AFTER)
}

/// Forgets who is long quiet, or else whose last failure is oldest.
fn make_room(known: &mut HashMap<IpAddr, Failures>, now: SystemTime) {
    known.retain(|_, failures| !is_forgotten(failures, now));
    if known.len() >= ADDRESSES_MAX
        && let Some(oldest) = known.iter().min_by_key(|(_, failures)| failures.last).map(|(address, _)| *address)
    {
        known.remove(&oldest);
    }
}

/// A subscriber of IPv6 has a whole /64 to himself.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}
