//! The WebSocket library, and all that depends on the choice of it.
//!
//! It sends no close frame where the peer breaks the protocol, sets no limit to what waits for a peer that does not
//! read, and does not end the stream below in order: these three are done here.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use engine::Limits;
use futures_util::{Sink, SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::meter::{Meter, Refused};
use crate::budget::{Budget, Share};

/// Read at once: more would be kept for every idle connection.
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// Held back until the end of a burst, so that many small messages are one write.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;
/// A message may take so many times as long as a peer that makes no progress is given.
const PATIENCES: u32 = 4;
/// What control frames and headers may add to a full buffer.
const WRITE_SPARE_BYTES: usize = 4 * 1024;

/// A WebSocket over any stream of bytes, seen from the server.
pub(super) struct Wire<IO> {
    stream: WebSocketStream<Watched<IO>>,
    stalled_max: Duration,
    /// The memory of what was fed and has not gone out.
    outgoing: Share,
    unsent: usize,
}

/// What came from the peer.
#[derive(Debug)]
pub(super) enum Heard {
    /// A message.
    Text(Utf8Bytes),
    /// A message that is no text.
    Binary(Bytes),
    /// A sign of life; a ping is answered by itself.
    Sign,
    /// Nothing more will come.
    End(End),
}

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The peer has said goodbye or is gone.
    Gone,
    /// We say goodbye.
    Farewell(Farewell),
}

/// A close code with a reason of at most 123 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Farewell {
    code: u16,
    reason: &'static str,
}

impl Farewell {
    pub(super) const STOPPING: Farewell =
        Farewell { code: 1001, reason: "the server stops: connect again in a moment" };
    pub(super) const PROTOCOL: Farewell = Farewell { code: 1002, reason: "this breaks the WebSocket protocol" };
    pub(super) const SILENT: Farewell = Farewell { code: 1002, reason: "two pings were not answered" };
    pub(super) const BINARY: Farewell = Farewell { code: 1003, reason: "send text frames" };
    pub(super) const NOT_UTF8: Farewell = Farewell { code: 1007, reason: "text frames are UTF-8" };
    pub(super) const TOO_BIG: Farewell = Farewell { code: 1009, reason: "the message is too big: see server.info" };
    pub(super) const TOO_LATE: Farewell =
        Farewell { code: 1009, reason: "the message takes too long: send it at once" };
    pub(super) const BUSY: Farewell =
        Farewell { code: 1013, reason: "the server has no memory for more: connect again in a moment" };
    pub(super) const FAULT: Farewell =
        Farewell { code: 1011, reason: "something broke here: the server's log says more" };
    pub(super) const LOGGED_OUT: Farewell =
        Farewell { code: 4001, reason: "not logged in, or no longer: log in and connect again" };
    pub(super) const FLOODING: Farewell =
        Farewell { code: 1013, reason: "too many calls although they were refused: wait as retry_after says" };
    pub(super) const TOO_SLOW: Farewell = Farewell { code: 4008, reason: "too slow: nothing was read for too long" };
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Wire<IO> {
    /// A WebSocket whose handshake is done.
    pub(super) async fn new(io: IO, limits: &Limits, budget: &Budget) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_write_buffer_size(WRITE_BUFFER_BYTES + limits.message_bytes_max + WRITE_SPARE_BYTES)
            .max_message_size(Some(limits.message_bytes_max))
            .max_frame_size(Some(limits.message_bytes_max));
        let meter = Meter::new(&budget.incoming, limits.stalled_max * PATIENCES);
        let watched = Watched { io, progress: Instant::now(), meter };
        let stream = WebSocketStream::from_raw_socket(watched, Role::Server, Some(config)).await;
        Wire { stream, stalled_max: limits.stalled_max, outgoing: budget.outgoing.share(), unsent: 0 }
    }

    /// The next that comes. Nothing is lost when this is given up and begun again.
    pub(super) async fn hear(&mut self) -> Heard {
        match self.stream.next().await {
            Some(Ok(Message::Text(text))) => Heard::Text(text),
            Some(Ok(Message::Binary(bytes))) => Heard::Binary(bytes),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Heard::Sign,
            Some(Ok(Message::Close(_))) | None => Heard::End(End::Gone),
            Some(Err(error)) => Heard::End(end_after(&error)),
        }
    }

    /// The memory that the peer's calls have.
    pub(super) fn meter(&mut self) -> &mut Meter {
        &mut self.stream.get_mut().meter
    }

    /// Waits until there is memory for so many bytes more that go out.
    pub(super) async fn room_for(&mut self, bytes: usize) -> Result<(), End> {
        let wanted = self.unsent + bytes;
        if wanted <= WRITE_BUFFER_BYTES || self.outgoing.try_grow(wanted) {
            return Ok(());
        }
        // Who waits for a share holds none.
        self.flush().await?;
        if self.outgoing.grow(bytes).await { Ok(()) } else { Err(End::Farewell(Farewell::BUSY)) }
    }

    /// Takes a message for sending at the end of the burst; waits while the peer does not read.
    pub(super) async fn feed(&mut self, text: impl Into<Utf8Bytes>) -> Result<(), End> {
        let text = text.into();
        self.feed_message(text.len(), Message::Text(text)).await
    }

    /// The same for a text that is UTF-8 for certain, since it was made here, and that others are sent too.
    pub(super) async fn feed_ready(&mut self, text: Bytes) -> Result<(), End> {
        let bytes = text.len();
        self.feed_message(bytes, Message::Frame(Frame::message(text, OpCode::Data(Data::Text), true))).await
    }

    /// The same for a message that is no text.
    #[cfg(feature = "echo")]
    pub(super) async fn feed_binary(&mut self, bytes: Bytes) -> Result<(), End> {
        self.feed_message(bytes.len(), Message::Binary(bytes)).await
    }

    async fn feed_message(&mut self, bytes: usize, message: Message) -> Result<(), End> {
        self.room_for(bytes).await?;
        self.put(message).await?;
        self.unsent += bytes;
        self.outgoing.shrink(if self.unsent <= WRITE_BUFFER_BYTES { 0 } else { self.unsent });
        Ok(())
    }

    /// Asks for a sign of life.
    pub(super) async fn ping(&mut self) -> Result<(), End> {
        self.put(Message::Ping(Default::default())).await
    }

    async fn put(&mut self, message: Message) -> Result<(), End> {
        self.unless_stalled(|stream, cx| stream.poll_ready(cx)).await?;
        self.stream.start_send_unpin(message).map_err(|_| End::Gone)
    }

    /// The end of a burst: what was fed goes out.
    pub(super) async fn flush(&mut self) -> Result<(), End> {
        self.unless_stalled(|stream, cx| stream.poll_flush(cx)).await?;
        self.unsent = 0;
        self.outgoing.shrink(0);
        Ok(())
    }

    /// Waits for the peer to read, as long as it makes progress.
    async fn unless_stalled(
        &mut self,
        mut write: impl FnMut(Pin<&mut WebSocketStream<Watched<IO>>>, &mut Context<'_>) -> Poll<Result<(), Error>>,
    ) -> Result<(), End> {
        let begun = Instant::now();
        loop {
            let deadline = self.stream.get_ref().progress.max(begun) + self.stalled_max;
            let stream = &mut self.stream;
            match timeout_at(deadline, poll_fn(|cx| write(Pin::new(&mut *stream), cx))).await {
                Ok(written) => return written.map_err(|_| End::Gone),
                Err(_) if self.stream.get_ref().progress.max(begun) + self.stalled_max > deadline => {}
                Err(_) => return Err(End::Farewell(Farewell::TOO_SLOW)),
            }
        }
    }

    /// Says goodbye behind all that was fed and ends the stream in order, as long as `patience` lasts.
    pub(super) async fn close(mut self, end: End, patience: Duration) {
        let in_order = async {
            // Whatever fails here fails because the peer is gone already.
            let _ = match end {
                End::Gone => self.stream.flush().await,
                End::Farewell(Farewell { code, reason }) => {
                    // A pong that waits would else go out behind the close frame.
                    let _ = self.stream.flush().await;
                    let frame = CloseFrame { code: code.into(), reason: Utf8Bytes::from_static(reason) };
                    self.stream.send(Message::Close(Some(frame))).await
                }
            };
            let _ = self.stream.get_mut().shutdown().await;
        };
        if timeout(patience, in_order).await.is_err() {
            tracing::debug!(?end, "a peer did not read the last words");
        }
    }
}

fn end_after(error: &Error) -> End {
    match error {
        Error::Capacity(_) => End::Farewell(Farewell::TOO_BIG),
        Error::Utf8(_) => End::Farewell(Farewell::NOT_UTF8),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Gone,
        Error::Io(error) => match error.get_ref().and_then(|cause| cause.downcast_ref::<Refused>()) {
            Some(Refused::Late) => End::Farewell(Farewell::TOO_LATE),
            Some(Refused::Busy) => End::Farewell(Farewell::BUSY),
            None => End::Gone,
        },
        Error::Protocol(_) | Error::AttackAttempt => End::Farewell(Farewell::PROTOCOL),
        _ => End::Gone,
    }
}

/// A stream of bytes that knows when it last took some, and gives no more than there is memory for.
struct Watched<IO> {
    io: IO,
    progress: Instant,
    meter: Meter,
}

impl<IO: AsyncRead + Unpin> AsyncRead for Watched<IO> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(self.meter.poll_room(cx))?;
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buffer))?;
        self.meter.came(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Watched<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, bytes))?;
        self.progress = Instant::now();
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
