//! What the operator is told about a book that was taken over.

use std::fmt;

use catalogue::{BookId, FieldError};

/// One value that is not as the rules would have it, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Remark {
    error: FieldError,
    fate: Fate,
}

/// What became of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fate {
    /// It is in its field as it was.
    Kept,
    /// It is in `extra` as text, under this name.
    Moved(String),
    /// The book has this id instead.
    Renumbered(BookId),
}

impl Remark {
    /// What was wrong, and what became of it.
    pub(super) fn new(error: FieldError, fate: Fate) -> Self {
        Remark { error, fate }
    }

    /// The remark as a sentence about a book.
    pub(super) fn about(&self, id: BookId, title: &str) -> String {
        let FieldError { field, message } = &self.error;
        let (title, field, message) = (shown(title), shown(field), shortened(message, 4 * SHOWN_CHARS_MAX));
        format!("book {id} (\"{title}\"): {field} {message}; {}", self.fate)
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fate::Kept => write!(f, "kept as it was"),
            Fate::Moved(name) => write!(f, "moved to extra.{}", shown(name)),
            Fate::Renumbered(id) => write!(f, "the book is now {id}"),
        }
    }
}

/// The most characters of a title or a name in a sentence.
const SHOWN_CHARS_MAX: usize = 80;

/// A text from a file as it may stand in a sentence of ours: short, on one line, without control characters.
pub(crate) fn shown(text: &str) -> String {
    shortened(text, SHOWN_CHARS_MAX).escape_debug().to_string()
}

fn shortened(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
