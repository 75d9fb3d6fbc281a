//! How a book in an edited file differs from the book as it was.

use catalogue::{Book, BookId, Draft, Field};
use serde_json::{Map, Value};

/// The id under which a book stands in a file; `None` where it has none that could be one.
pub(super) fn id(draft: &Draft) -> Option<BookId> {
    let number = match draft.0.get("id")? {
        Value::String(digits) => digits.trim().parse().ok(),
        other => other.as_u64(),
    };
    number.filter(|id| (BookId::FIRST.0..=BookId::ASSIGNED_MAX.0).contains(id)).map(BookId)
}

/// The merge patch that makes `book` what the file says; empty where they say the same.
///
/// A member that no book has is in it too, so that the rules can refuse it by name.
pub(super) fn patch(book: &Book, draft: &Draft) -> Draft {
    let Ok(Value::Object(before)) = serde_json::to_value(&book.details) else {
        unreachable!("the fields of a book are a JSON object")
    };
    let known = Field::ALL.iter().map(|field| field.name());
    let unknown = draft.0.keys().map(String::as_str).filter(|name| !is_known(name));
    let differing = known.chain(unknown).filter_map(|name| {
        let (before, after) = (before.get(name).unwrap_or(&Value::Null), draft.0.get(name).unwrap_or(&Value::Null));
        (!is_same(before, after)).then(|| (name.to_owned(), between(before, after)))
    });
    Draft(differing.collect())
}

fn is_known(name: &str) -> bool {
    matches!(name, "id" | "revision" | "updated_at") || Field::from_name(name).is_some()
}

/// Whether two values stand for the same: null, an empty text, list or object all say nothing.
fn is_same(before: &Value, after: &Value) -> bool {
    before == after || (says_nothing(before) && says_nothing(after))
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What a merge patch has to say to come from the one value to the other: what is gone from an object is named as null.
fn between(before: &Value, after: &Value) -> Value {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return after.clone() };
    let gone = before.keys().filter(|name| !after.contains_key(*name)).map(|name| (name.clone(), Value::Null));
    let members: Map<String, Value> = gone.chain(after.clone()).collect();
    members.into()
}
