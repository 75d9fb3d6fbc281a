//! Who may do what: tokens and their roles, one-time tickets, and how guessing is slowed down.
//!
//! Knows no wire. The time comes in from outside, so that an expiry is tested without waiting for it.

mod access;
mod attempts;
mod clock;
mod file;
mod principal;
mod secret;
mod tickets;
mod token;
mod tokens;

pub use access::{Access, Denied, Reading};
pub use attempts::{FAILURES_FREE, PAUSE_MAX};
pub use clock::{Clock, SystemClock};
pub use file::{FILE, FileError};
pub use principal::{ANYONE, LOCAL, Principal};
pub use protocol::Role;
pub use protocol::session::Token;
pub use secret::Secret;
pub use tickets::{TICKET_LASTS, TICKETS_EACH_MAX, TICKETS_MAX, TooManyTickets};
pub use token::NAME_CHARS_MAX;
pub use tokens::{ChangeError, Lifetime, TOKENS_MAX, Tokens};
