//! Before there is a catalogue: the process answers, and says that it is not ready.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use protocol::Name;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::answer::Refused;
use crate::health;
use crate::run::Listening;
use crate::tls::Tls;

/// Connections that are answered at the same time; more wait until the server is ready.
const CONNECTIONS_MAX: usize = 256;
/// How long one of them may take: it has one answer to get, and the server will be ready soon.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers on `listening` while a catalogue is read from the disk: `/health` with 200, everything else with 503. Never ends
/// by itself; drop it, and give `listening` to [`run`](crate::run).
pub async fn starting(listening: &Listening) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let place = Arc::clone(&places).acquire_owned().await.expect("the semaphore is never closed");
        match listening.accept().await {
            Ok((stream, _)) => {
                let tls = listening.tls().cloned();
                tokio::spawn(async move {
                    if timeout(PATIENCE, answer_once(stream, tls)).await.is_err() {
                        tracing::debug!("a connection took too long");
                    }
                    drop(place);
                });
            }
            Err(error) => crate::run::rest_after(&error).await,
        }
    }
}

/// One answer a connection, so that none of them outlives the start for long.
async fn answer_once(stream: TcpStream, tls: Option<Tls>) {
    match tls {
        None => serve(stream).await,
        Some(tls) => match tls.accept_for_one_answer(stream).await {
            Ok(stream) => serve(stream).await,
            Err(error) => tracing::debug!(%error, "a peer does not agree on TLS"),
        },
    }
}

async fn serve(io: impl AsyncRead + AsyncWrite + Unpin) {
    let mut http = http1::Builder::new();
    http.keep_alive(false).timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    if let Err(error) = http.serve_connection(TokioIo::new(io), TowerToHyperService::new(router())).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

fn router() -> Router {
    Router::new().route("/health", get(health::health)).fallback(not_ready)
}

async fn not_ready() -> Refused {
    Refused::new(Name::Unavailable, "the server is starting and reads its catalogue: try again in a moment")
}
