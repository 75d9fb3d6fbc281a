//! The HTTP routes as one table, and the OpenAPI 3.1 document made from it: a router built from the same table cannot
//! offer what is not described, nor describe what it does not offer.

mod parameters;
mod paths;

use catalogue::Book;
use serde_json::{Map, Value, json};

use crate::schemas::{self, BookDraft, BookPatch, ProblemBody};
use crate::{Role, method, session};

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
    LoginPage,
    Login,
    Logout,
    Ticket,
    ListTokens,
    CreateToken,
    RevokeToken,
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
    /// Who may ask; `None`: everybody, logged in or not.
    pub role: Option<Role>,
}

const fn route(
    endpoint: Endpoint,
    role: Option<Role>,
    method: &'static str,
    path: &'static str,
    operation: &'static str,
    summary: &'static str,
) -> Route {
    Route { endpoint, method, path, operation, summary, role }
}

const READER: Option<Role> = Some(Role::Reader);
const EDITOR: Option<Role> = Some(Role::Editor);
const ADMIN: Option<Role> = Some(Role::Admin);
const EVERYBODY: Option<Role> = None;

/// Every route that serves data.
pub const ROUTES: [Route; 23] = [
    route(Endpoint::ListBooks, READER, "get", "/books", "listBooks", "Books as a JSON array: a page, or all of them"),
    route(Endpoint::CreateBook, EDITOR, "post", "/books", "createBook", "Add a book"),
    route(Endpoint::GetBook, READER, "get", "/books/{id}", "getBook", "One book, as JSON or as a page"),
    route(
        Endpoint::ReplaceBook,
        EDITOR,
        "put",
        "/books/{id}",
        "replaceBook",
        "Put a whole new book in the place of one",
    ),
    route(Endpoint::UpdateBook, EDITOR, "patch", "/books/{id}", "updateBook", "Change some fields of a book"),
    route(Endpoint::DeleteBook, EDITOR, "delete", "/books/{id}", "deleteBook", "Take a book out"),
    route(
        Endpoint::Transact,
        EDITOR,
        "post",
        "/books/transact",
        "transact",
        "Several operations as one: all or nothing",
    ),
    route(Endpoint::Changes, READER, "get", "/books/changes", "changes", "The feed of changes as Server-Sent Events"),
    route(
        Endpoint::WebSocket,
        EVERYBODY,
        "get",
        "/ws",
        "connect",
        "JSON-RPC 2.0 over WebSocket; /openrpc.json describes it",
    ),
    route(Endpoint::OpenApi, EVERYBODY, "get", "/openapi.json", "describeHttp", "This document"),
    route(Endpoint::OpenRpc, EVERYBODY, "get", "/openrpc.json", "describeRpc", "The OpenRPC document of the WebSocket"),
    route(Endpoint::Health, EVERYBODY, "get", "/health", "health", "Whether the process answers"),
    route(Endpoint::Ready, EVERYBODY, "get", "/ready", "ready", "Whether writes are accepted"),
    route(Endpoint::Metrics, READER, "get", "/metrics", "metrics", "Counters and gauges as Prometheus text"),
    route(Endpoint::LoginPage, EVERYBODY, "get", "/login", "loginPage", "Where people log in, as a page"),
    route(Endpoint::Login, EVERYBODY, "post", "/login", "login", "Put a token into a cookie"),
    route(Endpoint::Logout, EVERYBODY, "post", "/logout", "logout", "Forget the cookie"),
    route(Endpoint::Ticket, READER, "post", "/ws-ticket", "ticket", "A one-time ticket for GET /ws?ticket=…"),
    route(Endpoint::Backup, ADMIN, "get", "/backup", "backup", "The whole store as one file, at one revision"),
    route(
        Endpoint::Restore,
        ADMIN,
        "post",
        "/restore",
        "restore",
        "Put the store of a backup in the place of the present one",
    ),
    route(Endpoint::ListTokens, ADMIN, "get", "/tokens", "listTokens", "Every token that was made, without itself"),
    route(Endpoint::CreateToken, ADMIN, "post", "/tokens", "createToken", "Make a token; it is shown this once"),
    route(Endpoint::RevokeToken, ADMIN, "delete", "/tokens/{name}", "revokeToken", "End a token and all who hold it"),
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
        "components": {
            "schemas": schemas(),
            "parameters": parameters::components(),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token, as it was handed out."},
                "session": {"type": "apiKey", "in": "cookie", "name": "bookstore_session", "description": "Set by /login."},
            },
        },
    })
}

fn schemas() -> Map<String, Value> {
    let mut generator = schemas::generator();
    generator.subschema_for::<Book>();
    generator.subschema_for::<BookDraft>();
    generator.subschema_for::<BookPatch>();
    generator.subschema_for::<ProblemBody>();
    generator.subschema_for::<session::TokenDraft>();
    generator.subschema_for::<session::NewToken>();
    generator.subschema_for::<session::TokenList>();
    generator.subschema_for::<session::Ticket<'_>>();
    generator.subschema_for::<session::Login>();
    generator.subschema_for::<method::RestoreResult>();
    method::describe_transaction(&mut generator);
    generator.take_definitions(true)
}
