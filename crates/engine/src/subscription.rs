//! A subscriber: a cursor into the feed, not a queue.

mod begin;
mod page;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use catalogue::{Book, BookId, Catalogue, Filter, Revision};

use self::begin::check;
pub use self::begin::{Position, Start, SubscribeError};
use self::page::next_page;
use crate::engine::Shared;
use crate::feed::{Behind, Concerning, Looked, Seat, TAKE_MAX, Taken};
use crate::reading::Reading;
use crate::{Bell, FeedEntry, Seen};

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
        /// What of it this subscriber sees; `None`: all of it, so that its shared form can be sent.
        changes: Option<Arc<Seen>>,
    },
    /// What was delivered so far is void; a fresh snapshot follows.
    Reset {
        /// The revision of the snapshot that follows.
        revision: Revision,
    },
}

/// A subscription in force. Dropping it ends it.
pub struct Subscription {
    shared: Arc<Shared>,
    seat: Seat,
    phase: Phase,
    /// The last revision of which everything was delivered or did not concern this subscriber.
    position: Revision,
    /// The feed's byte count at `reached`, to tell how far behind this subscriber is.
    bytes_at: u64,
    /// Entries that concern this subscriber and were not delivered yet.
    taken: Option<Arc<[Concerning]>>,
    /// How many of these were.
    delivered: usize,
    /// Up to there they are all that does.
    reached: Revision,
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
        let bytes_at = shared.feed.ring.bytes_ever();
        // A view is there a moment before it is announced: what is not announced yet comes as news.
        let announced = *shared.published.borrow();
        let view = shared.view.load_full();
        let present = view.revision();
        let (phase, position) = match (start.since, start.snapshot) {
            (None, false) => (Phase::Greeting, present),
            (None, true) => (Phase::Snapshot { view, after: None, pages: 0 }, present),
            (Some(since), snapshot) => match check(&shared, &since, present) {
                Ok(()) => (Phase::CatchUp { until: announced }, since.revision),
                Err(_) if snapshot => (Phase::Resetting(view), present),
                Err(error) => return Err(error),
            },
        };
        let seat = shared.feed.audience.sit(filter, announced);
        let (taken, reached) = (None, position);
        Ok(Subscription { shared, seat, phase, position, bytes_at, taken, delivered: 0, reached, reading: None })
    }

    /// From now on that bell rings when there may be something new here, and never because of what does not match. Look
    /// once after this: what came before it made no sound.
    pub fn rings(&mut self, bell: &Bell) {
        self.seat.ring(bell.clone());
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
                Phase::Snapshot { view, after, pages } => match next_page(self.seat.filter(), view, after, pages).await
                {
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

    /// The next change of those that were taken from the feed together, lent: nothing is counted, nothing waits. `None` says
    /// that [`next_ready`](Subscription::next_ready) is to be asked.
    pub fn next_taken(&mut self) -> Option<(&Arc<FeedEntry>, Option<&Arc<Seen>>)> {
        let Concerning { entry, changes } = self.taken.as_ref()?.get(self.delivered)?;
        self.delivered += 1;
        self.position = entry.entry.revision;
        Some((entry, changes.as_ref()))
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

    /// The next entry that concerns this subscriber, of those up to `head`.
    fn next_change(&mut self, head: Revision) -> Step {
        if let Some((entry, changes)) = self.next_taken() {
            let (entry, changes) = (Arc::clone(entry), changes.cloned());
            return Step::Is(Next::Event(Event::Change { entry, changes }));
        }
        // Nobody who waits holds on to what others may forget.
        self.taken = None;
        self.position = self.position.max(self.reached);
        if let Some(reading) = self.reading.take() {
            return self.take_from_journal(reading);
        }
        let end = match self.phase {
            Phase::CatchUp { until } if self.position >= until => return Step::Moved,
            Phase::CatchUp { until } => until.min(head),
            _ => head,
        };
        if self.position >= end {
            return Step::Is(Next::AtHead);
        }
        match self.look(end) {
            Some(taken) if taken.reached <= self.position => Step::Is(Next::AtHead),
            Some(taken) => self.take(taken),
            None if self.is_too_far_behind(head) => self.start_over(),
            None => self.read_journal(end),
        }
    }

    /// What concerns this subscriber behind its position up to `end`; `None` where that has left the ring.
    fn look(&self, end: Revision) -> Option<Taken> {
        let (ring, after) = (&self.shared.feed.ring, self.position);
        if let Some(taken) = self.seat.take(ring, after, end) {
            return Some(taken);
        }
        match ring.behind(after, end, TAKE_MAX, |entry| Some(Arc::clone(entry))) {
            Behind::Entries { list, reached } => Some(Taken::new(ring, self.concerning(&list), after, end, reached)),
            Behind::LeftTheRing => None,
        }
    }

    /// What of these entries concerns this subscriber.
    fn concerning(&self, entries: &[Arc<FeedEntry>]) -> Vec<Concerning> {
        let filter = self.seat.filter();
        if filter.is_empty() {
            return entries.iter().filter_map(Concerning::whole).collect();
        }
        self.seat.count(entries.len() as u64);
        entries.iter().filter_map(|entry| Looked::new(entry).through(filter)).collect()
    }

    fn take(&mut self, taken: Taken) -> Step {
        // The count was taken at the end of the catch-up already.
        if matches!(self.phase, Phase::Live) {
            self.bytes_at = taken.bytes_ever;
        }
        self.deliver(taken.list, taken.reached);
        Step::Moved
    }

    /// These come next, and are everything up to `reached`.
    fn deliver(&mut self, list: Arc<[Concerning]>, reached: Revision) {
        (self.taken, self.delivered, self.reached) = (Some(list), 0, reached);
    }

    /// Only who was live can fall behind; a catch-up reads on from the journal however long it is.
    fn is_too_far_behind(&self, head: Revision) -> bool {
        let limits = &self.shared.limits;
        let entries = head.0 - self.position.0;
        let bytes = self.shared.feed.ring.bytes_ever().saturating_sub(self.bytes_at);
        matches!(self.phase, Phase::Live) && entries > limits.behind_entries_max && bytes > limits.behind_bytes_max
    }

    fn start_over(&mut self) -> Step {
        self.bytes_at = self.shared.feed.ring.bytes_ever();
        let view = self.shared.view.load_full();
        self.position = view.revision();
        self.phase = Phase::Resetting(view);
        Step::Moved
    }

    fn read_journal(&mut self, end: Revision) -> Step {
        let read = self.shared.feed.read_journal(&self.shared.journal, self.position);
        self.reading = Some(Reading::new(end, read));
        Step::Is(Next::Reading)
    }

    fn take_from_journal(&mut self, reading: Reading) -> Step {
        match reading.take() {
            Err(under_way) => {
                self.reading = Some(under_way);
                return Step::Is(Next::Reading);
            }
            Ok((end, Ok(mut entries))) => {
                // What is behind the end is told when its turn comes.
                entries.truncate(entries.partition_point(|entry| entry.entry.revision <= end));
                // Only the gap that a restore leaves lies between the position and an end without entries.
                let reached = entries.last().map_or(end, |last| last.entry.revision);
                if matches!(self.phase, Phase::Live) {
                    self.bytes_at += entries.iter().map(|entry| entry.bytes()).sum::<u64>();
                }
                self.deliver(self.concerning(&entries).into(), reached);
            }
            Ok((_, Err(error))) => {
                // What cannot be read cannot be delivered: a snapshot says the same as all entries together.
                tracing::warn!(%error, "a subscriber is reset");
                return self.start_over();
            }
        }
        Step::Moved
    }
}

enum Step {
    Is(Next),
    Moved,
}
