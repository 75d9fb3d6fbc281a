//! The WebSocket library, and all that depends on the choice of it.
//!
//! It sends no close frame where the peer breaks the protocol, sets no limit to what waits for a peer that does not
//! read, and does not end the stream below in order: these three are done here.

mod farewell;
mod watched;

use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes, WebSocket};

use super::meter::Meter;
use crate::app::App;
use crate::budget::Share;
use farewell::end_after;
pub(super) use farewell::{End, Farewell};
use watched::{Watched, pending};

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
    socket: WebSocket<Watched<IO>>,
    stalled_max: Duration,
    /// The memory of what was fed and has not gone out.
    outgoing: Share,
    unsent: usize,
    going_out: GoingOut,
}

/// Whether what was fed has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GoingOut {
    /// Nothing is held back.
    Nothing,
    /// Something waits for the end of the burst.
    Something,
    /// The stream below took less than it was given: it is to be waited for before it gets more.
    Stuck,
}

/// How what was fed has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// Nobody had to wait.
    AtOnce,
    /// The peer was waited for, and meanwhile anything may have happened.
    Slowly,
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

impl<IO: AsyncRead + AsyncWrite + Unpin> Wire<IO> {
    /// A WebSocket whose handshake is done.
    pub(super) fn new(io: IO, app: &App) -> Self {
        let (limits, budget) = (app.engine.limits(), &app.budget);
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_write_buffer_size(WRITE_BUFFER_BYTES + limits.message_bytes_max + WRITE_SPARE_BYTES)
            .max_message_size(Some(limits.message_bytes_max))
            .max_frame_size(Some(limits.message_bytes_max));
        let meter = Meter::new(&budget.incoming, limits.stalled_max * PATIENCES);
        Wire {
            socket: WebSocket::from_raw_socket(Watched::new(io, meter, app.engine.clone()), Role::Server, Some(config)),
            stalled_max: limits.stalled_max,
            outgoing: budget.outgoing.share(),
            unsent: 0,
            going_out: GoingOut::Nothing,
        }
    }

    /// The next that comes.
    pub(super) fn poll_hear(&mut self, cx: &mut Context<'_>) -> Poll<Heard> {
        self.socket.get_mut().wakes(cx);
        pending(self.socket.read()).map(|came| match came {
            Ok(Message::Text(text)) => Heard::Text(text),
            Ok(Message::Binary(bytes)) => Heard::Binary(bytes),
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {
                // The library answers a ping when it is next asked for something.
                self.holds_back();
                Heard::Sign
            }
            Ok(Message::Close(_)) => Heard::End(End::Gone),
            Err(error) => Heard::End(end_after(&error)),
        })
    }

    /// The memory that the peer's calls have.
    pub(super) fn meter(&mut self) -> &mut Meter {
        self.socket.get_mut().meter()
    }

    /// Whether a message of so many bytes would be taken without a wait.
    pub(super) fn is_ready_for(&mut self, bytes: usize) -> bool {
        self.going_out != GoingOut::Stuck && self.has_room_for(bytes)
    }

    /// Waits until there is memory for so many bytes more that go out.
    pub(super) async fn room_for(&mut self, bytes: usize) -> Result<(), End> {
        match self.has_room_for(bytes) {
            true => Ok(()),
            false => Box::pin(self.make_room_for(bytes)).await,
        }
    }

    fn has_room_for(&mut self, bytes: usize) -> bool {
        let wanted = self.unsent + bytes;
        wanted <= WRITE_BUFFER_BYTES || self.outgoing.try_grow(wanted)
    }

    async fn make_room_for(&mut self, bytes: usize) -> Result<(), End> {
        // Who waits for a share holds none.
        self.flush().await?;
        if self.outgoing.grow(bytes).await { Ok(()) } else { Err(End::Farewell(Farewell::BUSY)) }
    }

    /// Takes a message for sending at the end of the burst; waits while the peer does not read.
    pub(super) async fn feed(&mut self, text: impl Into<Utf8Bytes>) -> Result<(), End> {
        let text = text.into();
        if !self.is_ready_for(text.len()) {
            Box::pin(self.get_ready_for(text.len())).await?;
        }
        self.put(text)
    }

    /// Takes a message for sending at the end of the burst, once this is [ready](Wire::is_ready_for) for it.
    pub(super) fn put(&mut self, text: impl Into<Utf8Bytes>) -> Result<(), End> {
        self.put_message(Message::Text(text.into()))
    }

    /// [`feed`](Wire::feed) for a text that is UTF-8 for certain, since it was made here, and that others are sent too.
    pub(super) async fn feed_ready(&mut self, text: Bytes) -> Result<(), End> {
        if !self.is_ready_for(text.len()) {
            Box::pin(self.get_ready_for(text.len())).await?;
        }
        self.put_message(Message::Frame(Frame::message(text, OpCode::Data(Data::Text), true)))
    }

    /// [`feed`](Wire::feed) for a message that is no text.
    #[cfg(feature = "echo")]
    pub(super) async fn feed_binary(&mut self, bytes: Bytes) -> Result<(), End> {
        self.get_ready_for(bytes.len()).await?;
        self.put_message(Message::Binary(bytes))
    }

    /// Asks for a sign of life.
    pub(super) async fn ping(&mut self) -> Result<(), End> {
        self.get_ready_for(0).await?;
        self.put_message(Message::Ping(Default::default()))
    }

    async fn get_ready_for(&mut self, bytes: usize) -> Result<(), End> {
        self.room_for(bytes).await?;
        match self.going_out {
            GoingOut::Stuck => self.send_all().await.map(drop),
            GoingOut::Nothing | GoingOut::Something => Ok(()),
        }
    }

    fn put_message(&mut self, message: Message) -> Result<(), End> {
        self.unsent += message.len();
        self.outgoing.shrink(if self.unsent <= WRITE_BUFFER_BYTES { 0 } else { self.unsent });
        self.holds_back();
        // What it did not get rid of it keeps: to be waited for before the next message.
        match pending(self.socket.write(message)) {
            Poll::Ready(taken) => taken.map_err(|_| End::Gone),
            Poll::Pending => {
                self.going_out = GoingOut::Stuck;
                Ok(())
            }
        }
    }

    /// The end of a burst: what was fed goes out.
    pub(super) async fn flush(&mut self) -> Result<Sent, End> {
        let sent = match self.going_out {
            GoingOut::Nothing => Sent::AtOnce,
            GoingOut::Something | GoingOut::Stuck => self.send_all().await?,
        };
        self.unsent = 0;
        self.outgoing.shrink(0);
        Ok(sent)
    }

    fn holds_back(&mut self) {
        if self.going_out == GoingOut::Nothing {
            self.going_out = GoingOut::Something;
        }
    }

    /// Sends what there is; waits for the peer to read, as long as it makes progress.
    async fn send_all(&mut self) -> Result<Sent, End> {
        let mut patience = None;
        poll_fn(|cx| {
            if let Poll::Ready(sent) = self.poll_flush(cx) {
                self.going_out = GoingOut::Nothing;
                let how = if patience.is_none() { Sent::AtOnce } else { Sent::Slowly };
                return Poll::Ready(sent.map(|()| how).map_err(|_| End::Gone));
            }
            let patience = patience.get_or_insert_with(|| Box::pin(sleep(self.stalled_max)));
            if self.socket.get_mut().has_progressed() {
                patience.as_mut().reset(Instant::now() + self.stalled_max);
            }
            patience.as_mut().poll(cx).map(|()| Err(End::Farewell(Farewell::TOO_SLOW)))
        })
        .await
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.socket.get_mut().wakes(cx);
        pending(self.socket.flush()).map(|sent| match sent {
            // The last that there was to send is on its way.
            Err(Error::ConnectionClosed) => Ok(()),
            sent => sent,
        })
    }

    /// Says goodbye behind all that was fed and ends the stream in order, as long as `patience` lasts.
    pub(super) async fn close(mut self, end: End, patience: Duration) {
        let in_order = async {
            // A pong that waits would else go out behind the close frame. Whatever fails here fails because the peer is gone
            // already.
            let _ = poll_fn(|cx| self.poll_flush(cx)).await;
            if let End::Farewell(Farewell { code, reason }) = end {
                let frame = CloseFrame { code: code.into(), reason: Utf8Bytes::from_static(reason) };
                let _ = self.socket.write(Message::Close(Some(frame)));
                let _ = poll_fn(|cx| self.poll_flush(cx)).await;
            }
            let _ = self.socket.get_mut().shutdown().await;
        };
        if timeout(patience, in_order).await.is_err() {
            tracing::debug!(?end, "a peer did not read the last words");
        }
    }
}
