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
        main #main .narrow tabindex="-1" data-id=(book.id()) data-revision=(view.revision())
            data-store=(app.engine.store()) data-filter=(json!({ "id": book.id() })) {
            p .back { a #back href="/" { (texts.say("book.back")) } }
            p #news .news role="status" {}
            (article(reader, book))
        }
        (dialogs::all(texts))
    };
    layout::page(reader, &Content { kind: "book", title: book.text(Field::Title).into(), body })
}

fn article(reader: Reader<'_>, book: &Book) -> Markup {
    let texts = reader.texts;
    html! {
        article #book data-revision=(book.revision()) {
            div .top {
                div {
                    h1 data-field="title" dir="auto" { (book.text(Field::Title)) }
                    p .author data-field="author" dir="auto" { (book.text(Field::Author)) }
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
                (texts.fill("book.number", &[("id", &book.id().to_string())])) " · "
                (texts.say("book.changed")) " " (moment(book.updated_at())) " · "
                (texts.fill("book.revision", &[("revision", &book.revision().to_string())]))
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
    let language = texts.language;
    let text = |text: &str| (!text.is_empty()).then(|| html! { (text) });
    match field {
        Field::Title | Field::Author => None,
        Field::Year => book.number(field).map(|year| html! { (year) }),
        Field::Pages | Field::Stock => book.number(field).map(|number| html! { (show::number(language, number)) }),
        Field::Status => {
            Some(book.text(field)).filter(|status| !status.is_empty()).map(|status| table::status(texts, &status))
        }
        Field::Language => {
            book.member(field).map(|_| book.text(field)).map(|tag| html! { span data-language=(tag) { (tag) } })
        }
        Field::Subjects => text(&book.subjects().collect::<Vec<_>>().join("; ")),
        Field::Price => book.price().map(|price| html! { (show::price(language, &price)) }),
        Field::Extra => book.member(field).map(|_| extra(book)),
        _ => text(&book.text(field)),
    }
}

fn extra(book: &Book) -> Markup {
    html! {
        ul .extra { @for (name, value) in book.extra() { li { b { (name) } ": " (value) } } }
    }
}

/// A moment in UTC; scripts turn it into the reader's own time.
fn moment(at: Timestamp) -> Markup {
    let rfc3339 = at.to_string();
    let shown = rfc3339.replace('T', " ").replace('Z', " UTC");
    html! { time datetime=(rfc3339) { (shown) } }
}
