//! Where the listening socket comes from: our own, or one that systemd keeps and lends.

use std::io;
use std::net::{Ipv6Addr, SocketAddr};

use anyhow::{Context, anyhow};
use listenfd::ListenFd;
use server::Transport;
use tokio::net::{TcpListener, TcpSocket};
use url::Url;

use super::doors;
use crate::args::ServeArgs;
use crate::failure::Failure;

/// Connections that the system holds for us until we accept them.
const BACKLOG: u32 = 4_096;

/// Where a server is to listen.
pub(super) enum Place {
    /// On a socket that another process keeps for us (`LISTEN_FDS`): it holds connections while we are not there.
    Lent(TcpListener),
    /// On a socket of our own, at this address.
    Address(SocketAddr),
}

/// The place that the environment lends, else the one that `args` name.
pub(super) async fn place(args: &ServeArgs) -> Result<Place, Failure> {
    if let Some(listener) = lent()? {
        let address = listener.local_addr()?;
        check_reach(address, args)?;
        tracing::info!("listening on {address}, the socket that was handed over; --listen does not count");
        return Ok(Place::Lent(listener));
    }
    let mut found = tokio::net::lookup_host(&args.listen)
        .await
        .map_err(|error| Failure::usage(format!("--listen {}: {error}. Write ADDRESS:PORT", args.listen)))?;
    let address = found.next().ok_or_else(|| Failure::usage(format!("--listen {}: no such address", args.listen)))?;
    check_reach(address, args)?;
    Ok(Place::Address(address))
}

/// The socket of `sd_listen_fds(3)`.
fn lent() -> anyhow::Result<Option<TcpListener>> {
    let mut lent = ListenFd::from_env();
    if lent.len() > 1 {
        return Err(anyhow!("{} sockets were handed over, and one is served: give one ListenStream=", lent.len()));
    }
    let advice = "the socket that was handed over is no TCP socket that listens: see ListenStream=";
    let Some(listener) = lent.take_tcp_listener(0).context(advice)? else { return Ok(None) };
    listener.set_nonblocking(true)?;
    Ok(Some(TcpListener::from_std(listener)?))
}

/// Others may reach the server once there are tokens by which to know them. A damaged file of tokens stops the start,
/// wherever it listens.
fn check_reach(address: SocketAddr, args: &ServeArgs) -> Result<(), Failure> {
    let tokens = doors::tokens(args)?;
    if address.ip().is_loopback() || !tokens.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "--listen {address}: others could reach this address, and there is no token by which to know who may. Make one \
         first: bookstore token create --role admin --name NAME --data {}. Or listen on 127.0.0.1",
        args.data.display()
    )))
}

/// Listens; an address whose last owner was killed a moment ago is free at once.
pub(super) fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listening = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listening().map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            anyhow!("cannot listen on {address}: another program does. Stop it, or choose another port with --listen")
        }
        _ => anyhow!("cannot listen on {address}: {error}. Choose another address with --listen"),
    })
}

/// The URL under which a local client reaches a listener.
pub(super) fn url_of(address: SocketAddr, transport: Transport) -> Url {
    let reachable = match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], v4.port())),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => SocketAddr::from((Ipv6Addr::LOCALHOST, v6.port())),
        named => named,
    };
    let scheme = match transport {
        Transport::Plain => "http",
        Transport::Tls => "https",
    };
    format!("{scheme}://{reachable}/").parse().expect("an address and a port make a URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_an_address_that_a_local_client_can_reach() {
        for (address, transport, url) in [
            ("127.0.0.1:8080", Transport::Plain, "http://127.0.0.1:8080/"),
            ("0.0.0.0:81", Transport::Plain, "http://127.0.0.1:81/"),
            ("[::]:81", Transport::Tls, "https://[::1]:81/"),
        ] {
            assert_eq!(url_of(address.parse().unwrap(), transport).as_str(), url);
        }
    }
}
