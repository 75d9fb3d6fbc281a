//! The members of a draft as they were written.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::plain;
use super::said::Said;
use crate::Field;
use crate::scan::Scan;

/// Members sorted by name, each name once.
#[derive(Clone)]
pub(super) enum Members {
    /// Those of a book and no others.
    Known(Box<Known>),
    /// Any.
    Any(Map<String, Value>),
}

/// One for each name that there is at most.
#[derive(Clone, Default)]
pub(super) struct Known {
    /// Those that a book has as they stand, each with its name behind a comma.
    text: String,
    places: [Place; BY_NAME.len()],
    /// Which of all there are: a bit for each, by where its place is.
    present: u32,
    /// The others, by where their place would be.
    others: Vec<(usize, Value)>,
    /// How many values of JSON there are.
    values: usize,
}

/// Where a member stands in the text; nowhere if that has no length.
#[derive(Clone, Copy, Default)]
struct Place {
    begin: u16,
    end: u16,
}

/// Where the places of the store's own members begin: behind those of the fields.
const OWN: usize = Field::ALL.len();

/// The names that there are, in their order, each with where its place is kept: see [`number`].
const BY_NAME: [(&str, usize); OWN + 3] = [
    ("author", Field::Author as usize),
    ("barcode", Field::Barcode as usize),
    ("description", Field::Description as usize),
    ("edition", Field::Edition as usize),
    ("extra", Field::Extra as usize),
    ("id", OWN),
    ("isbn", Field::Isbn as usize),
    ("language", Field::Language as usize),
    ("pages", Field::Pages as usize),
    ("price", Field::Price as usize),
    ("publisher", Field::Publisher as usize),
    ("revision", OWN + 1),
    ("series", Field::Series as usize),
    ("shelf", Field::Shelf as usize),
    ("status", Field::Status as usize),
    ("stock", Field::Stock as usize),
    ("subjects", Field::Subjects as usize),
    ("title", Field::Title as usize),
    ("updated_at", OWN + 2),
    ("year", Field::Year as usize),
];

/// Where the place of the member of that name is kept: fields in their order, then the store's own.
fn number(name: &str) -> Option<usize> {
    match name {
        "id" => Some(OWN),
        "revision" => Some(OWN + 1),
        "updated_at" => Some(OWN + 2),
        _ => Field::from_name(name).map(|field| field as usize),
    }
}

impl Members {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Said<'_>)> {
        let (known, any) = match self {
            Members::Known(known) => (Some(known.iter()), None),
            Members::Any(any) => (None, Some(any.iter().map(|(name, value)| (name.as_str(), Said::from(value))))),
        };
        known.into_iter().flatten().chain(any.into_iter().flatten())
    }

    pub(super) fn get(&self, name: &str) -> Option<Said<'_>> {
        match self {
            Members::Known(known) => known.said(number(name)?),
            Members::Any(any) => any.get(name).map(Said::from),
        }
    }

    /// A field with its name behind a comma, if it is one that a book has as it stands.
    pub(super) fn member(&self, field: Field) -> Option<&str> {
        match self {
            Members::Known(known) => known.member(field),
            Members::Any(_) => None,
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        match self {
            Members::Known(known) => drop(number(name).map(|number| known.remove(number))),
            Members::Any(any) => drop(any.remove(name)),
        }
    }

    /// How many values of JSON there are, those within others included.
    pub(super) fn values(&self) -> usize {
        match self {
            Members::Known(known) => known.values,
            Members::Any(any) => any.values().map(values).sum(),
        }
    }

    pub(super) fn as_map(&self) -> Cow<'_, Map<String, Value>> {
        match self {
            Members::Known(known) => Cow::Owned(known.to_map()),
            Members::Any(any) => Cow::Borrowed(any),
        }
    }

    pub(super) fn as_map_mut(&mut self) -> &mut Map<String, Value> {
        match self {
            Members::Known(known) => {
                *self = Members::Any(known.to_map());
                self.as_map_mut()
            }
            Members::Any(any) => any,
        }
    }
}

/// How many values there are in one, itself included. JSON that was read is not deep.
fn values(value: &Value) -> usize {
    1 + match value {
        Value::Array(members) => members.iter().map(values).sum(),
        Value::Object(members) => members.values().map(values).sum(),
        _ => 0,
    }
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Known {
    /// Takes an object; `None` where it names any other member, or one twice.
    pub(super) fn scan(scan: &mut Scan<'_>) -> Option<Box<Self>> {
        let text = String::with_capacity(scan.rest().len().min(TEXT_BYTES));
        let mut known = Box::new(Known { text, ..Known::default() });
        scan.members(|scan, name| {
            let number = number(name)?;
            if known.has(number) {
                return None;
            }
            known.take(number, scan)
        })?;
        Some(known)
    }

    fn take(&mut self, number: usize, scan: &mut Scan<'_>) -> Option<()> {
        self.present |= 1 << number;
        let (before, begin) = (*scan, self.text.len());
        match self.put(number, scan) {
            Some(values) => {
                self.places[number] = Place { begin: begin.try_into().ok()?, end: self.text.len().try_into().ok()? };
                self.values += values;
            }
            None => {
                *scan = before;
                self.text.truncate(begin);
                let value = scan.value()?;
                self.values += values(&value);
                self.others.push((number, value));
            }
        }
        Some(())
    }

    /// Takes a value that a book has as it stands, and gives how many it holds.
    fn put(&mut self, number: usize, scan: &mut Scan<'_>) -> Option<usize> {
        let Some(field) = Field::ALL.get(number) else { return self.put_own(scan) };
        self.text.push_str(field.opening());
        plain::put(*field, scan, &mut self.text)
    }

    /// The same of one of the store's own, which stands there without a name.
    fn put_own(&mut self, scan: &mut Scan<'_>) -> Option<usize> {
        self.text.push_str(scan.number()?);
        Some(1)
    }

    fn iter(&self) -> impl Iterator<Item = (&str, Said<'_>)> {
        let present = BY_NAME.iter().filter(|(_, number)| self.has(*number));
        present.filter_map(|(name, number)| Some((*name, self.said(*number)?)))
    }

    /// What was said of a field.
    pub(super) fn of(&self, field: Field) -> Option<Said<'_>> {
        self.said(field as usize)
    }

    /// A field with its name behind a comma, if it is one that a book has as it stands.
    pub(super) fn member(&self, field: Field) -> Option<&str> {
        self.places[field as usize].of(&self.text)
    }

    fn has(&self, number: usize) -> bool {
        self.present & (1 << number) != 0
    }

    fn said(&self, number: usize) -> Option<Said<'_>> {
        if !self.has(number) {
            return None;
        }
        if let Some(member) = self.places[number].of(&self.text) {
            let name_bytes = Field::ALL.get(number).map_or(0, |field| field.opening().len());
            return Some(Said::Kept(&member[name_bytes..]));
        }
        self.others.iter().find(|(other, _)| *other == number).map(|(_, value)| Said::from(value))
    }

    fn remove(&mut self, number: usize) {
        let removed = self.said(number).map_or(0, |said| values(&said.to_value()));
        self.values -= removed;
        self.present &= !(1 << number);
        self.places[number] = Place::default();
        self.others.retain(|(other, _)| *other != number);
    }

    fn to_map(&self) -> Map<String, Value> {
        self.iter().map(|(name, said)| (name.to_owned(), said.to_value())).collect()
    }
}

impl Place {
    fn of(self, text: &str) -> Option<&str> {
        (self.begin < self.end).then(|| &text[usize::from(self.begin)..usize::from(self.end)])
    }
}

/// How long the text of a book usually is at most.
const TEXT_BYTES: usize = 1024;
