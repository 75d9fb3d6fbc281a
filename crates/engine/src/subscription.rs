//! A subscriber: a cursor into the feed, not a queue.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use catalogue::{Book, BookId, Catalogue, Change, ChangeKind, Field, Filter, Revision};
use journal::StoreId;

use crate::FeedEntry;
use crate::engine::Shared;
use crate::feed::Behind;
use crate::reading::Reading;

/// Where a subscription begins.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// Everything after this position, exactly once.
    pub since: Option<Position>,
    /// The matching books first; with `since`, only where it cannot be resumed (after a `Reset`).
    pub snapshot: bool,
}

/// A place in the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The last revision that was delivered.
    pub revision: Revision,
    /// The store it belongs to; `None` means this one.
    pub store: Option<StoreId>,
}

/// The position cannot be resumed from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot resume: {reason}. The smallest position of store {store} is {oldest}; ask for a snapshot instead")]
pub struct SubscribeError {
    /// Why.
    pub reason: String,
    /// The smallest `since` that is accepted.
    pub oldest: Revision,
    /// This store.
    pub store: StoreId,
}

/// What a subscriber is told.
#[derive(Clone, Debug)]
pub enum Event {
    /// A page of the snapshot.
    Books {
        /// The one revision that all pages stand for.
        revision: Revision,
        /// The books of this page.
        books: Vec<Book>,
    },
    /// All that was is delivered; live from here.
    Current {
        /// The position to resume from.
        revision: Revision,
    },
    /// One whole entry, or the part of it that concerns this subscriber.
    Change {
        /// The entry.
        entry: Arc<FeedEntry>,
        /// What of it this subscriber sees; `None`: all of it (no filter), so that its shared form can be sent.
        changes: Option<Vec<FeedChange>>,
    },
    /// What was delivered so far is void; a fresh snapshot follows.
    Reset {
        /// The revision of the snapshot that follows.
        revision: Revision,
    },
}

/// What a change is to one subscriber.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedChange {
    /// The kind, as seen through the subscriber's filter.
    pub kind: FeedChangeKind,
    /// Which book.
    pub id: BookId,
    /// The book as it became; absent when deleted or left.
    pub book: Option<Book>,
    /// Which fields changed; for `Updated` only.
    pub changed: Vec<Field>,
}

/// The kinds of change a subscriber can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedChangeKind {
    /// The book is new and matches.
    Created,
    /// It matched before and matches still.
    Updated,
    /// It exists longer but matches only now.
    Entered,
    /// It matched and is gone.
    Deleted,
    /// It matched and does no more.
    Left,
}

/// A subscription in force. Dropping it ends it.
pub struct Subscription {
    shared: Arc<Shared>,
    filter: Filter,
    phase: Phase,
    /// The last revision of which everything was delivered or did not concern this subscriber.
    position: Revision,
    /// The feed's byte count at `position`, to tell how far behind this subscriber is.
    bytes_at: u64,
    /// Entries taken from the feed and not yet looked at.
    taken: VecDeque<Arc<FeedEntry>>,
    /// The entries behind the position, asked for from the journal.
    reading: Option<Reading>,
}

/// What there is for a subscriber at the moment.
#[derive(Clone, Debug)]
pub enum Next {
    /// This comes next.
    Event(Event),
    /// What comes next is being read from the journal; see [`Subscription::poll_arrival`].
    Reading,
    /// Nothing.
    AtHead,
}

/// What a subscriber is told next.
enum Phase {
    /// The position, before anything else.
    Greeting,
    /// That what he has is void.
    Resetting(Arc<Catalogue>),
    /// The matching books of one view, behind the last one sent.
    Snapshot { view: Arc<Catalogue>, after: Option<BookId>, pages: usize },
    /// What happened up to a revision while he was away.
    CatchUp { until: Revision },
    /// What happens.
    Live,
}

impl Subscription {
    pub(crate) fn begin(shared: Arc<Shared>, filter: Filter, start: Start) -> Result<Self, SubscribeError> {
        // The count is read before the view: entries between the two count as behind, never as ahead.
        let bytes_at = shared.feed.bytes_ever();
        let view = shared.view.load_full();
        let present = view.revision();
        let (phase, position) = match (start.since, start.snapshot) {
            (None, false) => (Phase::Greeting, present),
            (None, true) => (Phase::Snapshot { view, after: None, pages: 0 }, present),
            (Some(since), snapshot) => match check(&shared, &since, present) {
                Ok(()) => (Phase::CatchUp { until: present }, since.revision),
                Err(_) if snapshot => (Phase::Resetting(view), present),
                Err(error) => return Err(error),
            },
        };
        Ok(Subscription { shared, filter, phase, position, bytes_at, taken: VecDeque::new(), reading: None })
    }

    /// The next event up to the entry `head` (take it from [`Engine::published`](crate::Engine::published) first), or
    /// `None` when there is none. Waits for the journal, never for new entries.
    pub async fn next(&mut self, head: Revision) -> Option<Event> {
        loop {
            match self.next_ready(head).await {
                Next::Event(event) => return Some(event),
                Next::AtHead => return None,
                Next::Reading => poll_fn(|cx| self.poll_arrival(cx)).await,
            }
        }
    }

    /// The same for who has other things to do while the journal is read.
    pub async fn next_ready(&mut self, head: Revision) -> Next {
        loop {
            match &mut self.phase {
                Phase::Greeting => {
                    self.phase = Phase::Live;
                    return Next::Event(Event::Current { revision: self.position });
                }
                Phase::Resetting(view) => {
                    let view = Arc::clone(view);
                    let revision = view.revision();
                    self.phase = Phase::Snapshot { view, after: None, pages: 0 };
                    return Next::Event(Event::Reset { revision });
                }
                Phase::Snapshot { view, after, pages } => match next_page(&self.filter, view, after, pages).await {
                    Some(page) => return Next::Event(page),
                    None => self.phase = Phase::Greeting,
                },
                Phase::CatchUp { until } if self.position >= *until => self.phase = Phase::Greeting,
                Phase::CatchUp { .. } | Phase::Live => match self.next_change(head) {
                    Step::Is(next) => return next,
                    Step::Moved => {}
                },
            }
        }
    }

    /// Ready once that is there for which [`next_ready`](Subscription::next_ready) answered [`Next::Reading`]. Nothing is
    /// lost when this is given up and begun again.
    pub fn poll_arrival(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.reading.as_mut().map_or(Poll::Pending, |reading| reading.poll_there(cx))
    }

    /// The position to resume from, `None` while a snapshot or the catch-up is being sent: what `Current` is made of
    /// when there was nothing else to say for a while.
    pub fn current(&self) -> Option<Revision> {
        matches!(self.phase, Phase::Live).then_some(self.position)
    }

    /// Looks at the entries behind the position up to `head`, until one concerns this subscriber.
    fn next_change(&mut self, head: Revision) -> Step {
        if let Some(reading) = self.reading.take() {
            return self.take_from_journal(reading);
        }
        if self.taken.is_empty() {
            if self.position >= head {
                return Step::Is(Next::AtHead);
            }
            match self.shared.feed.behind(self.position, TAKE_MAX) {
                Behind::Entries(entries) if entries.is_empty() => return Step::Is(Next::AtHead),
                Behind::Entries(entries) => self.taken.extend(entries),
                Behind::LeftTheRing if self.is_too_far_behind(head) => return self.start_over(),
                Behind::LeftTheRing => return self.read_journal(head),
            }
        }
        while let Some(entry) = self.taken.pop_front_if(|entry| entry.entry.revision <= head) {
            self.position = entry.entry.revision;
            // The count was taken at the end of the catch-up already.
            if matches!(self.phase, Phase::Live) {
                self.bytes_at += entry.bytes();
            }
            if let Some(event) = self.see(entry) {
                return Step::Is(Next::Event(event));
            }
            if matches!(self.phase, Phase::CatchUp { until } if self.position >= until) {
                return Step::Moved;
            }
        }
        if self.taken.is_empty() { Step::Moved } else { Step::Is(Next::AtHead) }
    }

    /// Only who was live can fall behind; a catch-up reads on from the journal however long it is.
    fn is_too_far_behind(&self, head: Revision) -> bool {
        let limits = &self.shared.limits;
        let entries = head.0 - self.position.0;
        let bytes = self.shared.feed.bytes_ever().saturating_sub(self.bytes_at);
        matches!(self.phase, Phase::Live) && entries > limits.behind_entries_max && bytes > limits.behind_bytes_max
    }

    fn start_over(&mut self) -> Step {
        self.bytes_at = self.shared.feed.bytes_ever();
        let view = self.shared.view.load_full();
        self.position = view.revision();
        self.phase = Phase::Resetting(view);
        Step::Moved
    }

    fn read_journal(&mut self, head: Revision) -> Step {
        let read = self.shared.feed.read_journal(&self.shared.journal, self.position);
        self.reading = Some(Reading::new(head, read));
        Step::Is(Next::Reading)
    }

    fn take_from_journal(&mut self, reading: Reading) -> Step {
        match reading.take() {
            Err(under_way) => {
                self.reading = Some(under_way);
                return Step::Is(Next::Reading);
            }
            // Only the gap that a restore leaves lies between the two.
            Ok((head, Ok(entries))) if entries.is_empty() => self.position = head,
            Ok((_, Ok(entries))) => self.taken.extend(entries),
            Ok((_, Err(error))) => {
                // What cannot be read cannot be delivered: a snapshot says the same as all entries together.
                tracing::warn!(%error, "a subscriber is reset");
                return self.start_over();
            }
        }
        Step::Moved
    }

    /// What an entry is to this subscriber, `None` if nothing.
    fn see(&self, entry: Arc<FeedEntry>) -> Option<Event> {
        if self.filter.is_empty() {
            let visible = entry.entry.changes.iter().any(Change::is_visible);
            return visible.then_some(Event::Change { entry, changes: None });
        }
        let seen = |change: &Change| FeedChange::seen(change, &self.filter);
        let changes: Vec<_> = entry.entry.changes.iter().filter_map(seen).collect();
        (!changes.is_empty()).then_some(Event::Change { entry, changes: Some(changes) })
    }
}

enum Step {
    Is(Next),
    Moved,
}

impl FeedChange {
    /// A change as seen through a filter, `None` if it shows nothing.
    fn seen(change: &Change, filter: &Filter) -> Option<FeedChange> {
        if !change.is_visible() {
            return None;
        }
        let matches = change.book.as_ref().is_some_and(|book| filter.matches(book));
        let matched = match change.kind {
            ChangeKind::Created => false,
            ChangeKind::Updated | ChangeKind::Deleted => {
                change.book_before().is_some_and(|before| filter.matches(&before))
            }
        };
        let kind = match (matched, matches) {
            (false, false) => return None,
            (false, true) if change.kind == ChangeKind::Created => FeedChangeKind::Created,
            (false, true) => FeedChangeKind::Entered,
            (true, true) => FeedChangeKind::Updated,
            (true, false) if change.kind == ChangeKind::Deleted => FeedChangeKind::Deleted,
            (true, false) => FeedChangeKind::Left,
        };
        let book = change.book.clone().filter(|_| matches);
        let changed = if kind == FeedChangeKind::Updated { change.changed.clone() } else { Vec::new() };
        Some(FeedChange { kind, id: change.id, book, changed })
    }
}

/// Whether everything after a position can be given.
fn check(shared: &Shared, since: &Position, present: Revision) -> Result<(), SubscribeError> {
    let (store, oldest) = (shared.journal.store(), shared.journal.oldest());
    let reason = if since.store.as_ref().is_some_and(|named| named != store) {
        "the position is of another store".to_owned()
    } else if since.revision > present {
        format!("revision {} is above the present one, {present}", since.revision)
    } else if since.revision < oldest {
        format!("the changes after revision {} are no longer kept", since.revision)
    } else if !shared.journal.knows(since.revision) {
        format!("revision {} is none of this store's, which was restored from a backup", since.revision)
    } else {
        return Ok(());
    };
    Err(SubscribeError { reason, oldest, store: store.clone() })
}

/// The next page of a snapshot; at least one, which may be empty.
async fn next_page(
    filter: &Filter,
    view: &Arc<Catalogue>,
    after: &mut Option<BookId>,
    pages: &mut usize,
) -> Option<Event> {
    let (mut books, mut bytes) = (Vec::new(), 0);
    loop {
        let mut looked_at = 0;
        for book in view.books_after(*after).take(LOOK_AT_ONCE) {
            looked_at += 1;
            if filter.matches(book) {
                bytes += book.json().len() + 1;
                if !books.is_empty() && bytes > PAGE_BYTES {
                    *pages += 1;
                    return Some(Event::Books { revision: view.revision(), books });
                }
                books.push(book.clone());
            }
            *after = Some(book.id());
        }
        if looked_at < LOOK_AT_ONCE {
            break;
        }
        // A filter that matches little must not keep everybody else on this thread waiting.
        tokio::task::yield_now().await;
    }
    if books.is_empty() && *pages > 0 {
        return None;
    }
    *pages += 1;
    Some(Event::Books { revision: view.revision(), books })
}

/// Entries taken from the ring at once, so that the ring's lock is not taken for each.
const TAKE_MAX: usize = 64;
/// A page of a snapshot: large enough to be quick, small enough for a client to show something soon, and not to leave a
/// large buffer behind on every connection that once asked for one.
const PAGE_BYTES: usize = 64 * 1024;
/// Books looked at before others get their turn.
const LOOK_AT_ONCE: usize = 5_000;
