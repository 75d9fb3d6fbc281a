//! One line of a segment: an entry or a mark, sealed with its checksum.

use std::borrow::Cow;

use catalogue::{BookId, Change, ChangeKind, Entry, Revision, Timestamp};
use serde::{Deserialize, Serialize};

use super::gap::Gap;
use super::seal::{is_sealed, seal_object};
use crate::Receipt;

/// The longest line that is written or read, in bytes: a journal's reader needs that much memory at most.
pub(crate) const LINE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Appends `entry` as a line; `durable` is the last revision known durable when it is written.
pub(crate) fn write_entry(out: &mut Vec<u8>, entry: &Entry, durable: Revision) {
    let Entry { revision, at, by, request, changes } = entry;
    let start = out.len();
    put(out, "{\"revision\":", revision);
    out.extend_from_slice(b",\"at\":\"");
    at.append_to(out);
    put(out, "\",\"by\":", by);
    put(out, ",\"durable\":", &durable);
    if let Some(request) = request {
        put(out, ",\"request\":", request);
    }
    out.extend_from_slice(b",\"changes\":[");
    for (number, change) in changes.iter().enumerate() {
        write_change(out, if number == 0 { "" } else { "," }, change);
    }
    out.extend_from_slice(b"]}");
    finish(out, start);
}

/// Appends a change as `serde` would write it: most of it is text that is at hand.
fn write_change(out: &mut Vec<u8>, before: &str, change: &Change) {
    let Change { kind, id, book, changed, was } = change;
    out.extend_from_slice(before.as_bytes());
    out.extend_from_slice(match kind {
        ChangeKind::Created => b"{\"kind\":\"created\"".as_slice(),
        ChangeKind::Updated => b"{\"kind\":\"updated\"",
        ChangeKind::Deleted => b"{\"kind\":\"deleted\"",
    });
    put(out, ",\"id\":", id);
    if let Some(book) = book {
        out.extend_from_slice(b",\"book\":");
        out.extend_from_slice(book.json().as_bytes());
    }
    if !changed.is_empty() {
        put(out, ",\"changed\":", changed);
    }
    if let Some(was) = was {
        out.extend_from_slice(b",\"was\":");
        out.extend_from_slice(was.json().as_bytes());
    }
    out.push(b'}');
}

/// Appends a member, `opening` being what stands before its value.
fn put(out: &mut Vec<u8>, opening: &str, value: &impl Serialize) {
    out.extend_from_slice(opening.as_bytes());
    serde_json::to_writer(out, value).expect("lines have only texts as keys, and memory does not fail");
}

/// Appends a mark: a witness that everything up to `durable` was on the disk.
pub(crate) fn write_mark(out: &mut Vec<u8>, durable: Revision) {
    write(out, &MarkLine { durable, next: None });
}

/// Appends what a restore leaves: the mark before a gap.
pub(crate) fn write_gap(out: &mut Vec<u8>, gap: &Gap) {
    write(out, &MarkLine { durable: gap.before, next: Some(gap.next) });
}

fn write(out: &mut Vec<u8>, line: &impl Serialize) {
    let start = out.len();
    put(out, "", line);
    finish(out, start);
}

fn finish(out: &mut Vec<u8>, start: usize) {
    seal_object(out, start);
    out.push(b'\n');
}

#[derive(Serialize)]
struct MarkLine {
    durable: Revision,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Revision>,
}

/// What a line is, without what it did to the books.
#[derive(Debug, PartialEq)]
pub(crate) enum Outline {
    Entry {
        revision: Revision,
        at: Timestamp,
        durable: Revision,
        receipt: Option<Receipt>,
    },
    /// With `next`, the entry that follows has that revision: what a restore leaves, and the only gap allowed.
    Mark {
        durable: Revision,
        next: Option<Revision>,
    },
}

impl Outline {
    /// The last revision known durable when the line was written.
    pub(crate) fn durable(&self) -> Revision {
        match self {
            Outline::Entry { durable, .. } | Outline::Mark { durable, .. } => *durable,
        }
    }

    /// The revision that the line says comes next, its own included.
    pub(crate) fn next(&self) -> Option<Revision> {
        match self {
            Outline::Entry { revision, .. } => Some(*revision),
            Outline::Mark { next, .. } => *next,
        }
    }
}

/// Why a line is none.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum BadLine {
    /// Cut off, overwritten, or never written whole.
    #[error("its checksum does not hold")]
    Unsealed,
    /// As it was written, and yet it says nothing that this program understands.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

/// Reads what a line is. `bytes` are without the line's end.
pub(crate) fn outline(bytes: &[u8]) -> Result<Outline, BadLine> {
    if !is_sealed(bytes) {
        return Err(BadLine::Unsealed);
    }
    let members: Members<'_> = serde_json::from_slice(bytes).map_err(unreadable)?;
    let Members { revision, at, by, durable, next, request } = members;
    if ![Some(durable), revision, next].into_iter().flatten().all(is_possible) {
        return Err(BadLine::Unreadable("a revision that cannot be".into()));
    }
    let (Some(revision), Some(at), Some(by)) = (revision, at, by) else {
        return match revision {
            None => Ok(Outline::Mark { durable, next }),
            Some(_) => Err(BadLine::Unreadable("an entry without `at` or `by`".into())),
        };
    };
    let receipt = request.map(|request| Receipt {
        revision,
        by: by.as_ref().into(),
        id: request.id.as_ref().into(),
        hash: request.hash.as_ref().into(),
    });
    Ok(Outline::Entry { revision, at, durable, receipt })
}

/// Whether a revision can be: what is larger than every JavaScript number was written by nobody.
pub(crate) fn is_possible(revision: Revision) -> bool {
    revision.0 < 1 << 53
}

/// Reads the entry of a line whose outline is one.
pub(crate) fn entry(bytes: &[u8]) -> Result<Entry, BadLine> {
    let entry: Entry = serde_json::from_slice(bytes).map_err(unreadable)?;
    match entry.changes.iter().find(|change| !says_what_it_did(change)) {
        Some(change) => Err(BadLine::Unreadable(format!("a change of book {} that is none", change.id))),
        None => Ok(entry),
    }
}

/// Whether a change can be carried out: a state that a snapshot could not hold would be another one after the next start.
fn says_what_it_did(change: &Change) -> bool {
    let is_id = (BookId::FIRST..=BookId::ASSIGNED_MAX).contains(&change.id);
    let named = change.book.as_ref().map(|book| book.id());
    is_id && (change.kind == ChangeKind::Deleted || named == Some(change.id))
}

/// Where in a piece of a file lines may begin, its own beginning included; a few at most.
pub(crate) fn beginnings(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let begins = |place: &usize| BEGINNINGS.iter().any(|beginning| bytes[*place..].starts_with(beginning));
    (0..bytes.len()).filter(begins).take(BEGINNINGS_MAX)
}

/// How lines begin. Within a text these bytes cannot stand: its quotes are escaped.
const BEGINNINGS: [&[u8]; 2] = [br#"{"revision":"#, br#"{"durable":"#];
const BEGINNINGS_MAX: usize = 64;

fn unreadable(error: serde_json::Error) -> BadLine {
    BadLine::Unreadable(error.to_string())
}

#[derive(Deserialize)]
struct Members<'a> {
    revision: Option<Revision>,
    at: Option<Timestamp>,
    #[serde(borrow)]
    by: Option<Cow<'a, str>>,
    durable: Revision,
    next: Option<Revision>,
    #[serde(borrow)]
    request: Option<RequestMembers<'a>>,
}

#[derive(Deserialize)]
struct RequestMembers<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    hash: Cow<'a, str>,
}
