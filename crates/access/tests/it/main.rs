//! Tokens, tickets and attempts, by a clock that stands still until it is moved.

mod attempts;
mod file;
mod fixture;
mod logins;
mod tickets;
mod tokens;
