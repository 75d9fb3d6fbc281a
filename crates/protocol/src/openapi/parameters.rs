//! Parameters that several routes share.

use catalogue::{Field, Filter};
use serde_json::{Map, Value, json};

/// The shared parameters by the name they are referred to.
pub(super) fn components() -> Value {
    json!({
        "Id": {"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 1}},
        "TokenName": {"name": "name", "in": "path", "required": true, "schema": {"type": "string"}},
        "IfMatch": header("If-Match", "The ETag of the book as it was seen; 412 when it has changed since."),
        "IfNoneMatch": header("If-None-Match", "An ETag from before; 304 when nothing has changed."),
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 128},
            "description": "Names this request: sent again, it is answered the same and done once.",
        },
        "LastEventId": header("Last-Event-ID", "The id of the last event received; wins over `since`."),
    })
}

fn header(name: &str, description: &str) -> Value {
    json!({"name": name, "in": "header", "schema": {"type": "string"}, "description": description})
}

/// References to shared parameters.
pub(super) fn refer(names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| json!({"$ref": format!("#/components/parameters/{name}")})).collect()
}

/// A query parameter.
pub(super) fn query(name: &str, schema: Value, description: &str) -> Value {
    json!({"name": name, "in": "query", "schema": schema, "description": description})
}

/// The conditions on books as query parameters.
pub(super) fn filter() -> Vec<Value> {
    let by_field = Filter::fields().flat_map(|field| match field {
        Field::Year | Field::Pages | Field::Stock => numeric(field.name(), "Any of these values; empty: not set."),
        field => vec![any_of(field.name(), "Any of these values; empty: not set.")],
    });
    numeric("id", "Any of these books.").into_iter().chain(by_field).collect()
}

fn any_of(name: &str, description: &str) -> Value {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    let mut parameter = query(name, texts, description);
    parameter["style"] = json!("form");
    parameter["explode"] = json!(true);
    parameter
}

fn numeric(name: &str, description: &str) -> Vec<Value> {
    let mut parameters = vec![any_of(name, description)];
    for (end, description) in [("from", "At least this."), ("to", "At most this.")] {
        parameters.push(query(&format!("{name}.{end}"), json!({"type": "integer"}), description));
    }
    parameters
}

/// Response headers by name.
pub(super) fn response_headers(names: &[(&str, &str)]) -> Value {
    let headers: Map<String, Value> = names
        .iter()
        .map(|(name, description)| {
            ((*name).to_owned(), json!({"schema": {"type": "string"}, "description": description}))
        })
        .collect();
    Value::Object(headers)
}
