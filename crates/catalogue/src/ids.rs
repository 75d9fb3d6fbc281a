//! The numbers that must not be mixed up.

use std::cell::Cell;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A book's number within its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct BookId(pub u64);

impl BookId {
    /// The first id that is ever assigned.
    pub const FIRST: BookId = BookId(1);
    /// The largest id a client may choose, 2^53 - 1 - 10^9: a JavaScript number holds it, and 10^9 ids stay free above it.
    pub const GIVEN_MAX: BookId = BookId((1 << 53) - 1 - 1_000_000_000);
    /// The largest id that is ever assigned, 2^53 - 1.
    pub const ASSIGNED_MAX: BookId = BookId((1 << 53) - 1);

    /// The id after this one; the last number of all stays where it is.
    pub fn next(self) -> BookId {
        BookId(self.0.saturating_add(1))
    }
}

impl fmt::Display for BookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An entry's number in the journal, from 1 up by one; 0 is the state before the first entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision of an empty store.
    pub const ZERO: Revision = Revision(0);

    /// The revision after this one; the last number of all stays where it is.
    pub fn next(self) -> Revision {
        Revision(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a clock said, in whole seconds since 1970-01-01T00:00:00Z; written as RFC 3339 in UTC.
///
/// Only for people: order is by [`Revision`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

thread_local! {
    /// The last time that was written. All entries of a batch, and their books, have the same.
    static WRITTEN: Cell<(Timestamp, [u8; 20])> = const { Cell::new((Timestamp(0), *b"1970-01-01T00:00:00Z")) };
}

impl Timestamp {
    /// Appends what it is written as.
    pub fn append_to(self, text: &mut Vec<u8>) {
        match self.common_form() {
            Some(digits) => text.extend_from_slice(&digits),
            None => text.extend_from_slice(self.moment().to_string().as_bytes()),
        }
    }

    /// The same to a text.
    pub(crate) fn push_to(self, text: &mut String) {
        match self.common_form() {
            Some(digits) => text.push_str(str::from_utf8(&digits).expect("digits are ASCII")),
            None => text.push_str(&self.moment().to_string()),
        }
    }

    /// `2026-11-23T05:00:00Z`; `None` for the years that take a sign.
    fn common_form(self) -> Option<[u8; 20]> {
        match WRITTEN.get() {
            (written, text) if written == self => Some(text),
            _ => {
                let text = common_form(jiff::tz::Offset::UTC.to_datetime(self.moment()))?;
                WRITTEN.set((self, text));
                Some(text)
            }
        }
    }

    fn moment(self) -> jiff::Timestamp {
        // A number no calendar has can only come from a broken clock; the start of time is then as good as any.
        jiff::Timestamp::from_second(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every entry and every book is written with one: this is five times as quick as what can also write fractions.
        match self.common_form() {
            Some(text) => f.write_str(str::from_utf8(&text).expect("digits are UTF-8")),
            None => write!(f, "{}", self.moment()),
        }
    }
}

fn common_form(civil: jiff::civil::DateTime) -> Option<[u8; 20]> {
    let mut text = *b"0000-00-00T00:00:00Z";
    let year = u8::try_from(civil.year().div_euclid(100)).ok()?;
    let rest = [civil.month(), civil.day(), civil.hour(), civil.minute(), civil.second()];
    let [month, day, hour, minute, second] = rest.map(i8::unsigned_abs);
    let two = [year, (civil.year() % 100).unsigned_abs() as u8, month, day, hour, minute, second];
    for (place, number) in [0, 2, 5, 8, 11, 14, 17].into_iter().zip(two) {
        text[place] += number / 10;
        text[place + 1] += number % 10;
    }
    Some(text)
}

impl std::str::FromStr for Timestamp {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Timestamp(text.parse::<jiff::Timestamp>()?.as_second()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.common_form() {
            Some(text) => serializer.serialize_str(str::from_utf8(&text).expect("digits are UTF-8")),
            None => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}
