//! The way back to who asked.

use std::task::Waker;

use tokio::sync::oneshot;

use crate::inbox::{Answered, Ticket};

/// Where an answer goes.
pub(crate) enum Reply {
    /// To who waits for this one.
    Alone(oneshot::Sender<Answered>),
    /// Among others that the same one waits for.
    Among(Ticket),
}

impl Reply {
    /// Gives the answer; gives back who waits for it and is not woken yet.
    pub(crate) fn give(self, answer: Answered) -> Option<Waker> {
        match self {
            Reply::Alone(asker) => {
                // A client that has gone away needs no answer.
                let _ = asker.send(answer);
                None
            }
            Reply::Among(ticket) => ticket.answer(answer),
        }
    }
}
