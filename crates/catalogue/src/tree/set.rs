//! Ids without anything to them.

use std::fmt;

use super::Tree;
use crate::BookId;

/// Ids in their order, 64 of them in a word. A clone costs two words.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Set(Tree<u64>);

impl Set {
    pub(crate) fn contains(&self, id: BookId) -> bool {
        self.word(id) & bit(id) != 0
    }

    pub(crate) fn insert(&mut self, id: BookId) {
        self.0.insert(key(id), self.word(id) | bit(id));
    }

    pub(crate) fn remove(&mut self, id: BookId) {
        match self.word(id) {
            word if word & bit(id) == 0 => {}
            word if word == bit(id) => drop(self.0.remove(key(id))),
            word => drop(self.0.insert(key(id), word & !bit(id))),
        }
    }

    /// The largest of them.
    pub(crate) fn last(&self) -> Option<BookId> {
        self.0.iter().next_back().map(|(key, word)| BookId(key.0 << WORD_BITS | u64::from(word.ilog2())))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = BookId> + '_ {
        let is_in = |word: u64| move |id: &BookId| word & bit(*id) != 0;
        self.0.iter().flat_map(move |(BookId(key), word)| {
            let first = key << WORD_BITS;
            (first..=first | PLACE).map(BookId).filter(is_in(*word))
        })
    }

    /// The word with `id` in it, if any is there.
    fn word(&self, id: BookId) -> u64 {
        self.0.get(key(id)).copied().unwrap_or(0)
    }
}

impl FromIterator<BookId> for Set {
    fn from_iter<I: IntoIterator<Item = BookId>>(ids: I) -> Self {
        let mut set = Set::default();
        ids.into_iter().for_each(|id| set.insert(id));
        set
    }
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// Ids in a word, in bits.
const WORD_BITS: u32 = u64::BITS.ilog2();
/// The part of an id that is its place in a word.
const PLACE: u64 = (1 << WORD_BITS) - 1;

fn key(id: BookId) -> BookId {
    BookId(id.0 >> WORD_BITS)
}

fn bit(id: BookId) -> u64 {
    1 << (id.0 & PLACE)
}
