//! The matching books of one view, in pages.

use std::sync::Arc;

use catalogue::{BookId, Catalogue, Filter};

use crate::Event;

/// A page of a snapshot: large enough to be quick, small enough for a client to show something soon, and not to leave a
/// large buffer behind on every connection that once asked for one.
const PAGE_BYTES: usize = 64 * 1024;
/// Books looked at before others get their turn.
const LOOK_AT_ONCE: usize = 5_000;

/// The next page of a snapshot; at least one, which may be empty.
pub(super) async fn next_page(
    filter: &Filter,
    view: &Arc<Catalogue>,
    after: &mut Option<BookId>,
    pages: &mut usize,
) -> Option<Event> {
    let (mut books, mut bytes) = (Vec::new(), 0);
    loop {
        let mut looked_at = 0;
        for book in view.books_after(*after).take(LOOK_AT_ONCE) {
            looked_at += 1;
            if filter.matches(book) {
                bytes += book.json().len() + 1;
                if !books.is_empty() && bytes > PAGE_BYTES {
                    *pages += 1;
                    return Some(Event::Books { revision: view.revision(), books });
                }
                books.push(book.clone());
            }
            *after = Some(book.id());
        }
        if looked_at < LOOK_AT_ONCE {
            break;
        }
        // A filter that matches little must not keep everybody else on this thread waiting.
        tokio::task::yield_now().await;
    }
    if books.is_empty() && *pages > 0 {
        return None;
    }
    *pages += 1;
    Some(Event::Books { revision: view.revision(), books })
}
