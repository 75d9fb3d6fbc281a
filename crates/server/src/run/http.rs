//! HTTP on one connection, in either version, and every limit of the two.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::Limits;
use hyper::body::Incoming;
use hyper::ext::Protocol;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use protocol::{Name, Problem};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::stream::{Piecewise, Stream, Streams};
use super::wording::Wording;
use crate::answer::Refused;
use crate::app::App;
use crate::peer::Peer;
use crate::rates::Guests;
use crate::router::router;

/// Request headers beyond this are answered 431.
const HEADER_BYTES_MAX: usize = 64 * 1024;
/// The most bytes hyper reads ahead, or holds back for a peer that does not read, on one connection of HTTP/1.1.
const BUFFER_BYTES_MAX: usize = 128 * 1024;
/// Requests and WebSockets at once on one connection of HTTP/2.
const STREAMS_MAX: u32 = 100;
/// What a peer may send ahead on one stream, and on all of a connection together.
const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;
/// Streams that a peer may open and reset before they are looked at; beyond it, the connection ends (rapid reset).
const RESETS_WAITING_MAX: usize = 20;
/// Streams that a peer's mistakes may make the server reset; beyond it, the connection ends.
const RESETS_OWN_MAX: usize = 256;
/// Pings that may go unanswered, counted in the time between them.
const PINGS_MAX: u32 = 2;

/// Serves HTTP on connections, until the app stops.
pub(super) struct Http {
    app: App,
    router: Router,
    guests: Guests,
}

impl Http {
    /// `guests` are counted with the connections: a stream of HTTP/2 is as good as one.
    pub(super) fn new(app: App, guests: Guests) -> Self {
        Http { router: router(app.clone()), app, guests }
    }

    /// HTTP/1.1; `upgraded` is set when the connection becomes a WebSocket.
    pub(super) async fn serve_http1<IO>(self: Arc<Self>, io: IO, peer: Peer, upgraded: Arc<AtomicBool>)
    where
        IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (router, asked) = (self.router.clone(), CancellationToken::new());
        let has_asked = asked.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            has_asked.cancel();
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
        let worded = TokioIo::new(Wording::new(io, Arc::clone(&is_late)));
        let mut connection = pin!(self.http1().serve_connection(worded, service).with_upgrades());
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.is_over(&asked) => {
                connection.as_mut().graceful_shutdown();
                let Ok(ended) = timeout(last_answer(self.app.engine.limits()), connection).await else { return };
                ended
            }
        };
        is_late.store(ended.as_ref().is_err_and(hyper::Error::is_timeout), Ordering::Relaxed);
        report(ended);
    }

    /// HTTP/2. A connection without a stream ends as soon as one of HTTP/1.1 without a request would.
    pub(super) async fn serve_http2<IO>(self: Arc<Self>, io: IO, peer: Peer)
    where
        IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let limits = self.app.engine.limits();
        let streams = Streams::new(limits.stalled_max);
        let http = Arc::clone(&self);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            translate(&mut request);
            let http = Arc::clone(&http);
            async move {
                let stream = Stream::current();
                request.extensions_mut().insert(Arc::clone(&stream));
                let response = match http.has_room(&stream, peer.address.ip()) {
                    true => http.router.clone().oneshot(request).await?,
                    false => no_room(),
                };
                Ok::<_, Infallible>(response.map(|body| Piecewise::new(body, stream)))
            }
        });
        let mut connection = pin!(self.http2(streams.clone()).serve_connection(TokioIo::new(io), service));
        tokio::select! {
            ended = connection.as_mut() => return report(ended),
            () = self.app.stopping.cancelled() => {}
            () = streams.idle_for(limits.header_timeout) => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            ended = connection => report(ended),
            // Who has nothing under way and does not answer to a goodbye is gone.
            () = streams.idle_for(limits.header_timeout.min(limits.stop_timeout / 5)) => {}
            () = self.is_past_last_answers() => {}
        }
    }

    /// Ends when the server stops. A connection that `asked` for nothing yet may still do so for a moment: who connected
    /// just before has sent its request already, and it is on its way.
    async fn is_over(&self, asked: &CancellationToken) {
        self.app.stopping.cancelled().await;
        let _ = timeout(last_moment(self.app.engine.limits()), asked.cancelled()).await;
    }

    /// Ends when a server that stops has waited long enough for who takes his time over an answer.
    async fn is_past_last_answers(&self) {
        self.app.stopping.cancelled().await;
        sleep(last_answer(self.app.engine.limits())).await;
    }

    /// One connection may carry many WebSockets: all together are as many as there may be connections, and each counts for
    /// its address.
    fn has_room(&self, stream: &Stream, address: IpAddr) -> bool {
        let guest = self.guests.enter(address).map(|guest| stream.keep(guest));
        guest.is_ok() && self.app.clients.count() < self.app.engine.limits().connections_max
    }

    fn http1(&self) -> http1::Builder {
        let mut http = http1::Builder::new();
        // Who has ended its own side after a request, as `nc -N` does, still waits for the answer.
        http.half_close(true)
            .timer(TokioTimer::new())
            .header_read_timeout(self.app.engine.limits().header_timeout)
            .max_header_size(HEADER_BYTES_MAX)
            .max_buf_size(BUFFER_BYTES_MAX);
        http
    }

    fn http2(&self, streams: Streams) -> http2::Builder<Streams> {
        let ping_after = self.app.engine.limits().ping_after;
        let mut http = http2::Builder::new(streams);
        http.timer(TokioTimer::new())
            .enable_connect_protocol()
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(HEADER_BYTES_MAX as u32)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .max_send_buf_size(BUFFER_BYTES_MAX)
            .max_pending_accept_reset_streams(RESETS_WAITING_MAX)
            .max_local_error_reset_streams(RESETS_OWN_MAX)
            .keep_alive_interval(ping_after)
            .keep_alive_timeout(ping_after * PINGS_MAX);
        http
    }
}

/// How long who connected just before the server stops may still take to ask.
pub(super) fn last_moment(limits: &Limits) -> Duration {
    limits.stop_timeout / 40
}

/// How long the answer to a request that was read may still take when the server stops. Where another store takes the place
/// of the one that was served, nobody reads on from the old one.
fn last_answer(limits: &Limits) -> Duration {
    limits.stop_timeout * 3 / 4
}

/// Writes a request as HTTP/1.1 would have it, so that one set of rules serves both: the server's name, `:authority`,
/// stands in `Host`, whatever else the peer wrote there; cookies stand in one line (RFC 9113, 8.2.3); and what is asked
/// for by an extended CONNECT (RFC 8441) is asked for by GET.
fn translate<B>(request: &mut Request<B>) {
    let authority = request.uri().authority().and_then(|name| HeaderValue::from_str(name.as_str()).ok());
    if let Some(authority) = authority {
        request.headers_mut().insert(header::HOST, authority);
    }
    let cookies: Vec<&[u8]> = request.headers().get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if cookies.len() > 1 {
        let joined = HeaderValue::from_bytes(&cookies.join(&b"; "[..])).expect("made of header values");
        request.headers_mut().insert(header::COOKIE, joined);
    }
    if request.extensions().get::<Protocol>().is_some() {
        *request.method_mut() = Method::GET;
    }
}

fn no_room() -> Response {
    let problem = Problem::new(Name::Unavailable, "too many requests at once: try again in a moment");
    Refused::from(Problem { retry_after: Some(1), ..problem }).into_response()
}

fn report(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_of_http_2_is_written_as_http_1_has_it() {
        let request = Request::connect("https://shop.example:8443/ws").header("host", "evil.example");
        let request = request.header("cookie", "a=1").header("cookie", "b=2").header("cookie", "c=3; d=4");
        let mut request = request.extension(Protocol::from_static("websocket")).body(()).unwrap();
        translate(&mut request);
        assert_eq!(request.method(), Method::GET);
        for (name, value) in [("host", "shop.example:8443"), ("cookie", "a=1; b=2; c=3; d=4")] {
            let lines: Vec<_> = request.headers().get_all(name).iter().collect();
            assert_eq!(lines, [value], "{name}");
        }
    }
}
