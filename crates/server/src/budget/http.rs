//! Answers over HTTP: their bytes are in flight until the client has taken them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};

use super::{Share, busy, held};
use crate::answer::Refused;
use crate::app::App;

/// Answers up to this length are not counted: a connection has a buffer of this size anyway.
const FREE_BYTES: usize = 16 * 1024;
/// What an answer of unknown length has in memory at a time.
const STREAM_BYTES: usize = 256 * 1024;

/// Counts an answer until it is taken; what may be long waits for its share before it is made. A transaction waits for it by
/// itself, once it has come: who sends one slowly must not keep that memory from others.
pub(crate) async fn account(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut share = app.budget.outgoing.share();
    if may_be_long(&request) && !share.grow(app.engine.limits().message_bytes_max).await {
        return Refused::from(busy()).into_response();
    }
    let is_read = request.method() == Method::GET;
    let response = next.run(request).await;
    let bytes = response.body().size_hint().exact().map_or(STREAM_BYTES, |bytes| bytes as usize);
    // The event stream counts its events itself, as they come.
    let is_events =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|content_type| content_type == "text/event-stream");
    if is_events || bytes <= FREE_BYTES {
        return response;
    }
    share.shrink(bytes);
    // What was written was written: that answer is never taken back.
    if !share.try_grow(bytes) && is_read {
        return Refused::from(busy()).into_response();
    }
    let share = Arc::new(share);
    response.map(|body| Body::new(Counted { body, share }))
}

fn may_be_long(request: &Request) -> bool {
    request.method() == Method::GET && matches!(request.uri().path(), "/" | "/books")
}

/// A body whose bytes hold their share.
struct Counted {
    body: Body,
    share: Arc<Share>,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let share = &self.share;
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(|bytes| held(bytes, Arc::clone(share))))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
