//! Sorts books by their keys.

use super::order::By;
use crate::Book;
use crate::query::key::Prefix;

/// One key of one book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) prefix: Prefix,
    pub(super) ordinal: u32,
    /// Which one of several.
    pub(super) nth: u8,
}

/// So few are sorted at once by whole keys.
const FEW: usize = 8;
/// Keys that agree further than this are compared whole.
const DEPTH_MAX: usize = 3 * Prefix::BYTES;

/// Sorts `entries`, whose prefixes are of the beginnings, by key and ordinal.
///
/// Prefix for prefix: a look at a book costs more than to compare numbers, so each is looked at once for a prefix and not
/// once for each comparison.
pub(super) fn arrange<'a>(entries: &mut [Entry], by: By, book: impl Fn(u32) -> &'a Book) {
    let key = |entry: &Entry| by.key(book(entry.ordinal), entry.nth);
    let mut waiting = vec![(0..entries.len(), 0)];
    while let Some((range, depth)) = waiting.pop() {
        let mut start = range.start;
        let some = &mut entries[range];
        if depth > 0 {
            some.iter_mut().for_each(|entry| entry.prefix = key(entry).prefix(depth));
        }
        some.sort_unstable();
        for group in some.chunk_by_mut(|one, other| one.prefix == other.prefix) {
            let end = start + group.len();
            if group.len() > 1 && group[0].prefix.goes_on() {
                if group.len() > FEW && depth < DEPTH_MAX {
                    waiting.push((start..end, depth + Prefix::BYTES));
                } else {
                    let place = |entry: &Entry| (entry.ordinal, entry.nth);
                    group.sort_unstable_by(|one, other| {
                        key(one).cmp(&key(other)).then_with(|| place(one).cmp(&place(other)))
                    });
                }
            }
            start = end;
        }
    }
}
