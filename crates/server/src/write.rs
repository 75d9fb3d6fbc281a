//! From a write that a door understood to the engine's answer.

use access::Principal;
use catalogue::{Answer, Operation};
use engine::{CallKind, Engine, Inbox, PendingWrite, WriteError};
use protocol::method::{Shape, Write};
use protocol::{Name, Problem};

/// A value of JSON in memory, besides its text.
const VALUE_BYTES: usize = 48;
/// An operation in memory, besides what it holds.
const OPERATION_BYTES: usize = 512;
/// A draft in memory, with the room for its text.
const DRAFT_BYTES: usize = 1024;

/// About how many bytes a write takes in memory that was `bytes` of JSON: small values take much more than they are long.
pub(crate) fn weight(write: &Write, bytes: usize) -> usize {
    let drafts = write.operations.iter().flat_map(|operation| match operation {
        Operation::Create { book } | Operation::Replace { book, .. } => [Some(book), None],
        Operation::Update { set, add, .. } => [set.as_ref(), add.as_ref()],
        Operation::Delete { .. } => [None, None],
    });
    let drafts: usize = drafts.flatten().map(|draft| DRAFT_BYTES + draft.values() * VALUE_BYTES).sum();
    bytes + write.operations.len() * OPERATION_BYTES + drafts
}

/// Has one operation carried out and waits until it is durable.
pub(crate) async fn carry_out_one(
    engine: &Engine,
    by: &Principal,
    operation: Operation,
    request_id: Option<String>,
) -> Result<Answer, WriteError> {
    carry_out(engine, by, Write { shape: Shape::Single, operations: vec![operation], request_id }).await
}

/// Has a write carried out and waits until it is durable.
pub(crate) async fn carry_out(engine: &Engine, by: &Principal, write: Write) -> Result<Answer, WriteError> {
    let pending = begin(engine, by, write, engine.limits().message_bytes_max).await;
    answer(pending).await
}

/// Puts a write into the engine's queue, to be refused if its answer has more than `answer_bytes_max` bytes.
pub(crate) async fn begin(engine: &Engine, by: &Principal, write: Write, answer_bytes_max: usize) -> PendingWrite {
    engine.submit(queued(by, write, answer_bytes_max)).await
}

/// The same for who has many under way: the answer comes into the inbox.
pub(crate) async fn begin_for(
    inbox: &mut Inbox,
    engine: &Engine,
    by: &Principal,
    write: Write,
    answer_bytes_max: usize,
) {
    engine.submit_for(inbox, queued(by, write, answer_bytes_max)).await;
}

/// The same without waiting for room; gives the write back where there is none.
pub(crate) fn try_begin_for(
    inbox: &mut Inbox,
    engine: &Engine,
    by: &Principal,
    write: Write,
    answer_bytes_max: usize,
) -> Result<(), Write> {
    let shape = write.shape;
    engine
        .try_submit_for(inbox, queued(by, write, answer_bytes_max))
        .map_err(|engine::Write { request_id, operations, .. }| Write { shape, operations, request_id })
}

fn queued(by: &Principal, write: Write, answer_bytes_max: usize) -> engine::Write {
    let Write { shape, operations, request_id } = write;
    let kind = match shape {
        Shape::Single => CallKind::Single,
        Shape::Transaction => CallKind::Transact,
    };
    engine::Write { by: by.shared_name(), request_id, kind, operations, answer_bytes_max }
}

/// Waits for the answer.
pub(crate) async fn answer(pending: PendingWrite) -> Result<Answer, WriteError> {
    pending.await.unwrap_or_else(|_| Err(WriteError::stopped()))
}

/// What a client is told of a write that was not carried out.
pub(crate) fn problem(error: WriteError, shape: Shape) -> Problem {
    match error {
        WriteError::Refused(refused) => Problem::refused(refused, shape == Shape::Transaction),
        WriteError::TooLarge(why) => Problem::new(Name::TooLarge, why),
        WriteError::RequestIdReused => Problem::new(Name::RequestIdReused, error.to_string()),
        WriteError::Unavailable(why) => Problem::new(Name::Unavailable, why),
        WriteError::Fault(why) => Problem::new(Name::Internal, why),
    }
}
