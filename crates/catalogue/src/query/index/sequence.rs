//! The books as a list gives them.

use std::ops::Range;

use super::base::Base;
use super::order::{By, Order};
use crate::query::bits::Bits;
use crate::query::key::Key;
use crate::query::sort::{Direction, SortBy};
use crate::{BookId, Cursor, Sort};

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
                    end = self.place(&cursor.key(), BookId(0)).min(set);
                    found.take(self.place_behind(cursor)..self.place_behind_key(&cursor.key()).min(set));
                }
                found.take_groups_before(end);
                found.take(set..len);
            }
        }
        found.ordinals
    }

    fn place_behind(&self, cursor: &Cursor) -> usize {
        self.place(&cursor.key(), cursor.id().next())
    }

    fn place_behind_key(&self, key: &Key<'_>) -> usize {
        self.place(key, BookId(u64::MAX))
    }

    fn place(&self, key: &Key<'_>, id: BookId) -> usize {
        match (self.order, key) {
            (Some(order), key) => order.place(self.base, key, id),
            (None, Key::Number(number)) => {
                let is_before = |other: &BookId| (other.0 as i64, *other) < (*number, id);
                self.base.ids.partition_point(is_before)
            }
            (None, _) => self.base.len(),
        }
    }

    fn group_start(&self, place: usize) -> usize {
        self.order.map_or(place, |order| order.group_start(self.base, place))
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
            let start = self.sequence.group_start(last);
            self.take(start..last + 1);
            end = start;
        }
    }
}
