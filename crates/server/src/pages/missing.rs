//! What people see where nothing is: what they asked for, and a way back.

use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use catalogue::BookId;
use maud::{Markup, html};

use super::layout::{self, Content};
use super::{Reader, choose_language};

/// The page at an address where nothing is.
pub(crate) fn missing(headers: &HeaderMap, uri: &Uri) -> Response {
    choose_language(uri).unwrap_or_else(|| page(Reader::new(headers, uri)))
}

/// The same, where the reader is known.
pub(super) fn page(reader: Reader<'_>) -> Response {
    let path = reader.uri.path();
    not_found(reader, &reader.texts.fill("missing.page", &[("path", path)]))
}

/// The page of a book that is not there, or no longer.
pub(super) fn book(reader: Reader<'_>, id: BookId, was_deleted: bool) -> Response {
    let id = id.to_string();
    let values = [("id", id.as_str())];
    let what = match was_deleted {
        true => reader.texts.fill("missing.deleted", &values),
        false => reader.texts.fill("missing.book", &values),
    };
    not_found(reader, &what)
}

fn not_found(reader: Reader<'_>, what: &str) -> Response {
    let texts = reader.texts;
    let body: Markup = html! {
        main #main .missing tabindex="-1" {
            p .number aria-hidden="true" { "404" }
            h1 { (texts.say("missing.title")) }
            p { (what) }
            p { a .button.primary href="/" { (texts.say("missing.back")) } }
        }
    };
    let title = texts.say("missing.title").to_owned();
    reader.page(StatusCode::NOT_FOUND, &layout::page(reader, &Content { kind: "none", title, body }))
}
