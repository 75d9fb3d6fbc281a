//! Tokens, tickets and attempts, by a clock that stands still until it is moved.
