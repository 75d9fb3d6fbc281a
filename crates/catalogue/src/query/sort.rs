//! Orders of books.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::query::filter::meant_status;
use crate::{Book, BookId, Details, Field, FieldError, Price, fold};

/// An order of books: one field up or down, ties by id.
///
/// Text is compared folded and by its first 1,000 characters, prices by currency and then amount, numbers as numbers.
/// Unset comes last either way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sort {
    by: SortBy,
    direction: Direction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum SortBy {
    Id,
    Field(Field),
    Revision,
    UpdatedAt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Direction {
    Up,
    Down,
}

impl Default for Sort {
    /// By id, upwards.
    fn default() -> Self {
        Sort { by: SortBy::Id, direction: Direction::Up }
    }
}

impl FromStr for Sort {
    type Err = FieldError;

    /// Reads `title` or `-year`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, direction) = match text.strip_prefix('-') {
            Some(name) => (name, Direction::Down),
            None => (text, Direction::Up),
        };
        let by = match (name, Field::from_name(name)) {
            ("id", _) => SortBy::Id,
            ("revision", _) => SortBy::Revision,
            ("updated_at", _) => SortBy::UpdatedAt,
            (_, Some(Field::Subjects | Field::Extra)) => return Err(wrong(text, "has several values")),
            (_, Some(field)) => SortBy::Field(field),
            (_, None) => return Err(wrong(text, "is no field")),
        };
        Ok(Sort { by, direction })
    }
}

fn wrong(text: &str, what: &str) -> FieldError {
    FieldError::new("sort", format!("{text:?} {what}: name one such as \"title\" or \"-year\""))
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.direction {
            Direction::Up => "",
            Direction::Down => "-",
        };
        let name = match self.by {
            SortBy::Id => "id",
            SortBy::Field(field) => field.name(),
            SortBy::Revision => "revision",
            SortBy::UpdatedAt => "updated_at",
        };
        write!(f, "{sign}{name}")
    }
}

/// A book with its place in an order.
pub(super) struct Ranked<'a> {
    pub(super) rank: Rank<'a>,
    pub(super) book: &'a Arc<Book>,
}

/// A place in an order; those of one order compare with each other.
#[derive(PartialEq, Eq)]
pub(super) struct Rank<'a> {
    direction: Direction,
    key: Key<'a>,
    id: BookId,
}

/// What an order looks at in one book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key<'a> {
    Number(i64),
    /// Folded but for the case of ASCII letters, which comparing forgives: most texts need no copy.
    Text(Cow<'a, str>),
    Unset,
}

impl Sort {
    pub(super) fn rank<'a>(&self, book: &'a Arc<Book>) -> Ranked<'a> {
        Ranked { rank: self.rank_of(self.key(book), book.id), book }
    }

    pub(super) fn rank_of<'a>(&self, key: Key<'a>, id: BookId) -> Rank<'a> {
        Rank { direction: self.direction, key, id }
    }

    pub(super) fn key<'a>(&self, book: &'a Book) -> Key<'a> {
        match self.by {
            SortBy::Id => Key::Number(book.id.0 as i64),
            SortBy::Field(field) => field_key(&book.details, field),
            SortBy::Revision => Key::Number(book.revision.0 as i64),
            SortBy::UpdatedAt => Key::Number(book.updated_at.0),
        }
    }
}

fn field_key(details: &Details, field: Field) -> Key<'_> {
    match field {
        Field::Title => text_key(&details.title),
        Field::Author => text_key(&details.author),
        Field::Publisher => text_key(&details.publisher),
        Field::Year => number_key(details.year),
        Field::Pages => number_key(details.pages),
        Field::Edition => text_key(&details.edition),
        Field::Description => text_key(&details.description),
        Field::Status => text_key(meant_status(&details.status)),
        Field::Isbn => text_key(details.isbn.as_deref().unwrap_or_default()),
        Field::Language => text_key(details.language.as_deref().unwrap_or_default()),
        Field::Series => text_key(details.series.as_deref().unwrap_or_default()),
        Field::Shelf => text_key(details.shelf.as_deref().unwrap_or_default()),
        Field::Barcode => text_key(details.barcode.as_deref().unwrap_or_default()),
        Field::Stock => number_key(details.stock),
        Field::Price => details.price.as_ref().and_then(price_key).unwrap_or(Key::Unset),
        Field::Subjects | Field::Extra => Key::Unset,
    }
}

fn number_key(number: Option<i64>) -> Key<'static> {
    number.map_or(Key::Unset, Key::Number)
}

/// The order is by this key alone, so that a cursor that holds it is exact and never grows beyond some kilobytes.
fn text_key(text: &str) -> Key<'_> {
    let text = match text.char_indices().nth(KEY_CHARS_MAX) {
        Some((end, _)) if text.len() > KEY_CHARS_MAX => &text[..end],
        _ => text,
    };
    if text.is_empty() {
        return Key::Unset;
    }
    if text.is_ascii() {
        return Key::Text(text.into());
    }
    let mut folded = fold(text);
    folded.truncate(folded.floor_char_boundary(KEY_BYTES_MAX));
    Key::Text(folded.into())
}

const KEY_CHARS_MAX: usize = 1_000;
const KEY_BYTES_MAX: usize = 4_096;

/// Currency, then the amount with so many leading zeros that text order is numeric order.
fn price_key(price: &Price) -> Option<Key<'static>> {
    let (whole, fraction) = price.amount.split_once('.').unwrap_or((&price.amount, ""));
    let is_number = !whole.is_empty() && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let fits = is_number && whole.len() <= 20;
    fits.then(|| Key::Text(format!("{} {whole:0>20}.{fraction}", price.currency).into()))
}

impl Key<'_> {
    pub(super) fn into_owned(self) -> Key<'static> {
        match self {
            Key::Number(number) => Key::Number(number),
            Key::Text(text) => {
                let mut text = text.into_owned();
                text.make_ascii_lowercase();
                Key::Text(text.into())
            }
            Key::Unset => Key::Unset,
        }
    }

    pub(super) fn as_ref(&self) -> Key<'_> {
        match self {
            Key::Number(number) => Key::Number(*number),
            Key::Text(text) => Key::Text(Cow::Borrowed(text)),
            Key::Unset => Key::Unset,
        }
    }

    fn cmp(&self, other: &Key<'_>, direction: Direction) -> Ordering {
        let upwards = match (self, other) {
            (Key::Unset, Key::Unset) => return Ordering::Equal,
            (Key::Unset, _) => return Ordering::Greater,
            (_, Key::Unset) => return Ordering::Less,
            (Key::Number(a), Key::Number(b)) => a.cmp(b),
            (Key::Text(a), Key::Text(b)) => cmp_ignoring_ascii_case(a, b),
            // Only a forged cursor holds a key of another kind.
            (Key::Number(_), Key::Text(_)) => Ordering::Less,
            (Key::Text(_), Key::Number(_)) => Ordering::Greater,
        };
        match direction {
            Direction::Up => upwards,
            Direction::Down => upwards.reverse(),
        }
    }
}

fn cmp_ignoring_ascii_case(a: &str, b: &str) -> Ordering {
    a.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()))
}

impl Ord for Rank<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key, self.direction).then(self.id.cmp(&other.id))
    }
}

impl PartialOrd for Rank<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
