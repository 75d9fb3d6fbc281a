//! The server in the foreground.

mod certificate;
mod doors;
mod listen;
mod notify;
mod stop;

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use access::{Access, Secret};
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
use crate::client::{Login, Server};
use crate::failure::{Ended, Failure, Outcome};
use crate::store::{self, Store};
use crate::{days, output};
use certificate::Certificate;
use listen::{Place, url_of};
use stop::{End, Stop};

/// Serves until SIGTERM or SIGINT.
pub(crate) async fn serve(args: ServeArgs) -> Ended {
    let place = listen::place(&args).await?;
    let keep = args.keep.as_deref().map(|text| days::parse("--keep", text)).transpose()?;
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
    let operator = Secret::operator();
    let options = doors::options(&args, &operator)?;
    // From here on a signal is answered with an orderly end.
    let stop = Stop::on_signals(hung_up(certificate.clone(), args.data.clone(), url.clone())?)?;
    store::let_in(&args.data, &operator);
    announce(&args.data, &url, certificate.as_deref());
    output::line(format_args!("bookstore: listening on {url}"))?;
    notify::ready();
    // To the end of the process: also while one store takes the place of another.
    tokio::spawn(notify::keep_alive());
    loop {
        match serve_store(listening, &store, &args, options.clone(), &stop).await? {
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
                store::let_in(&args.data, &operator);
                announce(&args.data, &url, certificate.as_deref());
            }
        }
    }
}

/// Serves a store to the end of its generation.
async fn serve_store(
    listening: Listening,
    store: &Store,
    args: &ServeArgs,
    options: server::Options,
    stop: &Stop,
) -> Result<End, Failure> {
    let (listening, again) = listening.twice()?;
    let (prepared, restored) = tokio::sync::mpsc::channel(1);
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
        tokio::spawn(engine::follow_with_index(store.engine.clone())),
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
    let keep = args.keep.as_deref().map(|text| days::parse("--keep", text)).transpose()?;
    Ok(store.replace(prepared, keep, rules, deadline).await.map_err(anyhow::Error::from)?)
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

/// Serves an engine on a free port of the loopback interface, to who has the secret, until the sender is used or dropped.
pub(crate) async fn serve_locally(engine: Engine) -> io::Result<Local> {
    let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
    let url = url_of(listener.local_addr()?, Transport::Plain);
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
    Ok(Local { server: Server { url, ca: None, login }, stop, running })
}

/// A server inside this process.
pub(crate) struct Local {
    pub(crate) server: Server,
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
