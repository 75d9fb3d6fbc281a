//! A JSON document in any of its shapes: `{"books": […]}` with other members beside, a bare list, one book, or one book
//! behind the other.

use super::book::{self, Unknown};
use super::scanner::{Raw, Scanner};
use crate::ROW_BYTES_MAX;
use crate::import::decoded::Decoded;
use crate::import::foreign::not_read;
use crate::import::{ImportError, Row, RowError, Turn};

/// A document being read.
pub(in crate::import) struct Document {
    scanner: Scanner,
    next: Next,
    /// Books read so far.
    books: u64,
    unknown: Unknown,
}

/// What comes next in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Beginning,
    /// The first book of a list, or its end.
    First(List),
    /// A book of a list, behind a comma.
    Book(List),
    /// A comma, or the list's end.
    Comma(List),
    /// One more book that stands by itself, or the end.
    Single,
    End,
}

/// Where the list of books stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Bare,
    InObject,
}

/// What a step through the text has found, if anything.
type Step = Result<Option<Result<Row, RowError>>, ImportError>;

const SHAPES: &str = r#"a file of books is {"books": […]}, a list […], or one book behind the other"#;
const BOOKS: &str = "\"books\"";

impl Document {
    pub(in crate::import) fn new(input: Decoded) -> Document {
        Document { scanner: Scanner::new(input), next: Next::Beginning, books: 0, unknown: Unknown::default() }
    }

    pub(in crate::import) fn unknown(&self) -> &[String] {
        self.unknown.names()
    }

    pub(in crate::import) fn next(&mut self) -> Option<Turn> {
        loop {
            let byte = match self.scanner.peek() {
                Ok(None) if matches!(self.next, Next::Single | Next::End) => return None,
                Ok(None) => return Some(Err(self.wrong("the text ends here, it was cut off; get a whole copy"))),
                Ok(Some(byte)) => byte,
                Err(error) => return Some(Err(error)),
            };
            match self.step(byte) {
                Ok(None) => {}
                Ok(Some(row)) => return Some(Ok(row)),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    fn step(&mut self, byte: u8) -> Step {
        match (self.next, byte) {
            (Next::Beginning, b'[') => self.go_on(Next::First(List::Bare)),
            (Next::Beginning | Next::Single, b'{') => self.object(),
            (Next::Beginning, _) => Err(self.wrong(SHAPES)),
            (Next::Single | Next::End, _) => Err(self.wrong("there is more behind the end")),
            (Next::First(list) | Next::Comma(list), b']') => self.close(list),
            (Next::First(list) | Next::Book(list), _) => self.element(list),
            (Next::Comma(list), b',') => self.go_on(Next::Book(list)),
            (Next::Comma(_), _) => Err(self.wrong("a comma or the end of the list should stand here")),
        }
    }

    /// Steps over the byte that was seen.
    fn go_on(&mut self, next: Next) -> Step {
        self.scanner.take();
        self.next = next;
        Ok(None)
    }

    fn element(&mut self, list: List) -> Step {
        let raw = self.scanner.value()?;
        self.next = Next::Comma(list);
        self.books += 1;
        if raw.is_too_long {
            return Ok(Some(Err(book::too_long(self.books))));
        }
        let row = book::read(self.books, &raw.text, &mut self.unknown);
        if row.is_err() {
            // A bad book keeps out no other; but behind what is not JSON nothing can be trusted.
            raw.check()?;
        }
        Ok(Some(row))
    }

    /// An object that stands by itself: a book, or what the list of books is a member of.
    fn object(&mut self) -> Step {
        self.scanner.take();
        let mut book = Members::default();
        if self.scanner.peek()? == Some(b'}') {
            self.scanner.take();
            return self.single(book);
        }
        loop {
            let name = self.member_name()?;
            if name.text == BOOKS {
                return self.open_list();
            }
            book.push(&name, &self.member_value()?);
            if !self.has_more_members()? {
                return self.single(book);
            }
        }
    }

    fn single(&mut self, book: Members) -> Step {
        self.next = Next::Single;
        self.books += 1;
        let Some(text) = book.text() else { return Ok(Some(Err(book::too_long(self.books)))) };
        let row = book::read(self.books, &text, &mut self.unknown);
        if self.books == 1 && row.as_ref().is_ok_and(|row| row.draft.members().is_empty()) {
            return Err(ImportError(format!("this object is no book and has no list of books: {SHAPES}")));
        }
        Ok(Some(row))
    }

    fn open_list(&mut self) -> Step {
        if self.books > 0 {
            return Err(self.wrong("a list of books stands behind a book: import them one by one"));
        }
        match self.scanner.peek()? {
            Some(b'[') => self.go_on(Next::First(List::InObject)),
            _ => Err(self.wrong("\"books\" should be a list here")),
        }
    }

    fn close(&mut self, list: List) -> Step {
        self.scanner.take();
        self.next = Next::End;
        if list == List::InObject {
            while self.has_more_members()? {
                if self.member_name()?.text == BOOKS {
                    return Err(self.wrong("\"books\" is named twice"));
                }
                self.member_value()?;
            }
        }
        Ok(None)
    }

    /// A member's name in its quotes, and the colon behind it.
    fn member_name(&mut self) -> Result<Raw, ImportError> {
        if self.scanner.peek()? != Some(b'"') {
            return Err(self.wrong("a member's name in quotes should stand here"));
        }
        let name = self.scanner.value()?;
        name.check()?;
        if name.text == "\"@context\"" {
            return Err(ImportError(not_read("JSON-LD")));
        }
        if self.scanner.peek()? != Some(b':') {
            return Err(self.wrong("a colon should stand here"));
        }
        self.scanner.take();
        Ok(name)
    }

    fn member_value(&mut self) -> Result<Raw, ImportError> {
        let value = self.scanner.value()?;
        value.check()?;
        Ok(value)
    }

    fn has_more_members(&mut self) -> Result<bool, ImportError> {
        let more = match self.scanner.peek()? {
            Some(b',') => true,
            Some(b'}') => false,
            _ => return Err(self.wrong("a comma or the end of the object should stand here")),
        };
        self.scanner.take();
        Ok(more)
    }

    fn wrong(&self, what: &str) -> ImportError {
        ImportError(format!("{}: {what}", self.scanner.place()))
    }
}

/// The members of an object, read one by one because it may turn out to hold the list of books.
#[derive(Default)]
struct Members {
    text: String,
    is_too_long: bool,
}

impl Members {
    fn push(&mut self, name: &Raw, value: &Raw) {
        let length = self.text.len() + name.text.len() + value.text.len();
        self.is_too_long |= name.is_too_long || value.is_too_long || length > ROW_BYTES_MAX;
        if !self.is_too_long {
            let before = if self.text.is_empty() { "" } else { "," };
            self.text.extend([before, &name.text, ":", &value.text]);
        }
    }

    /// The object; `None` if it is too long.
    fn text(self) -> Option<String> {
        (!self.is_too_long).then(|| format!("{{{}}}", self.text))
    }
}
