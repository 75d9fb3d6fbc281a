//! Whole numbers.

use serde_json::Value;

/// A whole number as a spreadsheet writes it: "2008", "2008.0", "+12"; `None` if it is not one.
pub(in crate::import) fn whole(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_zero = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    let digits = whole.strip_prefix(['+', '-']).unwrap_or(whole);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_zero && is_number { whole.parse().ok() } else { None }
}

/// The number, or the text for the catalogue to refuse in its own words: nothing is cut down to a number.
pub(in crate::import) fn whole_or_text(text: &str) -> Value {
    whole(text).map_or_else(|| text.into(), Value::from)
}

/// What stands behind a number of pages or copies.
const UNITS: [&str; 15] = [
    "p",
    "pp",
    "pg",
    "pages",
    "page",
    "hal",
    "hlm",
    "halaman",
    "lembar",
    "s",
    "str",
    "eks",
    "eksemplar",
    "buah",
    "copies",
];

/// The number before the last unit: 345 of "xii, 345 p. : ilus. ; 21 cm".
pub(in crate::import) fn counted(text: &str) -> Option<i64> {
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let mut found = None;
    while let Some(word) = words.next() {
        let (digits, unit) = word.split_at(word.bytes().take_while(u8::is_ascii_digit).count());
        let unit = if unit.is_empty() { words.peek().copied().unwrap_or_default() } else { unit };
        if !digits.is_empty() && UNITS.contains(&unit.to_lowercase().as_str()) {
            found = digits.parse().ok();
        }
    }
    found
}
