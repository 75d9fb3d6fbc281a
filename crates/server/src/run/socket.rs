//! A connection that is cut when its peer stops reading, and that goes without losing its last words.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::rates::Guest;

/// The most bytes that the system takes from us for a peer before it sends them. By itself it takes megabytes: thousands of
/// peers that do not read would use up its memory for sockets, which all connections share, and would long pass for
/// readers. What is on its way to the peer does not count, so that a fast line far away is filled all the same.
#[cfg(target_os = "linux")]
const UNSENT_BYTES_MAX: u32 = 32 * 1024;

/// The most bytes that are read at once.
const READ_BYTES_MAX: usize = 16 * 1024;
/// How long, and for how many bytes, a closing connection still listens.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 16 * 1024 * 1024;

/// Sets what a connection of many needs. Without these options it works too, only worse: where one cannot be set, that is
/// no reason to turn the peer away.
pub(super) fn tune(stream: &TcpStream) {
    // Small answers must not wait for the peer's acknowledgement of earlier ones.
    let _ = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT_BYTES_MAX);
}

/// A TCP stream with the two patiences of a server.
///
/// A write that makes no progress for `stalled_max` is an error; an upgraded connection keeps that time itself.
/// Closing sends the end, then reads on for a moment: a socket closed with unread bytes would reset the connection, and
/// the peer would lose the answer that says why.
pub(super) struct Socket {
    stream: TcpStream,
    stalled_max: Duration,
    upgraded: Arc<AtomicBool>,
    deadline: Option<Pin<Box<Sleep>>>,
    linger: Option<Linger>,
    open: Gauge,
    _place: Place,
}

/// A place among all connections and among those of one address, given back when it is dropped.
pub(super) struct Place(#[expect(dead_code, reason = "it is held")] (OwnedSemaphorePermit, Option<Guest>));

impl Place {
    /// `guest` is `None` where the address is not limited.
    pub(super) fn new(permit: OwnedSemaphorePermit, guest: Option<Guest>) -> Self {
        Place((permit, guest))
    }
}

struct Linger {
    until: Pin<Box<Sleep>>,
    bytes: usize,
}

impl Socket {
    /// `upgraded` is set once the connection is no longer HTTP; `place` is given back and `open` counted down at the end.
    pub(super) fn new(
        stream: TcpStream,
        stalled_max: Duration,
        upgraded: Arc<AtomicBool>,
        place: Place,
        open: Gauge,
    ) -> Self {
        open.inc();
        Socket { stream, stalled_max, upgraded, deadline: None, linger: None, open, _place: place }
    }

    /// The first byte that comes, which is left there; `None` where none does.
    pub(super) async fn first_byte(&self) -> io::Result<Option<u8>> {
        let mut byte = [0];
        let peeked = self.stream.peek(&mut byte).await?;
        Ok((peeked > 0).then_some(byte[0]))
    }

    /// Passes on a write's result, or an error if the peer has taken nothing for too long.
    fn watch(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() || self.upgraded.load(Ordering::Relaxed) {
            self.deadline = None;
            return written;
        }
        let stalled_max = self.stalled_max;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(stalled_max)));
        ready!(deadline.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the peer reads nothing")))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.open.dec();
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if buffer.remaining() <= READ_BYTES_MAX {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        // HTTP reads ahead of whoever waits for a body, as much as there is: nobody counts that.
        let mut piece = ReadBuf::new(buffer.initialize_unfilled_to(READ_BYTES_MAX));
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut piece))?;
        let read = piece.filled().len();
        buffer.advance(read);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Socket { stream, linger, .. } = &mut *self;
        if linger.is_none() {
            ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
        }
        let until = || Box::pin(sleep_until(Instant::now() + LINGER));
        let linger = linger.get_or_insert_with(|| Linger { until: until(), bytes: LINGER_BYTES });
        linger.poll(cx, stream).map(Ok)
    }
}

impl Linger {
    /// Reads and forgets until the peer ends too, or patience does.
    fn poll(&mut self, cx: &mut Context<'_>, stream: &mut TcpStream) -> Poll<()> {
        let mut scratch = [0; 8 * 1024];
        while self.bytes > 0 && self.until.as_mut().poll(cx).is_pending() {
            let mut buffer = ReadBuf::new(&mut scratch);
            match ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => self.bytes = self.bytes.saturating_sub(buffer.filled().len()),
                _ => return Poll::Ready(()),
            }
        }
        Poll::Ready(())
    }
}
