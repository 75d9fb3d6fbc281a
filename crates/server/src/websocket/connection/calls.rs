//! What a client asks for, and what it is answered.

use access::Principal;
use catalogue::BookId;
use protocol::method::{AtOnce, Call, LoginResult, Method, Write};
use protocol::rpc::{self, Incoming, Malformed, Message};
use protocol::session::Presented;
use protocol::{Name, Problem};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{Connection, Later};
use crate::app::App;
use crate::budget;
use crate::caller;
use crate::dispatch::{self, Reply};
use crate::metrics::OK;
use crate::rates::{Cost, Excess};
use crate::websocket::batch::Batch;
use crate::websocket::running::RunningWrite;
use crate::websocket::subscriptions::Told;
use crate::websocket::wire::{End, Farewell};
use crate::write;

impl<IO: AsyncRead + AsyncWrite + Unpin> Connection<IO> {
    /// Does what a frame asks for and answers it, or puts it into the queue of writes; gives what must be waited for.
    pub(super) fn take_in<'a>(&mut self, text: &'a str) -> Result<Option<Later<'a>>, End> {
        // Who may not call it is not to have a megabyte of parameters read.
        let may = |method: &Method| may_call(&self.app, self.session.caller(), method).is_ok();
        if let Some(AtOnce { id, call }) = Call::read_at_once(text, may) {
            return self.take_on(id, Ok(call), text.len());
        }
        match Message::parse(text, self.app.engine.limits().batch_calls_max) {
            Message::Single(incoming) => self.take_call(incoming, text.len()),
            Message::Batch(calls) => Ok(Some(Later::Batch(calls))),
            Message::Unreadable(problem) => {
                let malformed = Malformed { id: rpc::NO_ID, problem: Box::new(problem) };
                self.take_call(Err(malformed), text.len())
            }
        }
    }

    fn take_call<'a>(&mut self, incoming: Incoming<'a>, bytes: usize) -> Result<Option<Later<'a>>, End> {
        let (id, call) = read(&self.app, self.session.caller(), incoming);
        self.take_on(id, call, bytes)
    }

    fn take_on<'a>(
        &mut self,
        id: Option<&'a str>,
        call: Result<Call, Problem>,
        bytes: usize,
    ) -> Result<Option<Later<'a>>, End> {
        match self.charge(call, bytes)? {
            Ok(Call::Write(write)) => match self.weigh(&write, bytes) {
                Ok(weight) => Ok(self.begin(id, write, weight)),
                Err(busy) => Ok(Some(Later::Call(id, Err(busy)))),
            },
            Ok(Call::Get(book)) if self.running.is_empty() => self.get(id, book),
            call => Ok(Some(Later::Call(id, call))),
        }
    }

    /// Puts a write into the queue that has so many bytes in memory.
    fn begin<'a>(&mut self, id: Option<&'a str>, write: Write, bytes: usize) -> Option<Later<'a>> {
        let (shape, room) = (write.shape, self.room(id));
        match write::try_begin_for(self.running.inbox(), &self.app.engine, self.session.writer(), write, room) {
            Ok(()) => {
                self.running.push(RunningWrite { id: id.map(Box::from), shape, bytes });
                None
            }
            Err(write) => Some(Later::Write(id, write, bytes)),
        }
    }

    /// Answers with one book.
    fn get<'a>(&mut self, id: Option<&'a str>, wanted: BookId) -> Result<Option<Later<'a>>, End> {
        let reply = dispatch::find_one(&self.app, wanted, |found| {
            self.wire.is_ready_for(found.reply_bytes(id)).then(|| id.map(|id| found.reply(id)))
        });
        match reply {
            Ok(Some(reply)) => {
                self.tally.add(OK);
                reply.map_or(Ok(()), |reply| self.wire.put(reply))?;
                Ok(None)
            }
            Ok(None) => Ok(Some(Later::Call(id, Ok(Call::Get(wanted))))),
            Err(problem) => Ok(Some(Later::Call(id, Err(problem)))),
        }
    }

    /// Puts a write into the queue, once there is room.
    pub(super) async fn begin_in_time(&mut self, id: Option<&str>, write: Write, bytes: usize) -> Result<(), End> {
        let (shape, room) = (write.shape, self.room(id));
        write::begin_for(self.running.inbox(), &self.app.engine, self.session.writer(), write, room).await;
        self.running.push(RunningWrite { id: id.map(Box::from), shape, bytes });
        Ok(())
    }

    /// Answers what is no write.
    pub(super) async fn answer(&mut self, id: Option<&str>, call: Result<Call, Problem>) -> Result<(), End> {
        self.settle().await?;
        let reply = match call {
            Ok(call) => {
                let room = self.room(id);
                self.wire.room_for(dispatch::reply_bytes(&call, room)).await?;
                self.carry_out(id.unwrap_or(rpc::NO_ID), call, room).await
            }
            Err(problem) => Err(problem),
        };
        let reply = reply.map_or_else(|problem| Reply::refused(id.unwrap_or(rpc::NO_ID), &problem), Reply::ok);
        self.say(id, reply).await
    }

    /// The bytes that the result of a call may have.
    fn room(&self, id: Option<&str>) -> usize {
        self.app.engine.limits().message_bytes_max - id.map_or(0, str::len)
    }

    /// Takes what a call costs; it is refused where that is too much for now.
    fn charge(&self, call: Result<Call, Problem>, bytes: usize) -> Result<Result<Call, Problem>, End> {
        match self.allowance.take(Cost::of_call(&call, bytes)) {
            Ok(()) => Ok(call),
            Err(Excess::Refused(refused)) => Ok(Err(refused.problem())),
            Err(Excess::Flooding) => Err(End::Farewell(Farewell::FLOODING)),
        }
    }

    /// What a write takes in memory, having counted by how much that is more than it is long; it is refused where there is
    /// none.
    fn weigh(&mut self, write: &Write, bytes: usize) -> Result<usize, Problem> {
        let weight = write::weight(write, bytes);
        if self.wire.meter().takes(weight - bytes) { Ok(weight) } else { Err(budget::busy()) }
    }

    pub(super) async fn take_batch(&mut self, calls: Vec<Incoming<'_>>) -> Result<(), End> {
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
            let call = match self.charge(call, bytes)? {
                Ok(Call::Write(write)) => match self.weigh(&write, bytes) {
                    Ok(_) => {
                        batch.begin(&self.app, self.session.writer(), id, write, bytes).await;
                        continue;
                    }
                    Err(busy) => Err(busy),
                },
                call => call,
            };
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
}

/// The id of a call, if it wants an answer, and what it asks for, if the caller may.
fn read<'a>(app: &App, caller: Option<&Principal>, incoming: Incoming<'a>) -> (Option<&'a str>, Result<Call, Problem>) {
    match incoming {
        Ok(request) => {
            let call = Method::named(&request.method).and_then(|method| {
                may_call(app, caller, method)?;
                method.read(request.params)
            });
            (request.id, call)
        }
        Err(malformed) => (Some(malformed.id), Err(*malformed.problem)),
    }
}

/// Whether the caller has the role that a method takes.
fn may_call(app: &App, caller: Option<&Principal>, method: &Method) -> Result<(), Problem> {
    method.role().map_or(Ok(()), |role| caller::check(caller, role, app))
}

fn too_many_subscriptions(there_are: usize) -> Problem {
    let message = format!("this connection has {there_are} subscriptions already: end one first");
    Problem { retry_after: Some(1), ..Problem::new(Name::TooManyRequests, message) }
}
