//! Which values of one field match.

use serde_json::{Map, Value};

use super::{Place, meant_status};
use crate::draft::{Said, integer};
use crate::fold::folds_to;
use crate::text::clean;
use crate::{Field, FieldError, Isbn, Language, fold};

/// The most values that one list may name.
const VALUES_MAX: usize = 1_000;

/// The values of one field that match, in one form for each meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::query) struct Condition {
    matches_unset: bool,
    /// Folded, ascending, each once.
    texts: Vec<Box<str>>,
    /// Both ends included; ascending with gaps between them.
    ranges: Vec<(i64, i64)>,
}

/// One of the values that a condition is for.
pub(in crate::query) enum Wanted<'a> {
    Unset,
    /// Folded.
    Text(&'a str),
    /// Both ends included.
    Range(i64, i64),
}

impl Condition {
    /// What it is for; no two of them are true of one value.
    pub(in crate::query) fn wanted(&self) -> impl Iterator<Item = Wanted<'_>> {
        let unset = self.matches_unset.then_some(Wanted::Unset);
        let texts = self.texts.iter().map(|text| Wanted::Text(text));
        texts.chain(self.ranges.iter().map(|(from, to)| Wanted::Range(*from, *to))).chain(unset)
    }

    /// Reads one value or a list of them; what is wrong goes to `errors`.
    pub(super) fn read(place: Place, name: &str, value: &Value, errors: &mut Vec<FieldError>) -> Self {
        let mut condition = Condition::default();
        match value {
            Value::Array(values) if values.is_empty() || values.len() > VALUES_MAX => {
                let message = format!("is a list of {} values, 1 to {VALUES_MAX} are allowed", values.len());
                errors.push(FieldError::new(name, message));
            }
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    condition.add(place, &format!("{name}[{index}]"), value, errors);
                }
            }
            value => condition.add(place, name, value, errors),
        }
        condition.tidy();
        condition
    }

    /// Whether a number, or that there is none, matches.
    pub(super) fn has_number(&self, number: Option<i64>) -> bool {
        let Some(number) = number else { return self.matches_unset };
        let next = self.ranges.partition_point(|(_, to)| *to < number);
        self.ranges.get(next).is_some_and(|(from, _)| *from <= number)
    }

    /// Whether a text matches; an empty one stands for none.
    pub(super) fn has_text(&self, text: &str) -> bool {
        match self.texts.as_slice() {
            _ if text.is_empty() => self.matches_unset,
            [] => false,
            [only] => folds_to(text, only),
            several => several.binary_search(&fold(text).into()).is_ok(),
        }
    }

    fn add(&mut self, place: Place, name: &str, value: &Value, errors: &mut Vec<FieldError>) {
        let added = match place {
            Place::Id if value.is_null() => Err("is never unset".to_owned()),
            Place::Id | Place::Field(Field::Year | Field::Pages | Field::Stock) => match value {
                Value::Object(ends) => return self.add_range(name, ends, errors),
                value => number(value).map(|number| self.add_number(number)),
            },
            Place::Field(field) => text(field, value).map(|text| self.add_text(text)),
        };
        errors.extend(added.err().map(|message| FieldError::new(name, message)));
    }

    fn add_number(&mut self, number: Option<i64>) {
        match number {
            Some(number) => self.ranges.push((number, number)),
            None => self.matches_unset = true,
        }
    }

    fn add_text(&mut self, text: String) {
        if text.is_empty() {
            self.matches_unset = true;
        } else {
            self.texts.push(text.into());
        }
    }

    fn add_range(&mut self, name: &str, ends: &Map<String, Value>, errors: &mut Vec<FieldError>) {
        let before = errors.len();
        let (mut from, mut to) = (None, None);
        for (end, value) in ends {
            match (end.as_str(), number(value)) {
                ("from", Ok(number)) => from = number,
                ("to", Ok(number)) => to = number,
                ("from" | "to", Err(_)) => {
                    errors.push(FieldError::new(format!("{name}.{end}"), "must be a whole number, or null for no end"));
                }
                _ => errors.push(FieldError::new(format!("{name}.{end}"), "a range has \"from\" and \"to\" only")),
            }
        }
        match (from, to) {
            _ if errors.len() > before => {}
            (None, None) => {
                errors.push(FieldError::new(name, "is a range without ends: give \"from\", \"to\" or both"))
            }
            (Some(from), Some(to)) if from > to => {
                errors.push(FieldError::new(name, format!("is a range from {from} down to {to}: exchange them")));
            }
            _ => self.ranges.push((from.unwrap_or(i64::MIN), to.unwrap_or(i64::MAX))),
        }
    }

    fn tidy(&mut self) {
        self.texts.sort_unstable();
        self.texts.dedup();
        self.ranges.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::with_capacity(self.ranges.len());
        for (from, to) in self.ranges.drain(..) {
            match joined.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        self.ranges = joined;
    }
}

/// A number that can be looked for: any that JavaScript can write exactly, for a range may reach beyond what a field holds.
fn number(value: &Value) -> Result<Option<i64>, String> {
    const EXACT_MAX: i64 = (1 << 53) - 1;
    integer(Said::from(value), -EXACT_MAX..=EXACT_MAX)
        .map_err(|_| "must be a whole number, {\"from\", \"to\"}, a list of these, or null".to_owned())
}

/// A text to look for in the form in which it is compared; empty for none.
fn text(field: Field, value: &Value) -> Result<String, String> {
    let written = match value {
        Value::Null => return Ok(String::new()),
        Value::String(text) => clean(text, usize::MAX)?,
        Value::Number(digits) if field == Field::Isbn => digits.to_string().into(),
        other => return Err(format!("must be text, a list of texts, or null, not {}", Said::from(other).kind())),
    };
    if written.is_empty() {
        return Ok(String::new());
    }
    match field {
        Field::Isbn => written.parse::<Isbn>().map(|isbn| isbn.to_string()).map_err(|error| error.to_string()),
        Field::Language => written.parse::<Language>().map(|language| fold(language.as_str())),
        Field::Status => Ok(fold(meant_status(&written))),
        _ => Ok(fold(&written)),
    }
}
