//! The index that lists are answered from, and how it follows what is written.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use catalogue::{Catalogue, FieldError, Indexed, ListQuery, Page};
use tokio::time::sleep;

use crate::Engine;

#[cfg(test)]
mod tests;

/// Fewer books are looked at one by one sooner than an index is asked.
const BOOKS_MIN: usize = 5_000;
/// More changes than this are put into the orders: a list looks at each that is not.
const CHANGES_MAX: usize = 5_000;
/// An index nobody has asked for so long is given up as soon as something is written, so that it keeps no former books.
const UNUSED_MAX: Duration = Duration::from_secs(300);
/// How long after a write the index follows at the latest, if it has no more to do than usual.
const PAUSE: Duration = Duration::from_millis(250);
/// Following takes at most one part in so many of a processor.
const SHARE: u32 = 8;

/// What lists are answered from: a view, and the index of all lists. Keeps no journal open.
#[derive(Clone)]
pub struct Lists {
    view: Arc<Catalogue>,
    index: Arc<Index>,
}

/// The index, from the first list of a large catalogue on.
#[derive(Default)]
pub(crate) struct Index {
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    indexed: Indexed,
    asked: Instant,
}

/// How far the index has followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Followed {
    Whole,
    InPart,
}

impl Lists {
    pub(crate) fn new(view: Arc<Catalogue>, index: Arc<Index>) -> Self {
        Lists { view, index }
    }

    /// The state that everybody may see.
    pub fn view(&self) -> &Arc<Catalogue> {
        &self.view
    }

    /// The page that `query` asks for, of this view or a later one; a cursor of another sort is a field error.
    ///
    /// The first list by a field takes as long as it takes to sort all books by it.
    pub fn list(&self, query: &ListQuery) -> Result<Page, FieldError> {
        if self.view.len() < BOOKS_MIN || query.is_first_by_id() {
            return self.view.list(query);
        }
        self.index.at(&self.view).list(query)
    }
}

impl Index {
    /// The index as of `view` or later, in the state in which it is.
    fn at(&self, view: &Catalogue) -> Indexed {
        let mut kept = self.kept();
        let indexed = match kept.take() {
            Some(Kept { indexed, .. }) => followed(indexed, view),
            None => Indexed::new(view.clone(), Indexed::FEW),
        };
        *kept = Some(Kept { indexed: indexed.clone(), asked: Instant::now() });
        indexed
    }

    /// Has the index follow to `view`, and puts into the orders what has become too much to look at; says whether that is
    /// done, or must wait for an order that somebody is waiting for.
    fn follow(&self, view: &Catalogue, now: Instant) -> Followed {
        let Some(indexed) = self.followed_if_used(view, now) else { return Followed::Whole };
        if indexed.changes() <= CHANGES_MAX {
            return Followed::Whole;
        }
        if indexed.is_in_the_making() {
            return Followed::InPart;
        }
        // Lists go on with the former one meanwhile.
        let renewed = indexed.renewed();
        if let Some(kept) = &mut *self.kept() {
            kept.indexed = followed(renewed, kept.indexed.view());
        }
        Followed::Whole
    }

    fn followed_if_used(&self, view: &Catalogue, now: Instant) -> Option<Indexed> {
        let mut kept = self.kept();
        let Kept { indexed, asked } = kept.take().filter(|kept| now.duration_since(kept.asked) < UNUSED_MAX)?;
        let indexed = followed(indexed, view);
        *kept = Some(Kept { indexed: indexed.clone(), asked });
        Some(indexed)
    }

    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        // Whoever panics has taken the index out, and the next one makes it anew, or has left the former one.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The index brought to `view`, if that is later; a new one where most would have to be looked at.
fn followed(mut indexed: Indexed, view: &Catalogue) -> Indexed {
    if indexed.revision() >= view.revision() {
        return indexed;
    }
    let most = view.len() / 4;
    if view.len().abs_diff(indexed.view().len()) <= most {
        indexed.catch_up(view);
        if indexed.changes() <= most {
            return indexed;
        }
    }
    Indexed::new(view.clone(), Indexed::FEW)
}

/// Has the index of lists follow what is written, so that a list has little left to do. Where no list was asked for there
/// is nothing to do. Runs until it is dropped.
pub async fn follow_with_index(engine: Engine) {
    let mut published = engine.published();
    let mut so_far = Followed::Whole;
    while so_far == Followed::InPart || published.changed().await.is_ok() {
        let Lists { view, index } = engine.lists();
        let began = Instant::now();
        // A panic leaves no index, which is as good as before the first list.
        so_far = tokio::task::spawn_blocking(move || index.follow(&view, began)).await.unwrap_or(Followed::Whole);
        sleep(PAUSE.max(began.elapsed() * (SHARE - 1))).await;
    }
}
