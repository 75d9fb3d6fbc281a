//! THE table: every refusal and fault by name, with its JSON-RPC code and its HTTP status.

use catalogue::{Book, FieldError, Refusal, Refused, Revision};
use serde::Serialize;

/// The most fields that one refusal names: a message of nonsense may have a hundred thousand.
const FIELDS_MAX: usize = 200;
/// The longest message.
const MESSAGE_CHARS_MAX: usize = 2_000;

/// The stable name of a refusal or fault, the same on every door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the table below says what each is")]
pub enum Name {
    BadJson,
    InvalidRequest,
    MethodNotFound,
    Invalid,
    Internal,
    NotFound,
    Conflict,
    Unauthenticated,
    Forbidden,
    TooLarge,
    TooManyRequests,
    Unavailable,
    RevisionRequired,
    RequestIdReused,
    RevisionGone,
    MethodNotAllowed,
    PreconditionFailed,
    UnsupportedMediaType,
    Misdirected,
    UpgradeRequired,
    HeadersTooLarge,
}

/// One row of the table.
struct Row {
    name: Name,
    text: &'static str,
    code: i32,
    status: u16,
    title: &'static str,
}

const fn row(name: Name, text: &'static str, code: i32, status: u16, title: &'static str) -> Row {
    Row { name, text, code, status, title }
}

/// Codes of names that only HTTP has are those of JSON-RPC's "invalid request"; they never go out on a WebSocket.
const TABLE: [Row; 21] = [
    row(Name::BadJson, "bad_json", -32700, 400, "The body is not JSON"),
    row(Name::InvalidRequest, "invalid_request", -32600, 400, "Not a request"),
    row(Name::MethodNotFound, "method_not_found", -32601, 404, "No such method"),
    row(Name::Invalid, "invalid", -32602, 422, "Fields break rules"),
    row(Name::Internal, "internal", -32603, 500, "Something broke on our side"),
    row(Name::NotFound, "not_found", -32001, 404, "Not found"),
    row(Name::Conflict, "conflict", -32002, 409, "Conflict"),
    row(Name::Unauthenticated, "unauthenticated", -32003, 401, "Not logged in"),
    row(Name::Forbidden, "forbidden", -32004, 403, "Not allowed"),
    row(Name::TooLarge, "too_large", -32005, 413, "Too large"),
    row(Name::TooManyRequests, "too_many_requests", -32006, 429, "Too many requests"),
    row(Name::Unavailable, "unavailable", -32007, 503, "Cannot write now"),
    row(Name::RevisionRequired, "revision_required", -32008, 428, "A revision is required"),
    row(Name::RequestIdReused, "request_id_reused", -32009, 422, "The request id was used before"),
    row(Name::RevisionGone, "revision_gone", -32010, 410, "The revision is no longer kept"),
    row(Name::MethodNotAllowed, "method_not_allowed", -32600, 405, "Method not allowed"),
    row(Name::PreconditionFailed, "precondition_failed", -32600, 412, "The book has changed"),
    row(Name::UnsupportedMediaType, "unsupported_media_type", -32600, 415, "Unsupported media type"),
    row(Name::Misdirected, "misdirected", -32600, 421, "Not a name of this server"),
    row(Name::UpgradeRequired, "upgrade_required", -32600, 426, "An upgrade to WebSocket is required"),
    row(Name::HeadersTooLarge, "headers_too_large", -32600, 431, "Request headers too large"),
];

impl Name {
    /// Every name.
    pub fn all() -> impl Iterator<Item = Name> {
        TABLE.iter().map(|row| row.name)
    }

    fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.name == self).expect("the table has a row for every name")
    }

    /// The name on the wire: `data.type`, and the end of the problem's `type`.
    pub fn text(self) -> &'static str {
        self.row().text
    }

    /// The JSON-RPC error code.
    pub fn code(self) -> i32 {
        self.row().code
    }

    /// The HTTP status.
    pub fn status(self) -> u16 {
        self.row().status
    }

    /// A few words for people.
    pub fn title(self) -> &'static str {
        self.row().title
    }
}

/// A refusal or fault on its way to a client.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Which.
    pub name: Name,
    /// What happened, where, and what to do next.
    pub message: Box<str>,
    /// For `Invalid`: every field that breaks a rule.
    pub fields: Vec<FieldError>,
    /// For `Conflict` and `PreconditionFailed`: the book as it is now.
    pub book: Option<Book>,
    /// In a transaction: which operation met it, from 0.
    pub operation: Option<usize>,
    /// For `TooManyRequests` and `Unavailable`: seconds to wait.
    pub retry_after: Option<u32>,
    /// For `RevisionGone`: the smallest position that is accepted.
    pub oldest: Option<Revision>,
    /// For `RevisionGone`: the store.
    pub store: Option<Box<str>>,
}

impl Problem {
    /// A problem without particulars. The message is cut at some length: it may quote a whole megabyte of a client's.
    pub fn new(name: Name, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if let Some((end, _)) = message.char_indices().nth(MESSAGE_CHARS_MAX) {
            message.truncate(end);
            message.push('…');
        }
        Problem {
            name,
            message: message.into(),
            fields: Vec::new(),
            book: None,
            operation: None,
            retry_after: None,
            oldest: None,
            store: None,
        }
    }

    /// Fields that break rules.
    pub fn invalid(mut fields: Vec<FieldError>) -> Self {
        let message = match fields.as_slice() {
            [only] => format!("{}: {}", only.field, only.message),
            _ => format!("{} fields break rules", fields.len()),
        };
        fields.truncate(FIELDS_MAX);
        Problem { fields, ..Problem::new(Name::Invalid, message) }
    }

    /// The catalogue's no; `in_transaction` adds which operation met it.
    pub fn refused(refused: Refused, in_transaction: bool) -> Self {
        let message = refused.refusal.to_string();
        let problem = match refused.refusal {
            Refusal::Invalid(fields) => Problem::invalid(fields),
            Refusal::NotFound(_) => Problem::new(Name::NotFound, message),
            Refusal::Conflict { book, .. } => Problem { book, ..Problem::new(Name::Conflict, message) },
            Refusal::TooLarge(_) => Problem::new(Name::TooLarge, message),
            Refusal::RevisionRequired => Problem::new(Name::RevisionRequired, message),
        };
        Problem { operation: in_transaction.then_some(refused.operation), ..problem }
    }

    /// The `error` member of a JSON-RPC response: `{"code", "message", "data"}`.
    pub fn to_rpc(&self) -> String {
        let data = RpcData { r#type: self.name.text(), particulars: self.particulars() };
        json(&RpcError { code: self.name.code(), message: &self.message, data })
    }

    /// The body of an HTTP answer, RFC 9457: `type`, `title`, `status`, `detail`, and the particulars.
    pub fn to_http(&self) -> String {
        json(&HttpProblem {
            r#type: format!("/problems/{}", self.name.text()),
            title: self.name.title(),
            status: self.name.status(),
            detail: &self.message,
            particulars: self.particulars(),
        })
    }

    fn particulars(&self) -> Particulars<'_> {
        Particulars {
            fields: &self.fields,
            book: self.book.as_ref(),
            operation: self.operation,
            retry_after: self.retry_after,
            oldest: self.oldest,
            store: self.store.as_deref(),
        }
    }
}

fn json(problem: &impl Serialize) -> String {
    serde_json::to_string(problem).expect("problems have only texts as keys")
}

#[derive(Serialize)]
struct RpcError<'a> {
    code: i32,
    message: &'a str,
    data: RpcData<'a>,
}

#[derive(Serialize)]
struct RpcData<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    particulars: Particulars<'a>,
}

#[derive(Serialize)]
struct HttpProblem<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(flatten)]
    particulars: Particulars<'a>,
}

/// What some problems have and others do not.
#[derive(Serialize)]
struct Particulars<'a> {
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    fields: &'a [FieldError],
    #[serde(skip_serializing_if = "Option::is_none")]
    book: Option<&'a Book>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest: Option<Revision>,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<&'a str>,
}
