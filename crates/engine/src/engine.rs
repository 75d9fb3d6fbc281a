//! The engine as the doors see it.

use std::sync::Arc;

use catalogue::{Catalogue, Revision, Rules};
use journal::{Opened, StoreId};
use tokio::sync::watch;

use crate::{Clock, Limits, PendingWrite, Start, SubscribeError, Subscription, Write};

/// What an engine is started with.
pub struct Config {
    /// The operator's rules for writes.
    pub rules: Rules,
    /// The limits.
    pub limits: Limits,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
}

/// A running engine; clones are the same engine.
#[derive(Clone)]
pub struct Engine {}

/// Whether the engine can do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Writes are accepted.
    Ready,
    /// Writes are refused; the text says why and what to do.
    ReadOnly(String),
    /// The engine is stopping.
    Stopping,
}

impl Engine {
    /// Starts the writer on an opened journal.
    pub fn start(opened: Opened, config: Config) -> Engine {
        let _ = (opened, config);
        todo!()
    }

    /// The store's random name.
    pub fn store(&self) -> &StoreId {
        todo!()
    }

    /// The limits it was started with.
    pub fn limits(&self) -> &Limits {
        todo!()
    }

    /// The state that everybody may see: durable, immutable. Never waits.
    pub fn view(&self) -> Arc<Catalogue> {
        todo!()
    }

    /// Puts a write into the queue, waiting for room. Writes submitted one after the other take effect in that order.
    /// The receiver errs only when the engine has stopped.
    pub async fn submit(&self, write: Write) -> PendingWrite {
        let _ = write;
        todo!()
    }

    /// The last published revision; changes with every batch. By the time it shows a revision, the answers of the
    /// writes up to it can be taken from their [`PendingWrite`] without waiting.
    pub fn published(&self) -> watch::Receiver<Revision> {
        todo!()
    }

    /// Begins a subscription: in force when this returns.
    pub fn subscribe(&self, filter: catalogue::Filter, start: Start) -> Result<Subscription, SubscribeError> {
        let _ = (filter, start);
        todo!()
    }

    /// Whether writes are accepted.
    pub fn health(&self) -> Health {
        todo!()
    }

    /// Refuses further writes, finishes those accepted, writes the snapshot if `save` and ends the writer.
    pub async fn stop(&self, save: bool) {
        let _ = save;
        todo!()
    }
}
