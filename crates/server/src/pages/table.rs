//! The table of books.

use catalogue::{Book, Field};
use maud::{Markup, html};

use super::Reader;
use super::home::Listing;
use super::show;
use super::texts::Texts;

/// The columns, in the order in which they stand; each sorts.
pub(super) const COLUMNS: [&str; 8] = ["title", "author", "publisher", "year", "shelf", "stock", "price", "status"];
/// The columns that hold numbers.
const NUMBERS: [&str; 3] = ["year", "stock", "price"];

/// The table, and what stands in its place where it is empty.
pub(super) fn list(reader: Reader<'_>, listing: &Listing) -> Markup {
    let texts = reader.texts;
    let is_empty = listing.books.is_empty();
    let is_filtered = !listing.address.filter.is_empty();
    html! {
        div #empty .empty hidden[!is_empty] {
            @if is_filtered {
                p { (texts.say("home.none")) }
            } @else {
                @if reader.may_edit() {
                    p { (texts.say("home.empty")) }
                    p { code { "bookstore import books.csv" } }
                } @else {
                    p { (texts.say("home.empty.reader")) }
                }
            }
        }
        div .frame {
            table #books .books hidden[is_empty] {
                caption .quiet { (caption(texts, listing)) }
                thead {
                    tr {
                        @for column in COLUMNS { (heading(texts, listing, column)) }
                        @if reader.may_edit() {
                            th .actions.needs-script scope="col" { span .quiet { (texts.say("home.actions")) } }
                        }
                    }
                }
                tbody { @for book in &listing.books { (row(reader, book)) } }
            }
        }
    }
}

fn caption(texts: &'static Texts, listing: &Listing) -> String {
    if listing.books.is_empty() {
        return texts.say("home.caption.none").to_owned();
    }
    let last = listing.first() + listing.books.len() - 1;
    let [first, last, total] = [listing.first(), last, listing.total].map(|n| show::number(texts.language, n));
    texts.fill("home.caption", &[("first", &first), ("last", &last), ("total", &total)])
}

fn heading(texts: &'static Texts, listing: &Listing, column: &'static str) -> Markup {
    let label = texts.say(&format!("field.{column}"));
    let sort = listing.address.sort_text();
    let direction = if sort == column {
        Some("ascending")
    } else {
        (sort.strip_prefix('-') == Some(column)).then_some("descending")
    };
    html! {
        th class=(class(column)) scope="col" aria-sort=[direction] {
            a href=(listing.address.sorted_by(column).link()) { (label) }
        }
    }
}

fn row(reader: Reader<'_>, book: &Book) -> Markup {
    let texts = reader.texts;
    let title = &*book.text(Field::Title);
    let button = |action: &str, key: &str| {
        let label = texts.say(key);
        let name = texts.fill("action.of", &[("action", label), ("title", title)]);
        html! { button type="button" data-action=(action) aria-label=(name) { (label) } }
    };
    html! {
        tr data-id=(book.id()) data-revision=(book.revision()) {
            th .title scope="row" { a href={ "/books/" (book.id()) } dir="auto" { (title) } }
            @for column in &COLUMNS[1..] { (cell(texts, book, column)) }
            @if reader.may_edit() {
                td .actions.needs-script {
                    (button("edit", "action.edit"))
                    (button("delete", "action.delete"))
                }
            }
        }
    }
}

fn cell(texts: &'static Texts, book: &Book, column: &str) -> Markup {
    let language = texts.language;
    let content = match column {
        "author" => html! { span .text dir="auto" { (book.text(Field::Author)) } },
        "publisher" => html! { span .text dir="auto" { (book.text(Field::Publisher)) } },
        "year" => html! { @if let Some(year) = book.number(Field::Year) { (year) } },
        "shelf" => html! { (book.text(Field::Shelf)) },
        "stock" => html! { @if let Some(stock) = book.number(Field::Stock) { (show::number(language, stock)) } },
        "price" => html! { @if let Some(price) = book.price() { (show::price(language, &price)) } },
        _ => status(texts, &book.text(Field::Status)),
    };
    let label = texts.say(&format!("field.{column}"));
    html! { td class=(class(column)) data-label=(label) { (content) } }
}

/// A status as a word on its colour.
pub(super) fn status(texts: &'static Texts, written: &str) -> Markup {
    html! {
        @if !written.is_empty() {
            span .badge data-kind=(show::kind_of_status(written)) { (show::status(texts, written)) }
        }
    }
}

fn class(column: &str) -> String {
    if NUMBERS.contains(&column) { format!("{column} number") } else { column.to_owned() }
}
