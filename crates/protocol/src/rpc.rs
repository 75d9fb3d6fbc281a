//! The envelope: JSON-RPC 2.0, strictly.

use std::borrow::Cow;
use std::fmt;

use catalogue::{Revision, Scan};
use serde::de::{DeserializeSeed, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::{Name, Problem};

/// The longest id, in bytes of JSON: what is echoed must leave room for an answer.
pub const ID_BYTES_MAX: usize = 64 * 1024;
/// The id of an answer to what names none that can be read.
pub const NO_ID: &str = "null";
/// What every answer begins with, up to the id.
const OPENED: &str = "{\"jsonrpc\":\"2.0\",\"id\":";
/// What stands between the id and the result.
const RESULT: &str = ",\"result\":";

/// White space of JSON.
const SPACE: [char; 4] = [' ', '\n', '\r', '\t'];

/// What a client sent in one frame.
#[derive(Debug)]
pub enum Message<'a> {
    /// One call.
    Single(Incoming<'a>),
    /// Several, to be answered in one frame.
    Batch(Vec<Incoming<'a>>),
    /// Neither; the answer has no id.
    Unreadable(Problem),
}

/// A call, or what was meant to be one.
pub type Incoming<'a> = Result<Request<'a>, Malformed<'a>>;

/// A well-formed call.
#[derive(Debug)]
pub struct Request<'a> {
    /// The id as it was written; `None` asks for no answer.
    pub id: Option<&'a str>,
    /// What is called.
    pub method: Cow<'a, str>,
    /// The parameters, an object or an array.
    pub params: Option<&'a str>,
}

/// JSON that is no call.
#[derive(Debug)]
pub struct Malformed<'a> {
    /// The id as it was written, or [`NO_ID`].
    pub id: &'a str,
    /// Why it is none.
    pub problem: Box<Problem>,
}

impl<'a> Message<'a> {
    /// Reads a frame; a batch of more than `batch_calls_max` calls is not read further than that.
    pub fn parse(text: &'a str, batch_calls_max: usize) -> Self {
        match Request::parse_plain(text) {
            Some(request) => Message::Single(Ok(request)),
            None => Message::parse_any(text, batch_calls_max),
        }
    }

    fn parse_any(text: &'a str, batch_calls_max: usize) -> Self {
        let whole: &RawValue = match serde_json::from_str(text) {
            Ok(whole) => whole,
            Err(error) => {
                return Message::Unreadable(Problem::new(Name::BadJson, format!("the message is not JSON: {error}")));
            }
        };
        if !whole.get().starts_with('[') {
            return Message::Single(Request::parse(whole));
        }
        match calls(whole.get(), batch_calls_max) {
            Calls::Some(calls) => Message::Batch(calls.into_iter().map(Request::parse).collect()),
            Calls::None => Message::Unreadable(invalid("the batch is empty: send at least one call")),
            Calls::TooMany => {
                let message = format!("the batch has more than {batch_calls_max} calls: send several batches");
                Message::Unreadable(invalid(&message))
            }
        }
    }
}

/// The members of a call as they were written; others are ignored.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default, deserialize_with = "written")]
    jsonrpc: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "written")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "written")]
    method: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "written")]
    params: Option<&'a RawValue>,
}

/// The same, as nearly every client writes it: a text without escapes where a text must be.
#[derive(Deserialize)]
struct PlainEnvelope<'a> {
    jsonrpc: &'a str,
    #[serde(borrow, default, deserialize_with = "written")]
    id: Option<&'a RawValue>,
    method: &'a str,
    #[serde(borrow, default, deserialize_with = "written")]
    params: Option<&'a RawValue>,
}

/// Keeps null apart from absent.
fn written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl<'a> Request<'a> {
    /// Reads a frame that is one well-formed call, in one pass; `None` where it is anything else, or may be.
    fn parse_plain(text: &'a str) -> Option<Self> {
        // An array of the members in their order would be taken for them.
        if !text.starts_with('{') {
            return None;
        }
        let PlainEnvelope { jsonrpc, id, method, params } = serde_json::from_str(text).ok()?;
        let id = id.map(|id| checked_id(id.get())).transpose().ok()?;
        let params = params.map(RawValue::get);
        let is_call = jsonrpc == "2.0" && params.is_none_or(|params| params.starts_with(['{', '[']));
        is_call.then_some(Request { id, method: Cow::Borrowed(method), params })
    }

    /// A look at a frame that is one call, if nothing speaks against it and the parameters come last. They are not looked at:
    /// that the frame is JSON, only who reads them finds out.
    pub(crate) fn glimpse(text: &'a str) -> Option<Self> {
        let mut scan = Scan::of(text);
        let (mut version, mut id, mut method) = (None, None, None);
        scan.mark(b'{')?;
        loop {
            let name = scan.text()?;
            scan.mark(b':')?;
            let (place, value) = match name {
                "jsonrpc" => (&mut version, scan.text()),
                "id" => (&mut id, scan.written(|scan| scan.number().or_else(|| scan.text()))),
                "method" => (&mut method, scan.text()),
                "params" => break,
                _ => return None,
            };
            if place.replace(value?).is_some() {
                return None;
            }
            scan.mark(b',')?;
        }
        let params = scan.rest().trim_matches(SPACE).strip_suffix('}')?;
        let is_call = version == Some("2.0") && params.starts_with('{') && id.is_none_or(|id| id.len() <= ID_BYTES_MAX);
        is_call.then_some(Request { id, method: Cow::Borrowed(method?), params: Some(params) })
    }

    fn parse(json: &'a RawValue) -> Incoming<'a> {
        let malformed = |id, problem| Malformed { id, problem: Box::new(problem) };
        if !json.get().starts_with('{') {
            return Err(malformed(NO_ID, invalid("a call is a JSON object")));
        }
        let envelope: Envelope<'a> =
            serde_json::from_str(json.get()).map_err(|error| malformed(NO_ID, invalid(&error.to_string())))?;
        let id = envelope.id.map(|id| checked_id(id.get())).transpose().map_err(|problem| malformed(NO_ID, problem))?;
        let refuse = |message: &str| malformed(id.unwrap_or(NO_ID), invalid(message));
        if envelope.jsonrpc.and_then(text).as_deref() != Some("2.0") {
            return Err(refuse("a call has \"jsonrpc\": \"2.0\""));
        }
        let method = envelope.method.and_then(text).ok_or_else(|| refuse("a call has a \"method\", a text"))?;
        let params = envelope.params.map(RawValue::get);
        match params {
            Some(params) if !params.starts_with(['{', '[']) => {
                Err(refuse("\"params\" is an object, an array, or left out"))
            }
            _ => Ok(Request { id, method, params }),
        }
    }
}

/// A text, a number or null, not too long.
fn checked_id(json: &str) -> Result<&str, Problem> {
    if json.starts_with(['{', '[', 't', 'f']) {
        return Err(invalid("an \"id\" is a text, a number or null"));
    }
    if json.len() > ID_BYTES_MAX {
        return Err(invalid(&format!("the \"id\" is over {ID_BYTES_MAX} bytes: choose a shorter one")));
    }
    Ok(json)
}

fn text(json: &RawValue) -> Option<Cow<'_, str>> {
    /// Borrows where there is nothing to unescape.
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'_>>(json.get()).ok().map(|text| text.0)
}

fn invalid(message: &str) -> Problem {
    Problem::new(Name::InvalidRequest, message)
}

/// What stands in the array of a batch.
enum Calls<'a> {
    Some(Vec<&'a RawValue>),
    None,
    TooMany,
}

fn calls(array: &str, max: usize) -> Calls<'_> {
    let mut deserializer = serde_json::Deserializer::from_str(array);
    match AtMost(max).deserialize(&mut deserializer).expect("the text was found to be an array of JSON") {
        None => Calls::TooMany,
        Some(calls) if calls.is_empty() => Calls::None,
        Some(calls) => Calls::Some(calls),
    }
}

/// Reads an array of at most so many elements; `None` where there are more, which are not kept.
struct AtMost(usize);

impl<'de> DeserializeSeed<'de> for AtMost {
    type Value = Option<Vec<&'de RawValue>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for AtMost {
    type Value = Option<Vec<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut calls = Vec::new();
        while calls.len() < self.0 {
            let Some(call) = elements.next_element()? else { return Ok(Some(calls)) };
            calls.push(call);
        }
        if elements.next_element::<IgnoredAny>()?.is_none() {
            return Ok(Some(calls));
        }
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// The answer to a call that was carried out.
pub fn result(id: &str, result: &impl Serialize) -> String {
    ready_result(id, &serde_json::to_string(result).expect("results have only texts as keys"))
}

/// The answer to a call that was carried out, whose result is JSON already.
pub fn ready_result(id: &str, json: &str) -> String {
    joined(&[OPENED, id, RESULT, json, "}"])
}

/// The answer to a call for one book, which is JSON already.
pub fn book(id: &str, revision: Revision, book: &str) -> String {
    let revision = revision.0.to_string();
    joined(&[OPENED, id, ",\"result\":{\"revision\":", &revision, ",\"book\":", book, "}}"])
}

/// The answer to a call that was refused.
pub fn error(id: &str, problem: &Problem) -> String {
    joined(&[OPENED, id, ",\"error\":", &problem.to_rpc(), "}"])
}

/// One text, whose memory is no longer than it is: a library that sends it takes such a one as it is.
fn joined(parts: &[&str]) -> String {
    let mut joined = String::with_capacity(parts.iter().map(|part| part.len()).sum());
    parts.iter().for_each(|part| joined.push_str(part));
    joined
}
