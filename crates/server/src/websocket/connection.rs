//! One conversation: calls in, replies and events out, in one task.

mod calls;
mod telling;

use std::any::Any;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use catalogue::Revision;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use protocol::Problem;
use protocol::method::{Call, Write};
use protocol::rpc::Incoming;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Visitor;
use super::alarm::Alarm;
use super::running::{Done, Running};
use super::subscriptions::{Subscriptions, Told};
use super::wire::{End, Farewell, Heard, Sent, Wire};
use crate::app::{App, Client};
use crate::caller::Sender;
use crate::metrics::Tally;
use crate::rates::{Allowance, Cost, Excess};
use crate::session::Session;

/// How long last words wait for a peer that does not read.
pub(super) const LAST_WORDS_MAX: Duration = Duration::from_secs(30);

/// Serves JSON-RPC over a stream of bytes on which the WebSocket handshake is done, until either side ends it.
pub(crate) fn converse<IO: AsyncRead + AsyncWrite + Unpin>(
    io: IO,
    app: App,
    visitor: Visitor,
    allowance: Allowance,
) -> impl Future<Output = ()> {
    // Put together before it is waited for: what a future is given and what it makes of it are both in its memory.
    let mut connection = Connection::new(io, app, visitor, allowance);
    async move {
        let end = connection.converse().await;
        // What the conversation held is given back before a slow peer takes its time over the last words.
        let Connection { wire, stopping, app, running, subscriptions, client, tally, .. } = connection;
        let patience = app.engine.limits().stop_timeout / 4;
        drop((running, subscriptions, client, tally));
        let closing = async {
            tokio::select! {
                () = wire.close(end, LAST_WORDS_MAX) => {}
                () = past(stopping, patience) => {}
            }
        };
        // On the heap: else every open connection would carry the memory for it about.
        Box::pin(closing).await;
    }
}

/// The end of a conversation that panicked: this one ends, the server goes on.
fn broken_off(_: Box<dyn Any + Send>) -> End {
    tracing::error!("a WebSocket is closed with 1011 after a panic");
    End::Farewell(Farewell::FAULT)
}

/// So long after the server was told to stop.
async fn past(stopping: CancellationToken, patience: Duration) {
    stopping.cancelled().await;
    sleep(patience).await;
}

/// A client and what is under way for it.
///
/// Replies go out in the order of the calls. A write waits for nothing but room; everything else waits for the writes
/// before it, and writes for it: so each call meets the state that the calls before it left.
struct Connection<IO> {
    app: App,
    wire: Wire<IO>,
    running: Running,
    subscriptions: Subscriptions,
    published: watch::Receiver<Revision>,
    /// Whether subscriptions have more to tell.
    told: Told,
    alarm: Alarm,
    session: Session,
    sender: Sender,
    /// Whoever drives this wakes it when that is cancelled.
    stopping: CancellationToken,
    client: Client,
    tally: Tally,
    allowance: Allowance,
}

/// What cannot be done at once. It is waited for on the heap: else every connection would carry the memory for it about.
enum Later<'a> {
    /// A call that is no write, or a refusal.
    Call(Option<&'a str>, Result<Call, Problem>),
    /// Several calls in one frame.
    Batch(Vec<Incoming<'a>>),
    /// A write of so many bytes, for which the queue has no room.
    Write(Option<&'a str>, Write, usize),
    /// The answer of a write, which may be long.
    Answer(Done),
    /// A reply, for which the peer or memory has to be waited for.
    Reply(String),
    Due,
    Stop,
}

/// What is next.
enum Turn {
    Stop,
    Answer(Done),
    Heard(Heard),
    News,
    Due,
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Connection<IO> {
    fn new(io: IO, app: App, visitor: Visitor, allowance: Allowance) -> Self {
        let limits = app.engine.limits();
        let session = Session::new(Arc::clone(&app.options.access), visitor.caller);
        let mut alarm = Alarm::new(limits.ping_after);
        alarm.set(session.notice_due());
        Connection {
            wire: Wire::new(io, &app),
            running: Running::new(limits),
            subscriptions: Subscriptions::new(&app.engine.store().0, limits.current_interval),
            published: app.engine.published(),
            told: Told::Everything,
            alarm,
            session,
            sender: visitor.sender,
            stopping: app.stopping.child_token(),
            client: app.clients.enter(),
            tally: Tally::of(&app.metrics),
            allowance,
            app,
        }
    }

    /// Talks until either side ends it, or what is not its own does.
    async fn converse(&mut self) -> End {
        let limits = self.app.engine.limits();
        let (stopping, patience) = (self.stopping.clone(), limits.stop_timeout / 2);
        // What seldom happens is asked for only when it wakes this task, not with each message.
        let mut cuts: FuturesUnordered<BoxFuture<'static, End>> = FuturesUnordered::new();
        cuts.push(self.session.ended(limits.login_timeout).map(|()| End::Farewell(Farewell::LOGGED_OUT)).boxed());
        cuts.push(past(stopping, patience).map(|()| End::Farewell(Farewell::STOPPING)).boxed());
        let talking = AssertUnwindSafe(self.talk()).catch_unwind();
        tokio::select! {
            biased;
            Some(end) = cuts.next() => end,
            ended = talking => match ended {
                Ok(Err(end)) => end,
                Err(panic) => broken_off(panic),
            },
        }
    }

    /// Does what is ready until either side ends it; only when nothing is, what was said goes out and the next
    /// is waited for.
    async fn talk(&mut self) -> Result<Infallible, End> {
        loop {
            let turn = match poll_fn(|cx| Poll::Ready(self.poll_said(cx))).await {
                Poll::Ready(turn) => Poll::Ready(turn),
                Poll::Pending if self.told == Told::SoMuch => {
                    poll_fn(|cx| Poll::Ready(self.poll_turn(&mut Sent::AtOnce, cx))).await
                }
                Poll::Pending => {
                    let mut sent = self.end_burst().await?;
                    Poll::Ready(poll_fn(|cx| self.poll_turn(&mut sent, cx)).await)
                }
            };
            let text;
            let later = match turn {
                Poll::Ready(Turn::Heard(Heard::Text(heard))) => {
                    text = heard;
                    self.alarm.heard();
                    self.take_in(&text)?
                }
                Poll::Ready(turn) => self.take(turn)?,
                Poll::Pending => None,
            };
            if let Some(later) = later {
                Box::pin(self.take_later(later)).await?;
            }
            if self.has_news() {
                self.tell().await?;
            }
        }
    }

    /// Does what is no call; gives what must be waited for.
    fn take(&mut self, turn: Turn) -> Result<Option<Later<'static>>, End> {
        match turn {
            Turn::Answer(done) => self.reply_to(done),
            Turn::Stop => Ok(Some(Later::Stop)),
            Turn::Due => Ok(Some(Later::Due)),
            Turn::News => {
                self.told = Told::SoMuch;
                Ok(None)
            }
            Turn::Heard(heard) => self.listen(&heard).map(|()| None),
        }
    }

    /// Notices what came and is no text.
    fn listen(&mut self, heard: &Heard) -> Result<(), End> {
        self.alarm.heard();
        match heard {
            Heard::Binary(bytes) => {
                tracing::debug!(bytes = bytes.len(), "a binary message is not for us");
                Err(End::Farewell(Farewell::BINARY))
            }
            Heard::Text(_) | Heard::Sign => match self.allowance.take(Cost::LEAST) {
                Err(Excess::Flooding) => Err(End::Farewell(Farewell::FLOODING)),
                Ok(()) | Err(Excess::Refused(_)) => Ok(()),
            },
            Heard::End(end) => Err(*end),
        }
    }

    /// Does what was put off.
    async fn take_later(&mut self, later: Later<'_>) -> Result<(), End> {
        match later {
            Later::Call(id, call) => self.answer(id, call).await,
            Later::Batch(calls) => self.take_batch(calls).await,
            Later::Write(id, write, bytes) => self.begin_in_time(id, write, bytes).await,
            Later::Answer(done) => self.answer_write(done).await,
            Later::Reply(text) => self.wire.feed(text).await,
            Later::Due => self.keep_time().await,
            Later::Stop => self.stop().await,
        }
    }

    /// What is next. The client's word was asked for already where all was `sent` at once since.
    fn poll_turn(&mut self, sent: &mut Sent, cx: &mut Context<'_>) -> Poll<Turn> {
        // What is there already is in flight: it is answered before a stop.
        if std::mem::replace(sent, Sent::Slowly) == Sent::Slowly
            && let Poll::Ready(turn) = self.poll_said(cx)
        {
            return Poll::Ready(turn);
        }
        if self.stopping.is_cancelled() {
            return Poll::Ready(Turn::Stop);
        }
        let has_arrived = self.told == Told::ReadSoFar && self.subscriptions.poll_arrival(cx).is_ready();
        if has_arrived || (!self.subscriptions.is_empty() && self.subscriptions.bell().poll_rings(cx).is_ready()) {
            return Poll::Ready(Turn::News);
        }
        self.alarm.poll_rings(cx).map(|()| Turn::Due)
    }

    /// What the client is owed or has sent: an answer, or what came from it, where there is room for one more call.
    fn poll_said(&mut self, cx: &mut Context<'_>) -> Poll<Turn> {
        if let Poll::Ready(done) = self.running.poll_first_done(cx) {
            return Poll::Ready(Turn::Answer(done));
        }
        if !self.running.has_room() {
            self.wire.meter().rest();
            return Poll::Pending;
        }
        self.wire.meter().set_in_flight(self.running.bytes());
        self.wire.poll_hear(cx).map(Turn::Heard)
    }

    /// What was said goes out and is counted; of a long burst some has gone out before.
    async fn end_burst(&mut self) -> Result<Sent, End> {
        self.alarm.burst_is_over();
        self.tally.settle();
        self.wire.flush().await
    }

    /// Answers what is in flight, then ends.
    async fn stop(&mut self) -> Result<(), End> {
        self.settle().await?;
        self.end_burst().await?;
        Err(End::Farewell(Farewell::STOPPING))
    }
}
