//! Where connections come from, and how their bytes travel.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};

use crate::peer::Transport;
use crate::tls::Tls;

/// A listening socket, and the TLS that is spoken on it, if any.
#[derive(Debug)]
pub struct Listening {
    listener: TcpListener,
    tls: Option<Tls>,
}

impl Listening {
    /// Speaks TLS with whoever connects.
    pub fn with_tls(listener: TcpListener, tls: Tls) -> Self {
        Listening { listener, tls: Some(tls) }
    }

    /// The same twice: while one of the two is there, the address is ours.
    pub fn twice(self) -> io::Result<(Self, Self)> {
        let one = self.listener.into_std()?;
        let other = one.try_clone()?;
        let again = Listening { listener: TcpListener::from_std(other)?, tls: self.tls.clone() };
        Ok((Listening { listener: TcpListener::from_std(one)?, tls: self.tls }, again))
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// How bytes travel here.
    pub fn transport(&self) -> Transport {
        if self.tls.is_some() { Transport::Tls } else { Transport::Plain }
    }

    pub(crate) fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    pub(crate) async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        self.listener.accept().await
    }
}

impl From<TcpListener> for Listening {
    /// Bytes as they are.
    fn from(listener: TcpListener) -> Self {
        Listening { listener, tls: None }
    }
}
