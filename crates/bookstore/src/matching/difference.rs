//! What a row says of a known book that is new.

use catalogue::{Book, BookId, Details, Draft, FieldError, merge};
use serde_json::{Map, Value};

/// The store's own members, which a file may hold and nobody sets.
pub(crate) const OWN: [&str; 3] = ["id", "revision", "updated_at"];

/// The merge patch that gives `book` the draft's values: only what differs. What the draft does not name stays.
pub(crate) fn difference(book: &Book, draft: &Draft) -> Result<Map<String, Value>, String> {
    let present = book.all_values();
    let mut wanted = Map::new();
    for (field, value) in draft.members().iter().filter(|(field, _)| !OWN.contains(&field.as_str())) {
        let before = present.get(field).cloned().unwrap_or(Value::Null);
        wanted.insert(field.clone(), merge(before, value));
    }
    let becomes = object(serde_json::to_value(canonical(&wanted.clone().into())?.1));
    let mut set = Map::new();
    for field in wanted.keys() {
        let before = present.get(field).unwrap_or(&Value::Null);
        let after = becomes.get(field).unwrap_or(&Value::Null);
        if before != after {
            set.insert(field.clone(), patch(before, after));
        }
    }
    Ok(set)
}

/// The draft's values as the store would keep them; a title that is not there is not missed.
pub(super) fn canonical(draft: &Draft) -> Result<(Option<BookId>, Details), String> {
    let checked = if draft.members().contains_key("title") {
        draft.check()
    } else {
        let mut titled = draft.clone();
        titled.members_mut().insert("title".into(), "-".into());
        titled.check()
    };
    checked.map_err(|errors| reasons(&errors))
}

/// Field errors in one line.
pub(super) fn reasons(errors: &[FieldError]) -> String {
    errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect::<Vec<_>>().join("; ")
}

/// The merge patch from one value to another.
fn patch(before: &Value, after: &Value) -> Value {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return after.clone() };
    let gone = before.keys().filter(|name| !after.contains_key(*name)).map(|name| (name.clone(), Value::Null));
    let new = after.iter().filter(|(name, value)| before.get(*name) != Some(value));
    gone.chain(new.map(|(name, value)| (name.clone(), value.clone()))).collect::<Map<_, _>>().into()
}

fn object(value: serde_json::Result<Value>) -> Map<String, Value> {
    match value {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}
