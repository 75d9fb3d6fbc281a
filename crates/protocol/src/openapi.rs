//! The HTTP routes as one table, and the OpenAPI 3.1 document made from it: a router built from the same table cannot
//! offer what is not described, nor describe what it does not offer.

mod parameters;
mod paths;

use catalogue::Book;
use serde_json::{Map, Value, json};

use crate::method;
use crate::schemas::{self, BookDraft, BookPatch, ProblemBody};

/// What a client can ask for over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the table below says what each is")]
pub enum Endpoint {
    ListBooks,
    CreateBook,
    GetBook,
    ReplaceBook,
    UpdateBook,
    DeleteBook,
    Transact,
    Changes,
    Backup,
    Restore,
    WebSocket,
    OpenApi,
    OpenRpc,
    Health,
    Ready,
    Metrics,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// What is asked for.
    pub endpoint: Endpoint,
    /// The method, in lower case as OpenAPI writes it. GET stands for HEAD as well.
    pub method: &'static str,
    /// The path with its parameters in braces.
    pub path: &'static str,
    /// The operation's name in the document.
    pub operation: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
}

const fn route(
    endpoint: Endpoint,
    method: &'static str,
    path: &'static str,
    operation: &'static str,
    summary: &'static str,
) -> Route {
    Route { endpoint, method, path, operation, summary }
}

/// Every route that serves data.
pub const ROUTES: [Route; 16] = [
    route(Endpoint::ListBooks, "get", "/books", "listBooks", "Books as a JSON array: a page, or all of them"),
    route(Endpoint::CreateBook, "post", "/books", "createBook", "Add a book"),
    route(Endpoint::GetBook, "get", "/books/{id}", "getBook", "One book, as JSON or as a page"),
    route(Endpoint::ReplaceBook, "put", "/books/{id}", "replaceBook", "Put a whole new book in the place of one"),
    route(Endpoint::UpdateBook, "patch", "/books/{id}", "updateBook", "Change some fields of a book"),
    route(Endpoint::DeleteBook, "delete", "/books/{id}", "deleteBook", "Take a book out"),
    route(Endpoint::Transact, "post", "/books/transact", "transact", "Several operations as one: all or nothing"),
    route(Endpoint::Changes, "get", "/books/changes", "changes", "The feed of changes as Server-Sent Events"),
    // These two are for admins.
    route(Endpoint::Backup, "get", "/backup", "backup", "The whole store as one file, at one revision"),
    route(
        Endpoint::Restore,
        "post",
        "/restore",
        "restore",
        "Put the store of a backup in the place of the present one",
    ),
    route(Endpoint::WebSocket, "get", "/ws", "connect", "JSON-RPC 2.0 over WebSocket; /openrpc.json describes it"),
    route(Endpoint::OpenApi, "get", "/openapi.json", "describeHttp", "This document"),
    route(Endpoint::OpenRpc, "get", "/openrpc.json", "describeRpc", "The OpenRPC document of the WebSocket"),
    route(Endpoint::Health, "get", "/health", "health", "Whether the process answers"),
    route(Endpoint::Ready, "get", "/ready", "ready", "Whether writes are accepted"),
    route(Endpoint::Metrics, "get", "/metrics", "metrics", "Counters and gauges as Prometheus text"),
];

/// The OpenAPI 3.1 document.
pub fn document() -> Value {
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Bookstore",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A live catalogue for bookshops and small libraries",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "paths": paths::paths(),
        "components": {"schemas": schemas(), "parameters": parameters::components()},
    })
}

fn schemas() -> Map<String, Value> {
    let mut generator = schemas::generator();
    generator.subschema_for::<Book>();
    generator.subschema_for::<BookDraft>();
    generator.subschema_for::<BookPatch>();
    generator.subschema_for::<ProblemBody>();
    generator.subschema_for::<method::RestoreResult>();
    method::describe_transaction(&mut generator);
    generator.take_definitions(true)
}
