//! One conversation: calls in, replies and events out, in one task.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use access::Principal;
use catalogue::Revision;
use futures_util::FutureExt;
use protocol::method::{Call, LoginResult, Shape, role_for};
use protocol::rpc::{self, Incoming, Malformed, Message};
use protocol::session::{self, Presented};
use protocol::{Name, Problem};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::Visitor;
use super::alarm::{Alarm, Silence};
use super::batch::Batch;
use super::running::{Done, Running, RunningWrite};
use super::subscriptions::{Subscriptions, Told};
use super::wire::{End, Farewell, Heard, Wire};
use crate::app::{App, Client};
use crate::budget;
use crate::caller::{self, Sender};
use crate::dispatch::{self, Reply};
use crate::rates::{Allowance, Cost, Excess};
use crate::session::Session;
use crate::write;

/// How long last words wait for a peer that does not read.
pub(super) const LAST_WORDS_MAX: Duration = Duration::from_secs(30);

/// Serves JSON-RPC over a stream of bytes on which the WebSocket handshake is done, until either side ends it.
pub(crate) async fn converse<IO: AsyncRead + AsyncWrite + Unpin>(
    io: IO,
    app: App,
    visitor: Visitor,
    allowance: Allowance,
) {
    let stopping = app.stopping.child_token();
    let stop_timeout = app.engine.limits().stop_timeout;
    let login_timeout = app.engine.limits().login_timeout;
    let mut connection = Connection::new(io, app, visitor, allowance, stopping.clone()).await;
    let logged_out = connection.session.ended(login_timeout);
    let end = {
        let talking = AssertUnwindSafe(connection.talk()).catch_unwind();
        tokio::select! {
            end = talking => end.unwrap_or_else(broken_off),
            () = logged_out => End::Farewell(Farewell::LOGGED_OUT),
            () = past(&stopping, stop_timeout / 2) => End::Farewell(Farewell::STOPPING),
        }
    };
    // What the conversation held is given back before a slow peer takes its time over the last words.
    let wire = connection.wire;
    drop((connection.running, connection.subscriptions, connection.client));
    tokio::select! {
        () = wire.close(end, LAST_WORDS_MAX) => {}
        () = past(&stopping, stop_timeout / 4) => {}
    }
}

/// The end of a conversation that panicked: this one ends, the server goes on.
fn broken_off(_: Box<dyn Any + Send>) -> End {
    tracing::error!("a WebSocket is closed with 1011 after a panic");
    End::Farewell(Farewell::FAULT)
}

/// So long after the server was told to stop.
async fn past(stopping: &CancellationToken, patience: Duration) {
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
    stopping: CancellationToken,
    client: Client,
    allowance: Allowance,
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
    async fn new(io: IO, app: App, visitor: Visitor, allowance: Allowance, stopping: CancellationToken) -> Self {
        let limits = app.engine.limits();
        let session = Session::new(Arc::clone(&app.options.access), visitor.caller);
        let mut alarm = Alarm::new(limits.ping_after);
        alarm.set(session.notice_due());
        Connection {
            wire: Wire::new(io, limits, &app.budget).await,
            running: Running::new(limits),
            subscriptions: Subscriptions::new(&app.engine.store().0, limits.current_interval),
            published: app.engine.published(),
            told: Told::Everything,
            alarm,
            session,
            sender: visitor.sender,
            stopping,
            client: app.clients.enter(),
            allowance,
            app,
        }
    }

    async fn talk(&mut self) -> End {
        loop {
            if let Err(end) = self.take_turn().await {
                return end;
            }
        }
    }

    /// Does what is ready; only when nothing is, what was said goes out and the next is waited for.
    async fn take_turn(&mut self) -> Result<(), End> {
        let turn = match self.next_turn().now_or_never() {
            Some(turn) => Some(turn),
            None if self.told == Told::SoMuch => None,
            None => {
                self.wire.flush().await?;
                Some(self.next_turn().await)
            }
        };
        match turn {
            Some(Turn::Stop) => return self.stop().await,
            Some(Turn::Answer(done)) => self.reply_to(done).await?,
            Some(Turn::Heard(heard)) => self.listen(heard).await?,
            Some(Turn::Due) => self.look_up().await?,
            Some(Turn::News) => self.told = Told::SoMuch,
            None => {}
        }
        self.tell().await
    }

    async fn next_turn(&mut self) -> Turn {
        if !self.running.has_room() {
            self.wire.meter().rest();
        }
        self.wire.meter().set_in_flight(self.running.bytes());
        let news = self.subscriptions.bell().clone();
        // What is there already is in flight: it is answered before a stop.
        tokio::select! {
            biased;
            done = self.running.first_done(), if !self.running.is_empty() => Turn::Answer(done),
            heard = self.wire.hear(), if self.running.has_room() => Turn::Heard(heard),
            () = self.stopping.cancelled() => Turn::Stop,
            () = self.subscriptions.arrival(), if self.told == Told::ReadSoFar => Turn::News,
            () = news.rings(), if !self.subscriptions.is_empty() => Turn::News,
            () = self.alarm.rings() => Turn::Due,
        }
    }

    /// Answers what is in flight, then ends.
    async fn stop(&mut self) -> Result<(), End> {
        self.settle().await?;
        self.wire.flush().await?;
        Err(End::Farewell(Farewell::STOPPING))
    }

    async fn listen(&mut self, heard: Heard) -> Result<(), End> {
        self.alarm.heard();
        match heard {
            Heard::Text(text) => self.take_in(&text).await,
            Heard::Binary(bytes) => {
                tracing::debug!(bytes = bytes.len(), "a binary message is not for us");
                Err(End::Farewell(Farewell::BINARY))
            }
            Heard::Sign => match self.allowance.take(Cost::LEAST) {
                Err(Excess::Flooding) => Err(End::Farewell(Farewell::FLOODING)),
                Ok(()) | Err(Excess::Refused(_)) => Ok(()),
            },
            Heard::End(end) => Err(end),
        }
    }

    async fn take_in(&mut self, text: &str) -> Result<(), End> {
        match Message::parse(text, self.app.engine.limits().batch_calls_max) {
            Message::Single(incoming) => self.take_call(incoming, text.len()).await,
            Message::Batch(calls) => self.take_batch(calls).await,
            Message::Unreadable(problem) => {
                let malformed = Malformed { id: rpc::NO_ID, problem: Box::new(problem) };
                self.take_call(Err(malformed), text.len()).await
            }
        }
    }

    async fn take_call(&mut self, incoming: Incoming<'_>, bytes: usize) -> Result<(), End> {
        let (id, call) = read(&self.app, self.session.caller(), incoming);
        let call = self.charge(call, bytes)?;
        let room = self.app.engine.limits().message_bytes_max - id.map_or(0, str::len);
        let call = self.weigh(call, bytes);
        if let Ok(Call::Write(write)) = call {
            let (shape, bytes) = (write.shape, write::weight(&write, bytes));
            let pending = write::begin(&self.app.engine, self.session.writer(), write, room).await;
            self.running.push(RunningWrite { id: id.map(Box::from), shape, pending, bytes });
            return Ok(());
        }
        self.settle().await?;
        let reply = match call {
            Ok(call) => {
                self.wire.room_for(dispatch::reply_bytes(&call, room)).await?;
                self.carry_out(id.unwrap_or(rpc::NO_ID), call, room).await
            }
            Err(problem) => Err(problem),
        };
        let reply = reply.map_or_else(|problem| Reply::refused(id.unwrap_or(rpc::NO_ID), &problem), Reply::ok);
        self.say(id, reply).await
    }

    /// Takes what a call costs; it is refused where that is too much for now.
    fn charge(&self, call: Result<Call, Problem>, bytes: usize) -> Result<Result<Call, Problem>, End> {
        match self.allowance.take(Cost::of_call(&call, bytes)) {
            Ok(()) => Ok(call),
            Err(Excess::Refused(refused)) => Ok(Err(refused.problem())),
            Err(Excess::Flooding) => Err(End::Farewell(Farewell::FLOODING)),
        }
    }

    /// Has the memory counted that a write takes more than it is long; it is refused where there is none.
    fn weigh(&mut self, call: Result<Call, Problem>, bytes: usize) -> Result<Call, Problem> {
        let call = call?;
        match &call {
            Call::Write(write) if !self.wire.meter().takes(write::weight(write, bytes) - bytes) => Err(budget::busy()),
            _ => Ok(call),
        }
    }

    async fn take_batch(&mut self, calls: Vec<Incoming<'_>>) -> Result<(), End> {
        self.settle().await?;
        self.wire.flush().await?;
        let mut batch = match Batch::new(&calls, self.app.engine.limits().message_bytes_max) {
            Ok(batch) => batch,
            Err(problem) => return self.say(Some(rpc::NO_ID), Reply::refused(rpc::NO_ID, &problem)).await,
        };
        self.wire.room_for(self.app.engine.limits().message_bytes_max).await?;
        for incoming in calls {
            let bytes = incoming.as_ref().ok().and_then(|request| request.params).map_or(0, str::len);
            let (id, call) = read(&self.app, self.session.caller(), incoming);
            let call = self.charge(call, bytes)?;
            let call = self.weigh(call, bytes);
            if let Ok(Call::Write(write)) = call {
                batch.begin(&self.app, self.session.writer(), id, write, bytes).await;
                continue;
            }
            let room = batch.settled_room(&self.app, id).await;
            let reply = match call {
                Ok(call) => self.carry_out(id.unwrap_or(rpc::NO_ID), call, room).await,
                Err(problem) => Err(problem),
            };
            batch.add(&self.app, id, reply);
        }
        match batch.finish(&self.app).await {
            Some(frame) => self.wire.feed(frame).await,
            None => Ok(()),
        }
    }

    /// Carries out what is no write and gives the whole reply.
    async fn carry_out(&mut self, id: &str, call: Call, room: usize) -> Result<String, Problem> {
        match call {
            Call::Subscribe(wanted) => {
                if self.subscriptions.len() >= self.app.engine.limits().subscriptions_max {
                    return Err(too_many_subscriptions(self.subscriptions.len()));
                }
                let name = self.subscriptions.add(dispatch::subscribe(&self.app, wanted)?);
                self.told = Told::SoMuch;
                self.alarm.set(self.next_due());
                Ok(rpc::result(id, &name))
            }
            Call::Unsubscribe(name) if self.subscriptions.remove(&name) => Ok(rpc::result(id, &true)),
            Call::Unsubscribe(name) => {
                Err(Problem::new(Name::NotFound, format!("this connection has no subscription {name:?}")))
            }
            Call::Login(Presented(token)) => self.log_in(id, &token),
            other => dispatch::look_up(&self.app, id, other, room).await,
        }
    }

    /// Logs in, or in again; a token that is no good takes nothing away.
    fn log_in(&mut self, id: &str, token: &str) -> Result<String, Problem> {
        let principal = caller::authenticate(&self.app, token, &self.sender)?;
        let (name, role, expires) = (principal.name(), principal.role(), principal.expires());
        let reply = rpc::result(id, &LoginResult { name, role, expires });
        self.allowance.log_in(&principal);
        self.session.log_in(principal);
        self.alarm.set(self.next_due());
        Ok(reply)
    }

    /// When something is due besides a look at the peer's silence.
    fn next_due(&self) -> Option<Instant> {
        [self.subscriptions.next_current(), self.session.notice_due()].into_iter().flatten().min()
    }

    /// Waits for the writes under way and answers them.
    async fn settle(&mut self) -> Result<(), End> {
        while !self.running.is_empty() {
            let done = match self.running.first_done().now_or_never() {
                Some(done) => done,
                None => {
                    self.wire.flush().await?;
                    self.running.first_done().await
                }
            };
            self.reply_to(done).await?;
        }
        Ok(())
    }

    async fn reply_to(&mut self, done: Done) -> Result<(), End> {
        let Done { id, shape, answer } = done;
        if shape == Shape::Transaction {
            self.wire.room_for(self.app.engine.limits().message_bytes_max).await?;
        }
        let reply = Reply::wrote(id.as_deref().unwrap_or(rpc::NO_ID), shape, answer);
        self.say(id.as_deref(), reply).await
    }

    /// Sends a reply, unless the call had no id.
    async fn say(&mut self, id: Option<&str>, reply: Reply) -> Result<(), End> {
        self.app.metrics.call(reply.outcome);
        match id {
            Some(_) => self.wire.feed(reply.text).await,
            None => Ok(()),
        }
    }

    /// Tells subscriptions what is new. The answers of this connection's own writes go first: those up to the head are
    /// there once the head is.
    async fn tell(&mut self) -> Result<(), End> {
        if self.subscriptions.is_empty() {
            self.told = Told::Everything;
            return Ok(());
        }
        let is_new = self.subscriptions.bell().has_rung();
        if self.told != Told::SoMuch && !is_new {
            return Ok(());
        }
        // Who was logged out a moment ago, and is about to be told, learns of nothing more.
        if !self.session.holds() {
            return Err(End::Farewell(Farewell::LOGGED_OUT));
        }
        let head = *self.published.borrow();
        while let Some(done) = self.running.try_first_done() {
            self.reply_to(done).await?;
        }
        self.told = self.subscriptions.tell(head, &mut self.wire).await?;
        Ok(())
    }

    /// Something is due: `current`, the notice of an end, or a ping.
    async fn look_up(&mut self) -> Result<(), End> {
        if let Some(expires) = self.session.announce() {
            self.wire.feed(session::expiring(expires)).await?;
        }
        if self.subscriptions.current_is_due() {
            self.told = Told::SoMuch;
            self.tell().await?;
            self.subscriptions.repeat_current(&mut self.wire).await?;
        }
        // While nothing is read here, the peer's silence is not its own.
        if self.running.has_room() {
            match self.alarm.silence() {
                Silence::Short => {}
                Silence::Ping => self.wire.ping().await?,
                Silence::TooLong => return Err(End::Farewell(Farewell::SILENT)),
            }
        } else {
            self.alarm.heard();
        }
        self.alarm.set(self.next_due());
        Ok(())
    }
}

/// The id of a call, if it wants an answer, and what it asks for, if the caller may.
fn read<'a>(app: &App, caller: Option<&Principal>, incoming: Incoming<'a>) -> (Option<&'a str>, Result<Call, Problem>) {
    match incoming {
        Ok(request) => {
            let allowed = role_for(&request.method).map_or(Ok(()), |role| caller::check(caller, role, app));
            (request.id, allowed.and_then(|()| Call::read(&request.method, request.params)))
        }
        Err(malformed) => (Some(malformed.id), Err(*malformed.problem)),
    }
}

fn too_many_subscriptions(there_are: usize) -> Problem {
    let message = format!("this connection has {there_are} subscriptions already: end one first");
    Problem { retry_after: Some(1), ..Problem::new(Name::TooManyRequests, message) }
}
