//! Refusals and faults as HTTP answers (RFC 9457).

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::{Name, Problem};

/// The media type of a refusal's body.
pub(crate) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
/// The media type of every other body that is not a page.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// How long a client waits, in seconds, where nothing better is known.
const RETRY_AFTER: u32 = 1;

/// A problem on its way out of an HTTP route.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) Box<Problem>);

/// What a route gives: an answer or a refusal.
pub(crate) type Answered = Result<Response, Refused>;

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Refused(Box::new(problem))
    }
}

impl Refused {
    /// A refusal without particulars.
    pub(crate) fn new(name: Name, message: impl Into<String>) -> Self {
        Problem::new(name, message).into()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut problem = *self.0;
        let waits = matches!(problem.name, Name::TooManyRequests | Name::Unavailable);
        if waits && problem.retry_after.is_none() {
            problem.retry_after = Some(RETRY_AFTER);
        }
        let mut response = Response::new(Body::from(problem.to_http()));
        *response.status_mut() = StatusCode::from_u16(problem.name.status()).expect("the table holds valid statuses");
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
        if let Some(seconds) = problem.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if problem.name == Name::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// An answer of JSON that is ready.
pub(crate) fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// A header value of text that was made here: digits, ids, paths.
pub(crate) fn header_text(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("made of visible ASCII")
}
