//! The state that the orders are of.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::order::{By, Order};
use super::renewal::renewed;
use crate::{Book, BookId, Catalogue};

/// A state with its books in orders. A book's *ordinal* is its place by id, from 0.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) books: Catalogue,
    pub(super) ids: Box<[BookId]>,
    orders: BTreeMap<By, OnceLock<Order>>,
    /// Orders that are being made.
    begun: AtomicUsize,
}

impl Base {
    pub(super) fn new(books: Catalogue) -> Self {
        let ids = books.ids().collect();
        let orders = By::all().map(|by| (by, OnceLock::new())).collect();
        Base { books, ids, orders, begun: AtomicUsize::new(0) }
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn book(&self, ordinal: u32) -> &Book {
        let id = self.ids[ordinal as usize];
        self.books.get(id).expect("every ordinal is of a book")
    }

    pub(super) fn ordinal(&self, id: BookId) -> Option<u32> {
        self.ids.binary_search(&id).ok().map(|place| place as u32)
    }

    /// That order; whoever asks first makes it, and others who ask for it wait meanwhile.
    pub(super) fn order(&self, by: By) -> &Order {
        self.made(by, || Order::new(by, self))
    }

    fn made(&self, by: By, make: impl FnOnce() -> Order) -> &Order {
        self.orders[&by].get_or_init(|| {
            let _begun = Begun::of(&self.begun);
            make()
        })
    }

    /// Whether somebody waits for an order, who is to find it in a later base too.
    pub(super) fn is_in_the_making(&self) -> bool {
        self.begun.load(Ordering::Relaxed) > 0
    }

    pub(super) fn has_order(&self, by: By) -> bool {
        self.orders[&by].get().is_some()
    }

    /// The orders there are, of `books`, a later state that differs where `changed` says so.
    pub(super) fn renewed(&self, books: Catalogue, changed: impl Fn(BookId) -> bool) -> Self {
        let base = Base::new(books);
        base.take_over(self, &Moves::new(self, &base, changed));
        base
    }

    fn take_over(&self, earlier: &Base, moves: &Moves<'_>) {
        for (by, order) in &earlier.orders {
            if let Some(order) = order.get() {
                self.orders[by].get_or_init(|| renewed(order, earlier, self, moves));
            }
        }
    }
}

/// An order in the making, counted as long as this lives: one that breaks off in a panic is not made any more.
struct Begun<'a>(&'a AtomicUsize);

impl<'a> Begun<'a> {
    fn of(begun: &'a AtomicUsize) -> Self {
        begun.fetch_add(1, Ordering::Relaxed);
        Begun(begun)
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Where the books of one base are in a later one.
pub(super) struct Moves<'a> {
    /// By ordinal in the earlier one; `None` where each is where it was.
    to: Option<Box<[u32]>>,
    pub(super) updated: Vec<Updated<'a>>,
    /// The ordinals in the later one of the books that are new.
    pub(super) added: Vec<u32>,
}

/// A book that is in both and not the same.
pub(super) struct Updated<'a> {
    /// Its ordinals in the earlier and the later one.
    pub(super) before: u32,
    pub(super) now: u32,
    pub(super) was: &'a Book,
    pub(super) is: &'a Book,
}

impl<'a> Moves<'a> {
    const GONE: u32 = u32::MAX;

    fn new(earlier: &'a Base, later: &'a Base, changed: impl Fn(BookId) -> bool) -> Self {
        let mut to = vec![Moves::GONE; earlier.len()];
        let mut moves = Moves { to: None, updated: Vec::new(), added: Vec::new() };
        let mut ordinals = (0..).zip(&earlier.ids).peekable();
        for (now, id) in (0..).zip(&later.ids) {
            while ordinals.next_if(|(_, before)| *before < id).is_some() {}
            let Some((before, _)) = ordinals.next_if(|(_, before)| *before == id) else {
                moves.added.push(now);
                continue;
            };
            to[before as usize] = now;
            if changed(*id) {
                moves.updated.push(Updated { before, now, was: earlier.book(before), is: later.book(now) });
            }
        }
        moves.to = (!later.ids.starts_with(&earlier.ids)).then(|| to.into());
        moves
    }

    /// Whether all books are where they were, new ones behind them.
    pub(super) fn are_none(&self) -> bool {
        self.to.is_none()
    }

    /// Where a book is now, if it still is.
    pub(super) fn of(&self, ordinal: u32) -> Option<u32> {
        let now = self.to.as_ref().map_or(ordinal, |to| to[ordinal as usize]);
        Some(now).filter(|now| *now != Moves::GONE)
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::query::sort::SortBy;

    #[test]
    fn an_order_that_panics_while_it_is_made_is_not_waited_for_and_made_by_who_asks_next() {
        let base = Base::new(Catalogue::default());
        let by = By::Key(SortBy::Revision);
        let made = catch_unwind(AssertUnwindSafe(|| base.made(by, || panic!("a test")).set));
        assert!(made.is_err());
        assert!(!base.is_in_the_making());
        assert_eq!(base.order(by).set, 0);
    }

    #[test]
    fn an_order_is_in_the_making_until_it_is_there() {
        let base = Base::new(Catalogue::default());
        let by = By::Key(SortBy::Revision);
        base.made(by, || {
            assert!(base.is_in_the_making());
            Order::new(by, &base)
        });
        assert!(!base.is_in_the_making());
    }
}
