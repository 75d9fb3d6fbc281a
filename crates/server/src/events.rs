//! The engine's events in the words of the wire, the same on every door.

use engine::{Event, FeedChange, FeedChangeKind};
use protocol::event::{self, BookChange, Kind};

/// A page of a snapshot ends at 64 KiB, or with the book that is beyond.
const PAGE_BYTES_MAX: usize = 64 * 1024 + catalogue::BOOK_BYTES_MAX;
/// An event without books.
const EVENT_BYTES: usize = 512;

/// Hands the JSON of an event to `with`; a whole entry is made into JSON once for all who are told of it.
pub(crate) fn with_json<T>(event: &Event, store: &str, with: impl FnOnce(&str) -> T) -> T {
    let json = match event {
        Event::Change { entry, changes: None } => {
            return with(entry.rendered(|entry| event::Event::whole(entry).to_json()));
        }
        Event::Change { entry, changes: Some(changes) } => {
            event::Event::change(&entry.entry, changes.iter().map(book_change).collect()).to_json()
        }
        Event::Books { revision, books } => event::Event::Books { revision: *revision, books }.to_json(),
        Event::Current { revision } => event::Event::Current { revision: *revision, store }.to_json(),
        Event::Reset { revision } => event::Event::Reset { revision: *revision }.to_json(),
    };
    with(&json)
}

/// About how many bytes of JSON an event is at most.
pub(crate) fn bytes(event: &Event) -> usize {
    match event {
        Event::Change { entry, .. } => usize::try_from(entry.bytes()).unwrap_or(usize::MAX),
        Event::Books { .. } => PAGE_BYTES_MAX,
        Event::Current { .. } | Event::Reset { .. } => EVENT_BYTES,
    }
}

fn book_change(change: &FeedChange) -> BookChange<'_> {
    let kind = match change.kind {
        FeedChangeKind::Created => Kind::Created,
        FeedChangeKind::Updated => Kind::Updated,
        FeedChangeKind::Entered => Kind::Entered,
        FeedChangeKind::Deleted => Kind::Deleted,
        FeedChangeKind::Left => Kind::Left,
    };
    BookChange { kind, id: change.id, book: change.book.as_ref(), changed: &change.changed }
}
