//! Books for people: a table on a terminal, tab-separated text elsewhere.

use std::io;

use catalogue::{Book, Field};
use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use serde_json::Value;

use crate::output::{is_terminal, line, plain};

const HEADER: [&str; 7] = ["id", "title", "author", "publisher", "year", "isbn", "status"];

/// A line below the header and no other, so that many rows fit on a screen.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Shows books, one a line.
pub(crate) fn books(books: &[Book]) -> io::Result<()> {
    rows(&HEADER, books.iter().map(row).collect())
}

/// Shows the members of one book, in the order of its fields, or of another object.
pub(crate) fn book(object: &Value) -> io::Result<()> {
    let members = object.as_object().into_iter().flatten();
    let mut members: Vec<_> = members.filter(|(_, value)| !is_unset(value)).collect();
    members.sort_by_key(|(name, _)| place(name));
    let cells = members.into_iter().map(|(name, value)| vec![name.clone(), plain(&text(value))]);
    rows(&["field", "value"], cells.collect())
}

/// Where a member stands: the number first, then the fields, then what else there is.
fn place(name: &str) -> usize {
    match Field::ALL.iter().position(|field| field.name() == name) {
        Some(place) => place + 1,
        None if name == "id" => 0,
        None => usize::MAX,
    }
}

/// Shows rows under a header.
pub(crate) fn rows(header: &[&str], rows: Vec<Vec<String>>) -> io::Result<()> {
    if !is_terminal() {
        line(header.join("\t"))?;
        return rows.iter().try_for_each(|row| line(row.join("\t")));
    }
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_header(header);
    table.add_rows(rows);
    line(table)
}

fn row(book: &Book) -> Vec<String> {
    let year = book.number(Field::Year).map(|year| year.to_string()).unwrap_or_default();
    let text = |field| plain(&book.text(field));
    let [title, author, publisher] = [Field::Title, Field::Author, Field::Publisher].map(text);
    vec![book.id().to_string(), title, author, publisher, plain(&year), text(Field::Isbn), text(Field::Status)]
}

fn is_unset(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join("; "),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{name}: {}", text(value)));
            members.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
