//! How many connections each address has.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use super::Rates;
use super::source::limited;

/// The connections of every address that is limited. There are never more addresses here than connections.
#[derive(Clone, Debug)]
pub(crate) struct Guests {
    rates: Rates,
    /// A proxy brings everybody's connections: its own address is not limited.
    proxies: Arc<[IpAddr]>,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection; it counts until this is dropped.
#[derive(Debug)]
pub(crate) struct Guest {
    guests: Guests,
    address: IpAddr,
}

/// The address has as many connections as it may.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Crowded;

impl Guests {
    /// Nobody yet; those of `proxies`, addresses as they are written without mapping, are not counted.
    pub(crate) fn new(rates: Rates, proxies: &[IpAddr]) -> Self {
        Guests { rates, proxies: proxies.into(), counts: Arc::default() }
    }

    /// Counts one more of `address`; `None` where it is not limited.
    pub(crate) fn enter(&self, address: IpAddr) -> Result<Option<Guest>, Crowded> {
        let Some(max) = self.rates.connections_per_address else { return Ok(None) };
        if self.proxies.contains(&address.to_canonical()) {
            return Ok(None);
        }
        let Some(address) = limited(address, self.rates.loopback) else { return Ok(None) };
        let mut counts = self.counts();
        let count = counts.entry(address).or_default();
        if *count >= max {
            return Err(Crowded);
        }
        *count += 1;
        Ok(Some(Guest { guests: self.clone(), address }))
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.counts.lock().expect("nothing panics while it counts")
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut counts = self.guests.counts();
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}
