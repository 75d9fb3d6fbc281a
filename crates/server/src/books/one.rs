//! The routes of a single book: `POST /books`, and GET, PUT, PATCH, DELETE of `/books/{id}`.

use access::Principal;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalogue::{Book, BookId, ConflictReason, Operation, Outcome, Refusal, Revision};
use engine::WriteError;
use protocol::method::Shape;
use protocol::{Name, Problem};

use crate::answer::{Answered, Refused, header_text, json};
use crate::app::App;
use crate::body;
use crate::conditions::{Tags, idempotency_key, if_match, if_none_match};
use crate::write;

/// The `{id}` of a path, as far as axum could decode it.
pub(crate) type IdText = Result<Path<String>, PathRejection>;

/// Answers `GET /books/{id}` with JSON.
pub(crate) async fn read(State(app): State<App>, id: IdText, headers: HeaderMap) -> Answered {
    let id = book_id(id)?;
    let view = app.engine.view();
    let book = view.get(id).ok_or_else(|| absent(id))?;
    if if_none_match(&headers).is_some_and(|tags| tags.names_weakly(book.revision())) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, header_text(&etag(book)))]).into_response());
    }
    Ok(shown(StatusCode::OK, book))
}

/// Answers `POST /books`.
pub(crate) async fn create(
    State(app): State<App>,
    Extension(by): Extension<Principal>,
    headers: HeaderMap,
    body: Body,
) -> Answered {
    let mut share = app.budget.incoming.share();
    let book = body::draft(&headers, body, body::DOCUMENT, app.engine.limits(), &mut share).await?;
    let book = carry_out(&app, &by, &headers, &[None], |_| Operation::Create { book: book.clone() }).await?;
    let book = book.expect("a book created is answered whole");
    let mut response = shown(StatusCode::CREATED, &book);
    response.headers_mut().insert(header::LOCATION, header_text(&format!("/books/{}", book.id())));
    Ok(response)
}

/// Answers `PUT /books/{id}`.
pub(crate) async fn replace(
    State(app): State<App>,
    Extension(by): Extension<Principal>,
    id: IdText,
    headers: HeaderMap,
    body: Body,
) -> Answered {
    let id = book_id(id)?;
    let mut share = app.budget.incoming.share();
    let mut book = body::draft(&headers, body, body::DOCUMENT, app.engine.limits(), &mut share).await?;
    // The path says which book; a copy of another book may be put in its place.
    book.remove("id");
    let if_revision = precondition(&app, id, &headers)?;
    let operation = |if_revision| Operation::Replace { id, book: book.clone(), if_revision };
    changed(carry_out(&app, &by, &headers, &if_revision, operation).await?)
}

/// Answers `PATCH /books/{id}`.
pub(crate) async fn patch(
    State(app): State<App>,
    Extension(by): Extension<Principal>,
    id: IdText,
    headers: HeaderMap,
    body: Body,
) -> Answered {
    let id = book_id(id)?;
    let mut share = app.budget.incoming.share();
    let set = body::draft(&headers, body, body::PATCH, app.engine.limits(), &mut share).await?;
    let if_revision = precondition(&app, id, &headers)?;
    let operation = |if_revision| Operation::Update { id, set: Some(set.clone()), add: None, if_revision };
    changed(carry_out(&app, &by, &headers, &if_revision, operation).await?)
}

/// Answers `DELETE /books/{id}`.
pub(crate) async fn delete(
    State(app): State<App>,
    Extension(by): Extension<Principal>,
    id: IdText,
    headers: HeaderMap,
) -> Answered {
    let id = book_id(id)?;
    let if_revision = precondition(&app, id, &headers)?;
    changed(carry_out(&app, &by, &headers, &if_revision, |if_revision| Operation::Delete { id, if_revision }).await?)
}

/// The number in a path. One book has one address: `/books/007` and `/books/abc` are none.
pub(crate) fn book_id(text: IdText) -> Result<BookId, Refused> {
    let text = text.map(|Path(text)| text).unwrap_or_default();
    let id = text.parse().ok().map(BookId).filter(|id| id.to_string() == text);
    id.ok_or_else(|| {
        Refused::new(Name::NotFound, format!("there is no book {text:?}: books have numbers, e.g. /books/1"))
    })
}

/// The revisions that the headers allow of book `id`, at least one; `None` is whichever.
fn precondition(app: &App, id: BookId, headers: &HeaderMap) -> Result<Vec<Option<Revision>>, Refused> {
    let present = app.engine.view().get(id).cloned();
    if let (Some(tags), Some(book)) = (if_none_match(headers), &present)
        && tags.names_weakly(book.revision())
    {
        return Err(failed("If-None-Match", Some(book.clone())).into());
    }
    let tags = if_match(headers)?;
    Ok(tags.unwrap_or(Tags::Any).wanted(present.map(|book| book.revision())))
}

/// One operation, on the first of `revisions` that the book is at; `None` is a book gone.
///
/// A retry finds the book at another revision than the first time, so each is asked for: the one of the first time is
/// the one that its answer is remembered with.
async fn carry_out(
    app: &App,
    by: &Principal,
    headers: &HeaderMap,
    revisions: &[Option<Revision>],
    operation: impl Fn(Option<Revision>) -> Operation,
) -> Result<Option<Book>, Refused> {
    let request_id = idempotency_key(headers, app.engine.limits().request_id_chars_max)?;
    let mut tried = None;
    for if_revision in revisions {
        let answer = write::carry_out_one(&app.engine, by, operation(*if_revision), request_id.clone()).await;
        let is_other = answer.as_ref().is_err_and(is_of_another_revision);
        tried = Some(answer);
        if !is_other {
            break;
        }
    }
    let answer = tried.expect("at least one revision is tried").map_err(refused)?;
    match answer.results.into_iter().next() {
        Some(Outcome::Book { book }) => Ok(Some(book)),
        Some(Outcome::Deleted { .. }) => Ok(None),
        None => Err(Refused::new(Name::Internal, "the write was carried out but its answer is empty")),
    }
}

/// Whether the same write with another revision might go through.
fn is_of_another_revision(error: &WriteError) -> bool {
    let refusal = match error {
        WriteError::RequestIdReused => return true,
        WriteError::Refused(refused) => &refused.refusal,
        _ => return false,
    };
    matches!(refusal, Refusal::Conflict { reason: ConflictReason::RevisionMismatch, .. })
}

/// On these routes only `If-Match` names a revision, so that a mismatch is a failed precondition.
fn refused(error: WriteError) -> Refused {
    match error {
        WriteError::Refused(catalogue::Refused {
            refusal: Refusal::Conflict { reason: ConflictReason::RevisionMismatch, book, .. },
            ..
        }) => failed("If-Match", book).into(),
        other => write::problem(other, Shape::Single).into(),
    }
}

fn failed(header: &str, book: Option<Book>) -> Problem {
    let at = book.as_ref().map(|book| format!("book {} is at revision {}", book.id(), book.revision()));
    let at = at.unwrap_or_else(|| "the book has changed".to_owned());
    let message = format!("{at}, which {header} rules out: look at the current book and decide again");
    Problem { book, ..Problem::new(Name::PreconditionFailed, message) }
}

fn absent(id: BookId) -> Refused {
    Refused::new(Name::NotFound, format!("there is no book {id}"))
}

/// The answer of a write that kept, or removed, its book.
fn changed(book: Option<Book>) -> Answered {
    Ok(book.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |book| shown(StatusCode::OK, &book)))
}

fn shown(status: StatusCode, book: &Book) -> Response {
    let mut response = json(status, serde_json::to_vec(book).expect("a book is JSON"));
    response.headers_mut().insert(header::ETAG, header_text(&etag(book)));
    response
}

fn etag(book: &Book) -> String {
    format!("\"{}\"", book.revision())
}
