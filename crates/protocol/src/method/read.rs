//! From the text of parameters to a call, or to everything that is wrong with it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use catalogue::{FieldError, Scan};
use schemars::{JsonSchema, SchemaGenerator};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use serde_json::{Map, Value};

use super::{Call, METHODS, Method};
use crate::Problem;

/// The parameters of one method.
pub(crate) trait Params: DeserializeOwned + JsonSchema {
    /// Parameters of later versions: refused by name rather than ignored.
    const TO_COME: &'static [&'static str] = &[];

    /// Takes them from the beginning of a text if they are right and spelt as usual.
    fn scan(_: &mut Scan<'_>) -> Option<Self> {
        None
    }

    /// The call they make, or every rule they break.
    fn into_call(self) -> Result<Call, Vec<FieldError>>;
}

/// Reads an object in one pass, if it is right and spelt as usual.
pub(super) fn at_once<P: Params>(text: &str) -> Option<Call> {
    let mut scan = Scan::of(text);
    let params = P::scan(&mut scan).filter(|_| scan.is_at_end())?;
    params.into_call().ok()
}

/// Reads an object.
pub(super) fn by_name<P: Params>(method: &Method, text: &str) -> Result<Call, Problem> {
    if let Some(call) = at_once::<P>(text) {
        return Ok(call);
    }
    match serde_json::from_str::<P>(text) {
        Ok(params) => params.into_call().map_err(Problem::invalid),
        Err(error) => Err(explain::<P>(method, text, &error)),
    }
}

/// Reads an array: an empty one is no parameters at all; else only the id of a subscription has a place of its own.
pub(super) fn by_position(method: &Method, text: &str) -> Result<Call, Problem> {
    let values: Vec<Value> = serde_json::from_str(text).map_err(|error| unreadable(&error))?;
    match values.as_slice() {
        [] => (method.read)(method, "{}"),
        [Value::String(id)] if method.name == "books.unsubscribe" => Ok(Call::Unsubscribe(id.clone())),
        _ => {
            let message = format!("{} takes its parameters by name, as an object", method.name);
            Err(Problem::invalid(vec![FieldError::new("params", message)]))
        }
    }
}

/// What is wrong with parameters that do not fit.
fn explain<P: Params>(method: &Method, text: &str, error: &serde_json::Error) -> Problem {
    if error.classify() != Category::Data {
        return unreadable(error);
    }
    let named = wrongly_named::<P>(&NAMES[method.name], text);
    if !named.is_empty() {
        return Problem::invalid(named);
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let Err(located) = serde_path_to_error::deserialize::<_, P>(&mut deserializer) else {
        return unreadable(error);
    };
    let (field, operation) = place(located.path());
    let message = plain(&located.into_inner().to_string());
    Problem { operation, ..Problem::invalid(vec![FieldError::new(field, message)]) }
}

/// JSON beyond what is read here: nested too deep, a number beyond all bounds, or half a character.
fn unreadable(error: &serde_json::Error) -> Problem {
    Problem::invalid(vec![FieldError::new("params", format!("cannot be read: {error}"))])
}

/// Names that are not there and should be, or are there and should not.
fn wrongly_named<P: Params>(names: &Names, text: &str) -> Vec<FieldError> {
    let given: BTreeMap<String, IgnoredAny> = serde_json::from_str(text).unwrap_or_default();
    let unknown =
        given.keys().filter(|name| !names.known.contains(name)).map(|name| match P::TO_COME.contains(&name.as_str()) {
            true => not_served(name),
            false => FieldError::new(name, "there is no such parameter: correct its name"),
        });
    let missing = names.required.iter().filter(|name| !given.contains_key(*name));
    unknown.chain(missing.map(|name| FieldError::new(name, "must be given"))).collect()
}

/// The names of each method's parameters, read off its schema once.
static NAMES: LazyLock<BTreeMap<&'static str, Names>> =
    LazyLock::new(|| METHODS.iter().map(|method| (method.name, Names::of(method))).collect());

struct Names {
    known: Vec<String>,
    required: Vec<String>,
}

impl Names {
    fn of(method: &Method) -> Names {
        let schema = (method.params)(&mut SchemaGenerator::default()).to_value();
        let known = schema["properties"].as_object().into_iter().flat_map(Map::keys).cloned();
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        Names { known: known.collect(), required: required.map(str::to_owned).collect() }
    }
}

/// The refusal of a parameter of a later version.
fn not_served(name: &str) -> FieldError {
    FieldError::new(name, "is not there yet: it comes with a later version of this server; use filter meanwhile")
}

/// Where an error is, and in which operation of a transaction.
fn place(path: &serde_path_to_error::Path) -> (String, Option<usize>) {
    use serde_path_to_error::Segment;
    let mut segments = path.iter();
    let operation = match (segments.next(), segments.next()) {
        (Some(Segment::Map { key }), Some(Segment::Seq { index })) if key == "operations" => Some(*index),
        _ => None,
    };
    match path.to_string() {
        whole if whole == "." => ("params".to_owned(), operation),
        field => (field, operation),
    }
}

/// The reader's words for people: without line and column, which mean nothing within parameters, and without Rust.
fn plain(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    message.replace("expected u64", "expected a whole number from 0")
}

/// Errors of an object that is itself a parameter.
pub(super) fn errors_within(parameter: &str, errors: Vec<FieldError>) -> impl Iterator<Item = FieldError> {
    let parameter = parameter.to_owned();
    errors.into_iter().map(move |error| FieldError { field: format!("{parameter}.{}", error.field), ..error })
}
