//! Brings an order up to date.

use std::ops::Range;

use super::base::{Base, Moves, Updated};
use super::order::Order;
use crate::Book;
use crate::query::bits::Bits;

/// The same order of a later base: what has other keys now is put in its place among what has not.
pub(super) fn renewed(old: &Order, earlier: &Base, later: &Base, moves: &Moves<'_>) -> Order {
    let book = |ordinal: u32| -> &Book { later.book(ordinal) };
    let mut gone = Vec::new();
    let mut fresh: Vec<_> = moves.added.iter().map(|ordinal| (*ordinal, book(*ordinal))).collect();
    let mut inexact = Vec::new();
    for Updated { before, now, was, is } in &moves.updated {
        if !old.by.is_same(was, is) {
            gone.push(*before);
            fresh.push((*now, *is));
        } else if !old.inexact.is_empty() && !old.by.is_exact(is) {
            inexact.push(*now);
        }
    }
    fresh.sort_unstable_by_key(|(ordinal, _)| *ordinal);
    let fresh = Order::of(old.by, fresh.into_iter(), book);

    let (ordinals, nths) = (Vec::with_capacity(later.len()), Vec::new());
    let gone = (!gone.is_empty()).then(|| Bits::of(gone, earlier.len()));
    let mut merged = Merged { old, fresh: &fresh, moves, gone, ordinals, nths };
    merged.merge_set(earlier, later);
    let set = merged.ordinals.len();
    merged.merge_unset();

    let updated = Bits::of(moves.updated.iter().map(|updated| updated.before), earlier.len());
    let as_before = old.inexact.iter().filter(|ordinal| !updated.has(**ordinal));
    inexact.extend(as_before.filter_map(|ordinal| moves.of(*ordinal)).chain(fresh.inexact.iter().copied()));
    inexact.sort_unstable();
    let Merged { ordinals, nths, .. } = merged;
    Order { by: old.by, ordinals: ordinals.into(), nths: nths.into(), set, inexact: inexact.into() }
}

/// An order that is put together.
struct Merged<'a> {
    old: &'a Order,
    fresh: &'a Order,
    moves: &'a Moves<'a>,
    /// Books of the old order that have other keys now.
    gone: Option<Bits>,
    ordinals: Vec<u32>,
    nths: Vec<u8>,
}

impl Merged<'_> {
    fn merge_set(&mut self, earlier: &Base, later: &Base) {
        let mut from = 0;
        for place in 0..self.fresh.set {
            let to = self.old.place(earlier, &self.fresh.key(later, place), self.fresh.id(later, place));
            self.take_old(from..to);
            self.take_fresh(place);
            from = to;
        }
        self.take_old(from..self.old.set);
    }

    /// The unset ones stand by ordinal, and for one key each.
    fn merge_unset(&mut self) {
        let mut fresh = (self.fresh.set..self.fresh.ordinals.len()).peekable();
        for place in self.old.set..self.old.ordinals.len() {
            let Some(ordinal) = self.moves.of(self.old.ordinals[place]) else { continue };
            while let Some(before) = fresh.next_if(|place| self.fresh.ordinals[*place] < ordinal) {
                self.take_fresh(before);
            }
            self.take_old(place..place + 1);
        }
        fresh.for_each(|place| self.take_fresh(place));
    }

    fn take_old(&mut self, places: Range<usize>) {
        if self.moves.are_none() && self.gone.is_none() {
            self.ordinals.extend_from_slice(&self.old.ordinals[places.clone()]);
            self.nths.extend_from_slice(self.old.nths.get(places).unwrap_or_default());
            return;
        }
        for place in places {
            let before = self.old.ordinals[place];
            if !self.gone.as_ref().is_some_and(|gone| gone.has(before))
                && let Some(now) = self.moves.of(before)
            {
                self.ordinals.push(now);
                self.nths.extend(self.old.nths.get(place));
            }
        }
    }

    fn take_fresh(&mut self, place: usize) {
        self.ordinals.push(self.fresh.ordinals[place]);
        self.nths.extend(self.fresh.nths.get(place));
    }
}
