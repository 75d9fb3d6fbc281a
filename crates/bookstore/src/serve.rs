//! The server in the foreground.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use access::{Access, Reading, Secret, Tokens};
use anyhow::{Context, anyhow};
use catalogue::{RevisionPolicy, Rules};
use engine::{Ending, Engine};
use journal::OpenError;
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;
use url::Url;

use crate::args::ServeArgs;
use crate::client::{Address, Login};
use crate::failure::{Ended, Failure, Outcome};
use crate::store::Store;
use crate::{days, output};

/// Connections that the system holds for us until we accept them.
const BACKLOG: u32 = 4_096;

/// Serves until SIGTERM or SIGINT.
pub(crate) async fn serve(args: ServeArgs) -> Ended {
    let address = listen_address(&args).await?;
    let keep = args.keep.as_deref().map(|text| days::parse("--keep", text)).transpose()?;
    raise_open_files_limit();
    let revision = if args.require_revision { RevisionPolicy::Required } else { RevisionPolicy::Optional };
    let opening = Store::open(&args.data, keep, Rules { revision });
    let listener = match listen(address).await {
        Ok(listener) => listener,
        Err(failure) => return Err(refused_address(failure, &args, opening).await),
    };
    let store = tokio::select! {
        store = opening => store.map_err(anyhow::Error::from)?,
        () = server::starting(&listener) => unreachable!("it answers until the store is open"),
    };
    serve_on(listener, store, args).await
}

/// Why there is nothing to listen on. Who started the same server twice learns more from the directory than from the port.
async fn refused_address(
    failure: anyhow::Error,
    args: &ServeArgs,
    opening: impl Future<Output = Result<Store, OpenError>>,
) -> Failure {
    if !args.data.is_dir() {
        return failure.into();
    }
    match opening.await {
        Err(error @ OpenError::Locked { .. }) => anyhow::Error::from(error).into(),
        Err(_) => failure.into(),
        Ok(store) => {
            store.close(Ending::AsItIs).await;
            failure.into()
        }
    }
}

async fn serve_on(listener: TcpListener, store: Store, args: ServeArgs) -> Ended {
    // From here on a signal is answered with an orderly end.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let url = url_of(listener.local_addr()?);
    let operator = Secret::operator();
    let options = options(&args, &operator)?;
    store.announce(&url, &operator);
    output::line(format_args!("bookstore: listening on {url}"))?;

    let app = server::App::new(store.engine.clone(), options);
    let (asked, stopping) = tokio::sync::oneshot::channel();
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        // The receiver waits as long as the server runs.
        let _ = asked.send(Instant::now());
    };
    let saving = tokio::spawn(engine::save_at_rest(store.engine.clone()));
    let looking = tokio::spawn(engine::look_for_room(store.engine.clone()));
    let ended = server::run(listener, app, shutdown).await;
    saving.abort();
    looking.abort();
    let began = stopping.await.unwrap_or_else(|_| Instant::now());
    close(store, began).await;
    ended.context("the server stopped by itself")?;
    Ok(Outcome::Done)
}

/// What the operator decided, and who may come in.
fn options(args: &ServeArgs, operator: &Secret) -> Result<server::Options, Failure> {
    let tokens = tokens(args)?;
    let reading = if args.public_read { Reading::Public } else { Reading::LoggedIn };
    Ok(server::Options {
        allow_hosts: args.allow_host.clone(),
        allow_origins: args.allow_origin.clone(),
        access: Arc::new(Access::new(tokens, reading).with_operator(operator)),
        trusted_proxies: args.trusted_proxy.clone(),
    })
}

/// The tokens of the data directory; what the operator should know of them is logged.
fn tokens(args: &ServeArgs) -> Result<Tokens, Failure> {
    let (tokens, notices) = Tokens::open(&args.data).map_err(anyhow::Error::from)?;
    for notice in notices {
        tracing::warn!("{notice}");
    }
    Ok(tokens)
}

/// Ends the engine within what is left of the time a stop may take.
async fn close(store: Store, began: Instant) {
    let margin = Duration::from_millis(250);
    let deadline = began + store.engine.limits().stop_timeout - margin;
    if tokio::time::timeout_at(deadline, store.close(Ending::Saved)).await.is_err() {
        tracing::warn!("the snapshot was not finished in time; the next start reads the journal instead");
    }
}

/// Serves an engine on a free port of the loopback interface, to who has the secret, until the sender is used or dropped.
pub(crate) async fn serve_locally(engine: Engine) -> io::Result<Local> {
    let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
    let url = url_of(listener.local_addr()?);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move {
        // A dropped sender asks for the same.
        let _ = stopped.await;
    };
    let operator = Secret::operator();
    let access = Arc::new(Access::by_secret_only(&operator));
    let app = server::App::new(engine, server::Options { access, ..server::Options::default() });
    let running = tokio::spawn(server::run(listener, app, shutdown));
    let login = Login::new(Some(operator.reveal().to_owned()));
    Ok(Local { address: Address { url, login }, stop, running })
}

/// A server inside this process.
pub(crate) struct Local {
    pub(crate) address: Address,
    stop: tokio::sync::oneshot::Sender<()>,
    running: tokio::task::JoinHandle<io::Result<()>>,
}

impl Local {
    /// Stops accepting and waits for the end.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        // How it ended is of no interest: what was written is written.
        let _ = self.running.await;
    }
}

async fn listen_address(args: &ServeArgs) -> Result<SocketAddr, Failure> {
    let mut found = tokio::net::lookup_host(&args.listen)
        .await
        .map_err(|error| Failure::usage(format!("--listen {}: {error}. Write ADDRESS:PORT", args.listen)))?;
    let address = found.next().ok_or_else(|| Failure::usage(format!("--listen {}: no such address", args.listen)))?;
    // A damaged file stops the start, wherever it listens.
    let tokens = tokens(args)?;
    if address.ip().is_loopback() || !tokens.is_empty() {
        return Ok(address);
    }
    Err(Failure::usage(format!(
        "--listen {address}: others could reach this address, and there is no token by which to know who may. Make one \
         first: bookstore token create --role admin --name NAME --data {}. Or listen on 127.0.0.1",
        args.data.display()
    )))
}

/// Listens; an address whose last owner was killed a moment ago is free at once.
async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
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
fn url_of(address: SocketAddr) -> Url {
    let reachable = match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], v4.port())),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, v6.port())),
        named => named,
    };
    format!("http://{reachable}/").parse().expect("an address and a port make a URL")
}

fn raise_open_files_limit() {
    match rlimit::increase_nofile_limit(rlimit::INFINITY) {
        Ok(limit) => tracing::debug!(limit, "open files"),
        Err(error) => tracing::warn!(%error, "the limit of open files was not raised; many clients may not fit"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_an_address_that_a_local_client_can_reach() {
        for (address, url) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("0.0.0.0:81", "http://127.0.0.1:81/"),
            ("[::]:81", "http://[::1]:81/"),
        ] {
            assert_eq!(url_of(address.parse().unwrap()).as_str(), url);
        }
    }
}
