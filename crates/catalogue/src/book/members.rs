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
/// The nine that are always there are searched for. Nothing else can look like one: within a text every quote has a
/// backslash before it, and names of the shop's own come later. Among the others one could be such a name; they are few and
/// mostly short, and a walk along them tells as well where one is missing.
pub(super) fn place(json: &str, field: Field) -> Range<usize> {
    let last = field.min(Field::Status);
    let begin = OPENINGS[last as usize].find(json.as_bytes()).expect("a book has nine fields whatever they say");
    let value = begin + last.opening().len();
    let end = value + value_len(&json.as_bytes()[value..]);
    if field <= last {
        return begin..end;
    }
    let mut members = Members::of(&json[end..]);
    loop {
        let begin = json.len() - members.rest.len();
        match members.next() {
            Some((next, _)) if next < field => {}
            Some((next, _)) if next == field => return begin..json.len() - members.rest.len(),
            _ => return begin..begin,
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
