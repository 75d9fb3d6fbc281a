//! The engine's events in the words of the wire, the same on every door.

use std::borrow::Cow;

use bytes::Bytes;
use engine::{Event, FeedChange, FeedChangeKind, FeedEntry, Seen};
use protocol::event::{self, BookChange, Kind};

/// A page of a snapshot ends at 64 KiB, or with the book that is beyond.
const PAGE_BYTES_MAX: usize = 64 * 1024 + catalogue::BOOK_BYTES_MAX;
/// An event without books.
const EVENT_BYTES: usize = 512;

/// The id of a connection's first subscription, which is the only one of nearly all.
pub(crate) const FIRST: &str = "1";

/// The notification of an event to the subscription of that id.
pub(crate) fn notification(event: &Event, store: &str, id: &str) -> Bytes {
    match event {
        Event::Change { entry, changes } => change_notification(entry, changes.as_deref(), id),
        event => event::notification(id, text_of(&json(event, store))).into(),
    }
}

/// The same of a change; it is made once for all subscriptions that are the first of their connections.
pub(crate) fn change_notification(entry: &FeedEntry, seen: Option<&Seen>, id: &str) -> Bytes {
    let first = first_notification(entry, seen);
    if id == FIRST {
        return first.clone();
    }
    event::notification(id, text_of(event::event_of(first, FIRST))).into()
}

/// The JSON of an event; that of a change is made once for all who are told of it.
pub(crate) fn json<'a>(event: &'a Event, store: &str) -> Cow<'a, [u8]> {
    let alone = match event {
        Event::Change { entry, changes } => {
            return event::event_of(first_notification(entry, changes.as_deref()), FIRST).into();
        }
        Event::Books { revision, books } => event::Event::Books { revision: *revision, books },
        Event::Current { revision } => event::Event::Current { revision: *revision, store },
        Event::Reset { revision } => event::Event::Reset { revision: *revision },
    };
    alone.to_json().into_bytes().into()
}

fn first_notification<'a>(entry: &'a FeedEntry, seen: Option<&'a Seen>) -> &'a Bytes {
    let first =
        |event: event::Event<'_>| event::notification(FIRST, &event.to_json()).into_boxed_str().into_boxed_bytes();
    match seen {
        None => entry.ready(|| first(event::Event::whole(&entry.entry)).into()),
        Some(seen) => {
            let changes = || seen.iter().map(book_change).collect();
            seen.ready(|| first(event::Event::change(&entry.entry, changes())).into())
        }
    }
}

fn text_of(json: &[u8]) -> &str {
    str::from_utf8(json).expect("it was made of text")
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
