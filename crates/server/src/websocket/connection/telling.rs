//! What a client is told: answers of writes, news of its subscriptions, and that time has passed.

use protocol::method::Shape;
use protocol::{rpc, session};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::{Connection, Later};
use crate::dispatch::Reply;
use crate::websocket::alarm::Silence;
use crate::websocket::running::Done;
use crate::websocket::subscriptions::Told;
use crate::websocket::wire::{End, Farewell};

impl<IO: AsyncRead + AsyncWrite + Unpin> Connection<IO> {
    /// When something is due besides a look at the peer's silence.
    pub(super) fn next_due(&self) -> Option<Instant> {
        [self.subscriptions.next_current(), self.session.notice_due()].into_iter().flatten().min()
    }

    /// Waits for the writes under way and answers them.
    pub(super) async fn settle(&mut self) -> Result<(), End> {
        match self.running.is_empty() {
            true => Ok(()),
            false => Box::pin(self.answer_all()).await,
        }
    }

    pub(super) async fn answer_all(&mut self) -> Result<(), End> {
        while !self.running.is_empty() {
            let done = match self.running.try_first_done() {
                Some(done) => done,
                None => {
                    self.end_burst().await?;
                    self.running.first_done().await
                }
            };
            self.answer_write(done).await?;
        }
        Ok(())
    }

    /// Answers a write.
    pub(super) fn reply_to(&mut self, done: Done) -> Result<Option<Later<'static>>, End> {
        if done.shape == Shape::Transaction {
            return Ok(Some(Later::Answer(done)));
        }
        let Done { id, shape, answer } = done;
        let reply = Reply::wrote(id.as_deref().unwrap_or(rpc::NO_ID), shape, answer);
        self.tally.add(reply.outcome);
        match id {
            None => Ok(None),
            Some(_) if self.wire.is_ready_for(reply.text.len()) => self.wire.put(reply.text).map(|()| None),
            Some(_) => Ok(Some(Later::Reply(reply.text))),
        }
    }

    /// Answers a write that may have been a transaction.
    pub(super) async fn answer_write(&mut self, done: Done) -> Result<(), End> {
        let Done { id, shape, answer } = done;
        if shape == Shape::Transaction {
            self.wire.room_for(self.app.engine.limits().message_bytes_max).await?;
        }
        let reply = Reply::wrote(id.as_deref().unwrap_or(rpc::NO_ID), shape, answer);
        self.say(id.as_deref(), reply).await
    }

    /// Sends a reply, unless the call had no id.
    pub(super) async fn say(&mut self, id: Option<&str>, reply: Reply) -> Result<(), End> {
        self.tally.add(reply.outcome);
        match id {
            Some(_) => self.wire.feed(reply.text).await,
            None => Ok(()),
        }
    }

    /// Whether subscriptions have something to be told.
    pub(super) fn has_news(&mut self) -> bool {
        if self.subscriptions.is_empty() {
            self.told = Told::Everything;
            return false;
        }
        self.subscriptions.bell().has_rung() || self.told == Told::SoMuch
    }

    /// Tells subscriptions what is new. The answers of this connection's own writes go first: those up to the head are
    /// there once the head is.
    pub(super) async fn tell(&mut self) -> Result<(), End> {
        // Who was logged out a moment ago, and is about to be told, learns of nothing more.
        if !self.session.holds() {
            return Err(End::Farewell(Farewell::LOGGED_OUT));
        }
        let head = *self.published.borrow();
        while let Some(done) = self.running.try_first_done() {
            self.answer_write(done).await?;
        }
        self.told = self.subscriptions.tell(head, &mut self.wire).await?;
        Ok(())
    }

    /// Something is due: `current`, the notice of an end, or a ping.
    pub(super) async fn keep_time(&mut self) -> Result<(), End> {
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
