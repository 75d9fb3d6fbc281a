//! The page of one book.

use access::Principal;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use catalogue::{Book, Catalogue, Field, Timestamp};
use maud::{Markup, html};
use serde_json::json;

use super::layout::{self, Content};
use super::texts::Texts;
use super::{Reader, choose_language, dialogs, missing, show, table};
use crate::app::App;
use crate::books::{IdText, book_id};

/// Answers `GET /books/{id}` for people.
pub(crate) async fn book(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    id: IdText,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    if let Some(answer) = choose_language(&uri) {
        return answer;
    }
    let reader = Reader::new(&headers, &uri).known(&principal);
    let view = app.engine.view();
    let Ok(id) = book_id(id) else { return missing::page(reader) };
    match view.get(id) {
        Some(book) => reader.page(StatusCode::OK, &shown(reader, &app, &view, book)),
        None => missing::book(reader, id, view.was_deleted(id)),
    }
}

fn shown(reader: Reader<'_>, app: &App, view: &Catalogue, book: &Book) -> Markup {
    let texts = reader.texts;
    let body = html! {
        main #main .narrow tabindex="-1" data-id=(book.id) data-revision=(view.revision())
            data-store=(app.engine.store()) data-filter=(json!({ "id": book.id })) {
            p .back { a #back href="/" { (texts.say("book.back")) } }
            p #news .news role="status" {}
            (article(reader, book))
        }
        (dialogs::all(texts))
    };
    layout::page(reader, &Content { kind: "book", title: book.details.title.to_string(), body })
}

fn article(reader: Reader<'_>, book: &Book) -> Markup {
    let texts = reader.texts;
    html! {
        article #book data-revision=(book.revision) {
            div .top {
                div {
                    h1 data-field="title" dir="auto" { (book.details.title) }
                    p .author data-field="author" dir="auto" { (book.details.author) }
                }
                @if reader.may_edit() {
                    div .buttons.needs-script {
                        button .primary type="button" data-action="edit" { (texts.say("action.edit")) }
                        button .danger type="button" data-action="delete" { (texts.say("action.delete")) }
                    }
                }
            }
            dl .details {
                @for field in Field::ALL {
                    @if let Some(value) = value(texts, book, field) { (entry(texts, field, &value)) }
                }
            }
            p .changed {
                (texts.fill("book.number", &[("id", &book.id.to_string())])) " · "
                (texts.say("book.changed")) " " (moment(book.updated_at)) " · "
                (texts.fill("book.revision", &[("revision", &book.revision.to_string())]))
            }
        }
    }
}

fn entry(texts: &'static Texts, field: Field, value: &Markup) -> Markup {
    let label = texts.say(&format!("field.{}", field.name()));
    html! {
        div data-field=(field.name()) {
            dt { (label) }
            dd dir="auto" { (value) }
        }
    }
}

/// A field as shown below the title; `None` where it is unset, or shown above already.
fn value(texts: &'static Texts, book: &Book, field: Field) -> Option<Markup> {
    let details = &book.details;
    let language = texts.language;
    let text = |text: &str| (!text.is_empty()).then(|| html! { (text) });
    match field {
        Field::Title | Field::Author => None,
        Field::Publisher => text(&details.publisher),
        Field::Year => details.year.map(|year| html! { (year) }),
        Field::Pages => details.pages.map(|pages| html! { (show::number(language, pages)) }),
        Field::Edition => text(&details.edition),
        Field::Description => text(&details.description),
        Field::Status => (!details.status.is_empty()).then(|| table::status(texts, &details.status)),
        Field::Isbn => details.isbn.as_deref().and_then(text),
        Field::Language => details.language.as_deref().map(|tag| html! { span data-language=(tag) { (tag) } }),
        Field::Subjects => text(&details.subjects.join("; ")),
        Field::Series => details.series.as_deref().and_then(text),
        Field::Shelf => details.shelf.as_deref().and_then(text),
        Field::Barcode => details.barcode.as_deref().and_then(text),
        Field::Stock => details.stock.map(|stock| html! { (show::number(language, stock)) }),
        Field::Price => details.price.as_ref().map(|price| html! { (show::price(language, price)) }),
        Field::Extra => (!details.extra.is_empty()).then(|| extra(book)),
    }
}

fn extra(book: &Book) -> Markup {
    html! {
        ul .extra { @for (name, value) in &book.details.extra { li { b { (name) } ": " (value) } } }
    }
}

/// A moment in UTC; scripts turn it into the reader's own time.
fn moment(at: Timestamp) -> Markup {
    let rfc3339 = at.to_string();
    let shown = rfc3339.replace('T', " ").replace('Z', " UTC");
    html! { time datetime=(rfc3339) { (shown) } }
}
