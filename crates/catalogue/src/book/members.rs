//! Walking through a book's JSON, whose form is known.

use std::borrow::Cow;

use crate::Field;

/// The fields of a book with their JSON, in the order of output.
#[derive(Clone)]
pub(super) struct Members<'a> {
    rest: &'a str,
    fields: std::array::IntoIter<Field, { Field::ALL.len() }>,
}

impl<'a> Members<'a> {
    /// Those that stand in `said`, each behind a comma.
    pub(super) fn of(said: &'a str) -> Self {
        Members { rest: said, fields: Field::ALL.into_iter() }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Field, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let field = self.fields.next()?;
            if let Some(value) = self.rest.strip_prefix(field.opening()) {
                let (value, rest) = value.split_at(value_len(value.as_bytes()));
                self.rest = rest;
                return Some((field, value));
            }
        }
    }
}

/// How many bytes the value has with which `bytes` begin.
fn value_len(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(b'"') => text_len(bytes),
        Some(b'[' | b'{') => nest_len(bytes),
        _ => memchr::memchr(b',', bytes).unwrap_or(bytes.len()),
    }
}

/// The same of a text with its quotes.
fn text_len(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += found + 1;
        if bytes[at - 1] == b'"' {
            return at;
        }
        // What follows a backslash is no end.
        at += 1;
    }
    bytes.len()
}

/// The same of a list or an object that holds only texts.
fn nest_len(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at += text_len(&bytes[at..]),
            b']' | b'}' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The texts in a list or an object, names among them.
pub(super) fn texts(json: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let mut rest = json;
    std::iter::from_fn(move || {
        let (_, from) = rest.split_at(memchr::memchr(b'"', rest.as_bytes())?);
        let (text, behind) = from.split_at(text_len(from.as_bytes()));
        rest = behind;
        Some(unescaped(text))
    })
}

/// The text that stands in quotes.
pub(super) fn unescaped(json: &str) -> Cow<'_, str> {
    match json.get(1..json.len().saturating_sub(1)) {
        Some(text) if !text.contains('\\') => Cow::Borrowed(text),
        _ => Cow::Owned(serde_json::from_str(json).expect("a text of a book is JSON")),
    }
}
