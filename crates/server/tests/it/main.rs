//! The doors from outside: the router without a socket, and real sockets with a client that we did not write.

mod attacks;
mod batches;
mod catching_up;
mod closing;
mod fixture;
mod gated;
mod http;
mod http2;
mod logins;
mod memory;
mod messages;
mod methods;
mod order;
mod pages;
mod panics;
mod rates;
mod raw;
mod secure;
mod sockets;
mod starting;
mod streams;
mod subscriptions;
mod tls;
mod together;
mod upgrading;
