//! A batch before it is durable.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use catalogue::{Answer, Catalogue, Entry, Prepared, RequestNote, Timestamp};

use super::{QueuedWrite, Writer};
use crate::feed::FeedEntry;
use crate::size::{answer_bytes, entry_bytes};
use crate::{Limits, WriteError};

/// Writes decided one after the other on a state that nobody else sees yet.
pub(super) struct Attempt {
    pub(super) working: Catalogue,
    pub(super) entries: Vec<Arc<Entry>>,
    /// The same for subscribers.
    pub(super) fed: Vec<Arc<FeedEntry>>,
    /// Each write with what it will be answered once `entries` are durable: refusals wait too, for they may rest on them.
    pub(super) decided: Vec<Decided>,
    at: Timestamp,
    /// Request ids of this batch: what was asked, and which decision answers it.
    requests: HashMap<(String, Box<str>), (Box<str>, usize)>,
    bytes: usize,
}

/// A write with what it will be answered.
pub(super) type Decided = (QueuedWrite, Result<Answer, WriteError>);

/// What came of judging a write.
enum Judged {
    /// It was carried out before, and answered so.
    Before(Answer),
    /// It can be carried out now.
    Now(Prepared),
}

impl Attempt {
    /// On the durable state. `room` is an empty list: memory for many writes is dear to get from the system for each batch.
    pub(super) fn new(durable: &Catalogue, at: Timestamp, room: Vec<Decided>) -> Self {
        Attempt {
            working: durable.clone(),
            entries: Vec::new(),
            fed: Vec::new(),
            decided: room,
            at,
            requests: HashMap::new(),
            bytes: 0,
        }
    }

    pub(super) fn is_full(&self, limits: &Limits) -> bool {
        self.decided.len() >= limits.batch_entries_max || self.bytes >= limits.batch_bytes_max
    }

    /// Decides one more write.
    pub(super) fn add(&mut self, mut write: QueuedWrite, writer: &Writer) {
        write.command.at = self.at;
        let decision = self.decide(&write, writer);
        self.decided.push((write, decision));
    }

    fn decide(&mut self, write: &QueuedWrite, writer: &Writer) -> Result<Answer, WriteError> {
        // Judging changes nothing, so that a panic leaves nothing half done: it is the fault of this one write, and the
        // writer goes on for everybody else. One while an entry is carried out does end the writer.
        let judged = catch_unwind(AssertUnwindSafe(|| self.judge(write, writer)));
        match judged.unwrap_or_else(|_| Err(broke_down()))? {
            Judged::Before(answer) => Ok(answer),
            Judged::Now(prepared) => {
                if let Some(entry) = prepared.entry {
                    self.take(entry, writer)?;
                }
                Ok(prepared.answer)
            }
        }
    }

    fn judge(&self, write: &QueuedWrite, writer: &Writer) -> Result<Judged, WriteError> {
        let command = &write.command;
        if let Some(request) = &command.request
            && let Some(first) = self.first_answer(&command.by, request, writer)
        {
            return first.map(Judged::Before);
        }
        if let Some(reason) = &writer.poisoned {
            return Err(WriteError::Unavailable(reason.clone()));
        }
        let prepared = self.working.prepare(command, &writer.rules).map_err(WriteError::Refused)?;
        if answer_bytes(&prepared.answer) > write.answer_bytes_max {
            return Err(too_large("the answer"));
        }
        Ok(Judged::Now(prepared))
    }

    fn take(&mut self, entry: Entry, writer: &Writer) -> Result<(), WriteError> {
        let bytes = entry_bytes(&entry);
        if bytes > writer.shared.limits.message_bytes_max {
            return Err(too_large("the change that others are sent"));
        }
        if let Some(request) = &entry.request {
            let key = (entry.by.to_string(), request.id.clone());
            self.requests.insert(key, (request.hash.clone(), self.decided.len()));
        }
        self.bytes += bytes;
        self.working.apply(&entry);
        let entry = Arc::new(entry);
        self.fed.push(Arc::new(FeedEntry::of_bytes(Arc::clone(&entry), bytes)));
        self.entries.push(entry);
        Ok(())
    }

    /// What a request with this id was answered before, in this batch or earlier.
    fn first_answer(&self, by: &str, request: &RequestNote, writer: &Writer) -> Option<Result<Answer, WriteError>> {
        if let Some((hash, decision)) = self.requests.get(&(by.to_owned(), request.id.clone())) {
            let same = *hash == request.hash;
            return Some(if same { self.decided[*decision].1.clone() } else { Err(WriteError::RequestIdReused) });
        }
        let remembered = writer.receipts.get(by, &request.id)?;
        if remembered.hash != request.hash {
            return Some(Err(WriteError::RequestIdReused));
        }
        // Receipts are kept for so many writes at least; one whose entry is no longer kept is older than that.
        writer.recall(remembered.revision)
    }
}

fn broke_down() -> WriteError {
    WriteError::Fault(
        "something broke while this write was judged; nothing was changed. The server's log says more".into(),
    )
}

fn too_large(what: &str) -> WriteError {
    WriteError::TooLarge(format!("{what} would not fit into a message: ask for fewer books at once"))
}
