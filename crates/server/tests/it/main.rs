//! The doors from outside: the router without a socket, and real sockets with a client that we did not write.

mod attacks;
mod batches;
mod closing;
mod fixture;
mod gated;
mod http;
mod memory;
mod messages;
mod methods;
mod order;
mod pages;
mod rates;
mod raw;
mod sockets;
mod starting;
mod subscriptions;
mod upgrading;
