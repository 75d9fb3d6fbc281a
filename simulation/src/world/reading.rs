//! Clients that read, and an auditor who reads the journal.

use std::sync::Arc;

use catalogue::{Catalogue, Entry, Revision};
use engine::Health;
use journal::{ReadError, ReadLimit};

use super::World;
use crate::model::Book;

impl World {
    /// Somebody looks at all books.
    pub(super) fn read(&mut self) -> Result<(), String> {
        let Some(life) = &self.life else { return Ok(()) };
        let view = life.engine.view();
        if life.is_poisoned && life.engine.health() == Health::Ready {
            return Err("a sync failed, and writes are said to be accepted".into());
        }
        self.tally.count(if life.is_poisoned { "read after a failure" } else { "read" });
        self.collect()?;
        if view.revision().0 > self.model.revision() {
            self.unconfirmed.push(view);
            return Ok(());
        }
        self.check(&view)
    }

    /// What was seen before it was answered must be what was answered then.
    pub(super) fn check_unconfirmed(&mut self) -> Result<(), String> {
        let known = Revision(self.model.revision());
        while let Some(place) = self.unconfirmed.iter().position(|view| view.revision() <= known) {
            let view = self.unconfirmed.swap_remove(place);
            self.check(&view)?;
        }
        Ok(())
    }

    fn check(&self, view: &Catalogue) -> Result<(), String> {
        match self.model.difference(view) {
            Some(difference) => Err(format!("a view is not what was answered: {difference}")),
            None => Ok(()),
        }
    }

    /// Reads the journal on from where it was read last: its entries are those that were answered, and make the state.
    pub(super) fn audit(&mut self) -> Result<(), String> {
        let journal = Arc::clone(&self.life().journal);
        let failures = self.disk.failures();
        let after = self.replayed.revision();
        let all = ReadLimit { entries: usize::MAX, bytes: usize::MAX };
        match journal.read(after, all) {
            _ if self.disk.is_off() => Ok(()),
            Ok(entries) => entries.iter().try_for_each(|entry| self.replay(entry)),
            Err(ReadError::Gone { oldest, .. }) if after < oldest => {
                // Dropped before they were read here: go on from what everybody sees.
                self.replayed = Catalogue::clone(&self.life().engine.view());
                Ok(())
            }
            Err(_) if self.disk.failures() > failures => Ok(()),
            Err(error) => Err(format!("the journal cannot be read behind {after}: {error}")),
        }
    }

    fn replay(&mut self, entry: &Entry) -> Result<(), String> {
        self.is_as_made(entry)?;
        self.replayed.apply(entry);
        self.check(&self.replayed)
    }

    /// Whether an entry says what the call did that made it.
    pub(super) fn is_as_made(&self, entry: &Entry) -> Result<(), String> {
        let revision = entry.revision.0;
        let Some(step) = self.model.at(revision) else {
            return Err(format!("entry {revision} is in the journal, and nobody was answered"));
        };
        let request = entry.request.as_ref().map(|request| &*request.id);
        if *entry.by != *step.by || request != step.request.as_deref() {
            return Err(format!("entry {revision} is by {} for {request:?}, must be {step:?}", entry.by));
        }
        for change in &entry.changes {
            let now = change.book.as_ref().map(Book::of);
            if now.as_ref() != step.books.get(&change.id.0).map(AsRef::as_ref) {
                return Err(format!("entry {revision} makes book {} {now:?}, must be {:?}", change.id, step.books));
            }
        }
        Ok(())
    }
}
