//! The part of a URL behind `?`.

use catalogue::{Cursor, FieldError, Filter, Sort};
use engine::Limits;
use protocol::Problem;
use serde_json::{Map, Value};
use url::form_urlencoded;

/// Parameters that belong to searching, which this version does not serve; refused by name rather than ignored.
const NOT_SERVED: [&str; 3] = ["search", "facets", "explain"];

/// The parameters of a query with every error met so far.
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

/// What `GET /books` asks for.
#[derive(Debug)]
pub(crate) struct ListParams {
    pub(crate) filter: Filter,
    pub(crate) sort: Option<Sort>,
    pub(crate) cursor: Option<Cursor>,
    /// `None`: every book, streamed.
    pub(crate) limit: Option<usize>,
}

impl ListParams {
    /// Reads the query, or tells every parameter that is wrong.
    pub(crate) fn parse(query: Option<&str>, limits: &Limits) -> Result<Self, Problem> {
        let mut params = Params::parse(query);
        let limit = params.take("limit").and_then(|text| params.keep("limit", limit(&text, limits.page_books_max)));
        let sort = params.take("sort").and_then(|text| params.keep("sort", text.parse()));
        let cursor = params.take("cursor").and_then(|text| params.keep("cursor", text.parse()));
        let filter = params.filter()?;
        Ok(ListParams { filter, sort, cursor, limit })
    }
}

impl Params {
    /// Splits a query.
    pub(crate) fn parse(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
        Params { pairs, errors: Vec::new() }
    }

    /// The one value of a parameter; several are an error.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let mut values = Vec::new();
        self.pairs.retain_mut(|(key, value)| {
            let taken = key == name;
            if taken {
                values.push(std::mem::take(value));
            }
            !taken
        });
        if values.len() > 1 {
            self.errors.push(FieldError::new(name, "give this parameter once"));
        }
        values.pop()
    }

    /// The value, or `None` with the error kept.
    pub(crate) fn keep<T>(&mut self, name: &str, parsed: Result<T, FieldError>) -> Option<T> {
        parsed.map_err(|error| self.errors.push(FieldError { field: name.to_owned(), ..error })).ok()
    }

    /// Everything not taken before is a condition on books; unknown names are refused with every other error.
    pub(crate) fn filter(mut self) -> Result<Filter, Problem> {
        for name in NOT_SERVED {
            if self.pairs.iter().any(|(key, _)| key == name) {
                self.pairs.retain(|(key, _)| key != name);
                self.errors.push(FieldError::new(name, "this server does not search yet: use the filter fields"));
            }
        }
        let members = self.members();
        match Filter::parse(&members) {
            Ok(filter) if self.errors.is_empty() => Ok(filter),
            Ok(_) => Err(Problem::invalid(self.errors)),
            Err(errors) => Err(Problem::invalid(self.errors.into_iter().chain(errors).collect())),
        }
    }

    /// The filter as JSON: repeated = any of, empty = not set, `year.from` and `year.to` = a range.
    fn members(&mut self) -> Map<String, Value> {
        let mut members = Map::new();
        for (key, value) in std::mem::take(&mut self.pairs) {
            let value = if value.is_empty() { Value::Null } else { Value::String(value) };
            let added = match key.rsplit_once('.') {
                Some((field, end @ ("from" | "to"))) => add_bound(&mut members, field, end, value),
                _ => add_value(&mut members, &key, value),
            };
            if !added {
                self.errors.push(FieldError::new(key, "either values or one range"));
            }
        }
        members
    }
}

fn add_bound(members: &mut Map<String, Value>, field: &str, end: &str, value: Value) -> bool {
    let range = members.entry(field).or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(range) = range else { return false };
    range.insert(end.to_owned(), value).is_none()
}

fn add_value(members: &mut Map<String, Value>, field: &str, value: Value) -> bool {
    match members.get_mut(field) {
        None => {
            members.insert(field.to_owned(), value);
        }
        Some(Value::Object(_)) => return false,
        Some(Value::Array(any_of)) => any_of.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
    true
}

fn limit(text: &str, max: usize) -> Result<usize, FieldError> {
    match text.parse() {
        Ok(limit) if (1..=max).contains(&limit) => Ok(limit),
        _ => Err(FieldError::new("limit", format!("a whole number from 1 to {max}"))),
    }
}
