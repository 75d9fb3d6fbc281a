//! From a write that a door understood to the engine's answer.

use catalogue::{Answer, Operation};
use engine::{CallKind, Engine, Write, WriteError};
use protocol::{Name, Problem};

/// Who writes while there are no tokens.
pub(crate) const LOCAL: &str = "local";

/// Has `operations` carried out as one and waits until they are durable.
pub(crate) async fn carry_out(
    engine: &Engine,
    kind: CallKind,
    operations: Vec<Operation>,
    request_id: Option<String>,
) -> Result<Answer, WriteError> {
    let answer_bytes_max = engine.limits().message_bytes_max;
    let write = Write { by: LOCAL.to_owned(), request_id, kind, operations, answer_bytes_max };
    let stopped = |_| Err(WriteError::Unavailable("the server is stopping: try again in a moment".to_owned()));
    engine.submit(write).await.await.unwrap_or_else(stopped)
}

/// What a client is told of a write that was not carried out.
pub(crate) fn problem(error: WriteError, kind: CallKind) -> Problem {
    match error {
        WriteError::Refused(refused) => Problem::refused(refused, kind == CallKind::Transact),
        WriteError::TooLarge(why) => Problem::new(Name::TooLarge, why),
        WriteError::RequestIdReused => Problem::new(Name::RequestIdReused, error.to_string()),
        WriteError::Unavailable(why) => Problem::new(Name::Unavailable, why),
        WriteError::Fault(why) => Problem::new(Name::Internal, why),
    }
}
