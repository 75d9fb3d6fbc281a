//! `GET /books`: a page, or every book as a stream.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalogue::{Book, BookId, Catalogue, Cursor, ListQuery, Page, Revision};
use futures_util::stream;
use url::form_urlencoded;

use crate::answer::{Answered, header_text, json};
use crate::app::App;
use crate::conditions::if_none_match;
use crate::dispatch;
use crate::query::ListParams;

/// A stream is written in pieces of about this many bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// Answers `GET /books`.
pub(crate) async fn list(State(app): State<App>, headers: HeaderMap, RawQuery(query): RawQuery) -> Answered {
    let params = ListParams::parse(query.as_deref(), app.engine.limits())?;
    let lists = app.engine.lists();
    let revision = lists.view().revision();
    if if_none_match(&headers).is_some_and(|tags| tags.names_weakly(revision)) {
        // What the whole answer would vary on, which the compressor adds there and not here.
        let vary = HeaderValue::from_name(header::ACCEPT_ENCODING);
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag(revision)), (header::VARY, vary)]).into_response());
    }
    let (revision, mut response) = match params.limit {
        None if is_everything(&params) => (revision, everything(Arc::clone(lists.view()))),
        limit => {
            let bytes_max = limit.map_or(usize::MAX / 2, |limit| app.engine.limits().message_bytes_max - limit - 2);
            let ListParams { filter, sort, cursor, .. } = params;
            let books = limit.unwrap_or(usize::MAX);
            let wanted = ListQuery { filter, sort, cursor, skip: 0, limit: books, bytes_max };
            let page = dispatch::find(lists, wanted).await?;
            (page.revision, found(page, limit.is_some(), query.as_deref()))
        }
    };
    response.headers_mut().insert(header::ETAG, etag(revision));
    Ok(response)
}

fn etag(revision: Revision) -> HeaderValue {
    header_text(&format!("W/\"{revision}\""))
}

fn is_everything(params: &ListParams) -> bool {
    params.filter.is_empty() && params.sort.is_none() && params.cursor.is_none()
}

/// Every book by id, read from the view while it is sent.
fn everything(view: Arc<Catalogue>) -> Response {
    let total = view.len();
    let mut last: Option<BookId> = None;
    let pieces = Pieces::new(move || {
        let mut piece = Vec::new();
        for book in view.books_after(last) {
            write_book(&mut piece, book);
            last = Some(book.id());
            if piece.len() >= PIECE_BYTES {
                break;
            }
        }
        piece
    });
    with_total(json(StatusCode::OK, pieces.into_body()), total)
}

fn found(page: Page, is_page: bool, query: Option<&str>) -> Response {
    let next = page.next.filter(|_| is_page);
    let mut books = page.books.into_iter();
    let pieces = Pieces::new(move || {
        let mut piece = Vec::new();
        while piece.len() < PIECE_BYTES {
            let Some(book) = books.next() else { break };
            write_book(&mut piece, &book);
        }
        piece
    });
    let body = if is_page { Body::from(pieces.into_bytes()) } else { pieces.into_body() };
    let mut response = with_total(json(StatusCode::OK, body), page.total);
    if let Some(next) = next {
        response.headers_mut().insert(header::LINK, next_link(query, &next));
    }
    response
}

/// The same query with another cursor.
fn next_link(query: Option<&str>, next: &Cursor) -> HeaderValue {
    let kept = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).filter(|(key, _)| key != "cursor");
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("cursor", &next.to_string())
        .finish();
    header_text(&format!("</books?{query}>; rel=\"next\""))
}

fn with_total(mut response: Response, total: usize) -> Response {
    response.headers_mut().insert("x-total-count", HeaderValue::from(total));
    response
}

/// Writes a comma and a book; [`Pieces`] turns the first comma into the bracket.
fn write_book(piece: &mut Vec<u8>, book: &Book) {
    piece.push(b',');
    serde_json::to_writer(piece, book).expect("a book is JSON and memory takes it");
}

/// A JSON array in pieces, each made when it is asked for; an empty piece is the end.
struct Pieces<F> {
    next: F,
    state: Progress,
}

#[derive(Clone, Copy, PartialEq)]
enum Progress {
    Start,
    Middle,
    End,
}

impl<F: FnMut() -> Vec<u8> + Send + 'static> Pieces<F> {
    fn new(next: F) -> Self {
        Pieces { next, state: Progress::Start }
    }

    /// A short array has a length; a long one is made while it is sent.
    fn into_body(mut self) -> Body {
        let mut beginning = Vec::new();
        while beginning.len() < PIECE_BYTES {
            match self.next() {
                Some(piece) => beginning.extend(piece),
                None => return Body::from(beginning),
            }
        }
        let pieces = std::iter::once(beginning).chain(self);
        Body::from_stream(stream::unfold(pieces, |mut pieces| async move {
            // A peer that takes much at once must not keep everybody else on this thread waiting.
            tokio::task::yield_now().await;
            let piece = pieces.next()?;
            Some((Ok::<_, std::convert::Infallible>(Bytes::from(piece)), pieces))
        }))
    }

    fn into_bytes(self) -> Vec<u8> {
        self.flatten().collect()
    }
}

impl<F: FnMut() -> Vec<u8>> Iterator for Pieces<F> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        if self.state == Progress::End {
            return None;
        }
        let mut piece = (self.next)();
        if piece.is_empty() {
            let end: &[u8] = if self.state == Progress::Start { b"[]" } else { b"]" };
            self.state = Progress::End;
            return Some(end.to_vec());
        }
        if self.state == Progress::Start {
            piece[0] = b'[';
            self.state = Progress::Middle;
        }
        Some(piece)
    }
}
