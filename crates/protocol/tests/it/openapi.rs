//! The OpenAPI document: what it says is there, and what it refers to is in it.

use std::collections::BTreeSet;

use protocol::openapi::{self, ROUTES};
use serde_json::json;

use crate::openrpc::references;

#[test]
fn every_reference_leads_somewhere() {
    let document = openapi::document();
    let found = references(&document);
    assert!(found.contains("#/components/schemas/Book"));
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("references stay in the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn every_row_is_one_operation_with_a_name_of_its_own() {
    let document = openapi::document();
    let described: usize = document["paths"].as_object().unwrap().values().map(|p| p.as_object().unwrap().len()).sum();
    assert_eq!(described, ROUTES.len());
    let names: BTreeSet<_> = ROUTES.iter().map(|route| route.operation).collect();
    let endpoints: BTreeSet<_> = ROUTES.iter().map(|route| format!("{:?}", route.endpoint)).collect();
    assert_eq!((names.len(), endpoints.len()), (ROUTES.len(), ROUTES.len()));
}

#[test]
fn a_path_parameter_is_described_where_it_occurs() {
    let document = openapi::document();
    for route in ROUTES.iter().filter(|route| route.path.contains("{id}")) {
        let parameters = document["paths"][route.path][route.method]["parameters"].as_array().unwrap();
        assert!(parameters.contains(&json!({"$ref": "#/components/parameters/Id"})), "{}", route.operation);
    }
}

#[test]
fn a_draft_needs_a_title_only_and_a_patch_nothing() {
    let schemas = &openapi::document()["components"]["schemas"];
    assert_eq!(schemas["BookDraft"]["required"], json!(["title"]));
    assert!(schemas["BookPatch"].get("required").is_none());
    assert_eq!(schemas["BookPatch"]["properties"]["isbn"]["anyOf"][1], json!({"type": "null"}));
}
