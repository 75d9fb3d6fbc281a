//! Entries as the catalogue makes them, and short ways to write and read them.

use std::sync::Arc;

use catalogue::{BookId, Catalogue, Command, Draft, Entry, Operation, RequestNote, Revision, Rules, Timestamp};
use journal::{Journal, OpenOptions, ReadLimit, StoreId};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

/// Who decides what is written: a catalogue that is ahead of the journal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Author {
    pub(crate) state: Catalogue,
    now: i64,
}

impl Author {
    /// Goes on from a state.
    pub(crate) fn on(state: &Catalogue) -> Self {
        Author { state: state.clone(), now: state.revision().0 as i64 }
    }

    /// The next entry; there is one, because the operations change something.
    pub(crate) fn entry(&mut self, operations: Vec<Operation>) -> Arc<Entry> {
        self.command(operations, None)
    }

    /// The next entry, made for a request.
    pub(crate) fn request(&mut self, id: &str, operations: Vec<Operation>) -> Arc<Entry> {
        self.command(
            operations,
            Some(RequestNote { id: id.into(), hash: format!("hash of {id}").into(), answer: None }),
        )
    }

    fn command(&mut self, operations: Vec<Operation>, request: Option<RequestNote>) -> Arc<Entry> {
        self.now += 1;
        let command = Command { at: Timestamp(self.now), by: "local".into(), request, operations };
        let prepared = self.state.prepare(&command, &Rules::default()).expect("the command is right");
        let entry = Arc::new(prepared.entry.expect("it changes something"));
        self.state.apply(&entry);
        entry
    }

    /// One new book an entry.
    pub(crate) fn books(&mut self, count: usize) -> Vec<Arc<Entry>> {
        (0..count).map(|number| self.entry(vec![create(&format!("Book {number}"))])).collect()
    }

    /// Some entry of any kind: books made, changed and taken out, alone and together, small and large.
    pub(crate) fn any(&mut self, rng: &mut SmallRng) -> Arc<Entry> {
        let count = if rng.random_bool(0.8) { 1 } else { rng.random_range(2..5) };
        let mut ids: Vec<BookId> = self.state.books().map(|book| book.id()).collect();
        let operations: Vec<Operation> = (0..count).map(|_| any_operation(rng, &mut ids)).collect();
        let request = rng.random_bool(0.3).then(|| format!("request-{}", self.state.revision()));
        match request {
            Some(id) => self.request(&id, operations),
            None => self.entry(operations),
        }
    }
}

fn any_operation(rng: &mut SmallRng, ids: &mut Vec<BookId>) -> Operation {
    let number: u32 = rng.random();
    if ids.len() < 3 || rng.random_bool(0.4) {
        let length = if rng.random_bool(0.1) { 3_000 } else { rng.random_range(0..80) };
        return Operation::Create {
            book: draft(json!({"title": format!("Book {number}"), "description": "x".repeat(length)})),
        };
    }
    let place = rng.random_range(0..ids.len());
    match rng.random_bool(0.3) {
        true => Operation::Delete { id: ids.swap_remove(place), if_revision: None },
        false => set(ids[place].0, json!({"series": format!("Series {number}"), "stock": number % 1_000})),
    }
}

pub(crate) fn rng(seed: u64) -> SmallRng {
    SmallRng::seed_from_u64(seed)
}

pub(crate) fn draft(value: Value) -> Draft {
    serde_json::from_value(value).expect("a draft is an object")
}

pub(crate) fn create(title: &str) -> Operation {
    Operation::Create { book: draft(json!({ "title": title })) }
}

pub(crate) fn set(id: u64, fields: Value) -> Operation {
    Operation::Update { id: BookId(id), set: Some(draft(fields)), add: None, if_revision: None }
}

pub(crate) fn delete(id: u64) -> Operation {
    Operation::Delete { id: BookId(id), if_revision: None }
}

/// Options under which a few entries show what otherwise takes many.
pub(crate) fn options() -> OpenOptions {
    OpenOptions { segment_bytes: 4 * 1024, store: Some(StoreId("store".into())), ..OpenOptions::default() }
}

pub(crate) const ALL: ReadLimit = ReadLimit { entries: usize::MAX, bytes: usize::MAX };

/// Everything behind `after`.
pub(crate) fn read(journal: &dyn Journal, after: u64) -> Vec<Arc<Entry>> {
    journal.read(Revision(after), ALL).expect("the entries are there")
}
