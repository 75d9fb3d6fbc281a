//! A write on its way through the engine.

use std::sync::Arc;

use catalogue::{Answer, Operation, Refused};
use tokio::sync::oneshot;

/// What a client wants written.
#[derive(Clone, Debug)]
pub struct Write {
    /// Who asks: a token's name, or "local".
    pub by: Arc<str>,
    /// The client's request id, by which a retry is recognised.
    pub request_id: Option<String>,
    /// Whether this is one operation or a transaction; part of the request's fingerprint.
    pub kind: CallKind,
    /// At least one operation, carried out in order, all or nothing.
    pub operations: Vec<Operation>,
    /// The bytes of JSON the answer may have: a write whose answer would not fit is refused, not carried out.
    pub answer_bytes_max: usize,
}

/// The two shapes of a write call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// One operation, answered by its outcome.
    Single,
    /// A transaction, answered by a list.
    Transact,
}

/// Why a write was not carried out.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WriteError {
    /// An expected no.
    #[error("{}", .0.refusal)]
    Refused(Refused),
    /// The answer or the change would not fit into a message; nothing was carried out.
    #[error("{0}")]
    TooLarge(String),
    /// The request id was used for something else.
    #[error("this request id was used before with other content: a new request needs a new id")]
    RequestIdReused,
    /// Nothing can be written now; the text says why and what the operator should do.
    #[error("{0}")]
    Unavailable(String),
    /// A fault of ours.
    #[error("{0}")]
    Fault(String),
}

impl WriteError {
    /// The answer of a writer that is gone.
    pub fn stopped() -> Self {
        WriteError::Unavailable("the server is stopping: try again in a moment".into())
    }
}

/// A write that was accepted by the queue; its answer comes when it is durable.
pub type PendingWrite = oneshot::Receiver<Result<Answer, WriteError>>;
