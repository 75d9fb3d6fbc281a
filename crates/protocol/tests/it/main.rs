//! The words on the wire, from outside: tables and snapshots.

mod anything;
mod envelope;
mod events;
mod openapi;
mod openrpc;
mod params;
mod problems;
