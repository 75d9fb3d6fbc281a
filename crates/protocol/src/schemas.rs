//! The schemas, generated from the types that serve.

use std::borrow::Cow;

use catalogue::{Book, Details, Field, FieldError, Filter, Revision};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

/// A generator for documents that keep their schemas under `components`.
pub(crate) fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    settings.into_generator()
}

/// What every refusal looks like over HTTP (RFC 9457).
#[derive(JsonSchema)]
#[schemars(rename = "Problem")]
#[expect(dead_code, reason = "the shape of what Problem::to_http writes; only its schema is used")]
pub(crate) struct ProblemBody {
    /// `/problems/<name>`: the name is stable, the rest is for people.
    r#type: String,
    /// A few words that are the same for every problem of this type.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened, where, and what to do next.
    detail: String,
    #[serde(flatten)]
    particulars: Particulars,
}

/// The `data` of a refusal over the WebSocket.
#[derive(JsonSchema)]
#[schemars(rename = "ErrorData")]
#[expect(dead_code, reason = "the shape of what Problem::to_rpc writes; only its schema is used")]
pub(crate) struct ErrorData {
    /// The refusal's stable name.
    r#type: String,
    #[serde(flatten)]
    particulars: Particulars,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "the shape of what problems have besides their name; only its schema is used")]
struct Particulars {
    /// For `invalid`: every field that breaks a rule.
    #[schemars(default)]
    fields: Option<Vec<FieldError>>,
    /// For `conflict` and `precondition_failed`: the book as it is now.
    #[schemars(default)]
    book: Option<Book>,
    /// In a transaction: which operation met it, from 0.
    #[schemars(default)]
    operation: Option<usize>,
    /// For `too_many_requests` and `unavailable`: seconds to wait.
    #[schemars(default)]
    retry_after: Option<u32>,
    /// For `revision_gone`: the smallest `since` that is accepted.
    #[schemars(default)]
    oldest: Option<Revision>,
    /// For `revision_gone`: the store.
    #[schemars(default)]
    store: Option<String>,
}

/// A book as a client writes it: the fields that people set, and the id if the client chooses it.
pub(crate) struct BookDraft;

impl JsonSchema for BookDraft {
    fn schema_name() -> Cow<'static, str> {
        "BookDraft".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut draft = Details::json_schema(generator).to_value();
        draft["description"] = json!("A book as a client writes it. Unknown fields are refused by name.");
        draft["properties"]["id"] = json!({"type": "integer", "minimum": 1, "maximum": catalogue::BookId::GIVEN_MAX});
        for ignored in ["revision", "updated_at"] {
            draft["properties"][ignored] = json!({"description": "The server's own; ignored."});
        }
        for number in ["year", "pages", "stock"] {
            draft["properties"][number]["type"] = json!(["integer", "string", "null"]);
            draft["properties"][number]["pattern"] = json!("^-?[0-9]+$");
        }
        draft["properties"]["price"]["anyOf"][0] = price();
        draft["required"] = json!(["title"]);
        draft["additionalProperties"] = json!(false);
        schema(draft)
    }
}

/// A price as a client may write it.
fn price() -> Value {
    json!({
        "type": "object", "required": ["amount", "currency"], "additionalProperties": false,
        "properties": {
            "amount": {"type": ["string", "number"], "description": "A decimal number, at most 12 digits before the point."},
            "currency": {"type": "string", "description": "ISO 4217 code, e.g. \"IDR\"."},
        },
    })
}

/// A merge patch (RFC 7396) of a draft: nothing is required, null unsets.
pub(crate) struct BookPatch;

impl JsonSchema for BookPatch {
    fn schema_name() -> Cow<'static, str> {
        "BookPatch".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut patch = BookDraft::json_schema(generator).to_value();
        patch["description"] = json!("Some fields of a book; null unsets (RFC 7396).");
        if let Some(object) = patch.as_object_mut() {
            object.remove("required");
        }
        if let Some(price) = patch["properties"]["price"]["anyOf"][0].as_object_mut() {
            price.remove("required");
        }
        patch["properties"]["extra"]["additionalProperties"]["type"] = json!(["string", "null"]);
        for property in patch["properties"].as_object_mut().into_iter().flat_map(Map::values_mut) {
            let unset = json!({"anyOf": [property.take(), {"type": "null"}]});
            *property = unset;
        }
        schema(patch)
    }
}

/// Numbers to add to fields that are numbers.
pub(crate) struct Sums;

impl JsonSchema for Sums {
    fn schema_name() -> Cow<'static, str> {
        "Sums".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object", "additionalProperties": {"type": "integer"},
            "description": "Numbers to add at the moment of writing, e.g. {\"stock\": -1}; unset counts as 0.",
        })
    }
}

/// Conditions on books, and-ed.
pub(crate) struct FilterMembers;

impl JsonSchema for FilterMembers {
    fn schema_name() -> Cow<'static, str> {
        "Filter".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut properties: Map<String, Value> =
            Filter::fields().map(|field| (field.name().to_owned(), condition(field))).collect();
        properties.insert("id".into(), json!({"anyOf": [value(), any_of(), range()]}));
        json_schema!({"type": "object", "properties": properties, "additionalProperties": false})
    }
}

fn condition(field: Field) -> Value {
    match field {
        Field::Year | Field::Pages | Field::Stock => json!({"anyOf": [value(), any_of(), range()]}),
        _ => json!({"anyOf": [value(), any_of()]}),
    }
}

fn value() -> Value {
    json!({"type": ["string", "number", "null"], "description": "This value; null: not set."})
}

fn any_of() -> Value {
    json!({"type": "array", "items": {"type": ["string", "number", "null"]}, "description": "Any of these values."})
}

fn range() -> Value {
    let end = json!({"type": ["integer", "null"]});
    json!({"type": "object", "properties": {"from": end, "to": end}, "additionalProperties": false})
}

fn schema(value: Value) -> Schema {
    Schema::try_from(value).expect("an object is a schema")
}
