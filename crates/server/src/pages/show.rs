//! Values as people write them.

use catalogue::{Price, fold};

use super::language::Language;
use super::texts::Texts;

/// A whole number with its thousands apart.
pub(super) fn number(language: Language, number: impl ToString) -> String {
    grouped(language, &number.to_string())
}

/// A status that the original names, in the reader's language; any other as it was written.
pub(super) fn status<'a>(texts: &'static Texts, written: &'a str) -> &'a str {
    match kind_of_status(written) {
        "available" => texts.say("status.available"),
        "checked_out" => texts.say("status.checked_out"),
        _ => written,
    }
}

/// What a status means to the program, as a word for style sheets.
pub(super) fn kind_of_status(written: &str) -> &'static str {
    match fold(written).as_str() {
        "available" | "tersedia" => "available",
        "checked out" | "dipinjam" => "checked_out",
        _ => "other",
    }
}

/// An amount with its currency: `Rp 79.000`, `USD 12.50`. Decimals that are all zero are left out.
pub(super) fn price(language: Language, price: &Price) -> String {
    let (whole, decimals) = price.amount.split_once('.').unwrap_or((&price.amount, ""));
    let point = if language == Language::Indonesian { ',' } else { '.' };
    let mut amount = grouped(language, whole);
    if decimals.bytes().any(|digit| digit != b'0') {
        amount.push(point);
        amount.push_str(decimals);
    }
    let currency = if &*price.currency == "IDR" { "Rp" } else { &*price.currency };
    format!("{currency}\u{a0}{amount}")
}

fn grouped(language: Language, digits: &str) -> String {
    let separator = if language == Language::Indonesian { '.' } else { ',' };
    let mut written = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.char_indices() {
        let left = digits.len() - position;
        if left.is_multiple_of(3) && written.ends_with(|c: char| c.is_ascii_digit()) {
            written.push(separator);
        }
        written.push(digit);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart_as_the_language_has_it() {
        for (digits, english, indonesian) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_000, "1,000", "1.000"),
            (123_456, "123,456", "123.456"),
            (1_234_567, "1,234,567", "1.234.567"),
            (-500, "-500", "-500"),
            (-5_000, "-5,000", "-5.000"),
        ] {
            assert_eq!(number(Language::English, digits), english);
            assert_eq!(number(Language::Indonesian, digits), indonesian);
        }
    }

    #[test]
    fn prices_are_written_as_on_a_label() {
        for (amount, currency, english, indonesian) in [
            ("79000.00", "IDR", "Rp\u{a0}79,000", "Rp\u{a0}79.000"),
            ("1250000.50", "IDR", "Rp\u{a0}1,250,000.50", "Rp\u{a0}1.250.000,50"),
            ("12.50", "USD", "USD\u{a0}12.50", "USD\u{a0}12,50"),
            ("980", "JPY", "JPY\u{a0}980", "JPY\u{a0}980"),
        ] {
            let written = Price { amount: amount.into(), currency: currency.into() };
            assert_eq!(price(Language::English, &written), english);
            assert_eq!(price(Language::Indonesian, &written), indonesian);
        }
    }

    #[test]
    fn known_statuses_are_translated_and_others_are_not() {
        let [english, indonesian] = Language::ALL.map(Texts::of);
        for (written, in_english, in_indonesian) in [
            ("Available", "Available", "Tersedia"),
            ("tersedia", "Available", "Tersedia"),
            ("Checked Out", "Checked out", "Dipinjam"),
            ("DIPINJAM", "Checked out", "Dipinjam"),
            ("Di gudang", "Di gudang", "Di gudang"),
        ] {
            assert_eq!(status(english, written), in_english);
            assert_eq!(status(indonesian, written), in_indonesian);
        }
    }
}
