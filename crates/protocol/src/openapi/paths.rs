//! What each route takes and answers.

use serde_json::{Map, Value, json};

use super::parameters::{filter, query, refer, response_headers};
use super::{Endpoint, ROUTES, Route};
use crate::Name;

/// The `paths` member: every row of the table.
pub(super) fn paths() -> Value {
    let mut paths = Map::new();
    for route in &ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method] = operation(route);
    }
    Value::Object(paths)
}

fn operation(route: &Route) -> Value {
    let mut operation = json!({
        "operationId": route.operation,
        "summary": route.summary,
        "responses": responses(route),
    });
    // An empty list says that this one takes no login, whatever the document says of all.
    operation["security"] = match route.role {
        Some(_) => json!([{"token": []}, {"session": []}]),
        None => json!([]),
    };
    operation["x-role"] = json!(route.role);
    let parameters = parameters(route.endpoint);
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    if let Some(body) = body(route.endpoint) {
        operation["requestBody"] = body;
    }
    operation
}

fn parameters(endpoint: Endpoint) -> Vec<Value> {
    match endpoint {
        Endpoint::ListBooks => [list_query(), filter(), refer(&["IfNoneMatch"])].concat(),
        Endpoint::CreateBook | Endpoint::Transact => refer(&["IdempotencyKey"]),
        Endpoint::GetBook => refer(&["Id", "IfNoneMatch"]),
        Endpoint::ReplaceBook | Endpoint::UpdateBook | Endpoint::DeleteBook => {
            refer(&["Id", "IfMatch", "IdempotencyKey"])
        }
        Endpoint::Changes => [changes_query(), filter(), refer(&["LastEventId"])].concat(),
        Endpoint::WebSocket => vec![query("ticket", json!({"type": "string"}), "A ticket of POST /ws-ticket.")],
        Endpoint::LoginPage => {
            vec![query("next", json!({"type": "string"}), "Where to go then: a path of this server.")]
        }
        Endpoint::RevokeToken => refer(&["TokenName"]),
        _ => Vec::new(),
    }
}

fn list_query() -> Vec<Value> {
    vec![
        query("sort", json!({"type": "string"}), "A field, with - before it from the largest down: title, -year."),
        query("limit", json!({"type": "integer", "minimum": 1, "maximum": 1000}), "Books on a page; without it: all."),
        query("cursor", json!({"type": "string"}), "Where the page begins: follow Link rel=\"next\"."),
    ]
}

fn changes_query() -> Vec<Value> {
    vec![
        query("snapshot", json!({"type": "boolean"}), "The matching books first."),
        query("since", json!({"type": "string"}), "Everything after this event: its id, or a revision."),
    ]
}

fn body(endpoint: Endpoint) -> Option<Value> {
    if endpoint == Endpoint::Restore {
        return Some(json!({"required": true, "content": {"application/jsonl": {"schema": {"type": "string"}}}}));
    }
    let (schema, types): (&str, &[&str]) = match endpoint {
        Endpoint::CreateBook | Endpoint::ReplaceBook => ("BookDraft", &["application/json"]),
        Endpoint::UpdateBook => ("BookPatch", &["application/merge-patch+json", "application/json"]),
        Endpoint::Transact => ("Transaction", &["application/json"]),
        Endpoint::Login => ("Login", &["application/x-www-form-urlencoded", "application/json"]),
        Endpoint::CreateToken => ("TokenDraft", &["application/json"]),
        _ => return None,
    };
    let content: Map<String, Value> =
        types.iter().map(|media_type| ((*media_type).to_owned(), json!({"schema": reference(schema)}))).collect();
    Some(json!({"required": true, "content": content}))
}

fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

fn responses(route: &Route) -> Value {
    let endpoint = route.endpoint;
    let mut responses = Map::new();
    let (status, success) = success(endpoint);
    responses.insert(status.to_owned(), success);
    if matches!(endpoint, Endpoint::ListBooks | Endpoint::GetBook) {
        responses.insert("304".into(), json!({"description": "Nothing has changed."}));
    }
    let for_want_of_a_role = route.role.map_or(&[][..], |_| &[Name::Unauthenticated, Name::Forbidden]);
    for name in for_want_of_a_role.iter().chain(problems(endpoint)) {
        add_problem(&mut responses, *name);
    }
    responses.insert("default".into(), problem("Any other refusal, or a fault."));
    Value::Object(responses)
}

fn success(endpoint: Endpoint) -> (&'static str, Value) {
    let content = |schema: &str| json!({"application/json": {"schema": reference(schema)}});
    let book = || content("Book");
    let text = |media_type: &str| json!({media_type: {"schema": {"type": "string"}}});
    let object = || json!({"application/json": {"schema": {"type": "object"}}});
    let etag = ("ETag", "The book's revision in double quotes.");
    match endpoint {
        Endpoint::ListBooks => ("200", list_success()),
        Endpoint::GetBook | Endpoint::ReplaceBook | Endpoint::UpdateBook => {
            ("200", answer("The book.", &[etag], book()))
        }
        Endpoint::CreateBook => ("201", answer("The new book.", &[etag, ("Location", "The book's address.")], book())),
        Endpoint::DeleteBook => ("204", json!({"description": "The book is gone."})),
        Endpoint::Transact => {
            let etag = ("ETag", "Weak: the entry's revision.");
            ("200", answer("What each operation came to.", &[etag], content("TransactionResult")))
        }
        Endpoint::Backup => {
            let name = ("Content-Disposition", "What a file of it may be called.");
            ("200", answer("The backup; whole once its closing line is there.", &[name], text("application/jsonl")))
        }
        Endpoint::Restore => {
            let description = "It is sound, and takes its place as soon as the server has begun anew.";
            ("202", answer(description, &[], content("RestoreResult")))
        }
        Endpoint::Changes => ("200", answer("Events without end.", &[], text("text/event-stream"))),
        Endpoint::WebSocket => ("101", json!({"description": "A WebSocket from here on."})),
        Endpoint::OpenApi | Endpoint::OpenRpc => ("200", answer("The description.", &[], object())),
        Endpoint::Health | Endpoint::Ready => ("200", answer("Yes.", &[], object())),
        Endpoint::Metrics => ("200", answer("The metrics.", &[], text("text/plain"))),
        Endpoint::LoginPage => ("200", answer("The page.", &[], text("text/html"))),
        Endpoint::Login | Endpoint::Logout => ("303", json!({"description": "Done; go on there."})),
        Endpoint::Ticket => ("200", answer("The ticket.", &[], content("Ticket"))),
        Endpoint::ListTokens => ("200", answer("The tokens.", &[], content("TokenList"))),
        Endpoint::CreateToken => ("201", answer("The new token.", &[], content("NewToken"))),
        Endpoint::RevokeToken => ("204", json!({"description": "The token is good no longer."})),
    }
}

fn list_success() -> Value {
    let headers = [
        ("ETag", "Weak; changes with every write."),
        ("X-Total-Count", "How many books match in all."),
        ("Link", "The next page, rel=\"next\", where there is one."),
    ];
    let books = json!({"application/json": {"schema": {"type": "array", "items": reference("Book")}}});
    answer("The books.", &headers, books)
}

fn answer(description: &str, headers: &[(&str, &str)], content: Value) -> Value {
    let mut answer = json!({"description": description, "content": content});
    if !headers.is_empty() {
        answer["headers"] = response_headers(headers);
    }
    answer
}

/// The refusals that belong to a route; those that can meet any request stand under `default`.
fn problems(endpoint: Endpoint) -> &'static [Name] {
    match endpoint {
        Endpoint::ListBooks | Endpoint::Changes => &[Name::Invalid],
        Endpoint::GetBook => &[Name::NotFound],
        Endpoint::CreateBook => &[
            Name::BadJson,
            Name::Conflict,
            Name::TooLarge,
            Name::UnsupportedMediaType,
            Name::Invalid,
            Name::RequestIdReused,
            Name::Unavailable,
        ],
        Endpoint::ReplaceBook | Endpoint::UpdateBook | Endpoint::Transact => &[
            Name::BadJson,
            Name::NotFound,
            Name::Conflict,
            Name::PreconditionFailed,
            Name::TooLarge,
            Name::UnsupportedMediaType,
            Name::Invalid,
            Name::RequestIdReused,
            Name::RevisionRequired,
            Name::Unavailable,
        ],
        Endpoint::DeleteBook => &[
            Name::NotFound,
            Name::PreconditionFailed,
            Name::RequestIdReused,
            Name::RevisionRequired,
            Name::Unavailable,
        ],
        Endpoint::Backup => &[Name::NotFound, Name::Unavailable],
        Endpoint::Restore => &[Name::NotFound, Name::Invalid, Name::Unavailable],
        Endpoint::WebSocket => &[Name::Unauthenticated, Name::Forbidden, Name::UpgradeRequired],
        Endpoint::Login => &[Name::Unauthenticated, Name::Forbidden, Name::TooManyRequests],
        Endpoint::Logout => &[Name::Forbidden],
        Endpoint::Ticket => &[Name::TooManyRequests],
        Endpoint::CreateToken => &[Name::BadJson, Name::Conflict, Name::Invalid],
        Endpoint::RevokeToken => &[Name::NotFound],
        Endpoint::Ready => &[Name::Unavailable],
        _ => &[],
    }
}

/// Two names can share a status; its description then has both.
fn add_problem(responses: &mut Map<String, Value>, name: Name) {
    let status = name.status().to_string();
    let line = format!("{}: {}.", name.text(), name.title());
    match responses.get_mut(&status) {
        Some(known) => {
            known["description"] = json!(format!("{} {line}", known["description"].as_str().unwrap_or_default()))
        }
        None => {
            responses.insert(status, problem(&line));
        }
    }
}

fn problem(description: &str) -> Value {
    json!({"description": description, "content": {"application/problem+json": {"schema": reference("Problem")}}})
}
