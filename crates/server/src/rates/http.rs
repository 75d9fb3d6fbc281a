//! Requests over HTTP: 429, and what a client is told of its limit before that.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::buckets::{Left, WINDOW_SECONDS};
use super::{Buckets, Cost, Source};
use crate::answer::{Refused, header_text};
use crate::app::App;

/// draft-ietf-httpapi-ratelimit-headers-10.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Takes the cost of a request from its client's buckets, or refuses it.
pub(crate) async fn charge(State(app): State<App>, request: Request, next: Next) -> Response {
    let source = Source::of(request.extensions());
    match app.buckets.take(&source, Cost::of_request(&request)) {
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
