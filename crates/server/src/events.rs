//! The engine's events in the words of the wire, the same on every door.

use bytes::Bytes;
use engine::{Event, FeedChange, FeedChangeKind};
use protocol::event::{self, BookChange, Kind};

/// A page of a snapshot ends at 64 KiB, or with the book that is beyond.
const PAGE_BYTES_MAX: usize = 64 * 1024 + catalogue::BOOK_BYTES_MAX;
/// An event without books.
const EVENT_BYTES: usize = 512;

/// The id of a connection's first subscription, which is the only one of nearly all.
pub(crate) const FIRST: &str = "1";

/// The notification of an event to the subscription of that id. That of a change is made once for all that are the first
/// of their connections.
pub(crate) fn notification(event: &Event, store: &str, id: &str) -> Bytes {
    match first_notification(event) {
        Some(first) if id == FIRST => first.clone(),
        Some(first) => {
            let event = str::from_utf8(event::event_of(first, FIRST)).expect("it was made of text");
            event::notification(id, event).into()
        }
        None => event::notification(id, &json(event, store)).into(),
    }
}

/// Adds the JSON of an event to `text`.
pub(crate) fn write(event: &Event, store: &str, text: &mut Vec<u8>) {
    match first_notification(event) {
        Some(first) => text.extend_from_slice(event::event_of(first, FIRST)),
        None => text.extend_from_slice(json(event, store).as_bytes()),
    }
}

fn first_notification(event: &Event) -> Option<&Bytes> {
    let first = |event: event::Event<'_>| event::notification(FIRST, &event.to_json()).into();
    match event {
        Event::Change { entry, changes: None } => Some(entry.ready(|| first(event::Event::whole(&entry.entry)))),
        Event::Change { entry, changes: Some(seen) } => {
            let changes = || seen.iter().map(book_change).collect();
            Some(seen.ready(|| first(event::Event::change(&entry.entry, changes()))))
        }
        Event::Books { .. } | Event::Current { .. } | Event::Reset { .. } => None,
    }
}

/// The JSON of an event that is for one subscriber.
fn json(event: &Event, store: &str) -> String {
    match event {
        Event::Change { entry, .. } => event::Event::whole(&entry.entry),
        Event::Books { revision, books } => event::Event::Books { revision: *revision, books },
        Event::Current { revision } => event::Event::Current { revision: *revision, store },
        Event::Reset { revision } => event::Event::Reset { revision: *revision },
    }
    .to_json()
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
