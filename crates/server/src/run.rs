//! The accept loop: from sockets to the router, and how it ends.

mod socket;
mod wording;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use protocol::{Name, Problem};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

use crate::app::App;
use crate::peer::{Peer, Transport};
use crate::rates::Guests;
use crate::router::router;
use socket::{Place, Socket};
use wording::Wording;

/// Request headers beyond this are answered 431.
const HEADER_BYTES_MAX: usize = 64 * 1024;
/// The most bytes hyper reads ahead, or holds back for a peer that does not read, on one connection.
const BUFFER_BYTES_MAX: usize = 128 * 1024;
/// Connections beyond the limit that are told so at the same time; more are closed without a word.
const TURNED_AWAY_MAX: usize = 64;
/// How long accepting rests when the system has no more file descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves every door on `listener` until `shutdown` ends; then stops accepting, answers what is in flight, closes
/// sockets with 1001 and returns, within four fifths of the engine's `stop_timeout`: the rest is the engine's, which
/// this does not stop.
pub async fn run(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let porch = Porch::new(app.clone());
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => porch.admit(stream, address),
            Err(error) => rest_after(&error).await,
        }
    }
    drop(listener);
    app.stopping.cancel();
    porch.empty(app.engine.limits().stop_timeout * 4 / 5).await;
    Ok(())
}

/// A failed accept concerns one connection, or the whole system is short of something for a while.
pub(crate) async fn rest_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted) {
        tracing::warn!(%error, "cannot accept connections at the moment");
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}

/// Where connections come in, are counted and go out.
struct Porch {
    app: App,
    router: Router,
    http: http1::Builder,
    places: Arc<Semaphore>,
    turned_away: Arc<Semaphore>,
    guests: Guests,
}

impl Porch {
    fn new(app: App) -> Self {
        let limits = app.engine.limits();
        let mut http = http1::Builder::new();
        // Who has ended its own side after a request, as `nc -N` does, still waits for the answer.
        http.half_close(true)
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_timeout)
            .max_header_size(HEADER_BYTES_MAX)
            .max_buf_size(BUFFER_BYTES_MAX);
        let places = Arc::new(Semaphore::new(limits.connections_max));
        let turned_away = Arc::new(Semaphore::new(TURNED_AWAY_MAX));
        let guests = Guests::new(app.options.rates);
        Porch { router: router(app.clone()), app, http, places, turned_away, guests }
    }

    fn admit(&self, stream: TcpStream, address: SocketAddr) {
        // Small answers must not wait for the peer's acknowledgement of earlier ones; without the option they only do.
        let _ = stream.set_nodelay(true);
        let stalled_max = self.app.engine.limits().stalled_max;
        let guest = self.guests.enter(address.ip());
        if let (Ok(permit), Ok(guest)) = (Arc::clone(&self.places).try_acquire_owned(), guest) {
            let upgraded = Arc::new(AtomicBool::new(false));
            let open = self.app.metrics.connections.clone();
            let socket = Socket::new(stream, stalled_max, Arc::clone(&upgraded), Place::new(permit, guest), open);
            let peer = Peer { address, transport: Transport::Plain };
            tokio::spawn(self.serve(socket, peer, upgraded));
        } else if let Ok(permit) = Arc::clone(&self.turned_away).try_acquire_owned() {
            let open = self.app.metrics.connections.clone();
            tokio::spawn(turn_away(Socket::new(stream, stalled_max, Arc::default(), Place::new(permit, None), open)));
        }
    }

    fn serve(
        &self,
        socket: Socket,
        peer: Peer,
        upgraded: Arc<AtomicBool>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let router = self.router.clone();
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            let (router, upgraded) = (router.clone(), Arc::clone(&upgraded));
            async move {
                let response = router.oneshot(request).await;
                if response.as_ref().is_ok_and(|response| response.status() == StatusCode::SWITCHING_PROTOCOLS) {
                    upgraded.store(true, Ordering::Relaxed);
                }
                response
            }
        });
        let is_late = Arc::new(AtomicBool::new(false));
        let worded = Wording::new(socket, Arc::clone(&is_late));
        let connection = self.http.serve_connection(TokioIo::new(worded), service).with_upgrades();
        let stopping = self.app.stopping.clone();
        async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stopping.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                is_late.store(error.is_timeout(), Ordering::Relaxed);
                tracing::debug!(%error, "a connection ended early");
            }
        }
    }

    /// Waits until every connection is gone, upgraded ones included, but no longer than `patience`.
    async fn empty(self, patience: Duration) {
        let all = u32::try_from(self.app.engine.limits().connections_max).unwrap_or(u32::MAX);
        if tokio::time::timeout(patience, self.places.acquire_many(all)).await.is_err() {
            tracing::warn!("some connections did not end in time and are cut");
        }
    }
}

async fn turn_away(mut socket: Socket) {
    // A peer that is gone already needs no answer.
    let _ = socket.write_all(full().as_bytes()).await;
    let _ = socket.shutdown().await;
}

/// What a connection beyond the limit is told.
fn full() -> String {
    let problem = Problem::new(Name::Unavailable, "too many connections, yours or all together: try again in a moment");
    let body = Problem { retry_after: Some(1), ..problem }.to_http();
    format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 1\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}
