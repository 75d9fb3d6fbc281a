//! The books of one page out of many.

use super::sort::{Rank, Ranked};
use crate::Book;

/// The first books behind the cursor, how many there are behind it (or at least that there are more), and in all.
#[derive(Default)]
pub(super) struct Found {
    pub(super) books: Vec<Book>,
    pub(super) behind: usize,
    pub(super) total: usize,
}

/// The smallest behind the cursor of what it is offered, in memory for twice as many: sorting everything for one page
/// would cost more.
pub(super) struct First<'a> {
    after: Option<Rank<'a>>,
    skip: usize,
    /// How many are kept, those among them that are skipped.
    limit: usize,
    behind: usize,
    kept: Vec<Ranked<'a>>,
    /// Once `limit` are known: what comes behind this need not be kept.
    is_bounded: bool,
}

impl<'a> First<'a> {
    pub(super) fn new(skip: usize, limit: usize, after: Option<Rank<'a>>) -> Self {
        let limit = skip.saturating_add(limit);
        First { after, skip, limit, behind: 0, kept: Vec::new(), is_bounded: false }
    }

    pub(super) fn offer(&mut self, ranked: Ranked<'a>) {
        if self.after.as_ref().is_some_and(|after| *after >= ranked.rank) {
            return;
        }
        self.behind += 1;
        // After a cut the last one kept at `limit - 1` is the largest of the smallest.
        if self.limit == 0 || (self.is_bounded && self.kept[self.limit - 1].rank < ranked.rank) {
            return;
        }
        self.kept.push(ranked);
        if self.kept.len() > self.limit.saturating_mul(2).max(64) {
            self.kept.select_nth_unstable_by(self.limit - 1, |a, b| a.rank.cmp(&b.rank));
            self.kept.truncate(self.limit);
            self.is_bounded = true;
        }
    }

    pub(super) fn into_found(mut self, total: usize) -> Found {
        self.kept.sort_unstable_by(|a, b| a.rank.cmp(&b.rank));
        let first = self.kept.iter().take(self.limit).skip(self.skip);
        let books = first.map(|ranked| ranked.book.clone()).collect();
        Found { books, behind: self.behind.saturating_sub(self.skip), total }
    }
}
