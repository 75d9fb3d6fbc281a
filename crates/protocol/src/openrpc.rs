//! The OpenRPC 1.3 document, made from the table of methods and the types that serve them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::method::{METHODS, Method};
use crate::schemas::{ErrorData, generator};
use crate::{Name, event, session};

/// The refusals that can meet any call.
const ANY_CALL: [Name; 4] = [Name::Invalid, Name::Internal, Name::TooLarge, Name::BadJson];

/// What `rpc.discover` answers.
pub(crate) struct Document;

impl JsonSchema for Document {
    fn schema_name() -> Cow<'static, str> {
        "OpenRpcDocument".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "description": "An OpenRPC 1.3 document: https://spec.open-rpc.org"})
    }
}

/// The document.
pub fn document() -> Value {
    let mut generator = generator();
    let methods: Vec<Value> = METHODS.iter().map(|row| method(row, &mut generator)).collect();
    let notifications = [changed(&mut generator), expiring(&mut generator)];
    generator.subschema_for::<ErrorData>();
    json!({
        "openrpc": "1.3.2",
        "info": {
            "title": "Bookstore",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A live catalogue for bookshops and small libraries: JSON-RPC 2.0 over a WebSocket at /ws.",
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "methods": methods,
        "x-notifications": notifications,
        "components": {"schemas": generator.take_definitions(true), "errors": errors()},
    })
}

fn method(row: &Method, generator: &mut SchemaGenerator) -> Value {
    let schema = (row.params)(generator).to_value();
    let refusals = row
        .refusals
        .iter()
        .chain(for_want_of_a_role(row))
        .chain(&ANY_CALL)
        .map(|name| json!({"$ref": reference(*name)}));
    let mut seen = Vec::new();
    let errors: Vec<Value> = refusals.filter(|error| first(&mut seen, error)).collect();
    json!({
        "name": row.name,
        "summary": row.summary,
        "x-role": row.role,
        "paramStructure": if row.name == "books.unsubscribe" { "either" } else { "by-name" },
        "params": descriptors(&schema),
        "result": {"name": row.result.name, "schema": (row.result.schema)(generator)},
        "errors": errors,
    })
}

/// What a call that takes a role can meet.
fn for_want_of_a_role(row: &Method) -> &'static [Name] {
    if row.role.is_some() { &[Name::Unauthenticated, Name::Forbidden] } else { &[] }
}

fn first(seen: &mut Vec<Value>, error: &Value) -> bool {
    let is_new = !seen.contains(error);
    seen.push(error.clone());
    is_new
}

/// The properties of an object schema as OpenRPC's content descriptors, required ones first.
fn descriptors(schema: &Value) -> Vec<Value> {
    let required = |name: &str| schema["required"].as_array().is_some_and(|names| names.contains(&json!(name)));
    let properties = schema["properties"].as_object().into_iter().flatten();
    let mut descriptors: Vec<Value> =
        properties.map(|(name, schema)| json!({"name": name, "required": required(name), "schema": schema})).collect();
    descriptors.sort_by_key(|descriptor| descriptor["required"] == json!(false));
    descriptors
}

/// What a subscription sends; OpenRPC itself has no word for it.
fn changed(generator: &mut SchemaGenerator) -> Value {
    let event = generator.subschema_for::<event::Event<'_>>();
    json!({
        "name": event::METHOD,
        "summary": "An event of a subscription.",
        "params": [
            {"name": "subscription", "required": true, "schema": {"type": "string"}},
            {"name": "result", "required": true, "schema": event},
        ],
    })
}

fn expiring(generator: &mut SchemaGenerator) -> Value {
    let schema = session::Expiring::json_schema(generator).to_value();
    json!({"name": session::EXPIRING, "summary": "The login of this connection ends soon.", "params": descriptors(&schema)})
}

fn reference(name: Name) -> String {
    format!("#/components/errors/{}", name.text())
}

/// Every refusal that goes out on a WebSocket.
fn errors() -> Value {
    let names = METHODS.iter().flat_map(|row| row.refusals.iter().chain(for_want_of_a_role(row))).chain(&ANY_CALL);
    let errors: Map<String, Value> = names
        .map(|name| {
            let data = json!({"type": name.text()});
            (name.text().to_owned(), json!({"code": name.code(), "message": name.title(), "data": data}))
        })
        .collect();
    Value::Object(errors)
}
