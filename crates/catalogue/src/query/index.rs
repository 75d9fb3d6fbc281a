//! Answers lists without a look at every book.

mod arrange;
mod base;
mod candidates;
mod order;
mod renewal;
mod sequence;

use std::sync::Arc;

use self::base::Base;
use self::candidates::Candidates;
use self::sequence::Sequence;
use super::bits::Bits;
use super::first::{First, Found};
use super::sort::{Rank, Ranked};
use super::{ListQuery, Page};
use crate::tree::Tree;
use crate::{Book, Catalogue, Cursor, FieldError, Revision, Sort};

/// A catalogue that finds pages by orders of its books, each made when a query first needs it.
///
/// The orders are of a state before; what was written since is looked at book by book. So a write costs nothing here, and
/// lists stay fast as long as [`renewed`](Self::renewed) is called now and then. A clone costs a few words.
#[derive(Clone, Debug)]
pub struct Indexed {
    base: Arc<Base>,
    view: Catalogue,
    /// What differs between the two.
    changes: Tree<Changed>,
    few: usize,
}

/// A book that is not as it was in the base.
#[derive(Clone, Debug)]
struct Changed {
    /// Its place in the base, if it was there.
    ordinal: Option<u32>,
    /// As it is now, if it is there.
    book: Option<Book>,
}

impl Indexed {
    /// A look at so many books takes a small part of the time that a list may take.
    pub const FEW: usize = 2_000;

    /// An index without orders yet. Takes time for a pass over the ids.
    ///
    /// Where a condition leaves at most `few` books, each of them is looked at; otherwise sets are made of orders.
    pub fn new(view: Catalogue, few: usize) -> Self {
        Indexed { base: Arc::new(Base::new(view.clone())), view, changes: Tree::new(), few }
    }

    /// The revision that is answered from.
    pub fn revision(&self) -> Revision {
        self.view.revision()
    }

    /// The state that is answered from.
    pub fn view(&self) -> &Catalogue {
        &self.view
    }

    /// How many books differ from those that are in order: a list takes time for each.
    pub fn changes(&self) -> usize {
        self.changes.len()
    }

    /// Answers from `view` from now on, a later state of the same store. Takes time for what was written in between.
    pub fn catch_up(&mut self, view: &Catalogue) {
        for (id, _, book) in view.changed_since(&self.view) {
            let ordinal = self.base.ordinal(id);
            match (ordinal, book) {
                (None, None) => drop(self.changes.remove(id)),
                (ordinal, book) => drop(self.changes.insert(id, Changed { ordinal, book: book.cloned() })),
            }
        }
        self.view = view.clone();
    }

    /// Whether somebody waits for an order to be made: what is renewed before it is there begins without it.
    pub fn is_in_the_making(&self) -> bool {
        self.base.is_in_the_making()
    }

    /// The same with every change put in its place in the orders there are.
    pub fn renewed(&self) -> Self {
        let base = self.base.renewed(self.view.clone(), |id| self.changes.contains(id));
        Indexed { base: Arc::new(base), view: self.view.clone(), changes: Tree::new(), few: self.few }
    }

    /// The page that `query` asks for, the same that [`Catalogue::list`] finds.
    pub fn list(&self, query: &ListQuery) -> Result<Page, FieldError> {
        let sort = query.order()?;
        let found = self.find(query, &sort);
        Ok(Page::of(found, self.revision(), &sort, query))
    }

    fn find(&self, query: &ListQuery, sort: &Sort) -> Found {
        let changed = self.changes.iter().filter_map(|(_, changed)| changed.book.as_ref());
        let changed: Vec<_> = changed.filter(|book| query.filter.matches(book)).map(|book| sort.rank(book)).collect();
        let mut total = changed.len();
        let first = match Candidates::of(&self.base, &query.filter, self.few) {
            Candidates::Few(ordinals) => {
                let unchanged = ordinals.into_iter().map(|ordinal| self.base.book(ordinal));
                let unchanged = unchanged.filter(|book| !self.changes.contains(book.id()));
                let mut first = First::new(query.skip, query.limit, query.cursor.as_ref().map(Cursor::rank));
                changed.into_iter().for_each(|ranked| first.offer(ranked));
                for book in unchanged.filter(|book| query.filter.matches(book)) {
                    total += 1;
                    first.offer(sort.rank(book));
                }
                first
            }
            Candidates::Many(mut matching) => {
                self.changes
                    .iter()
                    .filter_map(|(_, changed)| changed.ordinal)
                    .for_each(|ordinal| matching.clear(ordinal));
                total += matching.count();
                self.merge(&matching, changed, query, sort)
            }
        };
        first.into_found(total)
    }

    /// The first of the `matching` books of the base and the `changed` ones together.
    fn merge<'a>(
        &'a self,
        matching: &Bits,
        mut changed: Vec<Ranked<'a>>,
        query: &'a ListQuery,
        sort: &Sort,
    ) -> First<'a> {
        let after = || query.cursor.as_ref().map(Cursor::rank);
        let limit = query.skip.saturating_add(query.limit).saturating_add(1);
        let ordinals = Sequence::of(&self.base, sort).first(query.cursor.as_ref(), matching, limit);
        let ranked = |ordinal: u32| sort.rank(self.base.book(ordinal));
        let mut skipped = 0;
        if query.skip > 0 {
            let after = after();
            changed.retain(|ranked| after.as_ref().is_none_or(|after| *after < ranked.rank));
            changed.sort_unstable_by(|one, other| one.rank.cmp(&other.rank));
            let changed_skipped =
                skipped_of(&changed, query.skip, ordinals.len(), |place| ranked(ordinals[place]).rank);
            skipped = (query.skip - changed_skipped).min(ordinals.len());
            changed.drain(..changed_skipped);
        }
        let mut first = First::new(0, query.limit, after());
        ordinals[skipped..].iter().for_each(|ordinal| first.offer(ranked(*ordinal)));
        changed.into_iter().for_each(|ranked| first.offer(ranked));
        first
    }
}

/// How many of `changed` are among the first `skip` of them and `others` books together, both in order.
fn skipped_of<'a>(changed: &[Ranked<'_>], skip: usize, others: usize, other: impl Fn(usize) -> Rank<'a>) -> usize {
    let (mut least, mut most) = (skip.saturating_sub(others).min(changed.len()), skip.min(changed.len()));
    while least < most {
        let middle = least + (most - least) / 2;
        // As long as the next one comes before the last of the others that would be skipped in its place.
        match changed[middle].rank < other(skip - middle - 1) {
            true => least = middle + 1,
            false => most = middle,
        }
    }
    least
}
