//! Walking through a book's JSON, whose form is known.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::Field;

/// The fields of a book with their JSON, in the order of output.
#[derive(Clone)]
pub(super) struct Members<'a> {
    rest: &'a str,
    fields: std::array::IntoIter<Field, { Field::ALL.len() }>,
}

/// What is searched for to find a member: see [`place`].
static OPENINGS: LazyLock<[Finder<'static>; Field::ALL.len()]> =
    LazyLock::new(|| Field::ALL.map(|field| Finder::new(field.opening())));

/// Where a field stands in the text of a book, as a member behind a comma; where it would stand, if it is left out.
///
/// It is searched for. Nothing before it can look like it: within a text every quote has a backslash before it, and names of
/// the shop's own come last. Of those one could be its name, where it is left out.
pub(super) fn place(json: &str, field: Field) -> Range<usize> {
    let last = field.min(Field::Status);
    let begin = find(json, last).expect("a book has nine fields whatever they say");
    let end = member_end(json, begin, last);
    if field <= last {
        return begin..end;
    }
    let rest = &json[end..];
    match find(rest, field) {
        Some(begin) if field == Field::Extra || find(&rest[..begin], Field::Extra).is_none() => {
            end + begin..member_end(json, end + begin, field)
        }
        _ => {
            let place = end + before(rest, field);
            place..place
        }
    }
}

/// Where a field's opening stands first.
fn find(json: &str, field: Field) -> Option<usize> {
    OPENINGS[field as usize].find(json.as_bytes())
}

/// Where a member ends that begins there.
fn member_end(json: &str, begin: usize, field: Field) -> usize {
    let value = begin + field.opening().len();
    value + value_len(&json.as_bytes()[value..])
}

/// Where a field would stand that is left out among the optional ones.
fn before(rest: &str, field: Field) -> usize {
    let mut members = Members::of(rest);
    loop {
        let begin = rest.len() - members.rest.len();
        if members.next().is_none_or(|(next, _)| next > field) {
            return begin;
        }
    }
}

impl<'a> Members<'a> {
    /// Those that stand in `said`, each behind a comma.
    pub(super) fn of(said: &'a str) -> Self {
        Members { rest: said, fields: Field::ALL.into_iter() }
    }
}

impl<'a> Members<'a> {
    /// The JSON of a field that comes next, if it does: whoever asks for all fields in their order meets each that is there.
    pub(super) fn next_if(&mut self, field: Field) -> Option<&'a str> {
        let value = self.rest.strip_prefix(field.opening())?;
        let (value, rest) = value.split_at(value_len(value.as_bytes()));
        self.rest = rest;
        Some(value)
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Field, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let field = self.fields.next()?;
            if let Some(json) = self.next_if(field) {
                return Some((field, json));
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
        Some(text) if memchr::memchr(b'\\', text.as_bytes()).is_none() => Cow::Borrowed(text),
        _ => Cow::Owned(serde_json::from_str(json).expect("a text of a book is JSON")),
    }
}
