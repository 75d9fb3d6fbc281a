//! Who may speak to this server from a browser: the rules of `Host` and `Origin`, and CORS.
//!
//! A page of another site can reach a server on this machine: by its own address (`Origin` tells) or by making its own
//! name point here (`Host` tells). Programs send no `Origin` and are not concerned.

mod host;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use protocol::Name;
use url::Url;

use crate::answer::Refused;
use crate::app::{App, Options};
use crate::caller::look_behind_proxy;
use crate::peer::Peer;

const HEADER_BYTES_MAX: usize = 32 * 1024;
const EXPOSED: HeaderValue = HeaderValue::from_static("ETag, Link, Location, X-Total-Count, Retry-After");
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const HEADERS: HeaderValue = HeaderValue::from_static(
    "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID",
);
const PREFLIGHT_SECONDS: HeaderValue = HeaderValue::from_static("600");
const PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");

/// Where a request comes from.
#[derive(Clone, Debug, PartialEq)]
enum Source {
    /// A program, or a page of this server.
    Own,
    /// A page of a site that the operator named; its `Origin` as sent.
    Named(HeaderValue),
    /// A page of any other site.
    Foreign,
}

/// Lets a request in, or refuses it before anything else looks at it.
pub(crate) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    look_behind_proxy(&mut request, &app.options);
    let headers = request.headers();
    let checked = check_coding(headers).and_then(|()| check_length(headers));
    if let Err(refused) = checked.and_then(|()| host::check(&request, &app.options)) {
        return refused_at_the_door(refused);
    }
    let source = source(&request, &app.options);
    let mut response = match source {
        Source::Foreign if is_guarded(&request) => foreign(request.headers()).into_response(),
        Source::Named(_) if is_preflight(&request) => preflight(request.headers()),
        _ => next.run(request).await,
    };
    if let Source::Named(origin) = source {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.headers_mut().insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    if !app.options.allow_origins.is_empty() {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
    }
    response
}

/// Longer headers than this are refused by name; those longer still do not come as far as this.
fn check_length(headers: &HeaderMap) -> Result<(), Refused> {
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes <= HEADER_BYTES_MAX {
        return Ok(());
    }
    let message = format!("the headers have {bytes} bytes, at most {HEADER_BYTES_MAX} are read: send fewer cookies");
    Err(Refused::new(Name::HeadersTooLarge, message))
}

fn refused_at_the_door(refused: Refused) -> Response {
    let mut response = refused.into_response();
    if response.status() == StatusCode::BAD_REQUEST {
        // A request that two servers may read differently: who knows where it ends?
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A body comes in chunks or in one piece. What is coded otherwise would be read as if it were not.
fn check_coding(headers: &HeaderMap) -> Result<(), Refused> {
    let codings: Vec<&HeaderValue> = headers.get_all(header::TRANSFER_ENCODING).into_iter().collect();
    match codings.as_slice() {
        [] => Ok(()),
        [only] if only.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => Err(Refused::new(Name::InvalidRequest, "the body has a transfer coding besides chunked: send it plainly")),
    }
}

/// WebSockets and whatever may write.
fn is_guarded(request: &Request) -> bool {
    !matches!(*request.method(), Method::GET | Method::HEAD) || request.uri().path() == "/ws"
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn source(request: &Request, options: &Options) -> Source {
    let headers = request.headers();
    let mut origins = headers.get_all(header::ORIGIN).into_iter();
    let Some(origin) = origins.next() else { return Source::Own };
    let parsed = origin.to_str().ok().and_then(|text| Url::parse(text).ok());
    match parsed {
        Some(url) if origins.next().is_none() && is_own(&url, request) => Source::Own,
        Some(url) if options.allow_origins.iter().any(|named| named.origin() == url.origin()) => {
            Source::Named(origin.clone())
        }
        _ => Source::Foreign,
    }
}

/// Whether `origin` is where this request went: the same scheme, name and port.
fn is_own(origin: &Url, request: &Request) -> bool {
    let scheme = if Peer::is_under_tls(request.extensions()) { "https" } else { "http" };
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let own = host.and_then(|host| Url::parse(&format!("{scheme}://{host}")).ok());
    own.is_some_and(|own| own.origin() == origin.origin())
}

fn foreign(headers: &HeaderMap) -> Refused {
    let origin = headers.get(header::ORIGIN).cloned().unwrap_or(HeaderValue::from_static("null"));
    let message =
        format!("pages of {origin:?} may not connect or write here; the operator can name it: --allow-origin");
    Refused::new(Name::Forbidden, message)
}

fn preflight(asked: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
    if asked.contains_key(PRIVATE_NETWORK) {
        headers.insert(ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
    }
    response
}
