//! Before there is a catalogue: the process answers, and says that it is not ready.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use protocol::Name;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::answer::Refused;
use crate::health;

/// Connections that are answered at the same time; more wait until the server is ready.
const CONNECTIONS_MAX: usize = 256;
/// How long one of them may take: it has one answer to get, and the server will be ready soon.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers on `listener` while a catalogue is read from the disk: `/health` with 200, everything else with 503. Never ends
/// by itself; drop it, and give the listener to [`run`](crate::run).
pub async fn starting(listener: &TcpListener) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let place = Arc::clone(&places).acquire_owned().await.expect("the semaphore is never closed");
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(async move {
                answer_once(stream).await;
                drop(place);
            })),
            Err(error) => crate::run::rest_after(&error).await,
        }
    }
}

/// One answer a connection, so that none of them outlives the start for long.
async fn answer_once(stream: TcpStream) {
    let mut http = http1::Builder::new();
    http.keep_alive(false).timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router()));
    match timeout(PATIENCE, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection ended early"),
        Err(_) => tracing::debug!("a connection took too long"),
    }
}

fn router() -> Router {
    Router::new().route("/health", get(health::health)).fallback(not_ready)
}

async fn not_ready() -> Refused {
    Refused::new(Name::Unavailable, "the server is starting and reads its catalogue: try again in a moment")
}
