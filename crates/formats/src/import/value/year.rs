//! Years, and dates of which the year is kept.

use super::number::whole;

/// A year that was read, with what got lost of the text.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::import) struct Year {
    pub(in crate::import) year: i64,
    pub(in crate::import) note: Option<String>,
}

/// A year in a column of years: "2008", "2008.0", "-800"; also "[1850?]", "1850-52" and "9/16/2006", of which the first
/// year is kept. A text with letters is none.
pub(in crate::import) fn year(text: &str) -> Option<Year> {
    if let Some(year) = whole(text) {
        return Some(Year { year, note: None });
    }
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || " []()?-–/.,:~".contains(c));
    if is_plain && !is_decimal(text) { first_year(text).map(|year| noted(year, text)) } else { None }
}

/// A year in a column of dates, which libraries fill with "c1911", "[ca. 1850?]" and the like.
pub(in crate::import) fn date(text: &str) -> Option<Year> {
    if let Some(year) = whole(text) {
        return Some(Year { year, note: None });
    }
    let year = first_year(text)?;
    Some(if is_day(text) { Year { year, note: None } } else { noted(year, text) })
}

fn noted(year: i64, text: &str) -> Year {
    Year { year, note: Some(format!("year: {year} was taken from {text:?}")) }
}

/// The first four digits that stand for themselves.
fn first_year(text: &str) -> Option<i64> {
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    let years = numbers.filter(|digits| digits.len() == 4).filter_map(|digits| digits.parse().ok());
    years.into_iter().find(|year| YEARS.contains(year))
}

/// Four digits outside are something else in a text.
const YEARS: std::ops::RangeInclusive<i64> = 1_000..=2_999;

fn is_decimal(text: &str) -> bool {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or_default();
    [whole, fraction].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A whole date of three numbers; that a book keeps only its year is no loss to tell.
fn is_day(text: &str) -> bool {
    let parts: Vec<_> = text.split(['/', '-', '.']).collect();
    parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}
