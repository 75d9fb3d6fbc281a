//! The server in the foreground.

mod stop;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use catalogue::{RevisionPolicy, Rules};
use engine::{Ending, Engine};
use journal::{OpenError, Prepared};
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::Instant;
use url::Url;

use self::stop::{End, Stop};
use crate::archive::Archive;
use crate::args::ServeArgs;
use crate::failure::{Ended, Failure, Outcome};
use crate::output;
use crate::store::Store;

/// Connections that the system holds for us until we accept them.
const BACKLOG: u32 = 4_096;

/// Serves until SIGTERM or SIGINT.
pub(crate) async fn serve(args: ServeArgs) -> Ended {
    let address = listen_address(&args).await?;
    let keep = args.keep.as_deref().map(parse_keep).transpose()?;
    raise_open_files_limit();
    let revision = if args.require_revision { RevisionPolicy::Required } else { RevisionPolicy::Optional };
    let rules = Rules { revision };
    let opening = Store::open(&args.data, keep, rules);
    let listener = match listen(address).await {
        Ok(listener) => listener,
        Err(failure) => return Err(refused_address(failure, &args, opening).await),
    };
    let store = tokio::select! {
        store = opening => store.map_err(anyhow::Error::from)?,
        () = server::starting(&listener) => unreachable!("it answers until the store is open"),
    };
    serve_on(listener, store, args, rules).await
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

async fn serve_on(mut listener: TcpListener, mut store: Store, args: ServeArgs, rules: Rules) -> Ended {
    // From here on a signal is answered with an orderly end.
    let stop = Stop::on_signals()?;
    let url = url_of(listener.local_addr()?);
    store.announce(&url);
    output::line(format_args!("bookstore: listening on {url}"))?;
    loop {
        match serve_store(listener, &store, &args, &stop).await? {
            End::Stop(began) => {
                close(store, began).await;
                return Ok(Outcome::Done);
            }
            End::Replace(prepared, again, began) => {
                listener = again;
                store = tokio::select! {
                    replaced = replace(store, *prepared, began, &args, rules) => replaced?,
                    () = server::starting(&listener) => unreachable!("it answers until the store is open"),
                };
                if stop.is_asked() {
                    store.close(Ending::AsItIs).await;
                    return Ok(Outcome::Done);
                }
                store.announce(&url);
            }
        }
    }
}

/// Serves a store to the end of its generation.
async fn serve_store(listener: TcpListener, store: &Store, args: &ServeArgs, stop: &Stop) -> Result<End, Failure> {
    let (listener, again) = stop::twice(listener)?;
    let (prepared, restored) = tokio::sync::mpsc::channel(1);
    let options = server::Options { allow_hosts: args.allow_host.clone(), allow_origins: args.allow_origin.clone() };
    let app = server::App::new(store.engine.clone(), options);
    let app = match &store.journal {
        Some(journal) => {
            let archive = Archive::new(store.engine.clone(), Arc::clone(journal), &args.data, prepared);
            app.with_archive(Arc::new(archive))
        }
        None => app,
    };
    let (ends, mut ended) = tokio::sync::oneshot::channel();
    let ending = stop::end(stop.clone(), restored, again);
    let shutdown = async move {
        // The receiver waits as long as the server runs.
        let _ = ends.send(ending.await);
    };
    let saving = tokio::spawn(engine::save_at_rest(store.engine.clone()));
    let looking = tokio::spawn(engine::look_for_room(store.engine.clone()));
    let mut serving = pin!(server::run(listener, app, shutdown));
    let end = tokio::select! {
        // It may be at its end as soon as it is told.
        served = &mut serving => served.map(|()| ended.try_recv().unwrap_or_else(|_| End::Stop(Instant::now()))),
        Ok(end) = &mut ended => match &end {
            End::Stop(_) => serving.await,
            // Who comes while the last ones go is told to come again.
            End::Replace(_, again, _) => tokio::select! {
                served = &mut serving => served,
                () = server::starting(again) => unreachable!("it answers until the store is open"),
            },
        }
        .map(|()| end),
    };
    saving.abort();
    looking.abort();
    Ok(end.context("the server stopped by itself")?)
}

/// Puts a prepared store in the place of one that is no longer served, and opens what is there then.
async fn replace(
    store: Store,
    prepared: Prepared,
    began: Instant,
    args: &ServeArgs,
    rules: Rules,
) -> Result<Store, Failure> {
    let deadline = deadline(&store, began);
    store.give_way(deadline).await;
    match tokio::task::spawn_blocking(move || prepared.commit()).await.map_err(anyhow::Error::from)? {
        Ok(restored) => tracing::info!("the store {} takes the place of the one that was served", restored.store),
        Err(error) => tracing::error!("whether the restore is carried out shows in what is opened next: {error}"),
    }
    let keep = args.keep.as_deref().map(parse_keep).transpose()?;
    Ok(Store::open(&args.data, keep, rules).await.map_err(anyhow::Error::from)?)
}

/// Ends the engine within what is left of the time a stop may take.
async fn close(store: Store, began: Instant) {
    let deadline = deadline(&store, began);
    if tokio::time::timeout_at(deadline, store.close(Ending::Saved)).await.is_err() {
        tracing::warn!("the snapshot was not finished in time; the next start reads the journal instead");
    }
}

/// When an engine that was asked to end must have ended.
fn deadline(store: &Store, began: Instant) -> Instant {
    let margin = Duration::from_millis(250);
    began + store.engine.limits().stop_timeout - margin
}

/// Serves an engine on a free port of the loopback interface until the sender is used or dropped.
pub(crate) async fn serve_locally(engine: Engine) -> io::Result<Local> {
    let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
    let url = url_of(listener.local_addr()?);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move {
        // A dropped sender asks for the same.
        let _ = stopped.await;
    };
    let app = server::App::new(engine, server::Options::default());
    let running = tokio::spawn(server::run(listener, app, shutdown));
    Ok(Local { url, stop, running })
}

/// A server inside this process.
pub(crate) struct Local {
    pub(crate) url: Url,
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
    if address.ip().is_loopback() || args.open_to_everyone {
        return Ok(address);
    }
    Err(Failure::usage(format!(
        "--listen {address}: others could reach this address, and there is no access control yet: everybody could read \
         and change every book. Listen on 127.0.0.1, or say --open-to-everyone if that is what you want"
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

/// Reads `365d`, `52w` or `2y`.
fn parse_keep(text: &str) -> Result<Duration, Failure> {
    let wrong = || Failure::usage(format!("--keep {text}: write a number of days, weeks or years: 365d, 52w, 2y"));
    let (number, days) = [('d', 1), ('w', 7), ('y', 365)]
        .into_iter()
        .find_map(|(unit, days)| Some((text.strip_suffix(unit)?, days)))
        .ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = number.checked_mul(days * 24 * 60 * 60).ok_or_else(wrong)?;
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keep_is_days_weeks_or_years() {
        for (text, days) in [("365d", 365), ("52w", 364), ("2y", 730), ("0d", 0)] {
            assert_eq!(parse_keep(text).ok(), Some(Duration::from_secs(days * 86_400)), "{text}");
        }
        for wrong in ["", "365", "d", "-1d", "1m", "99999999999999999999d", "999999999999999999y"] {
            assert!(parse_keep(wrong).is_err(), "{wrong}");
        }
    }

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
