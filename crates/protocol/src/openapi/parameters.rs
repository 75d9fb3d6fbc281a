//! Parameters that several routes share.

use catalogue::Field;
use serde_json::{Map, Value, json};

use crate::schemas::is_number;

/// The shared parameters by the name they are referred to.
pub(super) fn components() -> Value {
    json!({
        "Id": {"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 1}},
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
    let fields = Field::ALL.into_iter().filter(|field| *field != Field::Extra);
    fields.flat_map(|field| if is_number(field) { numeric(field) } else { vec![textual(field)] }).collect()
}

fn textual(field: Field) -> Value {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    let mut parameter = query(field.name(), texts, "Any of these values; empty: not set.");
    parameter["style"] = json!("form");
    parameter["explode"] = json!(true);
    parameter
}

fn numeric(field: Field) -> Vec<Value> {
    let mut parameters = vec![textual(field)];
    for (end, description) in [("from", "At least this."), ("to", "At most this.")] {
        parameters.push(query(&format!("{}.{end}", field.name()), json!({"type": "integer"}), description));
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
