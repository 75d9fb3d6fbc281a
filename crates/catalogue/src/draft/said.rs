//! What a client said of one member.

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::splice::Spliced;

/// A value of JSON, borrowed, so that texts and numbers need not be kept as values.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Said<'a> {
    Null,
    /// What a book has as it stands, in JSON.
    #[serde(serialize_with = "spliced")]
    Kept(&'a str),
    Text(&'a str),
    Number(i64),
    /// One that is none of the above.
    Other(&'a Value),
}

fn spliced<S: Serializer>(json: &str, serializer: S) -> Result<S::Ok, S::Error> {
    Spliced(json).serialize(serializer)
}

impl Said<'_> {
    /// The same to keep.
    pub(crate) fn to_value(self) -> Value {
        match self {
            Said::Null => Value::Null,
            Said::Kept(json) => serde_json::from_str(json).expect("a book's value is JSON"),
            Said::Text(text) => text.into(),
            Said::Number(number) => number.into(),
            Said::Other(value) => value.clone(),
        }
    }

    /// What it is, for people.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Said::Kept(_) => Said::from(&self.to_value()).kind(),
            Said::Null | Said::Other(Value::Null) => "null",
            Said::Text(_) | Said::Other(Value::String(_)) => "text",
            Said::Number(_) | Said::Other(Value::Number(_)) => "a number",
            Said::Other(Value::Bool(_)) => "true or false",
            Said::Other(Value::Array(_)) => "a list",
            Said::Other(Value::Object(_)) => "an object",
        }
    }
}

impl<'a> From<&'a Value> for Said<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Said::Null,
            Value::String(text) => Said::Text(text),
            Value::Number(number) => number.as_i64().map_or(Said::Other(value), Said::Number),
            other => Said::Other(other),
        }
    }
}
