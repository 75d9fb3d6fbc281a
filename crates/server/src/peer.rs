//! Who is at the other end of a connection, as far as the connection itself tells.

use std::net::SocketAddr;

use axum::http::Extensions;

/// The other end of the connection that a request came over; [`run`](crate::run) puts it among the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address: a proxy's, where there is one in between.
    pub address: SocketAddr,
    /// How its bytes travel.
    pub transport: Transport,
}

impl Peer {
    /// Whether the request with these extensions came through TLS that ends in this server.
    pub(crate) fn is_under_tls(extensions: &Extensions) -> bool {
        extensions.get::<Peer>().is_some_and(|peer| peer.transport == Transport::Tls)
    }
}

/// How bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// As they are.
    Plain,
    /// Through TLS that ends in this server.
    Tls,
}
