//! A clock to be moved by hand, and who comes from where.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use access::{Access, Clock, Lifetime, Reading, Role, Secret, Tokens};

/// 2026-11-26T00:00:00Z
const BEGIN: u64 = 1_795_651_200;

#[derive(Default)]
pub(crate) struct HandClock(AtomicU64);

impl HandClock {
    pub(crate) fn pass(&self, time: Duration) {
        self.0.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(BEGIN) + Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) fn now() -> SystemTime {
    HandClock::default().now()
}

/// Access with its clock.
pub(crate) fn access(reading: Reading) -> (Access, Arc<HandClock>) {
    let clock = Arc::new(HandClock::default());
    (Access::new(Tokens::default(), reading).with_clock(clock.clone()), clock)
}

/// A new token of that role, without end.
pub(crate) fn add(access: &Access, name: &str, role: Role) -> Secret {
    access.tokens().create(name, role, Lifetime::Endless, access.now()).unwrap().1
}

/// An address of its own for each number.
pub(crate) fn address(number: u32) -> IpAddr {
    Ipv4Addr::from_bits(0x0a00_0000 + number).into()
}
