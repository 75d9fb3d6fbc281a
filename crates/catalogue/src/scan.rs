//! JSON as nearly every program writes it, read in one pass.

use serde_json::Value;

use crate::Strict;

/// A text of JSON of which each step takes something from the beginning, white space before it included, or fails.
///
/// It knows the usual spelling and no other: texts without escapes, whole numbers of few digits. So what a step takes is
/// JSON, but JSON that it does not take may be right all the same: who fails has the text read by `serde_json`, which also
/// tells what is wrong.
#[derive(Clone, Copy, Debug)]
pub struct Scan<'a> {
    text: &'a str,
    /// How much of it was taken.
    at: usize,
}

/// A text without escapes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quoted<'a> {
    /// With its quotes.
    pub(crate) json: &'a str,
    /// Whether it has only characters of which none can be a control, meet another one or be written in two ways.
    pub(crate) is_plain: bool,
}

impl<'a> Quoted<'a> {
    pub(crate) fn text(self) -> &'a str {
        &self.json[1..self.json.len() - 1]
    }
}

impl<'a> Scan<'a> {
    /// At the beginning of `text`.
    pub fn of(text: &'a str) -> Self {
        Scan { text, at: 0 }
    }

    /// What is left.
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Whether nothing is left but white space.
    pub fn is_at_end(mut self) -> bool {
        self.skip_space();
        self.at == self.text.len()
    }

    /// Takes one of the marks between values.
    pub fn mark(&mut self, mark: u8) -> Option<()> {
        self.skip_space();
        if self.text.as_bytes().get(self.at) != Some(&mark) {
            return None;
        }
        self.at += 1;
        Some(())
    }

    /// Takes an object, with `member` taking the value that has the name it is told.
    pub fn members(&mut self, mut member: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.named(|scan, name| member(scan, name.text()))
    }

    /// The same with a look at the characters of the names.
    pub(crate) fn named(&mut self, mut member: impl FnMut(&mut Self, Quoted<'a>) -> Option<()>) -> Option<()> {
        self.mark(b'{')?;
        if self.mark(b'}').is_some() {
            return Some(());
        }
        loop {
            let name = self.quoted()?;
            self.mark(b':')?;
            member(self, name)?;
            if self.mark(b',').is_none() {
                return self.mark(b'}');
            }
        }
    }

    /// Takes a list, with `element` taking each value.
    pub fn elements(&mut self, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.mark(b'[')?;
        if self.mark(b']').is_some() {
            return Some(());
        }
        loop {
            element(self)?;
            if self.mark(b',').is_none() {
                return self.mark(b']');
            }
        }
    }

    /// Takes a text without escapes.
    pub fn text(&mut self) -> Option<&'a str> {
        self.quoted().map(Quoted::text)
    }

    /// Takes a whole number and gives it as it is written: there is one way to write each.
    pub fn number(&mut self) -> Option<&'a str> {
        self.skip_space();
        let bytes = &self.text.as_bytes()[self.at..];
        let begin = usize::from(bytes.first() == Some(&b'-'));
        let digits = bytes[begin..].iter().take(DIGITS_MAX + 1).take_while(|byte| byte.is_ascii_digit()).count();
        let end = begin + digits;
        let is_usual = (1..=DIGITS_MAX).contains(&digits) && (bytes[begin] != b'0' || end == 1);
        if !is_usual || matches!(bytes.get(end), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        Some(self.take(end))
    }

    /// Takes a number from 0.
    pub fn natural(&mut self) -> Option<u64> {
        self.number()?.parse().ok()
    }

    /// Takes what `step` takes and gives it as it is written.
    pub fn written<T>(&mut self, step: impl FnOnce(&mut Self) -> Option<T>) -> Option<&'a str> {
        self.skip_space();
        let begin = self.at;
        step(self)?;
        Some(&self.text[begin..self.at])
    }

    /// Takes `word`, such as null.
    pub(crate) fn word(&mut self, word: &str) -> Option<()> {
        self.skip_space();
        let is_there = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        is_there.then(|| self.at += word.len())
    }

    /// Takes any value but lists of lists and the like, in any spelling.
    pub(crate) fn value(&mut self) -> Option<Value> {
        let mut values = serde_json::Deserializer::from_str(self.rest()).into_iter::<Strict>();
        let Strict(value) = values.next()?.ok()?;
        self.at += values.byte_offset();
        // How deep a whole text may be is for who reads it as a whole.
        is_flat(&value).then_some(value)
    }

    /// Takes a text without escapes, having had a look at its characters.
    pub(crate) fn quoted(&mut self) -> Option<Quoted<'a>> {
        let begin = self.at_quote()?;
        let bytes = self.text.as_bytes();
        let (mut at, mut others) = (begin + 1, 0);
        loop {
            let word = Word::at(bytes, at);
            let ends = word.ends();
            // What stands behind the first end belongs to something else.
            others |= word.other_than_ascii() & ends.wrapping_sub(1) & !ends;
            if ends != 0 {
                at += ends.trailing_zeros() as usize / 8;
                break;
            }
            at += Word::BYTES;
        }
        if bytes.get(at) != Some(&b'"') {
            return None;
        }
        self.at = at + 1;
        let is_plain = others == 0 || bytes[begin..at].iter().all(|byte| is_plain(*byte));
        Some(Quoted { json: &self.text[begin..self.at], is_plain })
    }

    fn at_quote(&mut self) -> Option<usize> {
        self.skip_space();
        (self.text.as_bytes().get(self.at) == Some(&b'"')).then_some(self.at)
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.text.as_bytes().get(self.at) {
            self.at += 1;
        }
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let begin = self.at;
        self.at += bytes;
        &self.text[begin..self.at]
    }
}

/// So many digits never are too large a number.
const DIGITS_MAX: usize = 18;

/// Eight bytes of a text that are looked at at once. The answers are words with the highest bit of some bytes set.
#[derive(Clone, Copy)]
struct Word(u64);

impl Word {
    const BYTES: usize = 8;
    const HIGHEST: u64 = Word::of(0x80);

    const fn of(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }

    /// The bytes from there on; behind the last one there are zeros.
    fn at(bytes: &[u8], place: usize) -> Self {
        let rest = bytes.get(place..).unwrap_or_default();
        match rest.first_chunk() {
            Some(word) => Word(u64::from_le_bytes(*word)),
            None => Word(rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))),
        }
    }

    /// Quotes, and what must be escaped in a text or begins an escape. The lowest is right, others above it may not be.
    fn ends(self) -> u64 {
        self.are(b'"') | self.are(b'\\') | self.are_below(0x20)
    }

    /// What is above ASCII, or its last control.
    fn other_than_ascii(self) -> u64 {
        (self.0 | ((self.0 & !Word::HIGHEST) + Word::of(1))) & Word::HIGHEST
    }

    fn are(self, byte: u8) -> u64 {
        Word(self.0 ^ Word::of(byte)).are_below(1)
    }

    fn are_below(self, byte: u8) -> u64 {
        self.0.wrapping_sub(Word::of(byte)) & !self.0 & Word::HIGHEST
    }
}

/// Whether a byte of a text is ASCII that can be seen, or of a letter from U+00C0 up to U+02FF: these are in NFC whatever
/// stands beside them, and none of them is a control or white space. Their first byte is 0xc3 to 0xcb, what follows is less.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | 0x80..=0xc1 | 0xc3..=0xcb)
}

fn is_flat(value: &Value) -> bool {
    let is_single = |value: &Value| !value.is_array() && !value.is_object();
    match value {
        Value::Array(all) => all.iter().all(is_single),
        Value::Object(members) => members.values().all(is_single),
        _ => true,
    }
}
