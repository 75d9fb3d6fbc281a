//! Requests over HTTP: 429, and what a client is told of its limit before that.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use protocol::{Name, Problem};

use super::buckets::{Left, WINDOW_SECONDS};
use super::guests::Crowded;
use super::{Buckets, Cost, Guest, Source};
use crate::answer::{Refused, header_text};
use crate::app::App;

/// draft-ietf-httpapi-ratelimit-headers-10.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Takes the cost of a request from its client's buckets, or refuses it.
pub(crate) async fn charge(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let source = Source::of(request.extensions());
    let guest = match enter(&app, &request, &source) {
        Ok(guest) => guest,
        Err(Crowded) => return crowded().into_response(),
    };
    if let Some(guest) = &guest {
        request.extensions_mut().insert(Arc::clone(guest));
    }
    let response = pay(&app, &source, request, next).await;
    match guest {
        // It stays as long as its answer; a WebSocket has taken it along.
        Some(guest) => response.map(|body| {
            Body::new(body.map_frame(move |frame| {
                let _held = &guest;
                frame
            }))
        }),
        None => response,
    }
}

/// Whoever stays for longer than one answer counts among those of its address: HTTP/2 has many on one connection.
fn enter(app: &App, request: &Request, source: &Source) -> Result<Option<Arc<Guest>>, Crowded> {
    match request.uri().path() {
        "/ws" | "/books/changes" => Ok(app.guests.enter_from(source)?.map(Arc::new)),
        _ => Ok(None),
    }
}

fn crowded() -> Refused {
    let problem = Problem::new(Name::Unavailable, "your address has too many WebSockets and streams: end some first");
    Problem { retry_after: Some(1), ..problem }.into()
}

async fn pay(app: &App, source: &Source, request: Request, next: Next) -> Response {
    match app.buckets.take(source, Cost::of_request(&request)) {
        Ok(None) => next.run(request).await,
        Ok(Some(left)) => told(next.run(request).await, &app.buckets, left),
        Err(refused) => {
            let wait = refused.problem().retry_after.unwrap_or(1);
            let response = Refused::from(refused.problem()).into_response();
            let mut response = told(response, &app.buckets, Left { units: 0 });
            response.headers_mut().insert(LIMIT, header_text(&format!("\"calls\";r=0;t={wait}")));
            response
        }
    }
}

/// Adds what the client's limit is, and what is left of it.
fn told(mut response: Response, buckets: &Buckets, left: Left) -> Response {
    let Some(capacity) = buckets.capacity() else { return response };
    let (capacity, window) = (capacity.get(), WINDOW_SECONDS.get());
    // So many seconds until the bucket is full again.
    let reset = (u64::from(capacity - left.units) * u64::from(window)).div_ceil(u64::from(capacity));
    let policy = format!("\"calls\";q={capacity};w={window}");
    let limit = format!("\"calls\";r={};t={reset}", left.units);
    let headers = response.headers_mut();
    headers.insert(POLICY, header_text(&policy));
    headers.insert(LIMIT, HeaderValue::from_str(&limit).expect("made of visible ASCII"));
    response
}
