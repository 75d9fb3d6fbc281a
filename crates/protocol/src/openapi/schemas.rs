//! The schemas, generated from the types that serve.

use catalogue::{Book, Details, FieldError};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// What every refusal looks like (RFC 9457).
#[derive(JsonSchema)]
#[schemars(rename = "Problem")]
#[expect(dead_code, reason = "the shape of what Problem::to_http writes; only its schema is used")]
struct ProblemBody {
    /// `/problems/<name>`: the name is stable, the rest is for people.
    r#type: String,
    /// A few words that are the same for every problem of this type.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened, where, and what to do next.
    detail: String,
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
    retry_after: Option<u64>,
}

/// Every schema by name.
pub(super) fn schemas() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    generator.subschema_for::<Book>();
    generator.subschema_for::<ProblemBody>();
    let draft = draft(&mut generator);
    let mut schemas: Map<String, Value> = generator.take_definitions(true);
    schemas.insert("BookPatch".into(), patch(&draft));
    schemas.insert("BookDraft".into(), draft);
    schemas.insert("Transaction".into(), transaction());
    schemas.insert("TransactionResult".into(), transaction_result());
    Value::Object(schemas)
}

/// A book as a client writes it: the fields that people set, and the id if the client chooses it.
fn draft(generator: &mut SchemaGenerator) -> Value {
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
    draft["required"] = json!(["title"]);
    draft["additionalProperties"] = json!(false);
    draft
}

/// A merge patch (RFC 7396) of a draft: nothing is required, null unsets.
fn patch(draft: &Value) -> Value {
    let mut patch = draft.clone();
    patch["description"] = json!("Some fields of a book; null unsets (RFC 7396).");
    if let Some(object) = patch.as_object_mut() {
        object.remove("required");
    }
    let Some(properties) = patch["properties"].as_object_mut() else { return patch };
    for property in properties.values_mut() {
        let unset = json!({"anyOf": [property.take(), {"type": "null"}]});
        *property = unset;
    }
    patch
}

fn transaction() -> Value {
    let id = json!({"type": "integer", "minimum": 1});
    let if_revision =
        json!({"type": "integer", "description": "The revision the client saw; another one is a conflict."});
    let draft = json!({"$ref": "#/components/schemas/BookDraft"});
    let one = |name: &str, properties: Value, required: Value| {
        let inner = json!({"type": "object", "properties": properties, "required": required});
        json!({"type": "object", "properties": {name: inner}, "required": [name], "additionalProperties": false})
    };
    let add =
        json!({"type": "object", "description": "Numbers to add at the moment of writing, e.g. {\"stock\": -1}."});
    let set = json!({"$ref": "#/components/schemas/BookPatch"});
    let operations = json!([
        one("create", json!({"book": draft}), json!(["book"])),
        one("update", json!({"id": id, "set": set, "add": add, "if_revision": if_revision}), json!(["id"])),
        one("replace", json!({"id": id, "book": draft, "if_revision": if_revision}), json!(["id", "book"])),
        one("delete", json!({"id": id, "if_revision": if_revision}), json!(["id"])),
    ]);
    json!({
        "type": "object",
        "properties": {
            "operations": {"type": "array", "minItems": 1, "maxItems": catalogue::OPERATIONS_MAX, "items": {"oneOf": operations}},
            "request_id": {"type": "string", "maxLength": 128, "description": "As Idempotency-Key."},
        },
        "required": ["operations"],
        "additionalProperties": false,
    })
}

fn transaction_result() -> Value {
    let book = json!({
        "type": "object", "properties": {"book": {"$ref": "#/components/schemas/Book"}}, "required": ["book"],
    });
    let deleted = json!({"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]});
    json!({
        "type": "object",
        "properties": {
            "revision": {"type": "integer"},
            "results": {"type": "array", "description": "One per operation, in order.", "items": {"anyOf": [book, deleted]}},
        },
        "required": ["revision", "results"],
    })
}
