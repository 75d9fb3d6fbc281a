//! Whether a text is a book's JSON to the letter, as this program writes it.
//!
//! There is one such text for each book. Only such a text is kept as it stands: who reads its members relies on its form.

use crate::{Field, Timestamp};

/// Whether `text` is what the book that it tells of would be written as.
pub(super) fn is_a_books(text: &str) -> bool {
    Form { rest: text }.book().is_some()
}

/// Each step takes what it is named after from the beginning of the rest, or fails.
struct Form<'a> {
    rest: &'a str,
}

impl<'a> Form<'a> {
    fn book(&mut self) -> Option<()> {
        self.exactly(super::ID)?;
        self.number::<u64>()?;
        for field in Field::ALL {
            if self.exactly(field.opening()).is_some() {
                self.value(field)?;
            } else if field <= Field::Status {
                return None;
            }
        }
        self.exactly(super::REVISION)?;
        self.number::<u64>()?;
        self.exactly(super::UPDATED_AT)?;
        let (time, behind) = self.rest.split_once('"')?;
        (is_a_times(time) && behind == "}").then_some(())
    }

    fn value(&mut self, field: Field) -> Option<()> {
        match field {
            Field::Year | Field::Pages => self.exactly("null").or_else(|| self.number::<i64>()),
            Field::Stock => self.number::<i64>(),
            Field::Subjects => self.subjects(),
            Field::Price => self.price(),
            Field::Extra => self.extra(),
            _ => self.text().map(drop),
        }
    }

    fn subjects(&mut self) -> Option<()> {
        self.exactly("[")?;
        loop {
            self.text()?;
            if self.exactly(",").is_none() {
                return self.exactly("]");
            }
        }
    }

    fn price(&mut self) -> Option<()> {
        self.exactly("{\"amount\":")?;
        self.text()?;
        self.exactly(",\"currency\":")?;
        self.text()?;
        self.exactly("}")
    }

    /// Pairs by name, each name once.
    fn extra(&mut self) -> Option<()> {
        self.exactly("{")?;
        let mut last = None;
        loop {
            // In which order escaped names belong, their bytes do not tell.
            let name = self.text().filter(|name| !name.contains('\\') && last.is_none_or(|last| last < *name))?;
            last = Some(name);
            self.exactly(":")?;
            self.text()?;
            if self.exactly(",").is_none() {
                return self.exactly("}");
            }
        }
    }

    fn exactly(&mut self, expected: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }

    /// Digits as they are written: no leading zero, no zero below zero, in range.
    fn number<T: std::str::FromStr>(&mut self) -> Option<()> {
        let end = self.rest.find(|c: char| c != '-' && !c.is_ascii_digit())?;
        let (digits, rest) = self.rest.split_at(end);
        let plain = digits.strip_prefix('-').unwrap_or(digits);
        let is_written = if plain.starts_with('0') { digits == "0" } else { digits.parse::<T>().is_ok() };
        self.rest = rest;
        is_written.then_some(())
    }

    /// A text in quotes with no escape but the shortest, and none that need not be. Returns what stands between the quotes.
    fn text(&mut self) -> Option<&'a str> {
        let text = self.rest.strip_prefix('"')?;
        let bytes = text.as_bytes();
        let mut at = 0;
        loop {
            at += bytes[at..].iter().position(|byte| matches!(byte, ..0x20 | b'"' | b'\\'))?;
            match bytes[at] {
                b'"' => break,
                b'\\' => at += escape_len(&bytes[at + 1..])? + 1,
                _ => return None,
            }
        }
        self.rest = &text[at + 1..];
        Some(&text[..at])
    }
}

/// How many bytes an escape has behind its backslash; `None` where it is not what is written.
fn escape_len(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't', ..] => Some(1),
        // Those above have a letter of their own.
        [b'u', b'0', b'0', b'0', b'8' | b'9' | b'a' | b'c' | b'd', ..] => None,
        [b'u', b'0', b'0', b'0' | b'1', b'0'..=b'9' | b'a'..=b'f', ..] => Some(5),
        _ => None,
    }
}

/// Whether a time is written so.
fn is_a_times(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok_and(|time| time.to_string() == text)
}
