//! One book of the original's making: right values as the rules have them, all others kept.

use std::collections::BTreeMap;

use catalogue::{BookId, Details, Draft, Field, FieldError, Price, Text};
use serde_json::Value;

use super::members::{Stray, sorted, text};
use super::original::Members;
use super::remark::{Fate, Remark};

/// A book with its id, where it has a valid one, and what is to be said about it.
#[derive(Debug, PartialEq)]
pub(super) struct TakenBook {
    pub(super) id: Option<BookId>,
    pub(super) details: Details,
    pub(super) remarks: Vec<Remark>,
}

/// Takes a book over without losing a value of it.
///
/// What the rules accept becomes what it would become from a client. What breaks a rule stays in its field as it was if
/// the field can hold it, else it moves to `extra` as text; so do members that no book has.
pub(super) fn take(members: &Members<'_>) -> TakenBook {
    let sorted = sorted(members);
    let (mut taken, wrong) = checked(sorted.draft);
    let mut strays = sorted.strays;
    for Wrong { name, value, errors } in wrong {
        let kept = Field::from_name(&name).and_then(|field| keep(&mut taken.details, field, &value));
        if kept.is_some() {
            taken.remarks.extend(errors.into_iter().map(|error| Remark::new(error, Fate::Kept)));
        } else {
            let text = text(&value, members.last(&name));
            strays.push(Stray { name, text, errors });
        }
    }
    move_to_extra(&mut taken, strays);
    taken
}

/// A member that breaks rules.
struct Wrong {
    name: String,
    value: Value,
    errors: Vec<FieldError>,
}

/// The book that the right members make, and the others with what is wrong with them.
fn checked(mut draft: Draft) -> (TakenBook, Vec<Wrong>) {
    let errors = match draft.check() {
        Ok((id, details)) => return (TakenBook { id, details, remarks: Vec::new() }, Vec::new()),
        Err(errors) => errors,
    };
    let mut remarks = Vec::new();
    let mut wrong: BTreeMap<String, Wrong> = BTreeMap::new();
    for error in errors {
        let name = error.field.split(['.', '[']).next().unwrap_or_default().to_owned();
        if let Some(wrong) = wrong.get_mut(&name) {
            wrong.errors.push(error);
        } else if let Some(value) = draft.members_mut().remove(&name) {
            wrong.insert(name.clone(), Wrong { name, value, errors: vec![error] });
        } else {
            remarks.push(Remark::new(error, Fate::Kept));
        }
    }
    let (id, details) = without_title(draft);
    (TakenBook { id, details, remarks }, wrong.into_values().collect())
}

/// The book that right members make, with or without a title among them.
fn without_title(mut draft: Draft) -> (Option<BookId>, Details) {
    let title = Field::Title.name();
    let members = draft.members_mut();
    let has_title = members.contains_key(title);
    members.entry(title).or_insert_with(|| "stands in while the others are checked".into());
    let (id, mut details) = draft.check().expect("each member is checked alone, and the wrong ones were taken out");
    if !has_title {
        details.title = Text::default();
    }
    (id, details)
}

/// Puts a value that breaks a rule into its field as it is; `None` if the field cannot hold it.
fn keep(details: &mut Details, field: Field, value: &Value) -> Option<()> {
    match field {
        Field::Title => details.title = value.as_str()?.into(),
        Field::Author => details.author = value.as_str()?.into(),
        Field::Publisher => details.publisher = value.as_str()?.into(),
        Field::Year => details.year = Some(whole(value)?),
        Field::Pages => details.pages = Some(whole(value)?),
        Field::Edition => details.edition = value.as_str()?.into(),
        Field::Description => details.description = value.as_str()?.into(),
        Field::Status => details.status = value.as_str()?.into(),
        Field::Isbn => details.isbn = Some(value.as_str()?.into()),
        Field::Language => details.language = Some(value.as_str()?.into()),
        Field::Subjects => details.subjects = value.as_array()?.iter().filter_map(owned).collect(),
        Field::Series => details.series = Some(value.as_str()?.into()),
        Field::Shelf => details.shelf = Some(value.as_str()?.into()),
        Field::Barcode => details.barcode = Some(value.as_str()?.into()),
        Field::Stock => details.stock = Some(whole(value)?),
        Field::Price => details.price = Some(price(value)?),
        Field::Extra => {
            let pairs = value.as_object()?.iter();
            details.extra = pairs.filter_map(|(name, value)| Some((name.as_str().into(), owned(value)?))).collect();
        }
    }
    Some(())
}

fn owned(value: &Value) -> Option<Text> {
    value.as_str().map(Text::from)
}

/// A whole number of any size, also as a text of digits.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| from_float(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Beyond 2^53 a float no longer says which whole number it is.
fn from_float(float: f64) -> Option<i64> {
    (float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0).then_some(float as i64)
}

/// A price that has both its parts and no other, whatever they say.
fn price(value: &Value) -> Option<Price> {
    let parts = value.as_object().filter(|parts| parts.len() == 2)?;
    let amount = match parts.get("amount")? {
        Value::Number(number) => number.to_string().into(),
        other => owned(other)?,
    };
    Some(Price { amount, currency: owned(parts.get("currency")?)? })
}

/// Puts what has no field into `extra`. Nothing there is written over: a second value of a name gets a number.
fn move_to_extra(taken: &mut TakenBook, strays: Vec<Stray>) {
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    for Stray { name, text, errors } in strays {
        let number = numbers.entry(name.clone()).or_default();
        let name = loop {
            *number += 1;
            let free = if *number == 1 { name.clone() } else { format!("{name} ({number})") };
            if !taken.details.extra.contains_key(free.as_str()) {
                break free;
            }
        };
        let fate = || Fate::Moved(name.clone());
        taken.remarks.extend(errors.into_iter().map(|error| Remark::new(error, fate())));
        taken.details.extra.insert(name.into(), text.into());
    }
}
