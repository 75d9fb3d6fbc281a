//! A snapshot as this program lays it out, with a book a line, read once by all processors.
//!
//! One thread reads, counts the checksum and cuts at the ends of lines; the others decode. Nothing of it counts before the
//! checksum of all of it holds.

use std::io;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use catalogue::{Book, BookId};
use serde::Deserialize;

use super::reading::{Members, Seal};
use crate::file::disk::{DiskFile, read_full_at};
use crate::file::line::LINE_BYTES_MAX;

/// How much is read, and decoded, at once.
const BLOCK_BYTES: usize = 1024 * 1024;
/// More threads than this find nothing to do: one reads no faster.
const DECODERS_MAX: usize = 8;

/// The bytes of a file and what they say.
pub(super) struct Read {
    pub(super) crc: u32,
    /// `None` where another hand laid the file out.
    pub(super) members: Option<Members>,
}

/// Whole lines of the file, with the number of this piece.
type Block = (usize, Vec<u8>);

/// What one block says.
#[derive(Default)]
struct Decoded {
    books: Vec<Book>,
    /// Whether the last of the books is the file's last.
    ends_books: bool,
    /// What stands behind the books.
    rest: Option<Vec<u8>>,
}

/// Reads a file to its end; the checksum is of what stands before the seal.
pub(super) fn read(file: &dyn DiskFile, seal: &Seal) -> io::Result<Read> {
    let length = file.length()?;
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(DECODERS_MAX);
    // One block is decoded before another thread has begun.
    let decoders = if length <= BLOCK_BYTES as u64 { 0 } else { processors };
    let (blocks, queue) = sync_channel(processors);
    let queue = Mutex::new(queue);
    let ((crc, first), mut decoded) = thread::scope(|scope| {
        let decoding: Vec<_> = (0..decoders).map(|_| scope.spawn(|| decode_all(&queue))).collect();
        let read = cut(file, length, seal, &blocks);
        drop(blocks);
        let mut decoded = decode_all(&queue);
        for thread in decoding {
            decoded.extend(thread.join().expect("decoding does not panic"));
        }
        read.map(|read| (read, decoded))
    })?;
    decoded.sort_unstable_by_key(|(number, _)| *number);
    let members = first.and_then(|first| assemble(&first, decoded.into_iter().map(|(_, block)| block)));
    Ok(Read { crc, members })
}

/// Reads the file from its beginning, hands out its blocks, and gives the checksum and the first line.
fn cut(
    file: &dyn DiskFile,
    length: u64,
    seal: &Seal,
    blocks: &SyncSender<Block>,
) -> io::Result<(u32, Option<Vec<u8>>)> {
    let (mut crc, mut offset, mut held, mut pieces) = (0, 0, Vec::new(), Pieces::default());
    while offset < length {
        let known = held.len();
        let wanted = (length - offset).min(BLOCK_BYTES as u64) as usize;
        held.resize(known + wanted, 0);
        let read = read_full_at(file, &mut held[known..], offset)?;
        held.truncate(known + read);
        let sealed = seal.content_bytes.saturating_sub(offset).min(read as u64) as usize;
        crc = crc32c::crc32c_append(crc, &held[known..known + sealed]);
        // Shorter than it was: the checksum will not hold.
        offset = if read == 0 { length } else { offset + read as u64 };
        let whole = match memchr::memrchr(b'\n', &held[known..]) {
            _ if offset >= length => held.len(),
            end => end.map_or(0, |end| known + end + 1),
        };
        let rest = held.split_off(whole);
        pieces.add(std::mem::replace(&mut held, rest), blocks);
        if held.len() > LINE_BYTES_MAX {
            pieces = Pieces { is_ours: false, ..pieces };
            held.clear();
        }
    }
    Ok((crc, pieces.first.filter(|_| pieces.is_ours)))
}

/// What was cut so far.
struct Pieces {
    first: Option<Vec<u8>>,
    count: usize,
    /// Not where a line is longer than any of ours.
    is_ours: bool,
}

impl Default for Pieces {
    fn default() -> Self {
        Pieces { first: None, count: 0, is_ours: true }
    }
}

impl Pieces {
    /// Keeps the first line and hands the others on.
    fn add(&mut self, mut lines: Vec<u8>, blocks: &SyncSender<Block>) {
        if self.first.is_none() && !lines.is_empty() {
            let end = memchr::memchr(b'\n', &lines).map_or(lines.len(), |end| end + 1);
            let behind = lines.split_off(end);
            self.first = Some(std::mem::replace(&mut lines, behind));
        }
        if self.is_ours && !lines.is_empty() {
            // The decoders are there until the sender is gone.
            let _ = blocks.send((self.count, lines));
            self.count += 1;
        }
    }
}

/// Decodes blocks until there are no more; `None` in the place of one that is not laid out so.
fn decode_all(queue: &Mutex<Receiver<Block>>) -> Vec<(usize, Option<Decoded>)> {
    let mut decoded = Vec::new();
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, block)) = next else { return decoded };
        decoded.push((number, decode(&block)));
    }
}

fn decode(block: &[u8]) -> Option<Decoded> {
    let mut decoded = Decoded::default();
    let mut rest = block;
    while !rest.is_empty() {
        if decoded.ends_books || rest[0] != b'{' {
            decoded.rest = Some(rest.to_vec());
            break;
        }
        let end = memchr::memchr(b'\n', rest)?;
        let line = rest[..end].strip_suffix(b",")?;
        let book = line.strip_suffix(b"]");
        decoded.ends_books = book.is_some();
        decoded.books.push(Book::from_json(std::str::from_utf8(book.unwrap_or(line)).ok()?).ok()?);
        rest = &rest[end + 1..];
    }
    Some(decoded)
}

/// Puts together what the blocks say, in their order.
fn assemble(first: &[u8], blocks: impl Iterator<Item = Option<Decoded>>) -> Option<Members> {
    let mut members: Members = super::reading::first_members(first.strip_suffix(b"\n")?)?;
    let (mut is_behind, mut last) = (false, Vec::new());
    for block in blocks {
        let Decoded { books, ends_books, rest } = block?;
        if is_behind && !books.is_empty() {
            return None;
        }
        members.books.extend(books);
        is_behind |= ends_books;
        match rest {
            Some(_) if !is_behind => return None,
            rest => last.extend(rest.unwrap_or_default()),
        }
    }
    let line = last.strip_suffix(b"\n").unwrap_or(&last);
    let Last { deleted } = serde_json::from_slice(&[b"{", line].concat()).ok()?;
    members.deleted = deleted;
    (is_behind && !line.contains(&b'\n')).then_some(members)
}

#[derive(Deserialize)]
struct Last {
    #[serde(default)]
    deleted: Vec<BookId>,
}
