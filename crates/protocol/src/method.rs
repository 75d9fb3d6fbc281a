//! The methods of the WebSocket as one table: what each takes, what it answers, and how its parameters are read.

mod params;
mod read;
mod results;

use catalogue::{BookId, Cursor, Filter, Operation, Revision, Sort};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::IgnoredAny;

pub use params::{PAGE_BOOKS, PAGE_BOOKS_MAX, REQUEST_ID_CHARS_MAX};
pub use results::{BookResult, DeletedResult, Info, Limits, ListResult, LoginResult, RestoreResult, TransactResult};

use crate::rpc::Request;
use crate::session::Presented;
use crate::{Name, Problem, Role};

/// A call whose parameters were read.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// Anything that may change books.
    Write(Write),
    /// `books.get`
    Get(BookId),
    /// `books.list`
    List(List),
    /// `books.subscribe`
    Subscribe(Subscribe),
    /// `books.unsubscribe`, with the subscription's id.
    Unsubscribe(String),
    /// `session.login`, with the token.
    Login(Presented),
    /// `server.info`
    Info,
    /// `rpc.discover`
    Discover,
}

/// A write call.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// One operation, or a transaction.
    pub shape: Shape,
    /// What is to be done, at least one.
    pub operations: Vec<Operation>,
    /// The client's name for this request.
    pub request_id: Option<String>,
}

/// The two shapes of a write call and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One operation, answered by what it came to.
    Single,
    /// Several, answered by a list.
    Transaction,
}

/// A call for a page of books.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// Which books.
    pub filter: Filter,
    /// In which order.
    pub sort: Option<Sort>,
    /// How many, at most [`PAGE_BOOKS_MAX`].
    pub limit: usize,
    /// Behind which book the page begins.
    pub cursor: Option<Cursor>,
}

/// A call for a subscription.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscribe {
    /// Which books.
    pub filter: Filter,
    /// The last revision that was delivered.
    pub since: Option<Revision>,
    /// The store it belongs to; `None` means this one.
    pub store: Option<String>,
    /// The matching books first.
    pub snapshot: bool,
}

/// A method that is served: one row of the table.
pub struct Method {
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) params: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) result: Described,
    /// Who may call it; `None`: everybody, logged in or not.
    pub(crate) role: Option<Role>,
    /// The refusals that belong to the method; those that can meet any call are not repeated.
    pub(crate) refusals: &'static [Name],
    read: fn(&Method, &str) -> Result<Call, Problem>,
    read_at_once: fn(&str) -> Option<Call>,
}

/// A result with the name it is described by.
pub(crate) struct Described {
    pub(crate) name: &'static str,
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
}

const fn described<T: JsonSchema>(name: &'static str) -> Described {
    Described { name, schema: SchemaGenerator::subschema_for::<T> }
}

const fn method<P: read::Params>(
    name: &'static str,
    result: Described,
    role: Option<Role>,
    refusals: &'static [Name],
    summary: &'static str,
) -> Method {
    let (read, read_at_once) = (read::by_name::<P>, read::at_once::<P>);
    Method { name, summary, params: P::json_schema, result, role, refusals, read, read_at_once }
}

const READER: Option<Role> = Some(Role::Reader);
const EDITOR: Option<Role> = Some(Role::Editor);
const EVERYBODY: Option<Role> = None;
const TRANSACT: &str = "books.transact";
const CREATING: &[Name] = &[Name::Conflict, Name::TooLarge, Name::RequestIdReused, Name::Unavailable];
const CHANGING: &[Name] =
    &[Name::NotFound, Name::Conflict, Name::TooLarge, Name::RevisionRequired, Name::RequestIdReused, Name::Unavailable];

/// Every method that is served.
pub(crate) const METHODS: [Method; 12] = [
    method::<params::Create>("books.create", described::<BookResult<'_>>("created"), EDITOR, CREATING, "Adds a book."),
    method::<params::Get>("books.get", described::<BookResult<'_>>("found"), READER, &[Name::NotFound], "One book."),
    method::<params::List>(
        "books.list",
        described::<ListResult<'_>>("page"),
        READER,
        &[Name::TooLarge],
        "A page of the books that match, in an order.",
    ),
    method::<params::Update>(
        "books.update",
        described::<BookResult<'_>>("updated"),
        EDITOR,
        CHANGING,
        "Changes some fields of a book.",
    ),
    method::<params::Replace>(
        "books.replace",
        described::<BookResult<'_>>("replaced"),
        EDITOR,
        CHANGING,
        "Puts a whole new book in the place of one.",
    ),
    method::<params::Delete>(
        "books.delete",
        described::<DeletedResult>("deleted"),
        EDITOR,
        CHANGING,
        "Takes a book out.",
    ),
    method::<params::Transact>(
        TRANSACT,
        described::<TransactResult<'_>>("done"),
        EDITOR,
        CHANGING,
        "Several operations as one: all or nothing, one revision.",
    ),
    method::<params::Subscribe>(
        "books.subscribe",
        described::<String>("subscription"),
        READER,
        &[Name::RevisionGone, Name::TooManyRequests],
        "Begins a subscription; books.changed notifications follow.",
    ),
    method::<params::Unsubscribe>(
        "books.unsubscribe",
        described::<bool>("ended"),
        READER,
        &[Name::NotFound],
        "Ends a subscription of this connection.",
    ),
    method::<params::Login>(
        "session.login",
        described::<LoginResult<'_>>("session"),
        EVERYBODY,
        &[Name::Unauthenticated, Name::TooManyRequests],
        "Logs this connection in with a token, or in again with another one.",
    ),
    method::<params::Nothing>("server.info", described::<Info>("info"), READER, &[], "What this server is and holds."),
    method::<params::Discover>(
        "rpc.discover",
        described::<crate::openrpc::Document>("document"),
        EVERYBODY,
        &[],
        "This document.",
    ),
];

/// Methods of later versions: refused by name.
const TO_COME: [&str; 3] = ["books.history", "books.revert", "presence.set"];

/// Every method with the role it takes to call it; `None`: everybody may.
pub fn roles() -> impl Iterator<Item = (&'static str, Option<Role>)> {
    METHODS.iter().map(|row| (row.name, row.role))
}

impl Method {
    /// The method of that name, or the refusal of a call of it.
    pub fn named(name: &str) -> Result<&'static Method, Problem> {
        METHODS.iter().find(|row| row.name == name).ok_or_else(|| no_method(name))
    }

    /// The role it takes to call it; `None` for everybody.
    pub fn role(&self) -> Option<Role> {
        self.role
    }

    /// Reads what it is called with: an object, an array, or nothing.
    pub fn read(&self, params: Option<&str>) -> Result<Call, Problem> {
        match params.unwrap_or("{}") {
            params if params.starts_with('[') => read::by_position(self, params),
            params => (self.read)(self, params),
        }
    }
}

/// A call that was read from its frame in one pass.
pub struct AtOnce<'a> {
    /// The id as it was written; `None` asks for no answer.
    pub id: Option<&'a str>,
    /// What it asks for.
    pub call: Call,
}

impl Call {
    /// Reads a frame that is one right call, of those that are made all the time and as nearly every client writes them, if
    /// its method `may` be called; `None` where it is anything else, or may be: then
    /// [`Message::parse`](crate::rpc::Message::parse) tells what it is.
    pub fn read_at_once(frame: &str, may: impl FnOnce(&Method) -> bool) -> Option<AtOnce<'_>> {
        let Request { id, method, params } = Request::glimpse(frame)?;
        let method = Method::named(&method).ok().filter(|method| may(method))?;
        let call = (method.read_at_once)(params?)?;
        Some(AtOnce { id, call })
    }

    /// Reads a call of `method`; `params` is an object, an array, or nothing.
    pub fn read(method: &str, params: Option<&str>) -> Result<Call, Problem> {
        Method::named(method)?.read(params)
    }
}

impl Write {
    /// Reads the body of a transaction, which on a WebSocket would be known to be JSON by now.
    pub fn transaction(body: &str) -> Result<Write, Problem> {
        serde_json::from_str::<IgnoredAny>(body)
            .map_err(|error| Problem::new(Name::BadJson, format!("the body is not JSON: {error}")))?;
        match Call::read(TRANSACT, Some(body.trim_start()))? {
            Call::Write(write) => Ok(write),
            other => unreachable!("a transaction is a write, not {other:?}"),
        }
    }
}

/// Has `generator` describe what a transaction takes and answers.
pub(crate) fn describe_transaction(generator: &mut SchemaGenerator) {
    generator.subschema_for::<params::Transact>();
    generator.subschema_for::<TransactResult<'_>>();
}

fn no_method(method: &str) -> Problem {
    let message = match TO_COME.contains(&method) {
        true => format!("{method} is not there yet: it comes with a later version of this server"),
        false => format!("there is no method {method:?}; rpc.discover lists what there is"),
    };
    Problem::new(Name::MethodNotFound, message)
}
