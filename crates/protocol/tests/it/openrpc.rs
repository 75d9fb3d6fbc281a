//! The OpenRPC document: what it says is there, and what it refers to is in it.

use std::collections::BTreeSet;

use expect_test::expect;
use protocol::method::Call;
use serde_json::{Value, json};

/// Every `$ref` in `value`, wherever it stands.
pub(crate) fn references(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str).map(str::to_owned);
            members.values().flat_map(references).chain(own).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => BTreeSet::new(),
    }
}

#[test]
fn every_reference_leads_somewhere_and_nothing_is_left_over() {
    let document = protocol::openrpc::document();
    let found = references(&document);
    for reference in &found {
        let pointer = reference.strip_prefix('#').expect("references stay in the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    for name in document["components"]["errors"].as_object().unwrap().keys() {
        assert!(found.contains(&format!("#/components/errors/{name}")), "{name} is described and never met");
    }
}

#[test]
fn every_method_is_described_with_its_parameters_and_result() {
    let document = protocol::openrpc::document();
    let lines = document["methods"].as_array().unwrap().iter().map(|method| {
        let params = method["params"].as_array().unwrap().iter().map(|param| {
            let optional = if param["required"] == true { "" } else { "?" };
            format!("{}{optional}", param["name"].as_str().unwrap())
        });
        let errors = method["errors"].as_array().unwrap().len();
        format!("{}({}), {errors} errors\n", method["name"].as_str().unwrap(), params.collect::<Vec<_>>().join(", "))
    });
    expect![[r#"
        books.create(book, request_id?), 9 errors
        books.get(id), 7 errors
        books.list(cursor?, filter?, limit?, sort?), 6 errors
        books.update(id, add?, if_revision?, request_id?, set?), 11 errors
        books.replace(book, id, if_revision?, request_id?), 11 errors
        books.delete(id, if_revision?, request_id?), 11 errors
        books.transact(operations, request_id?), 11 errors
        books.subscribe(filter?, since?, snapshot?, store?), 8 errors
        books.unsubscribe(subscription), 7 errors
        session.login(token), 6 errors
        server.info(), 6 errors
        rpc.discover(), 4 errors
    "#]]
    .assert_eq(&lines.collect::<String>());
}

#[test]
fn every_described_method_is_known_and_every_parameter_too() {
    let document = protocol::openrpc::document();
    for method in document["methods"].as_array().unwrap() {
        let name = method["name"].as_str().unwrap();
        let members = method["params"].as_array().unwrap().iter();
        let params: Value = members.map(|param| (param["name"].as_str().unwrap().to_owned(), Value::Null)).collect();
        if let Err(problem) = Call::read(name, Some(&params.to_string())) {
            let unknown = problem.fields.iter().find(|error| error.message.contains("no such parameter"));
            assert_eq!((problem.name.text(), unknown), ("invalid", None), "{name}");
        }
        assert!(method["result"]["schema"].is_object() || method["result"]["schema"] == json!(true), "{name}");
    }
    assert_eq!(document["openrpc"], "1.3.2");
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
}

#[test]
fn what_the_server_accepts_of_a_price_is_described() {
    let document = protocol::openrpc::document();
    let schemas = &document["components"]["schemas"];
    let given = &schemas["BookDraft"]["properties"]["price"]["anyOf"][0];
    assert_eq!(given["properties"]["amount"]["type"], json!(["string", "number"]));
    assert_eq!(given["required"], json!(["amount", "currency"]));
    let merged = &schemas["BookPatch"]["properties"]["price"]["anyOf"][0]["anyOf"][0];
    assert_eq!(
        (merged["properties"]["amount"]["type"].clone(), merged.get("required")),
        (json!(["string", "number"]), None)
    );
    let unset = &schemas["BookPatch"]["properties"]["extra"]["anyOf"][0]["additionalProperties"]["type"];
    assert_eq!(*unset, json!(["string", "null"]));
    assert_eq!(schemas["Price"]["properties"]["amount"]["type"], "string");
}
