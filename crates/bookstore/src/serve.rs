//! The server in the foreground.

mod certificate;
mod listen;
mod notify;
mod stop;

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use catalogue::{RevisionPolicy, Rules};
use engine::{Ending, Engine};
use journal::{OpenError, Prepared};
use server::{Listening, Transport};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use url::Url;

use crate::archive::Archive;
use crate::args::ServeArgs;
use crate::failure::{Ended, Failure, Outcome};
use crate::output;
use crate::store::{self, Store};
use certificate::Certificate;
use listen::{Place, url_of};
use stop::{End, Stop};

/// Serves until SIGTERM or SIGINT.
pub(crate) async fn serve(args: ServeArgs) -> Ended {
    let place = listen::place(&args).await?;
    let keep = args.keep.as_deref().map(parse_keep).transpose()?;
    let certificate = Certificate::open(&args)?.map(Arc::new);
    let listening = |listener| match &certificate {
        Some(certificate) => Listening::with_tls(listener, certificate.tls.clone()),
        None => Listening::from(listener),
    };
    raise_open_files_limit();
    let revision = if args.require_revision { RevisionPolicy::Required } else { RevisionPolicy::Optional };
    let rules = Rules { revision };
    let opening = Store::open(&args.data, keep, rules);
    let (listening, store) = match place {
        // Who connects meanwhile waits there, and is answered by a server that is ready.
        Place::Lent(listener) => (listening(listener), opening.await.map_err(anyhow::Error::from)?),
        Place::Address(address) => {
            let listening = match listen::listen(address) {
                Ok(listener) => listening(listener),
                Err(failure) => return Err(refused_address(failure, &args, opening).await),
            };
            let store = tokio::select! {
                store = opening => store.map_err(anyhow::Error::from)?,
                () = server::starting(&listening) => unreachable!("it answers until the store is open"),
            };
            (listening, store)
        }
    };
    serve_on(listening, store, certificate, args, rules).await
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

async fn serve_on(
    mut listening: Listening,
    mut store: Store,
    certificate: Option<Arc<Certificate>>,
    args: ServeArgs,
    rules: Rules,
) -> Ended {
    let url = url_of(listening.address()?, listening.transport());
    // From here on a signal is answered with an orderly end.
    let stop = Stop::on_signals(hung_up(certificate.clone(), args.data.clone(), url.clone())?)?;
    announce(&args.data, &url, certificate.as_deref());
    output::line(format_args!("bookstore: listening on {url}"))?;
    notify::ready();
    loop {
        match serve_store(listening, &store, &args, &stop).await? {
            End::Stop(began) => {
                close(store, began).await;
                return Ok(Outcome::Done);
            }
            End::Replace(prepared, again, began) => {
                listening = again;
                store = tokio::select! {
                    replaced = replace(store, *prepared, began, &args, rules) => replaced?,
                    () = server::starting(&listening) => unreachable!("it answers until the store is open"),
                };
                if stop.is_asked() {
                    store.close(Ending::AsItIs).await;
                    return Ok(Outcome::Done);
                }
                announce(&args.data, &url, certificate.as_deref());
            }
        }
    }
}

/// Serves a store to the end of its generation.
async fn serve_store(listening: Listening, store: &Store, args: &ServeArgs, stop: &Stop) -> Result<End, Failure> {
    let (listening, again) = listening.twice()?;
    let (prepared, restored) = tokio::sync::mpsc::channel(1);
    let app = server::App::new(store.engine.clone(), options(args));
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
        let end = ending.await;
        if let End::Stop(_) = end {
            notify::stopping();
        }
        // The receiver waits as long as the server runs.
        let _ = ends.send(end);
    };
    let beside = [
        tokio::spawn(engine::save_at_rest(store.engine.clone())),
        tokio::spawn(engine::look_for_room(store.engine.clone())),
        tokio::spawn(notify::keep_alive()),
    ];
    let mut serving = pin!(server::run(listening, app, shutdown));
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
    beside.iter().for_each(JoinHandle::abort);
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
        Err(error) => tracing::error!("the restore is not carried out, the store stays as it was: {error}"),
    }
    let keep = args.keep.as_deref().map(parse_keep).transpose()?;
    Ok(Store::open(&args.data, keep, rules).await.map_err(anyhow::Error::from)?)
}

/// What the operator decided about the doors.
fn options(args: &ServeArgs) -> server::Options {
    server::Options {
        allow_hosts: args.allow_host.clone(),
        allow_origins: args.allow_origin.clone(),
        rates: args.rates.read(),
    }
}

/// Reads the certificate anew at each SIGHUP. A server without one takes it as every program does by default: it ends.
fn hung_up(
    certificate: Option<Arc<Certificate>>,
    data: PathBuf,
    url: Url,
) -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        while hangup.recv().await.is_some() {
            let Some(certificate) = &certificate else { return };
            certificate.renew();
            announce(&data, &url, Some(certificate));
        }
    })
}

fn announce(data: &Path, url: &Url, certificate: Option<&Certificate>) {
    let shown = certificate.map(|certificate| certificate.tls.certificate());
    store::announce(data, url, shown.as_deref());
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
    let url = url_of(listener.local_addr()?, Transport::Plain);
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
}
