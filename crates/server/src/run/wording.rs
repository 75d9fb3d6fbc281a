//! What hyper answers by itself, in our words.
//!
//! It refuses a head that it cannot read with a bare status, and one that is too slow without a word.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::http::StatusCode;
use protocol::{Name, Problem};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::runtime::Handle;

/// Each of our own answers has this header; an answer without it is hyper's.
const OURS: &[u8] = b"x-content-type-options";

/// A stream of bytes below hyper.
pub(super) struct Wording<IO: AsyncRead + AsyncWrite + Send + Unpin + 'static> {
    /// There until this is dropped.
    io: Option<IO>,
    /// Our words, as far as they are not written yet.
    pending: Vec<u8>,
    /// Something came that was not answered yet.
    unanswered: bool,
    is_late: Arc<AtomicBool>,
}

impl<IO: AsyncRead + AsyncWrite + Send + Unpin + 'static> Wording<IO> {
    /// `is_late` is set when hyper gave up on a head that took too long: who began one is told, when this is dropped.
    pub(super) fn new(io: IO, is_late: Arc<AtomicBool>) -> Self {
        Wording { io: Some(io), pending: Vec::new(), unanswered: false, is_late }
    }

    fn io(&mut self) -> Pin<&mut IO> {
        Pin::new(self.io.as_mut().expect("it is there until this is dropped"))
    }

    /// Takes bare words of hyper's and puts ours in their place; gives how many bytes those were.
    fn reword(&mut self, written: &[u8]) -> Option<usize> {
        let problem = problem(written)?;
        self.pending = answer(&problem).into();
        Some(written.len())
    }

    fn poll_pending(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let pending = std::mem::take(&mut self.pending);
            let written = self.io().poll_write(cx, &pending);
            self.pending = pending;
            self.pending.drain(..ready!(written)?);
        }
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncRead + AsyncWrite + Send + Unpin + 'static> Drop for Wording<IO> {
    fn drop(&mut self) {
        let Some(mut io) = self.io.take() else { return };
        if !(self.unanswered && self.is_late.load(Ordering::Relaxed)) {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            // Who sends that slowly may be gone.
            let _ = io.write_all(too_slow().as_bytes()).await;
            let _ = io.shutdown().await;
        });
    }
}

/// What hyper meant by a bare answer.
fn problem(written: &[u8]) -> Option<Problem> {
    let is_whole = written.ends_with(b"\r\n\r\n");
    if !is_whole || written.windows(OURS.len()).any(|part| part.eq_ignore_ascii_case(OURS)) {
        return None;
    }
    match written.get(..13)? {
        b"HTTP/1.1 400 " => {
            let message = "the head of the request cannot be read: its first line, a header or a length is wrong";
            Some(Problem::new(Name::InvalidRequest, message))
        }
        b"HTTP/1.1 431 " => {
            let message = "the request has too many headers, or too long ones: send fewer cookies";
            Some(Problem::new(Name::HeadersTooLarge, message))
        }
        _ => None,
    }
}

/// RFC 9110, section 15.5.9. It is no refusal of the protocol's: nothing was asked yet.
fn too_slow() -> String {
    let body = r#"{"type":"about:blank","title":"Request Timeout","status":408,"detail":"the headers took too long"}"#;
    only_answer(StatusCode::REQUEST_TIMEOUT.as_u16(), "", body)
}

/// A problem as the only answer of a connection, which ends behind it.
pub(super) fn answer(problem: &Problem) -> String {
    let retry_after = problem.retry_after.map(|seconds| format!("retry-after: {seconds}\r\n")).unwrap_or_default();
    only_answer(problem.name.status(), &retry_after, &problem.to_http())
}

/// `more` are headers, each with its end of line.
fn only_answer(status: u16, more: &str, body: &str) -> String {
    let phrase = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
    format!(
        "HTTP/1.1 {status} {phrase}\r\ncontent-type: application/problem+json\r\nx-content-type-options: nosniff\r\n\
         {more}connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

impl<IO: AsyncRead + AsyncWrite + Send + Unpin + 'static> AsyncRead for Wording<IO> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(self.io().poll_read(cx, buffer))?;
        self.unanswered |= buffer.filled().len() > before;
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncRead + AsyncWrite + Send + Unpin + 'static> AsyncWrite for Wording<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_pending(cx))?;
        self.unanswered = false;
        match self.reword(bytes) {
            Some(taken) => Poll::Ready(Ok(taken)),
            None => self.io().poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_pending(cx))?;
        self.unanswered = false;
        let alone = if let [only] = slices { self.reword(only) } else { None };
        match alone {
            Some(taken) => Poll::Ready(Ok(taken)),
            None => self.io().poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.io.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(cx))?;
        self.io().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(cx))?;
        self.io().poll_shutdown(cx)
    }
}
