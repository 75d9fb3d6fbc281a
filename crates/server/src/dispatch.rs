//! From a call that was read to its reply.

use std::num::NonZeroU32;
use std::sync::LazyLock;
use std::time::Duration;

use catalogue::{Answer, Book, BookId, ListQuery, Outcome, Page, Revision};
use engine::{Lists, Position, Start, StoreId, Subscription, WriteError};
use protocol::method::TransactResult;
use protocol::method::{Call, DeletedResult, Info, Limits, List, ListResult, Shape, Subscribe};
use protocol::{Name, Problem, openrpc, rpc};

use crate::app::App;
use crate::metrics::OK;
use crate::rates::Rates;
use crate::write;

/// What `rpc.discover` and `/openrpc.json` answer.
pub(crate) static OPENRPC: LazyLock<String> = LazyLock::new(|| openrpc::document().to_string());

/// What surrounds the books of a page: envelope, member names, numbers, and a cursor that holds a long text.
const PAGE_ENVELOPE_BYTES: usize = 12 * 1024;
/// What surrounds the one book of a reply, besides the id.
const REPLY_ENVELOPE_BYTES: usize = 128;
/// Looking at more books than this takes longer than other connections should wait.
const LISTED_IN_PLACE_MAX: usize = 2_000;

/// A reply with how the call came out, for the metrics.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) text: String,
    pub(crate) outcome: &'static str,
}

impl Reply {
    /// The reply to a call that was carried out.
    pub(crate) fn ok(text: String) -> Self {
        Reply { text, outcome: OK }
    }

    /// The reply to a call that was refused.
    pub(crate) fn refused(id: &str, problem: &Problem) -> Self {
        Reply { text: rpc::error(id, problem), outcome: problem.name.text() }
    }

    /// The reply to a write.
    pub(crate) fn wrote(id: &str, shape: Shape, answer: Result<Answer, WriteError>) -> Self {
        match answer {
            Ok(answer) => Reply::ok(write_result(id, shape, &answer)),
            Err(error) => Reply::refused(id, &write::problem(error, shape)),
        }
    }
}

fn write_result(id: &str, shape: Shape, answer: &Answer) -> String {
    let revision = answer.revision;
    match (shape, answer.results.as_slice()) {
        (Shape::Single, [Outcome::Book { book }]) => rpc::book(id, revision, book.json()),
        (Shape::Single, [Outcome::Deleted { id: gone }]) => rpc::result(id, &DeletedResult { revision, id: *gone }),
        (_, results) => rpc::result(id, &TransactResult { revision, results }),
    }
}

/// The most bytes that the reply to a call may have which is no write, where `room` is the most that any may.
pub(crate) fn reply_bytes(call: &Call, room: usize) -> usize {
    match call {
        Call::List(_) => room,
        Call::Get(_) => catalogue::BOOK_BYTES_MAX.min(room),
        Call::Discover => OPENRPC.len(),
        Call::Write(_) | Call::Subscribe(_) | Call::Unsubscribe(_) | Call::Login(_) | Call::Info => 0,
    }
}

/// The reply to a call that only looks, of about `room` bytes where it can be that short.
pub(crate) async fn look_up(app: &App, id: &str, call: Call, room: usize) -> Result<String, Problem> {
    match call {
        Call::Get(book) => find_one(app, book, |found| found.reply(id)),
        Call::List(list) => page(app, id, list, room).await,
        Call::Info => Ok(rpc::result(id, &info(app))),
        Call::Discover => Ok(rpc::ready_result(id, &OPENRPC)),
        other => Err(Problem::new(Name::Internal, format!("{other:?} was not carried out: it does not only look"))),
    }
}

/// A book where it was found.
pub(crate) struct Found<'a> {
    revision: Revision,
    book: &'a Book,
}

impl Found<'_> {
    /// The most bytes that the reply with it has.
    pub(crate) fn reply_bytes(&self, id: Option<&str>) -> usize {
        REPLY_ENVELOPE_BYTES + id.map_or(0, str::len) + self.book.json().len()
    }

    /// The reply with it.
    pub(crate) fn reply(&self, id: &str) -> String {
        rpc::book(id, self.revision, self.book.json())
    }
}

/// Looks for one book and gives what is made of it. Its text is copied from where it stands: a clone would have to be
/// counted first, and the text, which is in no cache, would be waited for after that.
pub(crate) fn find_one<T>(app: &App, wanted: BookId, make: impl FnOnce(Found<'_>) -> T) -> Result<T, Problem> {
    let made = app.engine.glance(|view| {
        let book = view.get(wanted)?;
        Some(make(Found { revision: view.revision(), book }))
    });
    made.ok_or_else(|| Problem::new(Name::NotFound, format!("there is no book {wanted}")))
}

async fn page(app: &App, id: &str, list: List, room: usize) -> Result<String, Problem> {
    let List { filter, sort, limit, cursor } = list;
    let bytes_max = room.saturating_sub(PAGE_ENVELOPE_BYTES);
    let query = ListQuery { filter, sort, cursor, skip: 0, limit, bytes_max };
    let Page { revision, books, total, next } = find(app.engine.lists(), query).await?;
    let next = next.map(|cursor| cursor.to_string());
    Ok(rpc::result(id, &ListResult { revision, books: &books, total, next }))
}

/// The page that `query` asks for.
pub(crate) async fn find(lists: Lists, query: ListQuery) -> Result<Page, Problem> {
    let books = lists.view().len();
    let looked_at = if query.is_first_by_id() { query.limit.min(books) } else { books };
    let page = match looked_at <= LISTED_IN_PLACE_MAX {
        true => lists.list(&query),
        false => aside(move || lists.list(&query)).await?,
    };
    page.map_err(|error| Problem::invalid(vec![error]))
}

/// Does what takes long where no connection waits for it. A panic there is the fault of this call and ends nothing else.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|fault| {
        // The text of a panic is for the log, where it stands already, and not for strangers.
        tracing::error!(panicked = fault.is_panic(), "a call is answered with an internal error");
        Problem::new(Name::Internal, "something broke while looking; the server's log says more")
    })
}

/// Begins a subscription: in force when this returns.
pub(crate) fn subscribe(app: &App, wanted: Subscribe) -> Result<Subscription, Problem> {
    let Subscribe { filter, since, store, snapshot } = wanted;
    let since = since.map(|revision| Position { revision, store: store.map(|store| StoreId(store.into())) });
    app.engine.subscribe(filter, Start { since, snapshot }).map_err(gone)
}

/// The refusal of a position that cannot be resumed from.
pub(crate) fn gone(error: engine::SubscribeError) -> Problem {
    let message = error.to_string();
    let (oldest, store) = (Some(error.oldest), Some(error.store.0));
    Problem { oldest, store, ..Problem::new(Name::RevisionGone, message) }
}

fn info(app: &App) -> Info {
    let view = app.engine.view();
    Info {
        name: "bookstore",
        version: env!("CARGO_PKG_VERSION"),
        store: app.engine.store().to_string(),
        revision: view.revision(),
        books: view.len(),
        clients: app.clients.count(),
        limits: limits(app.engine.limits(), app.options.rates),
    }
}

fn limits(limits: &engine::Limits, rates: Rates) -> Limits {
    let seconds = |duration: Duration| duration.as_secs_f64();
    Limits {
        message_bytes_max: limits.message_bytes_max,
        batch_calls_max: limits.batch_calls_max,
        operations_max: limits.operations_max,
        book_bytes_max: catalogue::BOOK_BYTES_MAX,
        page_books: limits.page_books,
        page_books_max: limits.page_books_max,
        connections_max: limits.connections_max,
        calls_in_flight_max: limits.calls_in_flight_max,
        calls_in_flight_bytes_max: limits.calls_in_flight_bytes_max,
        subscriptions_max: limits.subscriptions_max,
        writes_queued_max: limits.writes_queued_max,
        batch_entries_max: limits.batch_entries_max,
        batch_bytes_max: limits.batch_bytes_max,
        behind_entries_max: limits.behind_entries_max,
        behind_bytes_max: limits.behind_bytes_max,
        ring_entries_max: limits.ring_entries_max,
        ring_bytes_max: limits.ring_bytes_max,
        receipts_min: limits.receipts_min,
        request_id_chars_max: limits.request_id_chars_max,
        current_interval_s: seconds(limits.current_interval),
        ping_after_s: seconds(limits.ping_after),
        stalled_max_s: seconds(limits.stalled_max),
        header_timeout_s: seconds(limits.header_timeout),
        stop_timeout_s: seconds(limits.stop_timeout),
        login_timeout_s: seconds(limits.login_timeout),
        bytes_in_flight_max: limits.bytes_in_flight_max,
        rate: rates.per_second.map(NonZeroU32::get),
        connections_per_address: rates.connections_per_address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_panics_aside_is_a_fault_without_particulars() {
        let problem = aside(|| -> () { panic!("planted by a test") }).await.unwrap_err();
        assert_eq!((problem.name, problem.message.contains("planted")), (Name::Internal, false));
        assert_eq!(aside(|| 7).await.unwrap(), 7, "nothing else is touched");
    }
}
