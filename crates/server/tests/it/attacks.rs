//! The attacks that a server on a network meets, and what it answers. Each is bounded in count and waits for nothing but
//! what it is told.
//!
//! What other modules hold already is not repeated: close codes of broken frames, slow consumers and silent peers in
//! `closing`, floods in `rates`, memory in `memory`, names and origins in `http::access` and `upgrading`; and messages
//! that are never finished, with a clock that jumps, in the crate's own tests of the WebSocket.

mod frames;
mod heads;
mod json;
mod origins;
mod slowness;
mod smuggling;
