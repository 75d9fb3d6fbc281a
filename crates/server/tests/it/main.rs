//! The doors from outside: the router without a socket, and real sockets with a client that we did not write.

mod fixture;
mod methods;
mod pages;
