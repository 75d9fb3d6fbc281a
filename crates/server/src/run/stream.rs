//! The streams of HTTP/2 connections: a peer that takes nothing on one of them for too long loses that one, and a connection
//! with none is idle.
//!
//! HTTP/1.1 has one stream a connection, and the socket's patience is enough. Here the socket may be busy for others: each
//! stream is timed by itself. hyper takes the next piece of an answer only when the peer has room for it, which tells.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::rates::Guest;

/// What is handed on at once: so much may wait unsent for a peer without room, and nobody can take it back.
const PIECE_BYTES_MAX: usize = 16 * 1024;

tokio::task_local! {
    /// The stream whose request is answered by this task.
    static CURRENT: Arc<Stream>;
}

/// One stream.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    /// Since when a piece waits for room at the peer.
    waiting_since: Mutex<Option<Instant>>,
    /// Cancelled when nobody here has anything more to do with it.
    let_go: CancellationToken,
    /// What it counts for among those of its peer's address.
    guest: OnceLock<Guest>,
}

impl Stream {
    /// The one whose request is answered by this task.
    pub(super) fn current() -> Arc<Stream> {
        CURRENT.with(Arc::clone)
    }

    /// Counts `guest` until this stream is over.
    pub(super) fn keep(&self, guest: Option<Guest>) {
        if let Some(guest) = guest {
            self.guest.get_or_init(|| guest);
        }
    }

    fn set_waiting(&self, since: Option<Instant>) {
        *self.waiting_since.lock().expect("nothing panics while it holds this lock") = since;
    }

    fn waiting_since(&self) -> Option<Instant> {
        *self.waiting_since.lock().expect("nothing panics while it holds this lock")
    }

    /// Ends when a piece has waited for `patience`.
    async fn stalled(&self, patience: Duration) {
        loop {
            let since = self.waiting_since();
            sleep_until(since.unwrap_or_else(Instant::now) + patience).await;
            if since.is_some() && self.waiting_since() == since {
                return;
            }
        }
    }
}

/// Runs the streams of one connection and counts them.
#[derive(Clone, Debug)]
pub(super) struct Streams {
    stalled_max: Duration,
    open: watch::Sender<usize>,
}

/// One that is counted until this is dropped.
struct Open(watch::Sender<usize>);

impl Streams {
    pub(super) fn new(stalled_max: Duration) -> Self {
        Streams { stalled_max, open: watch::Sender::new(0) }
    }

    /// Ends when there has been no stream for `patience`.
    pub(super) async fn idle_for(&self, patience: Duration) {
        let mut open = self.open.subscribe();
        loop {
            // Neither of these can fail: a sender is here.
            let _ = open.wait_for(|count| *count == 0).await;
            if timeout(patience, open.changed()).await.is_err() {
                return;
            }
        }
    }

    fn enter(&self) -> Open {
        self.open.send_modify(|count| *count += 1);
        Open(self.open.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Streams {
    fn execute(&self, future: F) {
        let open = self.enter();
        if let Ok(stream) = CURRENT.try_with(Arc::clone) {
            // What sends for a WebSocket: begun by its request, and of no use once the conversation is over.
            tokio::spawn(async move {
                tokio::select! {
                    () = future => {}
                    () = stream.let_go.cancelled() => {}
                }
                drop(open);
            });
            return;
        }
        let (stream, stalled_max) = (Arc::<Stream>::default(), self.stalled_max);
        tokio::spawn(CURRENT.scope(Arc::clone(&stream), async move {
            tokio::select! {
                () = future => {}
                () = stream.stalled(stalled_max) => tracing::debug!("a peer takes nothing more on a stream"),
            }
            drop(open);
        }));
    }
}

/// An answer in pieces, each timed until the peer has room for the next.
pub(super) struct Piecewise {
    body: Body,
    rest: Bytes,
    stream: Arc<Stream>,
}

impl Piecewise {
    pub(super) fn new(body: Body, stream: Arc<Stream>) -> Self {
        Piecewise { body, rest: Bytes::new(), stream }
    }
}

impl hyper::body::Body for Piecewise {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.stream.set_waiting(None);
        if self.rest.is_empty() {
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                end => return Poll::Ready(end),
            };
            match frame.into_data() {
                Ok(data) => self.rest = data,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        let bytes = self.rest.len().min(PIECE_BYTES_MAX);
        let piece = self.rest.split_to(bytes);
        self.stream.set_waiting(Some(Instant::now()));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (behind, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        if let Some(upper) = behind.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(behind.lower() + rest);
        hint
    }
}

/// A WebSocket's bytes on one stream.
pub(crate) struct OnStream<IO> {
    io: IO,
    stream: Arc<Stream>,
}

impl<IO> OnStream<IO> {
    pub(crate) fn new(io: IO, stream: Arc<Stream>) -> Self {
        OnStream { io, stream }
    }
}

impl<IO> Drop for OnStream<IO> {
    fn drop(&mut self) {
        self.stream.let_go.cancel();
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for OnStream<IO> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for OnStream<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, &bytes[..bytes.len().min(PIECE_BYTES_MAX)])
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
