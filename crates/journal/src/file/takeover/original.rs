//! The shapes in which the original keeps its books: `[…]` or `{"books": […]}`.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::file::difference::BYTE_ORDER_MARK;

/// One book as the original wrote it: its members in their order, repeated ones included, their values as they stand.
#[derive(Debug)]
pub(super) struct Members<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// The value of that name, the last one if there are several.
    pub(super) fn last(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|member| member.0 == name).map(|member| member.1)
    }

    /// The bytes of names and values as they stand in the file.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + value.get().len()).sum()
    }
}

/// What stands beside the books.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Beside {
    /// Members that only a file of ours has.
    pub(super) ours: bool,
    /// Other members, by name.
    pub(super) unknown: Vec<String>,
}

/// Why bytes are not of the original's making.
#[derive(Debug, thiserror::Error)]
pub(super) enum ShapeError {
    /// They are no text.
    #[error("it is not UTF-8 from byte {0} on")]
    NotUtf8(usize),
    /// They are no JSON, or JSON of another shape.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
}

/// Reads a file in one pass and gives its books one by one to `each`.
pub(super) fn read<'a>(bytes: &'a [u8], mut each: impl FnMut(Members<'a>)) -> Result<Beside, ShapeError> {
    let bytes = bytes.strip_prefix(&BYTE_ORDER_MARK).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| ShapeError::NotUtf8(error.valid_up_to()))?;
    let mut json = serde_json::Deserializer::from_str(text);
    let beside = json.deserialize_any(File { each: &mut each })?;
    json.end()?;
    Ok(beside)
}

struct File<'a, 'de> {
    each: &'a mut dyn FnMut(Members<'de>),
}

impl<'de> Visitor<'de> for File<'_, 'de> {
    type Value = Beside;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of books or {\"books\": […]}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, books: A) -> Result<Beside, A::Error> {
        Books { each: self.each }.visit_seq(books)?;
        Ok(Beside::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Beside, A::Error> {
        let mut beside = Beside::default();
        let mut found = false;
        while let Some(name) = map.next_key::<String>()? {
            if name != "books" {
                map.next_value::<IgnoredAny>()?;
                beside.ours |= matches!(name.as_str(), "store" | "revision" | "crc");
                beside.unknown.push(name);
                continue;
            }
            if found {
                return Err(A::Error::custom("the member \"books\" is named twice"));
            }
            found = true;
            map.next_value_seed(Books { each: self.each })?;
        }
        if found { Ok(beside) } else { Err(A::Error::custom("there is no list \"books\" in it")) }
    }
}

struct Books<'a, 'de> {
    each: &'a mut dyn FnMut(Members<'de>),
}

impl<'de> DeserializeSeed<'de> for Books<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Books<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of books")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut books: A) -> Result<(), A::Error> {
        while let Some(members) = books.next_element_seed(OneBook)? {
            (self.each)(members);
        }
        Ok(())
    }
}

struct OneBook;

impl<'de> DeserializeSeed<'de> for OneBook {
    type Value = Members<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Members<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneBook {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a book, which is an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
