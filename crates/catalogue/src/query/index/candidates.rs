//! Which books can match a filter.

use std::ops::Range;

use super::base::Base;
use super::order::By;
use crate::Filter;
use crate::query::bits::Bits;
use crate::query::filter::{Condition, Place, Wanted};

/// Books of a base, by ordinal.
pub(super) enum Candidates {
    /// So few that each can be looked at: all that match are among them.
    Few(Vec<u32>),
    /// Exactly those that match.
    Many(Bits),
}

impl Candidates {
    pub(super) fn of(base: &Base, filter: &Filter, few: usize) -> Self {
        let mut conditions: Vec<_> = filter.conditions().collect();
        // One that needs an order which is not there yet may turn out not to be needed.
        conditions.sort_by_key(|(place, _)| By::for_conditions(*place).is_some_and(|by| !base.has_order(by)));
        let mut found = Vec::with_capacity(conditions.len());
        for (place, condition) in conditions {
            let one = One::new(base, place, condition);
            if one.count() <= few {
                return Candidates::Few(one.ordinals(base));
            }
            found.push(one);
        }
        let mut matching = Bits::all(base.len());
        found.iter().for_each(|one| matching.keep(&one.matching(base)));
        match matching.count() {
            count if count <= few => Candidates::Few(matching.numbers().collect()),
            _ => Candidates::Many(matching),
        }
    }
}

/// Where the books are for which one condition holds.
struct One<'a> {
    place: Place,
    condition: &'a Condition,
    by: Option<By>,
    ranges: Vec<Range<usize>>,
    inexact: usize,
}

impl<'a> One<'a> {
    fn new(base: &Base, place: Place, condition: &'a Condition) -> Self {
        let by = By::for_conditions(place);
        let (ranges, inexact) = match by.map(|by| base.order(by)) {
            Some(order) => (order.ranges(base, condition), order.inexact.len()),
            None => (ids(base, condition), 0),
        };
        One { place, condition, by, ranges, inexact }
    }

    fn count(&self) -> usize {
        self.ranges.iter().map(Range::len).sum::<usize>() + self.inexact
    }

    /// The books, and those that must be looked at; ascending.
    fn ordinals(self, base: &Base) -> Vec<u32> {
        let ranges = self.ranges.iter().cloned();
        let Some(order) = self.by.map(|by| base.order(by)) else {
            return ranges.flatten().map(|place| place as u32).collect();
        };
        let mut ordinals: Vec<u32> = ranges.flat_map(|range| &order.ordinals[range]).copied().collect();
        ordinals.extend(&order.inexact);
        ordinals.sort_unstable();
        ordinals.dedup();
        ordinals
    }

    fn matching(&self, base: &Base) -> Bits {
        match self.by.map(|by| base.order(by)) {
            Some(order) => order.matching(base, &self.ranges, self.place, self.condition),
            None => {
                let mut matching = Bits::none(base.len());
                self.ranges.iter().cloned().flatten().for_each(|place| matching.set(place as u32));
                matching
            }
        }
    }
}

/// The ordinals of the ids that a condition is for.
fn ids(base: &Base, condition: &Condition) -> Vec<Range<usize>> {
    let range = |wanted| match wanted {
        Wanted::Range(from, to) => {
            base.ids.partition_point(|id| (id.0 as i64) < from)..base.ids.partition_point(|id| id.0 as i64 <= to)
        }
        // No id is a text, and none is unset.
        Wanted::Unset | Wanted::Text(_) => 0..0,
    };
    condition.wanted().map(range).collect()
}
