//! The words on the wire: the JSON-RPC envelope, methods and their parameters, events, problems.
//!
//! Nothing here runs. Only this crate knows wire names; one table says which name is which code and status.

pub mod event;
pub mod method;
pub mod openapi;
pub mod openrpc;
mod problem;
mod role;
pub mod rpc;
mod schemas;
pub mod session;

pub use problem::{Name, Problem};
pub use role::Role;
