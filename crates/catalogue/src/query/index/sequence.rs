//! The books as a list gives them.

use std::ops::Range;

use super::base::Base;
use super::order::{By, Order};
use crate::query::bits::Bits;
use crate::query::key::Key;
use crate::query::sort::{Direction, SortBy};
use crate::{Cursor, Sort};

/// A base's books in the order of a sort.
pub(super) struct Sequence<'a> {
    base: &'a Base,
    /// `None` is by id.
    order: Option<&'a Order>,
    direction: Direction,
}

impl<'a> Sequence<'a> {
    pub(super) fn of(base: &'a Base, sort: &Sort) -> Self {
        let order = (sort.by() != SortBy::Id).then(|| base.order(By::Key(sort.by())));
        Sequence { base, order, direction: sort.direction() }
    }

    /// The first `limit` books of `matching` behind the cursor.
    pub(super) fn first(&self, cursor: Option<&Cursor>, matching: &Bits, limit: usize) -> Vec<u32> {
        let mut found = Found { sequence: self, matching, limit, ordinals: Vec::new() };
        let (set, len) = (self.order.map_or(self.base.len(), |order| order.set), self.base.len());
        match (self.direction, cursor) {
            (Direction::Up, cursor) => found.take(cursor.map_or(0, |cursor| self.place_behind(cursor))..len),
            (Direction::Down, Some(cursor)) if cursor.key() == Key::Unset => {
                found.take(self.place_behind(cursor).max(set)..len);
            }
            (Direction::Down, cursor) => {
                let mut end = set;
                if let Some(cursor) = cursor {
                    // Books with the same key stand by id either way.
                    let (behind, key) = (self.place_behind(cursor).min(set), cursor.key());
                    found.take(behind..self.group_end(&key, behind));
                    end = self.group_start(&key, behind);
                }
                found.take_groups_before(end);
                found.take(set..len);
            }
        }
        found.ordinals
    }

    /// The first place whose book comes after the cursor, upwards.
    fn place_behind(&self, cursor: &Cursor) -> usize {
        let (key, id) = (cursor.key(), cursor.id().next());
        match (self.order, key) {
            (Some(order), key) => order.place(self.base, &key, id),
            (None, Key::Number(number)) => {
                self.base.ids.partition_point(|other| (other.0 as i64, *other) < (number, id))
            }
            (None, _) => self.base.len(),
        }
    }

    fn group_start(&self, key: &Key<'_>, end: usize) -> usize {
        match (self.order, key) {
            (Some(order), key) => order.group_start(self.base, key, end),
            (None, Key::Number(number)) => self.base.ids[..end].partition_point(|id| (id.0 as i64) < *number),
            (None, _) => end,
        }
    }

    /// Where the books with the key of that one begin.
    fn start_of(&self, place: usize) -> usize {
        self.order.map_or(place, |order| order.group_start(self.base, &order.key(self.base, place), place))
    }

    fn group_end(&self, key: &Key<'_>, start: usize) -> usize {
        // No two books have the same id.
        self.order.map_or(start, |order| order.group_end(self.base, key, start))
    }

    fn ordinal(&self, place: usize) -> u32 {
        self.order.map_or(place as u32, |order| order.ordinals[place])
    }
}

/// Books that are gathered until they are enough.
struct Found<'a> {
    sequence: &'a Sequence<'a>,
    matching: &'a Bits,
    limit: usize,
    ordinals: Vec<u32>,
}

impl Found<'_> {
    fn take(&mut self, places: Range<usize>) {
        let missing = self.limit - self.ordinals.len();
        match self.sequence.order {
            Some(order) if !places.is_empty() => {
                let ordinals = order.ordinals[places].iter().copied();
                self.ordinals.extend(ordinals.filter(|ordinal| self.matching.has(*ordinal)).take(missing));
            }
            _ => {
                let ordinals = places.map(|place| place as u32);
                self.ordinals.extend(ordinals.filter(|ordinal| self.matching.has(*ordinal)).take(missing));
            }
        }
    }

    /// Key after key downwards, and the books of each by id.
    fn take_groups_before(&mut self, mut end: usize) {
        let is_wanted = |place: &usize| self.matching.has(self.sequence.ordinal(*place));
        while self.ordinals.len() < self.limit
            && let Some(last) = (0..end).rev().find(is_wanted)
        {
            let start = self.sequence.start_of(last);
            self.take(start..last + 1);
            end = start;
        }
    }
}
