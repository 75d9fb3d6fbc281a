//! The state that the orders are of.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::order::{By, Order};
use super::renewal::renewed;
use crate::{Book, BookId, Catalogue};

/// A state with its books in orders. A book's *ordinal* is its place by id, from 0.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) books: Catalogue,
    pub(super) ids: Box<[BookId]>,
    orders: BTreeMap<By, OnceLock<Order>>,
}

impl Base {
    pub(super) fn new(books: Catalogue) -> Self {
        let ids = books.ids().collect();
        Base { books, ids, orders: By::all().map(|by| (by, OnceLock::new())).collect() }
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
        self.orders[&by].get_or_init(|| Order::new(by, self))
    }

    pub(super) fn has_order(&self, by: By) -> bool {
        self.orders[&by].get().is_some()
    }

    /// The orders there are, of `books`, a later state that differs where `changed` says so.
    pub(super) fn renewed(&self, books: Catalogue, changed: impl Fn(BookId) -> bool) -> Self {
        let mut base = Base::new(books);
        let moves = Moves::new(self, &base, changed);
        for (by, order) in &self.orders {
            if let Some(order) = order.get() {
                base.orders.insert(*by, OnceLock::from(renewed(order, self, &base, &moves)));
            }
        }
        base
    }
}

/// Where the books of one base are in a later one.
pub(super) struct Moves {
    /// By ordinal in the earlier one.
    to: Box<[u32]>,
    /// The ordinals of changed books in the earlier and in the later one.
    pub(super) updated: Vec<(u32, u32)>,
    /// The ordinals in the later one of the books that are new.
    pub(super) added: Vec<u32>,
}

impl Moves {
    const GONE: u32 = u32::MAX;

    fn new(earlier: &Base, later: &Base, changed: impl Fn(BookId) -> bool) -> Self {
        let mut moves = Moves { to: vec![Moves::GONE; earlier.len()].into(), updated: Vec::new(), added: Vec::new() };
        let mut ordinals = (0..).zip(&earlier.ids).peekable();
        for (now, id) in (0..).zip(&later.ids) {
            while ordinals.next_if(|(_, before)| *before < id).is_some() {}
            let Some((before, _)) = ordinals.next_if(|(_, before)| *before == id) else {
                moves.added.push(now);
                continue;
            };
            moves.to[before as usize] = now;
            if changed(*id) {
                moves.updated.push((before, now));
            }
        }
        moves
    }

    /// Where a book is now, if it still is.
    pub(super) fn of(&self, ordinal: u32) -> Option<u32> {
        Some(self.to[ordinal as usize]).filter(|ordinal| *ordinal != Moves::GONE)
    }
}
