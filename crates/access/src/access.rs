//! From what somebody brings along to who it is.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use crate::attempts::Attempts;
use crate::clock::{Clock, SystemClock};
use crate::principal::Principal;
use crate::secret::{Digest, Secret};
use crate::tickets::{Tickets, TooManyTickets};
use crate::tokens::Tokens;

/// Who may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// Who is logged in.
    #[default]
    LoggedIn,
    /// Everybody: a shop's open catalogue.
    Public,
}

/// What it counts to be on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Locally {
    AdminWhileNoToken,
    AsAnywhere,
}

/// Why what somebody brought along does not let them in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// It is no token of this server.
    #[error("this token is not known here: check that it was copied whole, or ask for a new one")]
    Unknown,
    /// It was one.
    #[error("this token has expired: ask for a new one")]
    Expired,
    /// It was one.
    #[error("this token was revoked: ask for a new one")]
    Revoked,
    /// It was never a ticket, is too old, or was used.
    #[error("this ticket is not good, or no longer: a ticket is used once, within 30 s")]
    Ticket,
    /// There were too many failures from that address.
    #[error("too many failed logins from this address: wait")]
    TooOften {
        /// How long to wait.
        retry_after: Duration,
    },
}

/// Who may do what on this server.
pub struct Access {
    tokens: Tokens,
    operator: Option<(Digest, Principal)>,
    anyone: Option<Principal>,
    locally: Locally,
    tickets: Tickets,
    attempts: Attempts,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("tokens", &self.tokens).finish_non_exhaustive()
    }
}

impl Default for Access {
    /// No tokens: who is on this machine is admin.
    fn default() -> Self {
        Access::new(Tokens::default(), Reading::LoggedIn)
    }
}

impl Access {
    /// Access by those tokens.
    pub fn new(tokens: Tokens, reading: Reading) -> Self {
        Access {
            tokens,
            operator: None,
            locally: Locally::AdminWhileNoToken,
            anyone: (reading == Reading::Public).then(Principal::anyone),
            tickets: Tickets::default(),
            attempts: Attempts::default(),
            clock: Arc::new(SystemClock),
        }
    }

    /// With a secret beside the tokens, whose holder is admin as long as this lives.
    pub fn with_operator(self, secret: &Secret) -> Self {
        Access { operator: Some((secret.digest(), Principal::local())), ..self }
    }

    /// By that secret and nothing else: to be on this machine does not suffice.
    pub fn by_secret_only(secret: &Secret) -> Self {
        Access { locally: Locally::AsAnywhere, ..Access::default() }.with_operator(secret)
    }

    /// By another clock.
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Access { clock, ..self }
    }

    /// Every token.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Now, as far as expiry is concerned.
    pub fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// Whether a principal still holds.
    pub fn holds(&self, principal: &Principal) -> bool {
        principal.holds_at(|| self.now())
    }

    /// Moves on whenever a token is made or revoked; who has a principal asks again then whether it holds.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.tokens.changes()
    }

    /// Whether everybody may read.
    pub fn reading(&self) -> Reading {
        if self.anyone.is_some() { Reading::Public } else { Reading::LoggedIn }
    }

    /// Who comes with nothing from this machine: admin while there is no token.
    pub fn local(&self) -> Option<Principal> {
        let local = self.tokens.local().filter(|_| self.locally == Locally::AdminWhileNoToken);
        local.or_else(|| self.stranger())
    }

    /// Who comes with nothing from anywhere: a reader where reading is public.
    pub fn stranger(&self) -> Option<Principal> {
        self.anyone.clone()
    }

    /// Whose token that is. A failure is counted against `address`.
    pub fn authenticate(&self, token: &str, address: IpAddr) -> Result<Principal, Denied> {
        let now = self.now();
        let digest = Digest::of(token);
        match &self.operator {
            Some((secret, principal)) if secret.is(&digest) => Ok(principal.clone()),
            _ => self.tokens.find(token, now).map_err(|denied| self.failed(denied, address, now)),
        }
    }

    /// A one-time ticket for a principal.
    pub fn issue_ticket(&self, principal: &Principal) -> Result<Secret, TooManyTickets> {
        self.tickets.issue(principal, self.now())
    }

    /// Whose ticket that is; it cannot be used again. A failure is counted against `address`.
    pub fn redeem(&self, ticket: &str, address: IpAddr) -> Result<Principal, Denied> {
        let now = self.now();
        self.tickets.redeem(ticket, now).ok_or_else(|| self.failed(Denied::Ticket, address, now))
    }

    fn failed(&self, denied: Denied, address: IpAddr, now: SystemTime) -> Denied {
        match self.attempts.failed(address, now) {
            Ok(()) => denied,
            Err(retry_after) => Denied::TooOften { retry_after },
        }
    }
}
