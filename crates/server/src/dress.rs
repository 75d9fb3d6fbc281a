//! What every answer gets on its way out: compression, headers for safety and caches, a count; and what a panic becomes.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use protocol::Name;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, Predicate, SizeAbove};

use crate::answer::Refused;
use crate::app::App;
use crate::metrics::Door;
use crate::negotiate;
use crate::peer::Peer;

/// Below this many bytes a compressed answer is hardly smaller.
const COMPRESSED_BYTES_MIN: u64 = 256;
/// Pages load only from here, run no inline script and are framed by nobody.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
);

/// A browser that came by TLS once comes by nothing else for a year (RFC 6797).
const STRICT_TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=31536000");

type Compressible = And<SizeAbove, fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool>;

/// Compresses what is text and has no strong ETag, if the client accepts it.
pub(crate) fn compression() -> CompressionLayer<Compressible> {
    CompressionLayer::new()
        .compress_when(SizeAbove::new(COMPRESSED_BYTES_MIN).and(is_compressible as fn(_, _, &_, &_) -> _))
}

/// A strong ETag promises the same bytes to everybody; an event must not wait in a compressor.
fn is_compressible(status: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|text| text.to_str().ok()).unwrap_or_default();
    let is_text = content_type.starts_with("text/") && !content_type.starts_with("text/event-stream");
    let is_text = is_text || ["json", "javascript", "svg"].iter().any(|part| content_type.contains(part));
    let is_strong = headers.get(header::ETAG).is_some_and(|etag| !etag.as_bytes().starts_with(b"W/"));
    is_text && !is_strong && status != StatusCode::NOT_MODIFIED && status != StatusCode::SWITCHING_PROTOCOLS
}

/// Leaves the compressor one coding or none to choose: by itself it would turn an answer into 406 where a client
/// accepts no coding at all, even the answer of a write that was carried out.
pub(crate) async fn choose_coding(mut request: Request, next: Next) -> Response {
    let coding = negotiate::content_coding(request.headers());
    request.headers_mut().remove(header::ACCEPT_ENCODING);
    if let Some(coding) = coding {
        request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static(coding));
    }
    next.run(request).await
}

/// A panic while answering one request: that request gets 500, the server goes on.
pub(crate) fn catch_panic() -> CatchPanicLayer<fn(Box<dyn Any + Send>) -> Response> {
    CatchPanicLayer::custom(panicked as fn(_) -> _)
}

fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request was answered with 500 after a panic");
    Refused::new(Name::Internal, "something broke while answering; the server's log says more").into_response()
}

/// Adds the headers that every answer has, and counts it.
pub(crate) async fn finish(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_under_tls = Peer::is_under_tls(request.extensions());
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let is_page = is_page(response.headers());
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_under_tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT_SECURITY);
    }
    if is_read {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    }
    if is_page {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(CONTENT_SECURITY_POLICY);
        headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    }
    app.metrics.request(door(&path, is_page), response.status().as_u16());
    response.map(|body| Body::new(Careful(Some(body))))
}

/// A body that breaks off where making it panics: that answer ends, what else its connection carries goes on.
struct Careful(Option<Body>);

impl hyper::body::Body for Careful {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.0 else { return Poll::Ready(None) };
        match catch_unwind(AssertUnwindSafe(|| Pin::new(body).poll_frame(cx))) {
            Ok(polled) => polled,
            Err(_) => {
                tracing::error!("an answer breaks off after a panic");
                self.0 = None;
                Poll::Ready(Some(Err(axum::Error::new("something broke while answering"))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|content_type| content_type.as_bytes().starts_with(b"text/html"))
}

fn door(path: &str, is_page: bool) -> Door {
    match path {
        "/ws" => Door::WebSocket,
        "/books/changes" => Door::Events,
        _ if is_page => Door::Page,
        _ => Door::Http,
    }
}
