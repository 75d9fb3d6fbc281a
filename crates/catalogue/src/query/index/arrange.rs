//! Sorts books by their keys.

use std::cmp::Ordering;

use super::order::By;
use crate::Book;
use crate::query::key::{Key, Prefix};

/// Keys of books, to be sorted with as few looks at the books as can be: a look costs much more than to compare bytes
/// that are at hand.
pub(super) struct Keys {
    by: By,
    entries: Vec<Entry>,
    /// What follows the prefixes that go on, each behind its length.
    tails: Vec<u8>,
}

/// One key of one book.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    prefix: Prefix,
    tail: usize,
    pub(super) ordinal: u32,
    /// Which one of several.
    pub(super) nth: u8,
}

/// One more byte than is compared: where two keys have it, only the whole keys tell.
const TAIL_BYTES_MAX: usize = 48;

impl Keys {
    pub(super) fn new(by: By, many: usize) -> Self {
        Keys { by, entries: Vec::with_capacity(many), tails: Vec::new() }
    }

    pub(super) fn add(&mut self, key: &Key<'_>, ordinal: u32, nth: u8) {
        let (prefix, tail) = (key.prefix(), self.tails.len());
        if prefix.goes_on() {
            let mut bytes = [0; TAIL_BYTES_MAX];
            let many = key.copy(Prefix::BYTES, &mut bytes);
            self.tails.push(many as u8);
            self.tails.extend_from_slice(&bytes[..many]);
        }
        self.entries.push(Entry { prefix, tail, ordinal, nth });
    }

    /// By key, and then by ordinal.
    pub(super) fn sorted<'a>(self, book: impl Fn(u32) -> &'a Book) -> Vec<Entry> {
        let Keys { by, mut entries, tails } = self;
        let key = |entry: &Entry| by.key(book(entry.ordinal), entry.nth);
        let behind = |one: &Entry, other: &Entry| match (one.tail(&tails), other.tail(&tails)) {
            (one_tail, other_tail) if one_tail != other_tail => one_tail.cmp(other_tail),
            (tail, _) if tail.len() < TAIL_BYTES_MAX => Ordering::Equal,
            _ => key(one).cmp(&key(other)),
        };
        entries.sort_unstable_by(|one, other| {
            let by_key = match one.prefix.cmp(&other.prefix) {
                Ordering::Equal if one.prefix.goes_on() => behind(one, other),
                order => order,
            };
            by_key.then_with(|| (one.ordinal, one.nth).cmp(&(other.ordinal, other.nth)))
        });
        entries
    }
}

impl Entry {
    fn tail(self, tails: &[u8]) -> &[u8] {
        let start = self.tail + 1;
        &tails[start..start + usize::from(tails[self.tail])]
    }
}
