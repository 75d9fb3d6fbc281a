//! Which values a book has as they stand: most need no look but this one.

use std::sync::LazyLock;

use super::values::{
    self, EXTRA_KEY_CHARS_MAX, EXTRA_PAIRS_MAX, EXTRA_VALUE_CHARS_MAX, SHORT_CHARS_MAX, SUBJECTS_MAX, chars_max,
};
use crate::scan::{Quoted, Scan};
use crate::text::clean;
use crate::{Details, Field, Isbn, Language, Price};

/// Takes a value of `field`, puts it behind `text` as a book has it, and gives how many values of JSON it holds; `None` where
/// it is not kept as it stands.
pub(super) fn put(field: Field, scan: &mut Scan<'_>, text: &mut String) -> Option<usize> {
    match field {
        Field::Author | Field::Publisher | Field::Edition | Field::Description => {
            put_text(text, any_text(field, scan)?)
        }
        Field::Title => put_text(text, any_text(field, scan).filter(|title| !values::is_blank(title.text()))?),
        Field::Status | Field::Series | Field::Shelf | Field::Barcode => {
            put_text(text, any_text(field, scan).filter(|text| !text.text().is_empty())?)
        }
        Field::Isbn => put_text(text, scan.quoted().filter(|isbn| Isbn::is_kept(isbn.text()))?),
        Field::Language => put_text(text, scan.quoted().filter(|tag| is_short_tag(tag.text()))?),
        Field::Year => put_number(text, scan, &Details::YEARS, Some("null")),
        Field::Pages => put_number(text, scan, &Details::PAGES, Some("null")),
        Field::Stock => put_number(text, scan, &Details::STOCK, None),
        Field::Subjects => put_subjects(text, scan),
        Field::Price => put_price(text, scan),
        Field::Extra => put_extra(text, scan),
    }
}

/// Takes a text that a field keeps as it stands, or an empty one.
fn any_text<'a>(field: Field, scan: &mut Scan<'a>) -> Option<Quoted<'a>> {
    kept(scan.quoted()?, chars_max(field).unwrap_or_default())
}

/// The text, if it is kept as it stands.
fn kept(quoted: Quoted<'_>, chars_max: usize) -> Option<Quoted<'_>> {
    let text = quoted.text();
    let is_kept = match quoted.is_plain {
        // No text has more characters than bytes.
        true => text.len() <= chars_max && !has_space_around(text.as_bytes()),
        false => clean(text, chars_max).is_ok_and(|clean| *clean == *text),
    };
    is_kept.then_some(quoted)
}

/// Whether a text would be trimmed that has no other white space than this.
fn has_space_around(text: &[u8]) -> bool {
    text.first() == Some(&b' ') || text.last() == Some(&b' ')
}

fn put_text(text: &mut String, kept: Quoted<'_>) -> Option<usize> {
    text.push_str(kept.json);
    Some(1)
}

fn put_number(
    text: &mut String,
    scan: &mut Scan<'_>,
    range: &std::ops::RangeInclusive<i64>,
    unset: Option<&str>,
) -> Option<usize> {
    let number = match unset {
        Some(unset) if scan.word(unset).is_some() => unset,
        _ => scan.number().filter(|number| number.parse().is_ok_and(|number| range.contains(&number)))?,
    };
    text.push_str(number);
    Some(1)
}

/// Whether a language tag of two letters is one in its shortest form.
fn is_short_tag(tag: &str) -> bool {
    match tag.as_bytes() {
        [first @ b'a'..=b'z', second @ b'a'..=b'z'] => {
            SHORT_TAGS[usize::from(first - b'a')][usize::from(second - b'a')]
        }
        _ => false,
    }
}

/// The same of every two letters.
static SHORT_TAGS: LazyLock<[[bool; 26]; 26]> = LazyLock::new(|| {
    let letter = |number: usize| char::from(b'a' + number as u8);
    let is_kept = |tag: String| tag.parse::<Language>().is_ok_and(|language| language.as_str() == tag);
    std::array::from_fn(|first| std::array::from_fn(|second| is_kept([letter(first), letter(second)].iter().collect())))
});

fn put_subjects(text: &mut String, scan: &mut Scan<'_>) -> Option<usize> {
    let mut subjects = 0;
    text.push('[');
    scan.elements(|scan| {
        let subject = kept(scan.quoted()?, SHORT_CHARS_MAX)?;
        if subjects > 0 {
            text.push(',');
        }
        subjects += put_text(text, subject)?;
        let subject = subject.text();
        (!subject.is_empty() && !subject.contains(';')).then_some(())
    })?;
    text.push(']');
    (1..=SUBJECTS_MAX).contains(&subjects).then_some(1 + subjects)
}

fn put_price(text: &mut String, scan: &mut Scan<'_>) -> Option<usize> {
    let (mut amount, mut currency) = (None, None);
    scan.members(|scan, name| match name {
        "amount" => amount.replace(scan.quoted()?).is_none().then_some(()),
        "currency" => currency.replace(scan.quoted()?).is_none().then_some(()),
        _ => None,
    })?;
    let (amount, currency) = (amount?, currency?);
    text.push_str("{\"amount\":");
    put_text(text, amount);
    text.push_str(",\"currency\":");
    put_text(text, currency);
    text.push('}');
    Price::is_kept(amount.text(), currency.text()).then_some(3)
}

/// Puts pairs that come in the order of their names.
fn put_extra(text: &mut String, scan: &mut Scan<'_>) -> Option<usize> {
    let (mut last, mut pairs) = ("", 0);
    text.push('{');
    scan.named(|scan, name| {
        let name = kept(name, EXTRA_KEY_CHARS_MAX).filter(|name| last < name.text())?;
        let value = kept(scan.quoted()?, EXTRA_VALUE_CHARS_MAX).filter(|value| !value.text().is_empty())?;
        if pairs > 0 {
            text.push(',');
        }
        put_text(text, name);
        text.push(':');
        put_text(text, value);
        (last, pairs) = (name.text(), pairs + 1);
        Some(())
    })?;
    text.push('}');
    (1..=EXTRA_PAIRS_MAX).contains(&pairs).then_some(1 + pairs)
}
