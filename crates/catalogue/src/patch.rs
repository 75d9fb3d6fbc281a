//! Changing some fields of a book: merge patches (RFC 7396) and sums.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::details::member;
use crate::draft::{self, Said, is_ignored, unknown};
use crate::refusal::without_errors;
use crate::text::clean;
use crate::{Book, Change, ChangeKind, Details, Draft, Field, FieldError};

/// `target` after `patch`, by RFC 7396 section 2.
pub fn merge(target: Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut merged = match target {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for (name, value) in patch {
        if value.is_null() {
            merged.remove(name);
        } else {
            let before = merged.remove(name).unwrap_or(Value::Null);
            merged.insert(name.clone(), merge(before, value));
        }
    }
    Value::Object(merged)
}

/// Why a book cannot be edited so.
#[derive(Debug)]
pub(crate) enum EditError {
    /// Fields break rules: all of them.
    Invalid(Vec<FieldError>),
    /// A sum fell below zero.
    BelowZero { field: Field, sum: i64 },
}

/// What an edit makes of a book: the fields it sets, as a book has them, each a member behind a comma, or nothing.
#[derive(Debug, Default)]
pub(crate) struct Edit<'a>(Vec<(Field, Cow<'a, str>)>);

/// The fields of `set` merged into `book` and those of `add` added. Only those are checked: old faults elsewhere do not
/// hinder an edit.
pub(crate) fn edited<'a>(book: &Book, set: Option<&'a Draft>, add: Option<&Draft>) -> Result<Edit<'a>, EditError> {
    let mut edit = Edit::default();
    let mut errors = Vec::new();
    let mut below_zero = None;
    if set.is_none() && add.is_none() {
        errors.push(FieldError::new("set", "is missing: say what to change, by \"set\" or by \"add\""));
    }
    if let Some(set) = set {
        put_fields(set, book, &mut edit, &mut errors);
    }
    for (name, value) in add.into_iter().flat_map(Draft::iter) {
        if set.is_some_and(|set| set.get(name).is_some()) {
            errors.push(FieldError::new(name, "is both set and added to: do one of them"));
            continue;
        }
        match sum(book, name, value) {
            Ok((field, sum)) if sum < 0 => below_zero = Some(EditError::BelowZero { field, sum }),
            Ok((field, sum)) => edit.set(field, |text| member(text, field, &sum)),
            Err(error) => errors.push(error),
        }
    }
    let mut edit = without_errors(edit, errors).map_err(EditError::Invalid)?;
    edit.0.sort_unstable_by_key(|(field, _)| *field);
    below_zero.map_or(Ok(edit), Err)
}

impl<'a> Edit<'a> {
    /// The fields it sets, in their order.
    pub(crate) fn members(&self) -> impl Iterator<Item = (Field, &str)> {
        self.0.iter().map(|(field, member)| (*field, &**member))
    }

    fn set(&mut self, field: Field, write: impl FnOnce(&mut String)) {
        let mut member = String::new();
        write(&mut member);
        self.0.push((field, member.into()));
    }

    /// Sets a field to what was said of it.
    fn put(&mut self, field: Field, said: Said<'_>, errors: &mut Vec<FieldError>) {
        self.set(field, |text| draft::write(field, said, text, errors));
    }

    /// Sets a field to a member that is at hand.
    fn keep(&mut self, field: Field, member: &'a str) {
        self.0.push((field, member.into()));
    }
}

fn put_fields<'a>(set: &'a Draft, book: &Book, edit: &mut Edit<'a>, errors: &mut Vec<FieldError>) {
    for (name, said) in set.iter() {
        match Field::from_name(name) {
            Some(field) => match set.member(field) {
                // What is kept as it stands merges with nothing, but for the pairs of a shop.
                Some(_) if field == Field::Extra => put_field(field, Said::from(&said.to_value()), book, edit, errors),
                Some(member) => edit.keep(field, member),
                None => put_field(field, said, book, edit, errors),
            },
            None if name == "id" => errors.extend(set.renames(book.id())),
            None if is_ignored(name) => {}
            None => errors.push(unknown(name)),
        }
    }
}

fn put_field(field: Field, said: Said<'_>, book: &Book, edit: &mut Edit<'_>, errors: &mut Vec<FieldError>) {
    match said {
        Said::Other(Value::Object(members)) if field == Field::Extra => {
            let merged = merge(book.value(field), &with_clean_names(members));
            edit.put(field, Said::from(&merged), errors);
        }
        Said::Other(patch @ Value::Object(_)) => {
            let merged = merge(book.value(field), patch);
            edit.put(field, Said::from(&merged), errors);
        }
        plain => edit.put(field, plain, errors),
    }
}

/// The pairs of a patch under the names under which a book keeps them, so that " supplier" meets "supplier". A name that
/// cannot be kept, or a second of the same, stays as it is: reading it tells what is wrong.
fn with_clean_names(members: &Map<String, Value>) -> Value {
    let mut renamed = Map::new();
    for (name, value) in members {
        let clean = clean(name, usize::MAX).map_or_else(|_| name.clone(), String::from);
        let name = if members.contains_key(&clean) || renamed.contains_key(&clean) { name.clone() } else { clean };
        renamed.insert(name, value.clone());
    }
    renamed.into()
}

/// A number after adding to it; an unset one counts as 0.
fn sum(book: &Book, name: &str, value: Said<'_>) -> Result<(Field, i64), FieldError> {
    let (field, now, max) = match Field::from_name(name) {
        Some(field @ Field::Stock) => (field, book.number(field), *Details::STOCK.end()),
        Some(field @ Field::Pages) => (field, book.number(field), *Details::PAGES.end()),
        Some(field @ Field::Year) => (field, book.number(field), *Details::YEARS.end()),
        Some(_) => return Err(FieldError::new(name, "is no number: \"add\" takes stock, pages and year")),
        None if name == "id" || is_ignored(name) => return Err(FieldError::new(name, "cannot be added to")),
        None => return Err(unknown(name)),
    };
    let error = |message: String| FieldError::new(name, message);
    let summand = draft::integer(value, -max..=max).ok().flatten();
    let summand = summand.ok_or_else(|| error(format!("must be a whole number from -{max} to {max} to add")))?;
    match now.unwrap_or(0).saturating_add(summand) {
        sum if sum > max => Err(error(format!("would become {sum}, at most {max} is allowed"))),
        sum => Ok((field, sum)),
    }
}

/// The book before a change: `book` with `was` laid over it, or all of `was`.
pub(crate) fn book_before(change: &Change) -> Option<Book> {
    let was = change.was.as_ref()?;
    let mut details = match change.kind {
        ChangeKind::Created => return None,
        ChangeKind::Updated => change.book.as_ref()?.details(),
        ChangeKind::Deleted => Details::default(),
    };
    for (name, value) in was.values() {
        if let Some(field) = Field::from_name(&name) {
            details.put(field, value);
        }
    }
    let (revision, updated_at) =
        change.book.as_ref().map(|book| (book.revision(), book.updated_at())).unwrap_or_default();
    Some(Book::new(change.id, &details, revision, updated_at))
}
