//! Several calls answered in one frame, which must not be longer than a message may be.

use std::collections::VecDeque;

use access::Principal;
use catalogue::{BOOK_BYTES_MAX, Operation};
use engine::PendingWrite;
use protocol::method::{Shape, Write};
use protocol::rpc::{self, Incoming};
use protocol::{Name, Problem};

use crate::app::App;
use crate::dispatch::Reply;
use crate::write;

/// What an answer has around its book, and the members that every book has.
const ANSWER_BYTES: usize = 1_536;
/// Text can grow so much by normalisation.
const GROWTH_MAX: usize = 3;

/// The replies of a batch so far.
///
/// Every call that is still to come has the room for its shortest reply kept free. Writes whose answers are known to
/// fit are begun before those before them are answered, so that one sync serves them all.
pub(super) struct Batch {
    frame: String,
    waiting: VecDeque<Waiting>,
    /// The most bytes the answers of `waiting` can have.
    waiting_bytes: usize,
    /// The shortest replies of the calls to come.
    tail_bytes: usize,
    bytes_max: usize,
}

struct Waiting {
    id: Option<Box<str>>,
    shape: Shape,
    pending: PendingWrite,
    bytes: usize,
}

impl Batch {
    /// Nothing done yet of `calls`; refused where not even their ids fit into one frame.
    pub(super) fn new(calls: &[Incoming<'_>], bytes_max: usize) -> Result<Self, Problem> {
        let id = |incoming: &Incoming<'_>| match incoming {
            Ok(request) => request.id.map(str::len),
            Err(malformed) => Some(malformed.id.len()),
        };
        let tail_bytes = calls.iter().filter_map(id).map(shortest).sum();
        if tail_bytes + 2 > bytes_max {
            let message = "the ids of this batch are too long to be answered in one message: choose shorter ones";
            return Err(Problem::new(Name::InvalidRequest, message));
        }
        Ok(Batch { frame: String::new(), waiting: VecDeque::new(), waiting_bytes: 0, tail_bytes, bytes_max })
    }

    /// Puts a write into the engine's queue; waits for those before it where its answer might not fit beside theirs.
    pub(super) async fn begin(
        &mut self,
        app: &App,
        by: &Principal,
        id: Option<&str>,
        write: Write,
        params_bytes: usize,
    ) {
        let answer_max = id.map_or(0, |id| id.len() + longest_answer(&write, params_bytes));
        if answer_max > self.room(id) {
            self.settle(app).await;
        }
        let room = self.room(id);
        let shape = write.shape;
        let bytes = answer_max.min(room);
        let answer_bytes_max = match id {
            Some(id) => bytes.saturating_sub(id.len()),
            None => app.engine.limits().message_bytes_max,
        };
        let pending = write::begin(&app.engine, by, write, answer_bytes_max).await;
        self.tail_bytes -= id.map_or(0, |id| shortest(id.len()));
        self.waiting_bytes += bytes;
        self.waiting.push_back(Waiting { id: id.map(Box::from), shape, pending, bytes });
    }

    /// Waits for the writes before a call and gives the room for its reply.
    pub(super) async fn settled_room(&mut self, app: &App, id: Option<&str>) -> usize {
        self.settle(app).await;
        self.room(id)
    }

    /// Adds the reply of a call that is no write.
    pub(super) fn add(&mut self, app: &App, id: Option<&str>, reply: Result<String, Problem>) {
        let room = self.room(id);
        self.tail_bytes -= id.map_or(0, |id| shortest(id.len()));
        let reply = reply.map_or_else(|problem| Reply::refused(id.unwrap_or(rpc::NO_ID), &problem), Reply::ok);
        self.put(app, id, reply, room, does_not_fit);
    }

    /// The frame, `None` where no call had an id.
    pub(super) async fn finish(mut self, app: &App) -> Option<String> {
        self.settle(app).await;
        if self.frame.is_empty() {
            return None;
        }
        self.frame.push(']');
        Some(self.frame)
    }

    /// Bytes that the reply to the next call may have.
    fn room(&self, id: Option<&str>) -> usize {
        let own = id.map_or(0, |id| shortest(id.len()));
        // A comma or bracket before each reply, and the bracket at the end.
        let taken = self.frame.len() + self.waiting_bytes + self.waiting.len() + self.tail_bytes + 2;
        (self.bytes_max + own).saturating_sub(taken)
    }

    async fn settle(&mut self, app: &App) {
        while let Some(Waiting { id, shape, pending, bytes }) = self.waiting.pop_front() {
            let answer = write::answer(pending).await;
            self.waiting_bytes -= bytes;
            let room = self.room(None);
            // A write whose answer would not fit is refused, so one that is too long is the answer of an earlier time.
            let instead = if answer.is_ok() { remembered_does_not_fit } else { does_not_fit };
            let reply = Reply::wrote(id.as_deref().unwrap_or(rpc::NO_ID), shape, answer);
            self.put(app, id.as_deref(), reply, room, instead);
        }
    }

    fn put(&mut self, app: &App, id: Option<&str>, reply: Reply, room: usize, instead: fn() -> Problem) {
        let reply = match id {
            Some(id) if reply.text.len() > room => Reply::refused(id, &instead()),
            _ => reply,
        };
        app.metrics.call(reply.outcome);
        if id.is_some() {
            self.frame.push(if self.frame.is_empty() { '[' } else { ',' });
            self.frame.push_str(&reply.text);
        }
    }
}

/// The least room a call with an id needs: to be told that its reply does not fit, with a comma.
fn shortest(id_bytes: usize) -> usize {
    let bytes = |problem| rpc::error("", &problem).len();
    bytes(does_not_fit()).max(bytes(remembered_does_not_fit())) + id_bytes + 1
}

fn does_not_fit() -> Problem {
    Problem::new(Name::TooLarge, "not carried out: the reply would not fit beside those before it; call it alone")
}

fn remembered_does_not_fit() -> Problem {
    Problem::new(Name::Unavailable, "carried out before, but its answer does not fit here: call it again alone")
}

/// An upper bound for the answer of a write.
fn longest_answer(write: &Write, params_bytes: usize) -> usize {
    let books = write.operations.iter().map(|operation| match operation {
        Operation::Create { .. } | Operation::Replace { .. } => ANSWER_BYTES,
        Operation::Update { .. } => ANSWER_BYTES + BOOK_BYTES_MAX,
        Operation::Delete { .. } => ANSWER_BYTES,
    });
    books.sum::<usize>() + GROWTH_MAX * params_bytes
}
