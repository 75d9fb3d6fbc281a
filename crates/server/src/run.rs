//! The accept loop: from sockets to the router, and how it ends.

mod http;
mod listening;
mod socket;
mod stream;
mod wording;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use protocol::{Name, Problem};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::server::TlsStream;

use crate::app::App;
use crate::peer::{Peer, Transport};
use crate::rates::Guests;
use crate::tls::{self, Tls};
use http::Http;
pub use listening::Listening;
use socket::{Place, Socket};
pub(crate) use stream::{OnStream, Stream};

/// Connections beyond the limit that are told so at the same time; more are closed without a word.
const TURNED_AWAY_MAX: usize = 64;
/// How long accepting rests when the system has no more file descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The first byte of every TLS connection: a record of the handshake.
const TLS_HANDSHAKE: u8 = 22;

/// Serves every door on `listening` until `shutdown` ends; then stops accepting, answers what is in flight, closes
/// sockets with 1001 and returns, within four fifths of the engine's `stop_timeout`: the rest is the engine's, which
/// this does not stop.
pub async fn run(
    listening: impl Into<Listening>,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let listening = listening.into();
    let porch = Porch::new(app.clone(), listening.tls().cloned());
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = listening.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => porch.admit(stream, address),
            Err(error) => rest_after(&error).await,
        }
    }
    drop(listening);
    app.stopping.cancel();
    porch.empty(app.engine.limits().stop_timeout * 4 / 5).await;
    Ok(())
}

/// A failed accept concerns one connection, or the whole system is short of something for a while.
pub(crate) async fn rest_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted) {
        tracing::warn!(%error, "cannot accept connections at the moment");
        sleep(ACCEPT_PAUSE).await;
    }
}

/// Where connections come in, are counted and go out.
struct Porch {
    app: App,
    http: Arc<Http>,
    tls: Option<Tls>,
    places: Arc<Semaphore>,
    turned_away: Arc<Semaphore>,
    guests: Guests,
}

impl Porch {
    fn new(app: App, tls: Option<Tls>) -> Self {
        let places = Arc::new(Semaphore::new(app.engine.limits().connections_max));
        let turned_away = Arc::new(Semaphore::new(TURNED_AWAY_MAX));
        let guests = Guests::new(app.options.rates, &app.options.trusted_proxies);
        Porch { http: Arc::new(Http::new(app.clone(), guests.clone())), app, tls, places, turned_away, guests }
    }

    fn admit(&self, stream: TcpStream, address: SocketAddr) {
        socket::tune(&stream);
        let stalled_max = self.app.engine.limits().stalled_max;
        let open = self.app.metrics.connections.clone();
        let guest = self.guests.enter(address.ip());
        if let (Ok(permit), Ok(guest)) = (Arc::clone(&self.places).try_acquire_owned(), guest) {
            let upgraded = Arc::new(AtomicBool::new(false));
            let socket = Socket::new(stream, stalled_max, Arc::clone(&upgraded), Place::new(permit, guest), open);
            self.serve(socket, address, upgraded);
        } else if let Ok(permit) = Arc::clone(&self.turned_away).try_acquire_owned() {
            let socket = Socket::new(stream, stalled_max, Arc::default(), Place::new(permit, None), open);
            tokio::spawn(turn_away(socket, self.tls.clone(), self.app.engine.limits().header_timeout));
        }
    }

    fn serve(&self, socket: Socket, address: SocketAddr, upgraded: Arc<AtomicBool>) {
        let http = Arc::clone(&self.http);
        let Some(tls) = self.tls.clone() else {
            let peer = Peer { address, transport: Transport::Plain };
            tokio::spawn(http.serve_http1(socket, peer, upgraded));
            return;
        };
        let (app, peer) = (self.app.clone(), Peer { address, transport: Transport::Tls });
        tokio::spawn(async move {
            let limits = app.engine.limits();
            let over = async {
                app.stopping.cancelled().await;
                sleep(http::last_moment(limits)).await;
            };
            let shaken = tokio::select! {
                shaken = timeout(limits.header_timeout, shake_hands(socket, &tls)) => shaken.ok().flatten(),
                () = over => None,
            };
            match shaken {
                Some(stream) if tls::is_http2(&stream) => http.serve_http2(stream, peer).await,
                Some(stream) => http.serve_http1(stream, peer, upgraded).await,
                None => {}
            }
        });
    }

    /// Waits until every connection is gone, upgraded ones included, but no longer than `patience`.
    async fn empty(self, patience: Duration) {
        let all = u32::try_from(self.app.engine.limits().connections_max).unwrap_or(u32::MAX);
        if timeout(patience, self.places.acquire_many(all)).await.is_err() {
            tracing::warn!("some connections did not end in time and are cut");
        }
    }
}

/// The connection under TLS; `None` where the peer does not know how, in which case it was told if that was possible.
async fn shake_hands(socket: Socket, tls: &Tls) -> Option<TlsStream<Socket>> {
    match socket.first_byte().await {
        Ok(Some(TLS_HANDSHAKE)) => {}
        Ok(Some(_)) => {
            let problem = Problem::new(Name::InvalidRequest, "this port speaks TLS: write https:// or wss://");
            say(socket, &wording::answer(&problem)).await;
            return None;
        }
        Ok(None) | Err(_) => return None,
    }
    let shaken = tls.accept(socket).await;
    shaken.inspect_err(|error| tracing::debug!(%error, "a peer does not agree on TLS")).ok()
}

/// Tells a connection beyond the limit to come again.
async fn turn_away(socket: Socket, tls: Option<Tls>, patience: Duration) {
    let problem = Problem::new(Name::Unavailable, "too many connections, yours or all together: try again in a moment");
    let full = wording::answer(&Problem { retry_after: Some(1), ..problem });
    match tls {
        None => say(socket, &full).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = timeout(patience, tls.accept_for_one_answer(socket)).await {
                say(stream, &full).await;
            }
        }
    }
}

async fn say(mut stream: impl AsyncWrite + Unpin, answer: &str) {
    // A peer that is gone already needs no answer.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}
