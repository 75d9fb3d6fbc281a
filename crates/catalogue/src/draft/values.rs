//! Field by field: which values are right.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::Said;
use crate::text::clean;
use crate::{Details, Field, FieldError, Isbn, Language, Price, Text};

const LONG_CHARS_MAX: usize = 1_000;
pub(super) const SHORT_CHARS_MAX: usize = 200;
const DESCRIPTION_CHARS_MAX: usize = 20_000;
pub(super) const SUBJECTS_MAX: usize = 100;
pub(super) const EXTRA_PAIRS_MAX: usize = 20;
pub(super) const EXTRA_KEY_CHARS_MAX: usize = 50;
pub(super) const EXTRA_VALUE_CHARS_MAX: usize = 1_000;

impl Details {
    /// The status of a book of which nobody said another.
    pub const STATUS_DEFAULT: &'static str = "Available";
    /// The years a book can be of; before 1 are those before the common era.
    pub const YEARS: RangeInclusive<i64> = -3_000..=9_999;
    /// How many pages a book can have.
    pub const PAGES: RangeInclusive<i64> = 0..=100_000;
    /// How many copies can be in stock.
    pub const STOCK: RangeInclusive<i64> = 0..=1_000_000_000;
}

/// How many code points a field may have that holds any text.
pub(super) fn chars_max(field: Field) -> Option<usize> {
    match field {
        Field::Title | Field::Author | Field::Publisher | Field::Series => Some(LONG_CHARS_MAX),
        Field::Edition | Field::Status | Field::Shelf | Field::Barcode => Some(SHORT_CHARS_MAX),
        Field::Description => Some(DESCRIPTION_CHARS_MAX),
        _ => None,
    }
}

/// Reads one field's value into `details`; null and empty text unset. What is wrong goes to `errors`.
pub(super) fn read(field: Field, value: Said<'_>, details: &mut Details, errors: &mut Vec<FieldError>) {
    if let Said::Kept(_) = value {
        return details.put(field, value.to_value());
    }
    let chars_max = chars_max(field).unwrap_or_default();
    let read = match field {
        Field::Title => text(value, chars_max).and_then(not_blank).map(|text| details.title = text),
        Field::Author => text(value, chars_max).map(|text| details.author = text),
        Field::Publisher => text(value, chars_max).map(|text| details.publisher = text),
        Field::Year => integer(value, Details::YEARS).map(|number| details.year = number),
        Field::Pages => integer(value, Details::PAGES).map(|number| details.pages = number),
        Field::Edition => text(value, chars_max).map(|text| details.edition = text),
        Field::Description => text(value, chars_max).map(|text| details.description = text),
        Field::Status => text(value, chars_max).map(|text| {
            details.status = if text.is_empty() { Details::STATUS_DEFAULT.into() } else { text };
        }),
        Field::Isbn => isbn(value).map(|isbn| details.isbn = isbn),
        Field::Language => language(value).map(|tag| details.language = tag),
        Field::Series => optional_text(value, chars_max).map(|text| details.series = text),
        Field::Shelf => optional_text(value, chars_max).map(|text| details.shelf = text),
        Field::Barcode => optional_text(value, chars_max).map(|text| details.barcode = text),
        Field::Stock => integer(value, Details::STOCK).map(|number| details.stock = number),
        Field::Subjects => return read_subjects(value, details, errors),
        Field::Price => return read_price(value, details, errors),
        Field::Extra => return read_extra(value, details, errors),
    };
    errors.extend(read.err().map(|message| FieldError::new(field.name(), message)));
}

/// Writes one field's value as a book has it: a member behind a comma, or nothing. What is wrong goes to `errors`.
pub(crate) fn write(field: Field, value: Said<'_>, text: &mut String, errors: &mut Vec<FieldError>) {
    match value {
        Said::Kept(json) => {
            text.push_str(field.opening());
            text.push_str(json);
        }
        other => {
            let mut details = Details::default();
            read(field, other, &mut details, errors);
            details.write(field, text);
        }
    }
}

/// The error of a book without a title.
pub(super) fn title_missing() -> FieldError {
    FieldError::new(Field::Title.name(), "is missing: a book needs a title")
}

/// A whole number in `range`, also as a text of digits; null is none.
pub(crate) fn integer(value: Said<'_>, range: RangeInclusive<i64>) -> Result<Option<i64>, String> {
    let number = match value {
        Said::Null => return Ok(None),
        Said::Number(number) => Some(number),
        Said::Kept("null") => return Ok(None),
        Said::Kept(json) => json.parse().ok(),
        Said::Text(digits) => from_digits(digits),
        Said::Other(other) => other.as_f64().and_then(whole),
    };
    match number {
        Some(number) if range.contains(&number) => Ok(Some(number)),
        _ => Err(format!("must be a whole number from {} to {}, or null", range.start(), range.end())),
    }
}

/// 2005.0 is a whole number in JSON; beyond 2^53 a float no longer says which.
fn whole(float: f64) -> Option<i64> {
    (float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0).then_some(float as i64)
}

fn from_digits(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let right = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if right { text.parse().ok() } else { None }
}

fn text(value: Said<'_>, chars_max: usize) -> Result<Text, String> {
    match value {
        Said::Null => Ok(Text::default()),
        Said::Text(raw) => clean(raw, chars_max),
        other => Err(format!("must be text, not {}", other.kind())),
    }
}

fn optional_text(value: Said<'_>, chars_max: usize) -> Result<Option<Text>, String> {
    text(value, chars_max).map(|text| (!text.is_empty()).then_some(text))
}

fn not_blank(text: Text) -> Result<Text, String> {
    if is_blank(&text) { Err("must not be blank: a book needs a title".into()) } else { Ok(text) }
}

/// Whether nothing of a text can be seen.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_invisible(c))
}

/// Joiners, direction marks and fillers, which show nothing by themselves.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e007f}')
}

fn isbn(value: Said<'_>) -> Result<Option<Text>, String> {
    let written = match value {
        Said::Number(number) => number.to_string(),
        Said::Other(Value::Number(number)) => number.to_string(),
        other => text(other, SHORT_CHARS_MAX)?.into(),
    };
    if written.is_empty() {
        return Ok(None);
    }
    let isbn: Isbn = written.parse().map_err(|error: crate::IsbnError| error.to_string())?;
    Ok(Some(isbn.as_str().into()))
}

fn language(value: Said<'_>) -> Result<Option<Text>, String> {
    let Some(tag) = optional_text(value, SHORT_CHARS_MAX)? else { return Ok(None) };
    let language: Language = tag.parse()?;
    Ok(Some(language.as_str().into()))
}

fn read_subjects(value: Said<'_>, details: &mut Details, errors: &mut Vec<FieldError>) {
    let subjects = match value {
        Said::Null => &[][..],
        Said::Other(Value::Array(subjects)) => subjects,
        other => {
            let message = format!("must be a list of texts, not {}", other.kind());
            return errors.push(FieldError::new("subjects", message));
        }
    };
    if subjects.len() > SUBJECTS_MAX {
        let message = format!("has {} subjects, at most {SUBJECTS_MAX} are allowed", subjects.len());
        return errors.push(FieldError::new("subjects", message));
    }
    let mut read = Vec::with_capacity(subjects.len());
    for (index, subject) in subjects.iter().enumerate() {
        match self::subject(subject.into()) {
            Ok(subject) => read.push(subject),
            Err(message) => errors.push(FieldError::new(format!("subjects[{index}]"), message)),
        }
    }
    details.subjects = read;
}

fn subject(value: Said<'_>) -> Result<Text, String> {
    match text(value, SHORT_CHARS_MAX)? {
        blank if blank.is_empty() => Err("must not be blank".into()),
        two if two.contains(';') => Err("must not contain \";\": write two subjects".into()),
        subject => Ok(subject),
    }
}

fn read_price(value: Said<'_>, details: &mut Details, errors: &mut Vec<FieldError>) {
    match value {
        Said::Null => details.price = None,
        Said::Other(Value::Object(members)) => match price(members) {
            Ok(price) => details.price = Some(price),
            Err(found) => errors.extend(found),
        },
        other => {
            let message = format!("must be {{\"amount\", \"currency\"}} or null, not {}", other.kind());
            errors.push(FieldError::new("price", message));
        }
    }
}

fn price(members: &Map<String, Value>) -> Result<Price, Vec<FieldError>> {
    let unknown = members.keys().filter(|name| *name != "amount" && *name != "currency");
    let mut errors: Vec<_> =
        unknown.map(|name| FieldError::new(format!("price.{name}"), "there is no such field")).collect();
    let amount = match members.get("amount") {
        Some(Value::String(text)) => Some(Cow::from(text)),
        Some(Value::Number(number)) => Some(number.to_string().into()),
        _ => None,
    };
    let currency = members.get("currency").and_then(Value::as_str);
    if amount.is_none() {
        errors.push(FieldError::new("price.amount", "must be a decimal number or text such as \"79000.00\""));
    }
    match members.get("currency") {
        None | Some(Value::Null) => {
            errors.push(FieldError::new("price.currency", "is missing: give its ISO 4217 code, such as \"IDR\""));
        }
        Some(Value::String(_)) => {}
        Some(_) => errors.push(FieldError::new("price.currency", "must be an ISO 4217 code such as \"IDR\"")),
    }
    let read = Price::read(amount.as_deref(), currency, &mut errors);
    read.filter(|_| errors.is_empty()).ok_or(errors)
}

fn read_extra(value: Said<'_>, details: &mut Details, errors: &mut Vec<FieldError>) {
    let members = match value {
        Said::Null => return details.extra.clear(),
        Said::Other(Value::Object(members)) => members,
        other => {
            let message = format!("must be an object of texts, not {}", other.kind());
            return errors.push(FieldError::new("extra", message));
        }
    };
    let mut pairs: BTreeMap<Text, Text> = BTreeMap::new();
    for (name, value) in members {
        match extra_pair(name, value) {
            Ok((_, value)) if value.is_empty() => {}
            Ok((key, value)) => {
                if pairs.insert(key, value).is_some() {
                    errors.push(FieldError::new(format!("extra.{name}"), "is named twice"));
                }
            }
            Err(message) => errors.push(FieldError::new(format!("extra.{name}"), message)),
        }
    }
    if pairs.len() > EXTRA_PAIRS_MAX {
        let message = format!("has {} pairs, at most {EXTRA_PAIRS_MAX} are allowed", pairs.len());
        errors.push(FieldError::new("extra", message));
    }
    details.extra = pairs;
}

fn extra_pair(name: &str, value: &Value) -> Result<(Text, Text), String> {
    let key = clean(name, EXTRA_KEY_CHARS_MAX).map_err(|message| format!("the name {message}"))?;
    if key.is_empty() {
        return Err("the name must not be blank".into());
    }
    Ok((key, text(value.into(), EXTRA_VALUE_CHARS_MAX)?))
}
