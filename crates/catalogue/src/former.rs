//! What fields were before they changed.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::Field;
use crate::splice::Spliced;

/// The former values of some fields by name, null where they were unset: a JSON object, kept as its text.
#[derive(Clone, PartialEq, Eq)]
pub struct Former(Box<str>);

impl Former {
    /// Of these fields, each with its JSON.
    pub(crate) fn of(mut members: Vec<(Field, &str)>) -> Self {
        members.sort_unstable_by_key(|(field, _)| field.name());
        let bytes: usize = members.iter().map(|(field, json)| field.opening().len() + json.len()).sum();
        // The first comma is left out; with braces around nothing there is none.
        let mut text = String::with_capacity(bytes.max(1) + 1);
        text.push('{');
        for (field, json) in members {
            // The first one follows nothing.
            text.push_str(if text.len() == 1 { &field.opening()[1..] } else { field.opening() });
            text.push_str(json);
        }
        text.push('}');
        Former(text.into())
    }

    /// The same as JSON.
    pub fn json(&self) -> &str {
        &self.0
    }

    /// The values by the names of their fields.
    pub fn values(&self) -> Map<String, Value> {
        serde_json::from_str(&self.0).expect("it was written from values")
    }
}

impl From<&Map<String, Value>> for Former {
    fn from(values: &Map<String, Value>) -> Self {
        Former(serde_json::to_string(values).expect("values are JSON").into())
    }
}

impl Serialize for Former {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Spliced(&self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Former {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(|values| Former::from(&values))
    }
}

impl fmt::Debug for Former {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
