//! The words on the wire: the JSON-RPC envelope, methods and their parameters, events, problems.
//!
//! Nothing here runs. Only this crate knows wire names; one table says which name is which code and status.

pub mod openapi;
mod problem;

pub use problem::{Name, Problem};
