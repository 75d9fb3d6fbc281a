//! The server in the foreground.

mod certificate;
mod doors;
mod listen;
mod notify;

use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use access::{Access, Secret};
use anyhow::Context;
use catalogue::{RevisionPolicy, Rules};
use engine::{Ending, Engine};
use journal::OpenError;
use server::{Listening, Transport};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use url::Url;

use crate::args::ServeArgs;
use crate::client::{Login, Server};
use crate::failure::{Ended, Failure, Outcome};
use crate::store::{self, Store};
use crate::{days, output};
use certificate::Certificate;
use listen::{Place, url_of};

/// Serves until SIGTERM or SIGINT.
pub(crate) async fn serve(args: ServeArgs) -> Ended {
    let place = listen::place(&args).await?;
    let keep = args.keep.as_deref().map(|text| days::parse("--keep", text)).transpose()?;
    let certificate = Certificate::open(&args)?;
    let listening = |listener| match &certificate {
        Some(certificate) => Listening::with_tls(listener, certificate.tls.clone()),
        None => Listening::from(listener),
    };
    raise_open_files_limit();
    let revision = if args.require_revision { RevisionPolicy::Required } else { RevisionPolicy::Optional };
    let opening = Store::open(&args.data, keep, Rules { revision });
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
    serve_on(listening, store, certificate, args).await
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

async fn serve_on(listening: Listening, store: Store, certificate: Option<Certificate>, args: ServeArgs) -> Ended {
    // From here on a signal is answered with an orderly end.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let hangup = signal(SignalKind::hangup())?;
    let url = url_of(listening.address()?, listening.transport());
    let operator = Secret::operator();
    let options = doors::options(&args, &operator)?;
    store::let_in(&args.data, &operator);
    announce(&args.data, &url, certificate.as_ref());
    output::line(format_args!("bookstore: listening on {url}"))?;
    notify::ready();

    let app = server::App::new(store.engine.clone(), options);
    let (asked, stopping) = tokio::sync::oneshot::channel();
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = hung_up(hangup, certificate, &args.data, &url) => {}
        }
        notify::stopping();
        // The receiver waits as long as the server runs.
        let _ = asked.send(Instant::now());
    };
    let beside = [
        tokio::spawn(engine::save_at_rest(store.engine.clone())),
        tokio::spawn(engine::look_for_room(store.engine.clone())),
        tokio::spawn(notify::keep_alive()),
    ];
    let ended = server::run(listening, app, shutdown).await;
    beside.iter().for_each(JoinHandle::abort);
    let began = stopping.await.unwrap_or_else(|_| Instant::now());
    close(store, began).await;
    ended.context("the server stopped by itself")?;
    Ok(Outcome::Done)
}

/// Reads the certificate anew at each SIGHUP. A server without one takes it as every program does by default: it ends.
async fn hung_up(mut hangup: Signal, certificate: Option<Certificate>, data: &Path, url: &Url) {
    while hangup.recv().await.is_some() {
        let Some(certificate) = &certificate else { return };
        certificate.renew();
        announce(data, url, Some(certificate));
    }
}

fn announce(data: &Path, url: &Url, certificate: Option<&Certificate>) {
    let shown = certificate.map(|certificate| certificate.tls.certificate());
    store::announce(data, url, shown.as_deref());
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
