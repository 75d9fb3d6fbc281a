//! What orders look at.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::cmp::Ordering;

use super::filter::meant_status;
use crate::fold::ascii_len;
use crate::{Book, Field, Price, fold};

/// What an order looks at in one book, the smaller first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    Number(i64),
    Text(KeyText<'a>),
    Unset,
}

impl<'a> Key<'a> {
    pub(super) fn of(book: &'a Book, field: Field) -> Self {
        match field {
            Field::Year | Field::Pages | Field::Stock => book.number(field).map_or(Key::Unset, Key::Number),
            Field::Status => Key::text(match book.text(field) {
                Cow::Borrowed(status) => meant_status(status).into(),
                Cow::Owned(status) => meant_status(&status).to_owned().into(),
            }),
            Field::Price => book.price().as_ref().and_then(price).map_or(Key::Unset, |text| Key::Text(text.into())),
            // No order is by them.
            Field::Subjects | Field::Extra => Key::Unset,
            _ => Key::text(book.text(field)),
        }
    }

    /// The key of a text that is folded already.
    pub(super) fn folded(folded: &'a str) -> Self {
        Key::Text(KeyText::folded_before(folded))
    }

    /// Whether it may be of a part of its text only.
    pub(super) fn may_be_cut(&self) -> bool {
        matches!(self, Key::Text(text) if text.may_be_cut())
    }

    /// The first bytes, in the order of the keys.
    pub(super) fn prefix(&self) -> Prefix {
        match self {
            Key::Number(number) => Prefix((*number as u64) ^ (1 << 63), 0),
            Key::Text(text) => text.prefix(),
            Key::Unset => Prefix(u64::MAX, u64::MAX),
        }
    }

    /// Writes the bytes from `start` on into `bytes`; tells how many there were to write.
    pub(super) fn copy(&self, start: usize, bytes: &mut [u8]) -> usize {
        match self {
            Key::Text(text) => text.copy(start, bytes),
            Key::Number(_) | Key::Unset => 0,
        }
    }

    /// The first characters of a text. The order is by them alone, so that a cursor that holds them is exact and never
    /// grows beyond some kilobytes.
    pub(super) fn text(mut text: Cow<'a, str>) -> Self {
        // No text has more characters than bytes.
        let cut = (text.len() > KEY_CHARS_MAX).then(|| text.char_indices().nth(KEY_CHARS_MAX)).flatten();
        if let Some((end, _)) = cut {
            text = match text {
                Cow::Borrowed(text) => text[..end].into(),
                Cow::Owned(text) => text[..end].to_owned().into(),
            };
        }
        if text.is_empty() { Key::Unset } else { Key::Text(text.into()) }
    }
}

const KEY_CHARS_MAX: usize = 1_000;
const FOLDED_BYTES_MAX: usize = 4_096;
/// Folding makes no text longer than so many times its bytes: the longest is U+FDFA with eleven.
const FOLDED_GROWTH_MAX: usize = 12;

/// The beginning of a key as numbers, so that most keys are told apart without a look at their books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Prefix(u64, u64);

impl Prefix {
    /// So many bytes of a text; one more byte says how many of them there are.
    pub(super) const BYTES: usize = 15;

    /// Whether there is more of the key.
    pub(super) fn goes_on(self) -> bool {
        self.1 as u8 as usize > Self::BYTES
    }
}

/// Currency, then the amount with so many leading zeros that text order is numeric order.
fn price(price: &Price) -> Option<String> {
    let (whole, fraction) = price.amount.split_once('.').unwrap_or((&price.amount, ""));
    let is_number = !whole.is_empty() && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    (is_number && whole.len() <= 20).then(|| format!("{} {whole:0>20}.{fraction}", price.currency))
}

/// A text in its place among folded texts, folded no further than comparing it takes: most are told apart by a few ASCII
/// letters.
pub(super) struct KeyText<'a> {
    text: Cow<'a, str>,
    /// How many ASCII characters it begins with; folding makes of them small letters and nothing else.
    ascii: usize,
    /// What is behind them, folded when first asked for.
    rest: OnceCell<Box<str>>,
}

impl<'a, T: Into<Cow<'a, str>>> From<T> for KeyText<'a> {
    fn from(text: T) -> Self {
        let text = text.into();
        let ascii = ascii_len(&text);
        KeyText { text, ascii, rest: OnceCell::new() }
    }
}

impl<'a> KeyText<'a> {
    fn folded_before(folded: &'a str) -> Self {
        let ascii = ascii_len(folded);
        KeyText { text: folded.into(), ascii, rest: OnceCell::from(Box::from(&folded[ascii..])) }
    }
}

impl KeyText<'_> {
    /// The whole text, folded; a key of it is equal to this one.
    pub(super) fn folded(&self) -> String {
        self.text[..self.ascii].to_ascii_lowercase() + self.rest()
    }

    fn may_be_cut(&self) -> bool {
        let folded_max = (self.text.len() - self.ascii) * FOLDED_GROWTH_MAX;
        self.text.len() >= KEY_CHARS_MAX || folded_max > FOLDED_BYTES_MAX
    }

    fn prefix(&self) -> Prefix {
        let mut first = [0; Prefix::BYTES + 1];
        // Where texts agree but for zeros at the end, the shorter one comes first.
        first[Prefix::BYTES] = self.copy(0, &mut first) as u8;
        let (one, other) = first.split_at(8);
        let number = |bytes: &[u8]| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        Prefix(number(one), number(other))
    }

    fn copy(&self, start: usize, bytes: &mut [u8]) -> usize {
        // What is behind the ASCII letters costs much more to fold.
        if let Some(ascii) = self.text.as_bytes()[..self.ascii].get(start..start + bytes.len()) {
            bytes.copy_from_slice(ascii);
            bytes.make_ascii_lowercase();
            return bytes.len();
        }
        let in_ascii = start.min(self.ascii);
        let places = bytes.iter_mut().zip(self.bytes_from(in_ascii).skip(start - in_ascii));
        places.map(|(place, byte)| *place = byte).count()
    }

    fn rest(&self) -> &str {
        self.rest.get_or_init(|| {
            let mut folded = fold(&self.text[self.ascii..]);
            folded.truncate(folded.floor_char_boundary(FOLDED_BYTES_MAX));
            folded.into()
        })
    }

    /// The folded bytes from `start` on, which lies in or at the end of the ASCII ones.
    fn bytes_from(&self, start: usize) -> impl Iterator<Item = u8> {
        let ascii = self.text.as_bytes()[start..self.ascii].iter().map(u8::to_ascii_lowercase);
        ascii.chain(self.rest().bytes())
    }
}

impl Ord for KeyText<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let shared = self.ascii.min(other.ascii);
        let in_ascii = self.text.bytes().zip(other.text.bytes()).take(shared);
        let mut in_order = in_ascii.map(|(one, other)| one.to_ascii_lowercase().cmp(&other.to_ascii_lowercase()));
        if let Some(different) = in_order.find(|order| order.is_ne()) {
            return different;
        }
        self.bytes_from(shared).cmp(other.bytes_from(shared))
    }
}

impl PartialOrd for KeyText<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for KeyText<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for KeyText<'_> {}
