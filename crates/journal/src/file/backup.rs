//! A backup: a store at one revision in one file, readable with `jq`.
//!
//! ```text
//! {"backup":1,"store","at","begins","revision","next_id"}   the head: of which store, made when, from which revision to which
//! {"book":{…}}          the state at `begins`, a book a line
//! {"deleted":[…]}       and its deleted ids, some thousands a line, where there are any
//! …                     the journal behind it up to `revision`, its lines as they are
//! {"lines","entries","revision","next_id","books","state"}   the closing line: how much stands before it, and what it comes to
//! ```
//!
//! Each line is sealed as the journal's are; the seal of the closing line is over the whole file, so that nothing can be
//! cut off, changed or put in without being noticed. `state` is a checksum of the state that the lines lead to, as the
//! server had it in memory: a backup that is sound and comes to another state is none.

mod closing;
mod reading;
mod writing;

use catalogue::{BookId, Catalogue, Revision, Timestamp};
use serde::{Deserialize, Serialize};

use crate::StoreId;

pub use self::closing::ClosingCheck;
pub use self::reading::BackupError;
pub(crate) use self::reading::{Part, read, unpacked};
pub use self::writing::Backup;

/// What a backup is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The store that was backed up.
    pub store: StoreId,
    /// When.
    pub at: Timestamp,
    /// The revision of the state with which it begins.
    pub begins: Revision,
    /// The revision of the state it stands for.
    pub revision: Revision,
    /// How many entries lead from the one to the other.
    pub entries: u64,
    /// How many books there are in the end.
    pub books: usize,
}

/// How every backup begins.
pub(crate) const BEGINNING: &[u8] = b"{\"backup\":";

/// The version of the form; a later one gets the next number.
const VERSION: u32 = 1;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    backup: u32,
    store: StoreId,
    at: Timestamp,
    begins: Revision,
    revision: Revision,
    next_id: BookId,
}

/// A line with a book of the state at the beginning.
#[derive(Serialize, Deserialize)]
struct BookLine<B> {
    book: B,
}

/// A line with ids that were deleted before the beginning.
#[derive(Serialize, Deserialize)]
struct DeletedLine {
    deleted: Vec<BookId>,
}

/// The last line.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Closing {
    /// How many lines stand before this one.
    lines: u64,
    /// How many of them are entries.
    entries: u64,
    revision: Revision,
    next_id: BookId,
    books: usize,
    state: String,
}

impl Closing {
    fn new(lines: u64, entries: u64, state: &Catalogue) -> Self {
        let (revision, next_id, books) = (state.revision(), state.next_id(), state.len());
        Closing { lines, entries, revision, next_id, books, state: format!("{:08x}", fingerprint(state)) }
    }
}

/// CRC-32C of a state's books and deleted ids, each as JSON with a line's end.
fn fingerprint(state: &Catalogue) -> u32 {
    let mut text = Vec::new();
    let mut add = |crc, value: &dyn Fn(&mut Vec<u8>) -> serde_json::Result<()>| {
        text.clear();
        value(&mut text).expect("books are JSON, and memory does not fail");
        text.push(b'\n');
        crc32c::crc32c_append(crc, &text)
    };
    let books = state.books().fold(0, |crc, book| add(crc, &|text| serde_json::to_writer(text, book)));
    state.deleted().fold(books, |crc, id| add(crc, &|text| serde_json::to_writer(text, &id)))
}
