//! A `books.json` that somebody edited, as it stands: nothing in it is believed.

use catalogue::Draft;
use serde::Deserialize;
use serde_json::Value;

/// What an edited snapshot says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct EditedFile {
    /// Its member `store`, where it is a text.
    pub(crate) store: Option<String>,
    /// Its member `revision`, where it is a number.
    pub(crate) revision: Option<u64>,
    /// Its member `next_id`, where it is a number.
    pub(crate) next_id: Option<u64>,
    /// Its books, none of them checked.
    pub(crate) books: Vec<Draft>,
}

impl EditedFile {
    /// Reads a snapshot, or a bare list of books; else says why it is neither.
    pub(crate) fn read(bytes: &[u8]) -> Result<EditedFile, String> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let is_list = bytes.trim_ascii_start().starts_with(b"[");
        let read = if is_list { list(bytes) } else { serde_json::from_slice(bytes).map(Members::into) };
        read.map_err(|error| error.to_string())
    }
}

fn list(bytes: &[u8]) -> serde_json::Result<EditedFile> {
    Ok(EditedFile { books: serde_json::from_slice(bytes)?, ..EditedFile::default() })
}

#[derive(Deserialize)]
#[serde(expecting = "a snapshot as {\"store\", \"revision\", \"books\", …}")]
struct Members {
    #[serde(default)]
    store: Value,
    #[serde(default)]
    revision: Value,
    #[serde(default)]
    next_id: Value,
    books: Vec<Draft>,
}

impl From<Members> for EditedFile {
    fn from(members: Members) -> Self {
        EditedFile {
            store: members.store.as_str().map(str::to_owned),
            revision: members.revision.as_u64(),
            next_id: members.next_id.as_u64(),
            books: members.books,
        }
    }
}
