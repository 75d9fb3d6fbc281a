//! What each method answers, as types.

use catalogue::{Book, BookId, Outcome, Revision, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::Role;

/// A book, and the revision of the write; of the store where it was only read.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BookResult")]
pub struct BookResult<'a> {
    /// The entry's revision, or the store's as read.
    pub revision: Revision,
    /// The whole book.
    pub book: &'a Book,
}

/// A book is gone.
#[derive(Serialize, JsonSchema)]
pub struct DeletedResult {
    /// The entry's revision.
    pub revision: Revision,
    /// The book's number.
    pub id: BookId,
}

/// A page of books.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ListResult")]
pub struct ListResult<'a> {
    /// The store's revision as read.
    pub revision: Revision,
    /// The books of this page.
    pub books: &'a [Book],
    /// How many books match in all.
    pub total: usize,
    /// The `cursor` of the next page, null at the end.
    pub next: Option<String>,
}

/// What a transaction came to.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TransactionResult")]
pub struct TransactResult<'a> {
    /// The entry's revision.
    pub revision: Revision,
    /// One for each operation, in order.
    #[schemars(with = "Vec<OutcomeResult>")]
    pub results: &'a [Outcome],
}

/// What one operation of a transaction came to: the single call's answer without `revision`.
struct OutcomeResult;

impl JsonSchema for OutcomeResult {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Outcome".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let book = generator.subschema_for::<Book>();
        let id = generator.subschema_for::<BookId>();
        json_schema!({"anyOf": [
            {"type": "object", "properties": {"book": book}, "required": ["book"]},
            {"type": "object", "properties": {"id": id}, "required": ["id"]},
        ]})
    }
}

/// Who is logged in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LoginResult")]
pub struct LoginResult<'a> {
    /// The token's name, which stands as `by` at what it writes.
    pub name: &'a str,
    /// What it may do.
    pub role: Role,
    /// When it ends by itself; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// What a server is and holds.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ServerInfo")]
pub struct Info {
    /// The program's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The store's random name.
    pub store: String,
    /// The store's revision.
    pub revision: Revision,
    /// How many books there are.
    pub books: usize,
    /// How many WebSockets and event streams are open.
    pub clients: usize,
    /// Every limit.
    pub limits: Limits,
}

/// What `POST /restore` answers: the store that takes the place of the present one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RestoreResult {
    /// Its random name, a new one.
    pub store: String,
    /// Its revision.
    pub revision: Revision,
    /// How many books it has.
    pub books: usize,
    /// The folder in the data directory that gets what was there before.
    pub aside: Option<String>,
}

/// The limits of a running server. Sizes are bytes of JSON, times are seconds.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[expect(
    missing_docs,
    reason = "each is the limit of the same name, described at engine::Limits, or the option of serve"
)]
pub struct Limits {
    pub message_bytes_max: usize,
    pub batch_calls_max: usize,
    pub operations_max: usize,
    pub book_bytes_max: usize,
    pub page_books: usize,
    pub page_books_max: usize,
    pub connections_max: usize,
    pub calls_in_flight_max: usize,
    pub calls_in_flight_bytes_max: usize,
    pub subscriptions_max: usize,
    pub writes_queued_max: usize,
    pub batch_entries_max: usize,
    pub batch_bytes_max: usize,
    pub behind_entries_max: u64,
    pub behind_bytes_max: u64,
    pub ring_entries_max: usize,
    pub ring_bytes_max: u64,
    pub receipts_min: usize,
    pub request_id_chars_max: usize,
    pub current_interval_s: f64,
    pub ping_after_s: f64,
    pub stalled_max_s: f64,
    pub header_timeout_s: f64,
    pub stop_timeout_s: f64,
    pub login_timeout_s: f64,
    pub bytes_in_flight_max: usize,
    pub rate: Option<u32>,
    pub connections_per_address: Option<usize>,
}
