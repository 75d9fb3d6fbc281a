//! Reads ahead: what calls that came together ask for is touched before the first of them is answered.
//!
//! With many books each get waits for memory: for the leaf of the tree, then for the text. One after the other such waits
//! add up; together they overlap. Which books they are is a guess from the bytes as they pass by: a wrong one costs a look,
//! and what the calls get, in which order and at what price is decided elsewhere, without it.

use std::hint::black_box;
use std::mem;

use catalogue::{Book, BookId};
use engine::Engine;

use super::framing::Masked;

/// Books that are touched in one look, if so many calls came.
const TOGETHER: usize = 16;
/// Stands for no call.
const NO_BOOK: BookId = BookId(0);
/// Fewer books are in the processor's caches anyway.
const BOOKS_MIN: usize = 4_096;
/// What a processor reads from memory at once.
const LINE_BYTES: usize = 64;
/// As long as most books are.
const TEXT_BYTES: usize = 1_024;

/// The books that the calls of one piece of input seem to ask for.
pub(super) struct Ahead<'a> {
    engine: &'a Engine,
    pays: bool,
    ids: [BookId; TOGETHER],
    noticed: usize,
}

impl<'a> Ahead<'a> {
    pub(super) fn of(engine: &'a Engine) -> Self {
        let pays = engine.glance(|view| view.len() >= BOOKS_MIN);
        Ahead { engine, pays, ids: [NO_BOOK; TOGETHER], noticed: 0 }
    }

    /// Notices a call.
    pub(super) fn notice(&mut self, call: Masked<'_>) {
        if self.pays
            && let Some(id) = last_number(call.backwards())
        {
            self.ids[self.noticed] = BookId(id);
            self.noticed += 1;
            if self.noticed == TOGETHER {
                self.fetch();
            }
        }
    }

    /// Touches what was noticed, where that is more than one book.
    pub(super) fn fetch(&mut self) {
        let (ids, noticed) = (mem::replace(&mut self.ids, [NO_BOOK; TOGETHER]), mem::take(&mut self.noticed));
        if noticed > 1 {
            // All leaves before the first text: only what does not depend on the line before is waited for beside it.
            self.engine.glance(|view| view.get_each(&ids).into_iter().flatten().for_each(touch));
        }
    }
}

fn touch(book: &Book) {
    let lines = book.json().as_bytes().iter().take(TEXT_BYTES).step_by(LINE_BYTES);
    lines.for_each(|byte| _ = black_box(*byte));
}

/// The number at the end of a call's params, as nearly every client writes a call that names a book: `…"params":{"id":42}}`.
fn last_number(mut backwards: impl Iterator<Item = u8>) -> Option<u64> {
    if [backwards.next()?, backwards.next()?] != *b"}}" {
        return None;
    }
    let digits = backwards.map(|byte| byte.wrapping_sub(b'0')).take_while(|digit| *digit < 10);
    let (mut number, mut unit) = (None, 1_u64);
    for digit in digits {
        // One that is too large is no book's, whatever becomes of it.
        number = Some(number.unwrap_or(0_u64).wrapping_add(unit.wrapping_mul(digit.into())));
        unit = unit.wrapping_mul(10);
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_that_ends_the_params_is_noticed() {
        let table = [
            (r#"{"jsonrpc":"2.0","id":7,"method":"books.get","params":{"id":42}}"#, Some(42)),
            (r#"{"jsonrpc":"2.0","id":7,"method":"books.delete","params":{"id":1000000}}"#, Some(1_000_000)),
            (r#"{"jsonrpc":"2.0","method":"books.get","params":{"id":42},"id":7}"#, None),
            (r#"{"jsonrpc":"2.0","id":7,"method":"books.get","params":{"id": 42 }}"#, None),
            (r#"{"jsonrpc":"2.0","id":7,"method":"books.update","params":{"id":1,"set":{"stock":5}}}"#, None),
            (r#"{"jsonrpc":"2.0","id":7,"method":"books.get","params":{"id":"42"}}"#, None),
            ("18446744073709551615}}", Some(u64::MAX)),
            ("18446744073709551617}}", Some(1)),
            ("}}", None),
            ("}", None),
            ("", None),
        ];
        for (call, expected) in table {
            assert_eq!(last_number(call.bytes().rev()), expected, "{call}");
        }
        assert!(last_number("9".repeat(123).bytes().chain(*b"}}").rev()).is_some());
    }
}
