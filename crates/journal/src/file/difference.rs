//! How a `books.json` that is not as it was written differs from the journal, book by book.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufReader};
use std::path::Path;

use catalogue::{Book, BookId, Catalogue, Field, Revision, Strict};
use serde_json::{Map, Value};

use super::disk::{Access, Disk, read_full_at};
use super::snapshot::Reading;
use crate::StoreId;

/// The books of a file that people may have edited, as they stand there.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FileBooks {
    /// The store that the file claims.
    pub(crate) store: Option<StoreId>,
    /// The revision that the file claims.
    pub(crate) revision: Option<Revision>,
    /// The books by id.
    pub(crate) books: BTreeMap<BookId, Map<String, Value>>,
    /// The books without one.
    pub(crate) without_id: Vec<Map<String, Value>>,
}

/// How one book differs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Difference {
    /// Only the file has it.
    Added { id: Option<BookId>, book: Map<String, Value> },
    /// Only the journal has it.
    Removed { book: Book },
    /// Both have it, with other values.
    Changed { id: BookId, title: Value, fields: Vec<FieldDifference> },
}

/// A field that differs; null where it is unset.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldDifference {
    /// The field's name; the file may have members that are no fields.
    pub(crate) name: String,
    pub(crate) journal: Value,
    pub(crate) file: Value,
}

impl FileBooks {
    /// Reads a file in the form of `books.json`, or a bare array of books. The inner error says why it cannot be compared.
    pub(crate) fn read(disk: &dyn Disk, path: &Path) -> io::Result<Result<FileBooks, String>> {
        let file = disk.open(path, Access::Read)?;
        // An editor may have put a byte order mark before it.
        let mut start = [0; BYTE_ORDER_MARK.len()];
        read_full_at(file.as_ref(), &mut start, 0)?;
        let offset = if start == BYTE_ORDER_MARK { start.len() as u64 } else { 0 };
        let reader = BufReader::with_capacity(64 * 1024, Reading { file: file.as_ref(), offset });
        match serde_json::from_reader(reader) {
            Ok(Strict(value)) => Ok(FileBooks::of(value)),
            Err(error) if error.is_io() => Err(error.into()),
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    fn of(value: Value) -> Result<FileBooks, String> {
        let (books, members) = match value {
            Value::Array(books) => (books, Map::new()),
            Value::Object(mut members) => match members.remove("books") {
                Some(Value::Array(books)) => (books, members),
                _ => return Err("it has no list \"books\"".into()),
            },
            _ => return Err("it is no list of books".into()),
        };
        let store = members.get("store").and_then(Value::as_str).map(|store| StoreId(store.into()));
        let revision = members.get("revision").and_then(Value::as_u64).map(Revision);
        let mut read = FileBooks { store, revision, ..FileBooks::default() };
        books.into_iter().try_for_each(|book| read.add(book))?;
        Ok(read)
    }

    fn add(&mut self, book: Value) -> Result<(), String> {
        let Value::Object(book) = book else { return Err(format!("{} is no book", clipped(&book))) };
        let id = match book.get("id").unwrap_or(&Value::Null) {
            Value::Null => {
                self.without_id.push(book);
                return Ok(());
            }
            id => id.as_u64().map(BookId).ok_or_else(|| format!("{} is no id of a book", clipped(id)))?,
        };
        match self.books.insert(id, book) {
            None => Ok(()),
            Some(_) => Err(format!("two books have the id {id}")),
        }
    }
}

/// What some editors put before UTF-8.
pub(crate) const BYTE_ORDER_MARK: [u8; 3] = *b"\xef\xbb\xbf";

/// How `file` differs from `state`: by id, books without one last. `revision` and `updated_at` never count.
pub(crate) fn difference(state: &Catalogue, file: &FileBooks) -> Vec<Difference> {
    let of_file = file.books.iter().filter_map(|(id, book)| match state.get(*id) {
        Some(ours) => changed(ours, book).map(|difference| (*id, difference)),
        None => Some((*id, Difference::Added { id: Some(*id), book: book.clone() })),
    });
    let gone = state.books().filter(|book| !file.books.contains_key(&book.id()));
    let of_journal = gone.map(|book| (book.id(), Difference::Removed { book: book.clone() }));
    let by_id: BTreeMap<BookId, Difference> = of_file.chain(of_journal).collect();
    let new = file.without_id.iter().map(|book| Difference::Added { id: None, book: book.clone() });
    by_id.into_values().chain(new).collect()
}

fn changed(ours: &Book, theirs: &Map<String, Value>) -> Option<Difference> {
    let Ok(Value::Object(ours_members)) = serde_json::to_value(ours) else {
        unreachable!("a book is a JSON object");
    };
    let unknown = theirs.keys().filter(|name| Field::from_name(name).is_none() && !OWN.contains(&name.as_str()));
    let names = Field::ALL.iter().map(|field| field.name()).chain(unknown.map(String::as_str));
    let fields: Vec<_> = names
        .map(|name| FieldDifference {
            name: name.to_owned(),
            journal: value(&ours_members, name),
            file: value(theirs, name),
        })
        .filter(|field| field.journal != field.file)
        .collect();
    (!fields.is_empty()).then(|| Difference::Changed { id: ours.id(), title: value(&ours_members, "title"), fields })
}

/// The members of a book that are not people's to set.
const OWN: [&str; 3] = ["id", "revision", "updated_at"];

/// A member's value; null where it says nothing.
fn value(members: &Map<String, Value>, name: &str) -> Value {
    match members.get(name) {
        Some(Value::String(text)) if text.is_empty() => Value::Null,
        Some(Value::Array(values)) if values.is_empty() => Value::Null,
        Some(Value::Object(members)) if members.is_empty() => Value::Null,
        other => other.cloned().unwrap_or_default(),
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Added { id: Some(id), book } => {
                write!(f, "book {id} {}: only the file has it", clipped(&value(book, "title")))
            }
            Difference::Added { id: None, book } => {
                write!(f, "a book without id {}: only the file has it", clipped(&value(book, "title")))
            }
            Difference::Removed { book } => {
                let title = Value::from(&*book.text(Field::Title));
                write!(f, "book {} {}: only the journal has it", book.id(), clipped(&title))
            }
            Difference::Changed { id, title, fields } => {
                let fields: Vec<_> = fields.iter().map(FieldDifference::to_string).collect();
                write!(f, "book {id} {}: {}", clipped(title), fields.join("; "))
            }
        }
    }
}

impl fmt::Display for FieldDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FieldDifference { name, journal, file } = self;
        write!(f, "{name} is {} in the journal and {} in the file", clipped(journal), clipped(file))
    }
}

/// The beginning of a value's JSON.
fn clipped(value: &Value) -> String {
    if value.is_null() {
        return "not set".into();
    }
    let text = value.to_string();
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

const CHARACTERS_MAX: usize = 80;
