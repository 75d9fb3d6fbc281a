//! One-time tickets: what a page puts into the address of a WebSocket instead of its token.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::principal::Principal;
use crate::secret::{Digest, Secret};

/// How long a ticket is good.
pub const TICKET_LASTS: Duration = Duration::from_secs(30);
/// The most tickets at once.
pub const TICKETS_MAX: usize = 10_000;
/// The most tickets at once for one name, so that nobody uses up those of the others.
pub const TICKETS_EACH_MAX: usize = 1_000;

/// There are too many tickets that were not used; wait until some have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many tickets were asked for and not used: try again in a moment")]
pub struct TooManyTickets;

/// The tickets that were not used yet.
#[derive(Debug, Default)]
pub(crate) struct Tickets(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    by_digest: HashMap<Digest, Principal>,
    /// Until when each is good, the earliest first; used ones included.
    ends: VecDeque<(SystemTime, Digest)>,
    by_name: HashMap<Box<str>, usize>,
}

impl Tickets {
    /// A ticket for `principal`.
    pub(crate) fn issue(&self, principal: &Principal, now: SystemTime) -> Result<Secret, TooManyTickets> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.forget(now);
        open.forget_used();
        let of_this = open.by_name.get(principal.name()).copied().unwrap_or(0);
        if open.ends.len() >= TICKETS_MAX || of_this >= TICKETS_EACH_MAX {
            return Err(TooManyTickets);
        }
        let ticket = Secret::ticket();
        open.ends.push_back((now + TICKET_LASTS, ticket.digest()));
        open.by_digest.insert(ticket.digest(), principal.clone());
        *open.by_name.entry(principal.name().into()).or_default() += 1;
        Ok(ticket)
    }

    /// Whose ticket that is, if it is still good; it is good no longer.
    pub(crate) fn redeem(&self, text: &str, now: SystemTime) -> Option<Principal> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.forget(now);
        open.take(Digest::of(text)).filter(|principal| principal.holds(now))
    }
}

impl Open {
    /// Lets go of the ends of tickets that were used, once there is no place for more: only who asks and does not use takes
    /// the places of others.
    fn forget_used(&mut self) {
        if self.ends.len() >= TICKETS_MAX && self.by_digest.len() < TICKETS_MAX {
            let Open { by_digest, ends, .. } = self;
            ends.retain(|(_, digest)| by_digest.contains_key(digest));
        }
    }

    /// Lets go of tickets that have ended.
    fn forget(&mut self, now: SystemTime) {
        while self.ends.front().is_some_and(|(until, _)| *until <= now) {
            let (_, digest) = self.ends.pop_front().expect("there is a front");
            self.take(digest);
        }
    }

    fn take(&mut self, digest: Digest) -> Option<Principal> {
        let principal = self.by_digest.remove(&digest)?;
        if let Some(count) = self.by_name.get_mut(principal.name()) {
            *count -= 1;
            if *count == 0 {
                self.by_name.remove(principal.name());
            }
        }
        Some(principal)
    }
}
