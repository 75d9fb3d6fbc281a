//! The books in one order.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use super::arrange::Keys;
use super::base::Base;
use crate::query::bits::Bits;
use crate::query::filter::{Condition, Place, Wanted, each_author};
use crate::query::key::Key;
use crate::query::sort::SortBy;
use crate::{Book, BookId, Field};

/// By what books are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    /// As a list is sorted.
    Key(SortBy),
    /// By each of the values of a field that has several: a book stands in as many places.
    Each(Field),
}

/// The books by key, ties by ordinal, unset last.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) by: By,
    pub(super) ordinals: Box<[u32]>,
    /// Beside each ordinal which of the book's keys it stands there for; empty where each book has one.
    pub(super) nths: Box<[u8]>,
    /// How many places there are before the unset ones.
    pub(super) set: usize,
    /// Books of whose values the keys do not tell enough to say whether a condition holds.
    pub(super) inexact: Box<[u32]>,
}

impl By {
    pub(super) fn all() -> impl Iterator<Item = By> {
        let fields = Field::ALL.into_iter().map(SortBy::Field).map(By::Key);
        fields.chain([By::Key(SortBy::Revision), By::Key(SortBy::UpdatedAt)]).chain(By::EACH)
    }

    const EACH: [By; 2] = [By::Each(Field::Author), By::Each(Field::Subjects)];

    /// The order in which what a condition at `place` is for stands together; books stand by id as it is.
    pub(super) fn for_conditions(place: Place) -> Option<By> {
        match place {
            Place::Id => None,
            Place::Field(field @ (Field::Author | Field::Subjects)) => Some(By::Each(field)),
            Place::Field(field) => Some(By::Key(SortBy::Field(field))),
        }
    }

    /// A book's key there, or one of them.
    pub(super) fn key(self, book: &Book, nth: u8) -> Key<'_> {
        match self {
            By::Key(by) => by.key(book),
            By::Each(_) => {
                let mut wanted = Key::Unset;
                self.each_key(book, |next, key| {
                    if next == nth {
                        wanted = key;
                    }
                });
                wanted
            }
        }
    }

    /// A book's keys there with their numbers, so many as have one.
    fn each_key<'a>(self, book: &'a Book, mut visit: impl FnMut(u8, Key<'a>)) {
        let field = match self {
            By::Key(by) => return visit(0, by.key(book)),
            By::Each(field) => field,
        };
        let mut nths = 0..=NTH_MAX;
        each_text(book, field, |text| {
            if let Some(nth) = nths.next() {
                visit(nth, Key::text(text));
            }
        });
        if nths == (0..=NTH_MAX) {
            visit(0, Key::Unset);
        }
    }

    /// Whether a book stands in the same places as another with its id.
    pub(super) fn is_same(self, book: &Book, other: &Book) -> bool {
        match self {
            By::Key(SortBy::Field(field)) | By::Each(field) => book.member(field) == other.member(field),
            By::Key(by) => by.key(book) == by.key(other),
        }
    }

    /// Whether a book's keys tell for every condition whether it holds.
    pub(super) fn is_exact(self, book: &Book) -> bool {
        let mut is_exact = !self.is_ambiguous(book);
        self.each_key(book, |nth, key| is_exact &= is_whole(nth, &key));
        is_exact
    }

    /// An empty status is both unset and the usual one.
    fn is_ambiguous(self, book: &Book) -> bool {
        self == By::Key(SortBy::Field(Field::Status)) && book.text(Field::Status).is_empty()
    }
}

/// More keys of one book are not told apart.
const NTH_MAX: u8 = u8::MAX;

/// Whether a key is of all of its text, and of one only.
fn is_whole(nth: u8, key: &Key<'_>) -> bool {
    nth < NTH_MAX && !key.may_be_cut()
}

/// All authors as one, then one by one; or the subjects.
fn each_text<'a>(book: &'a Book, field: Field, mut visit: impl FnMut(Cow<'a, str>)) {
    if field == Field::Subjects {
        return book.subjects().for_each(visit);
    }
    match book.text(field) {
        Cow::Borrowed("") => {}
        Cow::Borrowed(authors) => {
            visit(authors.into());
            each_author(authors).for_each(|author| visit(author.into()));
        }
        Cow::Owned(authors) => {
            visit(authors.clone().into());
            each_author(&authors).for_each(|author| visit(author.to_owned().into()));
        }
    }
}

impl Order {
    pub(super) fn new(by: By, base: &Base) -> Self {
        let books: Vec<&Book> = base.books.books().collect();
        Order::of(by, (0..).zip(&books).map(|(ordinal, book)| (ordinal, *book)), |ordinal| books[ordinal as usize])
    }

    pub(super) fn of<'a>(by: By, books: impl Iterator<Item = (u32, &'a Book)>, book: impl Fn(u32) -> &'a Book) -> Self {
        let mut keys = Keys::new(by, books.size_hint().0);
        let mut unset = Vec::new();
        let mut inexact = Vec::new();
        for (ordinal, book) in books {
            let mut is_exact = !by.is_ambiguous(book);
            by.each_key(book, |nth, key| {
                is_exact &= is_whole(nth, &key);
                match key {
                    Key::Unset => unset.push((ordinal, nth)),
                    key => keys.add(&key, ordinal, nth),
                }
            });
            inexact.extend((!is_exact).then_some(ordinal));
        }
        let entries = keys.sorted(book);
        let places = || entries.iter().map(|entry| (entry.ordinal, entry.nth)).chain(unset.iter().copied());
        let ordinals = places().map(|(ordinal, _)| ordinal).collect();
        let nths = places().map(|(_, nth)| nth).filter(|_| matches!(by, By::Each(_))).collect();
        Order { by, ordinals, nths, set: entries.len(), inexact: inexact.into() }
    }

    pub(super) fn key<'a>(&self, base: &'a Base, place: usize) -> Key<'a> {
        let nth = self.nths.get(place).copied().unwrap_or_default();
        self.by.key(base.book(self.ordinals[place]), nth)
    }

    pub(super) fn id(&self, base: &Base, place: usize) -> BookId {
        base.ids[self.ordinals[place] as usize]
    }

    /// The first place whose key and id are not before these.
    pub(super) fn place(&self, base: &Base, key: &Key<'_>, id: BookId) -> usize {
        first_place(0..self.ordinals.len(), |place| {
            self.key(base, place).cmp(key).then_with(|| self.id(base, place).cmp(&id)) == Ordering::Less
        })
    }

    /// The places of the keys from `from` to `to`, both included.
    fn range(&self, base: &Base, from: &Key<'_>, to: &Key<'_>) -> Range<usize> {
        let start = first_place(0..self.set, |place| self.key(base, place) < *from);
        start..first_place(start..self.set, |place| self.key(base, place) <= *to)
    }

    /// Where the books with `key` begin that stand together before `end`.
    pub(super) fn group_start(&self, base: &Base, key: &Key<'_>, mut end: usize) -> usize {
        // Most groups are small: the further away, the longer the step.
        let mut step = 1;
        while end > 0 {
            let start = end.saturating_sub(step);
            if self.key(base, start) < *key {
                return first_place(start + 1..end, |place| self.key(base, place) < *key);
            }
            (end, step) = (start, step * 2);
        }
        0
    }

    /// Where the books with `key` end that stand together from `start` on.
    pub(super) fn group_end(&self, base: &Base, key: &Key<'_>, mut start: usize) -> usize {
        let mut step = 1;
        while start < self.set {
            let end = (start + step).min(self.set);
            if self.key(base, end - 1) > *key {
                return first_place(start..end - 1, |place| self.key(base, place) <= *key);
            }
            (start, step) = (end, step * 2);
        }
        start
    }

    /// Where the books for which a condition holds stand together.
    pub(super) fn ranges(&self, base: &Base, condition: &Condition) -> Vec<Range<usize>> {
        let range = |wanted| match wanted {
            Wanted::Unset => self.set..self.ordinals.len(),
            Wanted::Text(text) => self.range(base, &Key::folded(text), &Key::folded(text)),
            Wanted::Range(from, to) => self.range(base, &Key::Number(from), &Key::Number(to)),
        };
        condition.wanted().map(range).collect()
    }

    /// The books in `ranges` as a set, with those that must be looked at.
    pub(super) fn matching(&self, base: &Base, ranges: &[Range<usize>], place: Place, condition: &Condition) -> Bits {
        let count: usize = ranges.iter().map(Range::len).sum();
        let mut matching = match self.by {
            // Fewer are to be left out than to be put in.
            By::Key(_) if count > base.len() / 2 => {
                let mut matching = Bits::all(base.len());
                gaps(ranges, base.len()).for_each(|gap| self.ordinals[gap].iter().for_each(|one| matching.clear(*one)));
                matching
            }
            _ => Bits::of(ranges.iter().flat_map(|range| &self.ordinals[range.clone()]).copied(), base.len()),
        };
        for ordinal in &self.inexact {
            match place.matches(condition, base.book(*ordinal)) {
                true => matching.set(*ordinal),
                false => matching.clear(*ordinal),
            }
        }
        matching
    }
}

/// What lies between ascending ranges, and before and behind them.
fn gaps(ranges: &[Range<usize>], len: usize) -> impl Iterator<Item = Range<usize>> {
    let starts = std::iter::once(0).chain(ranges.iter().map(|range| range.end));
    let ends = ranges.iter().map(|range| range.start).chain([len]);
    starts.zip(ends).map(|(start, end)| start..end)
}

/// The first place for which `is_before` does not hold; all before it come first.
fn first_place(places: Range<usize>, is_before: impl Fn(usize) -> bool) -> usize {
    let Range { mut start, mut end } = places;
    while start < end {
        let middle = start + (end - start) / 2;
        match is_before(middle) {
            true => start = middle + 1,
            false => end = middle,
        }
    }
    start
}
