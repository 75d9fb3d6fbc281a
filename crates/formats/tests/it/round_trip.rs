//! What was exported and is imported again is the same, to the last character.

use catalogue::{Book, BookId, Draft, Revision, Timestamp};
use formats::Format;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::fixture::file;

/// Texts of what makes trouble: quotes, delimiters, lines, marks of formulas and of orders, blanks, letters of all lengths.
fn text(chars_max: usize) -> impl Strategy<Value = String> {
    let letters = prop_oneof![
        4 => prop::sample::select("'\"=+-@,;|\t\n .0{}[]\\:#".chars().collect::<Vec<_>>()),
        2 => prop::char::range('a', 'z'),
        1 => prop::char::range('A', 'Z'),
        1 => prop::sample::select("éñ書🐎\u{301}\u{200b}\u{feff}\u{2028}\u{202e}ÿþ".chars().collect::<Vec<_>>()),
    ];
    let beginning =
        prop::sample::select(vec!["", "", "", "'", "'=", "''", "=", "=\"x\"", "'=\"x\"", "-", "-5", "+1", "@", "\""]);
    let rest = prop::collection::vec(letters, 0..chars_max).prop_map(String::from_iter);
    let whole = (beginning, rest, any::<bool>());
    whole.prop_map(|(beginning, rest, alone)| if alone { beginning.into() } else { format!("{beginning}{rest}") })
}

fn subject() -> impl Strategy<Value = String> {
    text(12)
        .prop_map(|text| text.replace(';', ":"))
        .prop_filter("a subject is not blank", |text| !text.trim().is_empty())
}

fn price() -> impl Strategy<Value = Value> {
    let whole = prop_oneof![0..2_000_u64, 0..1_000_000_000_000_u64];
    let amount = (whole, prop::sample::select(vec!["", ".0", ".5", ".25", ".125", ".1234"]));
    let currency = prop::sample::select(vec!["IDR", "JPY", "KWD", "CLF", "usd", "MGA"]);
    (amount, currency)
        .prop_map(|((whole, fraction), currency)| json!({"amount": format!("{whole}{fraction}"), "currency": currency}))
}

fn extra() -> impl Strategy<Value = Value> {
    let key = text(10).prop_filter("a key is not blank", |key| !key.trim().is_empty());
    prop::collection::btree_map(key, text(20), 0..4).prop_map(|pairs| json!(pairs))
}

fn optional<T: Into<Value>>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Value> {
    prop::option::of(value.prop_map(Into::into)).prop_map(|value| value.unwrap_or(Value::Null))
}

/// A book as a client might write it; not every one is right.
fn members() -> impl Strategy<Value = Value> {
    let texts = prop::collection::vec(optional(text(20)), 9);
    let numbers = (optional(-3_000..=9_999_i64), optional(0..=100_000_i64), optional(0..=1_000_000_000_i64));
    let isbn = optional(
        prop::sample::select(vec!["9789793062792", "080442957X", "979-10-90636-07-1"]).prop_map(str::to_owned),
    );
    let tags = ["id", "eng", "en-US", "zh-Hant-TW", "grc", "sr-Latn", "de-1996", "und"];
    let language = optional(prop::sample::select(tags.to_vec()).prop_map(str::to_owned));
    let subjects = prop::collection::vec(subject(), 0..4).prop_map(|subjects| json!(subjects));
    (texts, numbers, isbn, language, subjects, optional(price()), extra()).prop_map(
        |(texts, (year, pages, stock), isbn, language, subjects, price, extra)| {
            let names =
                ["title", "author", "publisher", "edition", "description", "status", "series", "shelf", "barcode"];
            let mut members: Map<String, Value> = names.into_iter().map(str::to_owned).zip(texts).collect();
            let others = [
                ("year", year),
                ("pages", pages),
                ("stock", stock),
                ("isbn", isbn),
                ("language", language),
                ("subjects", subjects),
                ("price", price),
                ("extra", extra),
            ];
            members.extend(others.map(|(name, value)| (name.to_owned(), value)));
            members.into()
        },
    )
}

/// The legal ones among them, with ids that go up by leaps.
fn books() -> impl Strategy<Value = Vec<Book>> {
    prop::collection::vec((1..1_000_000_u64, members()), 0..6).prop_map(|drafts| {
        let mut id = 0;
        let legal = drafts.into_iter().filter_map(|(leap, members)| {
            let draft: Draft = serde_json::from_value(members).unwrap();
            let (_, details) = draft.check().ok()?;
            id += leap;
            Some(Book::new(BookId(id), &details, Revision(3), Timestamp(0)))
        });
        legal.collect()
    })
}

const FORMATS: [(Format, &str); 4] =
    [(Format::Json, "a.json"), (Format::JsonLines, "a.jsonl"), (Format::Csv, "a.csv"), (Format::Tsv, "a.tsv")];

fn exported(books: &[Book], format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    formats::export(books, format, &mut out).unwrap();
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn an_export_holds_the_same_books(books in books()) {
        for (format, name) in FORMATS.into_iter().filter(|(format, _)| !books.is_empty() || *format != Format::JsonLines) {
            let content = exported(&books, format);
            let file = file(name, &content);
            let mut import = formats::open(&file.path, None).unwrap();
            let mut again = Vec::new();
            for turn in import.by_ref() {
                let row = turn.unwrap().unwrap();
                prop_assert_eq!(row.notes, Vec::<String>::new());
                let (id, details) = row.draft.check().unwrap();
                let id = id.unwrap();
                again.push(Book::new(id, &details, Revision(3), Timestamp(0)));
            }
            prop_assert_eq!(&again, &books, "{}", String::from_utf8_lossy(&content));
            prop_assert_eq!(import.unknown(), Vec::<String>::new());
            prop_assert_eq!(exported(&again, format), content);
        }
    }
}
