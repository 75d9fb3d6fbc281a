//! The parameters of each method, as types.

mod scanned;

use catalogue::{BookId, Draft, FieldError, Filter, OPERATIONS_MAX, Operation, Revision, Scan};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use self::scanned::Scanned;
use super::read::{Params, errors_within};
use super::{Call, Shape, Write};
use crate::schemas::{BookDraft, BookPatch, FilterMembers, Sums};
use crate::session::Presented;

/// Books on a page unless asked otherwise.
pub const PAGE_BOOKS: usize = 50;
/// The most books on a page.
pub const PAGE_BOOKS_MAX: usize = 1_000;
/// The longest request id, in characters.
pub const REQUEST_ID_CHARS_MAX: usize = 128;

/// Names one request: sent again, it is answered the same and done once.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct RequestId(String);

impl TryFrom<String> for RequestId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.chars().count() {
            0 => Err("is empty: choose one for each request, e.g. a UUID".into()),
            count if count > REQUEST_ID_CHARS_MAX => {
                Err(format!("has {count} characters, at most {REQUEST_ID_CHARS_MAX} are kept"))
            }
            _ => Ok(RequestId(text)),
        }
    }
}

impl JsonSchema for RequestId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RequestId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "minLength": 1, "maxLength": REQUEST_ID_CHARS_MAX,
            "description": "Names one request: sent again, it is answered the same and done once.",
        })
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Create {
    /// The book; only the title must be given.
    #[schemars(with = "BookDraft")]
    book: Draft,
    #[serde(default)]
    request_id: Option<RequestId>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Get {
    /// Which book.
    id: BookId,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct List {
    /// Which books; fields are and-ed.
    #[serde(default)]
    #[schemars(with = "Option<FilterMembers>")]
    filter: Option<Draft>,
    /// A field's name, with `-` before it for the largest first; without it by id.
    #[serde(default)]
    sort: Option<String>,
    /// How many books at most.
    #[serde(default)]
    #[schemars(range(min = 1, max = PAGE_BOOKS_MAX))]
    limit: Option<u64>,
    /// Where the page begins: the `next` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Update {
    /// Which book.
    id: BookId,
    /// A merge patch (RFC 7396).
    #[serde(default)]
    #[schemars(with = "Option<BookPatch>")]
    set: Option<Draft>,
    /// Numbers to add at the moment of writing.
    #[serde(default)]
    #[schemars(with = "Option<Sums>")]
    add: Option<Draft>,
    /// The revision the client saw; another one is a conflict.
    #[serde(default)]
    if_revision: Option<Revision>,
    #[serde(default)]
    request_id: Option<RequestId>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Replace {
    /// Which book.
    id: BookId,
    /// The book that comes in its place; fields not given become unset.
    #[schemars(with = "BookDraft")]
    book: Draft,
    /// The revision the client saw; another one is a conflict.
    #[serde(default)]
    if_revision: Option<Revision>,
    #[serde(default)]
    request_id: Option<RequestId>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Delete {
    /// Which book.
    id: BookId,
    /// The revision the client saw; another one is a conflict.
    #[serde(default)]
    if_revision: Option<Revision>,
    #[serde(default)]
    request_id: Option<RequestId>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schemars(rename = "Transaction")]
pub(crate) struct Transact {
    /// What is to be done, in order, all or nothing.
    #[schemars(length(min = 1, max = OPERATIONS_MAX))]
    operations: Vec<OneOperation>,
    #[serde(default)]
    request_id: Option<RequestId>,
}

/// One operation of a transaction: a single member says which.
#[derive(Deserialize)]
#[serde(try_from = "Named")]
pub(crate) enum OneOperation {
    Create(Create),
    Update(Update),
    Replace(Replace),
    Delete(Delete),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with one member")]
struct Named {
    create: Option<Create>,
    update: Option<Update>,
    replace: Option<Replace>,
    delete: Option<Delete>,
}

impl TryFrom<Named> for OneOperation {
    type Error = &'static str;

    fn try_from(named: Named) -> Result<Self, Self::Error> {
        let operation = match named {
            Named { create: Some(create), update: None, replace: None, delete: None } => Self::Create(create),
            Named { create: None, update: Some(update), replace: None, delete: None } => Self::Update(update),
            Named { create: None, update: None, replace: Some(replace), delete: None } => Self::Replace(replace),
            Named { create: None, update: None, replace: None, delete: Some(delete) } => Self::Delete(delete),
            _ => return Err("must have exactly one member: create, update, replace or delete"),
        };
        match operation.request_id() {
            None => Ok(operation),
            Some(_) => Err("has a request_id: a transaction has one for all, beside operations"),
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Subscribe {
    /// Which books; fields are and-ed.
    #[serde(default)]
    #[schemars(with = "Option<FilterMembers>")]
    filter: Option<Draft>,
    /// Everything after this revision, exactly once.
    #[serde(default)]
    since: Option<Revision>,
    /// The store that `since` belongs to; without it, this one.
    #[serde(default)]
    store: Option<String>,
    /// The matching books first; beside `since`, only where that cannot be resumed.
    #[serde(default)]
    snapshot: Option<bool>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Unsubscribe {
    /// The id that books.subscribe answered.
    pub(super) subscription: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Login {
    /// The token, as it was handed out.
    #[schemars(with = "String")]
    token: Presented,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Nothing {}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Discover {}

impl Params for Create {
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        Scanned::scan(scan)
    }

    fn into_call(self) -> Result<Call, Vec<FieldError>> {
        Ok(single(OneOperation::Create(self)))
    }
}

impl Params for Get {
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        Scanned::scan(scan)
    }

    fn into_call(self) -> Result<Call, Vec<FieldError>> {
        Ok(Call::Get(self.id))
    }
}

impl Params for List {
    const TO_COME: &'static [&'static str] = &["search", "facets", "explain"];

    fn into_call(self) -> Result<Call, Vec<FieldError>> {
        let mut errors = Vec::new();
        let filter = filter(self.filter, &mut errors);
        let sort = parsed("sort", self.sort, &mut errors);
        let cursor = parsed("cursor", self.cursor, &mut errors);
        let limit = self.limit.unwrap_or(PAGE_BOOKS as u64);
        if !(1..=PAGE_BOOKS_MAX as u64).contains(&limit) {
            errors.push(FieldError::new("limit", format!("must be a whole number from 1 to {PAGE_BOOKS_MAX}")));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Call::List(super::List { filter, sort, limit: limit as usize, cursor }))
    }
}

impl Params for Update {
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        Scanned::scan(scan)
    }

    fn into_call(self) -> Result<Call, Vec<FieldError>> {
        Ok(single(OneOperation::Update(self)))
    }
}

impl Params for Replace {
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        Scanned::scan(scan)
    }

    fn into_call(self) -> Result<Call, Vec<FieldError>> {
        Ok(single(OneOperation::Replace(self)))
    }
}

impl Params for Delete {
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        Scanned::scan(scan)
    }

    fn into_call(self) -> Result<Call, Vec<FieldError>> {
        Ok(single(OneOperation::Delete(self)))
    }
}

impl Params for Transact {
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        Scanned::scan(scan)
    }

    fn into_call(self) -> Result<Call, Vec<FieldError>> {
        if self.operations.is_empty() || self.operations.len() > OPERATIONS_MAX {
            let message = format!("has {} operations, from 1 to {OPERATIONS_MAX} are allowed", self.operations.len());
            return Err(vec![FieldError::new("operations", message)]);
        }
        let operations = self.operations.into_iter().map(|operation| operation.into_parts().0).collect();
        let request_id = self.request_id.map(|id| id.0);
        Ok(Call::Write(Write { shape: Shape::Transaction, operations, request_id }))
    }
}

impl Params for Subscribe {
    const TO_COME: &'static [&'static str] = &["search"];

    fn into_call(self) -> Result<Call, Vec<FieldError>> {
        let mut errors = Vec::new();
        let filter = filter(self.filter, &mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        let Subscribe { since, store, snapshot, .. } = self;
        Ok(Call::Subscribe(super::Subscribe { filter, since, store, snapshot: snapshot.unwrap_or(false) }))
    }
}

impl Params for Unsubscribe {
    fn into_call(self) -> Result<Call, Vec<FieldError>> {
        Ok(Call::Unsubscribe(self.subscription))
    }
}

impl Params for Login {
    fn into_call(self) -> Result<Call, Vec<FieldError>> {
        Ok(Call::Login(self.token))
    }
}

impl Params for Nothing {
    fn into_call(self) -> Result<Call, Vec<FieldError>> {
        Ok(Call::Info)
    }
}

impl Params for Discover {
    fn into_call(self) -> Result<Call, Vec<FieldError>> {
        Ok(Call::Discover)
    }
}

fn single(operation: OneOperation) -> Call {
    let (operation, request_id) = operation.into_parts();
    Call::Write(Write { shape: Shape::Single, operations: vec![operation], request_id: request_id.map(|id| id.0) })
}

fn filter(members: Option<Draft>, errors: &mut Vec<FieldError>) -> Filter {
    Filter::parse(&members.unwrap_or_default().members()).unwrap_or_else(|broken| {
        errors.extend(errors_within("filter", broken));
        Filter::default()
    })
}

fn parsed<T: std::str::FromStr<Err = FieldError>>(
    name: &str,
    text: Option<String>,
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    match text?.parse() {
        Ok(value) => Some(value),
        Err(FieldError { message, .. }) => {
            errors.push(FieldError::new(name, message));
            None
        }
    }
}

impl OneOperation {
    fn request_id(&self) -> Option<&RequestId> {
        match self {
            OneOperation::Create(Create { request_id, .. })
            | OneOperation::Update(Update { request_id, .. })
            | OneOperation::Replace(Replace { request_id, .. })
            | OneOperation::Delete(Delete { request_id, .. }) => request_id.as_ref(),
        }
    }

    fn into_parts(self) -> (Operation, Option<RequestId>) {
        match self {
            OneOperation::Create(Create { book, request_id }) => (Operation::Create { book }, request_id),
            OneOperation::Update(Update { id, set, add, if_revision, request_id }) => {
                (Operation::Update { id, set, add, if_revision }, request_id)
            }
            OneOperation::Replace(Replace { id, book, if_revision, request_id }) => {
                // A book that was read and sent back names itself; over HTTP the path alone says which it is.
                (Operation::Replace { id, book: book.for_book(id), if_revision }, request_id)
            }
            OneOperation::Delete(Delete { id, if_revision, request_id }) => {
                (Operation::Delete { id, if_revision }, request_id)
            }
        }
    }
}

impl JsonSchema for OneOperation {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Operation".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = |name: &str, params: Schema| {
            let mut params = params.to_value();
            if let Some(properties) = params["properties"].as_object_mut() {
                properties.remove("request_id");
            }
            serde_json::json!({
                "type": "object", "properties": {name: params}, "required": [name], "additionalProperties": false,
            })
        };
        let kinds: [Value; 4] = [
            one("create", Create::json_schema(generator)),
            one("update", Update::json_schema(generator)),
            one("replace", Replace::json_schema(generator)),
            one("delete", Delete::json_schema(generator)),
        ];
        json_schema!({"oneOf": kinds})
    }
}
