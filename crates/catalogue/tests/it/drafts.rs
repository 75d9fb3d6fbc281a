//! Drafts as wholes, and any drafts at all.

use catalogue::{BookId, Draft, Field, Operation, Scan};
use expect_test::expect;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::fixture::*;

#[test]
fn errors_stay_small_however_much_is_wrong() {
    let many: Map<String, Value> = (0..50_000).map(|n| (format!("field{n}"), json!(1))).collect();
    assert_eq!(draft(many.into()).check().unwrap_err().len(), 200);
    let errors = draft(
        json!({"title": "t", "x".repeat(1_000_000): 1, "price": {"amount": "1x".repeat(400_000), "currency": "IDR"}}),
    );
    let bytes: usize = errors.check().unwrap_err().iter().map(|error| error.field.len() + error.message.len()).sum();
    assert!(bytes < 2_000, "{bytes}");
}

#[test]
fn a_draft_is_an_object_that_names_each_member_once() {
    let read = |text: &str| serde_json::from_str::<Draft>(text).map(|draft| draft.members().len());
    assert_eq!(read(r#"{"title": "t", "year": null}"#).unwrap(), 2);
    let refused = [r#"{"title": "a", "title": "b"}"#, r#"{"extra": {"k": "a", "k": "b"}}"#, "[]", "null", r#""title""#];
    let messages: String = refused.iter().map(|text| format!("{text}: {}\n", read(text).unwrap_err())).collect();
    expect![[r#"
        {"title": "a", "title": "b"}: the member "title" is named twice at line 1 column 28
        {"extra": {"k": "a", "k": "b"}}: the member "k" is named twice at line 1 column 30
        []: must be a JSON object, not a list
        null: must be a JSON object, not null
        "title": must be a JSON object, not text
    "#]]
    .assert_eq(&messages);
}

#[test]
fn a_draft_that_is_spelt_as_usual_is_scanned() {
    let visible: String = (' '..='~').filter(|c| !"\"\\".contains(*c)).collect();
    let usual = [
        format!(r#"{{"title":{:?},"description":"{visible}é"}}"#, "x".repeat(1_000)),
        r#" { "id" : 7 , "title" : "Saman" , "year" : null , "subjects" : [ "a" , "b" ] } "#.into(),
        r#"{"title":"\u0041","isbn":"978-0-306-40615-7","extra":{"b":1,"a":"x"}}"#.into(),
        "{}".into(),
    ];
    usual.iter().for_each(|text| assert!(Draft::scan_whole(text).is_some(), "{text}"));
    let other =
        [r#"{"title":"a","mood":1}"#, r#"{"title":"a"}}"#, r#"{"title":"a",}"#, r#"{"t\u0069tle":"a"}"#, "[]", ""];
    other.iter().for_each(|text| assert!(Draft::scan_whole(text).is_none(), "{text}"));
}

/// Any JSON, with what fields usually hold in it more often than chance would have it.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}|[0-9-]{0,14}|IDR|id-ID".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let name = "amount|currency|from|to|\\PC{0,5}";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A value as a book has it in the field of that name, or nearly so.
fn near_value(name: &'static str) -> BoxedStrategy<String> {
    const LETTERS: &str = "[ -~]{0,4}|[a-zà-ƀ˿ ]{1,20}|[Ạ-ỹ本 a]{1,3}|e\u{301}|[\u{7f}\u{80}\u{a0}\u{300}\u{37e}\u{ad}\u{200b}]|;|\"|\\\\| ?a ?";
    let text = || LETTERS.prop_map(|text| Value::from(text).to_string());
    let one_of = |all: &'static [&'static str]| prop::sample::select(all).prop_map(str::to_owned);
    match name {
        "isbn" => {
            one_of(&["\"9780306406157\"", "\"9780306406158\"", "\"0306406152\"", "9780306406157", "\"978-0306406157\""])
                .boxed()
        }
        "language" => prop_oneof!["\"[a-z]{2}\"", "\"(en|de|id|iw|tl|in|eng|xyz|en-GB|zh-hant)\""].boxed(),
        "year" | "pages" | "stock" | "id" | "revision" => {
            let number = prop_oneof![-3_001i64..10_001, Just(i64::MAX), Just(999_999_999_999_999_999)];
            prop_oneof![
                3 => number.prop_map(|number| number.to_string()),
                1 => one_of(&["null", "-0", "0", "5.0", "1e3", "1000000000", "\"7\"", "18446744073709551616", "9007199254740993"]),
            ]
            .boxed()
        }
        "price" => {
            let amount = "\"(0|00|7|07|12|1234567890123)(\\.(0|00|000)?)?\"|7|12.5|null";
            let currency = "\"(IDR|JPY|BHD|eur)\"|\"IDR\"|\"JPY\"|1";
            let pair = |(amount, currency)| format!("{{\"amount\":{amount},\"currency\" : {currency}}}");
            let turned = |(amount, currency)| format!("{{ \"currency\":{currency},\"amount\":{amount}}}");
            prop_oneof![(amount, currency).prop_map(pair), (amount, currency).prop_map(turned)].boxed()
        }
        "subjects" => prop::collection::vec(text(), 0..4).prop_map(|all| format!("[{}]", all.join(" ,"))).boxed(),
        "extra" => prop::collection::vec(("[a-cé ]{0,2}", text()), 0..3)
            .prop_map(|pairs| {
                pairs.iter().map(|(name, value)| format!("{name:?}:{value}")).collect::<Vec<_>>().join(",")
            })
            .prop_map(|pairs| format!("{{{pairs}}}"))
            .boxed(),
        _ => text().boxed(),
    }
}

/// The text of an object with the names of a book's members, now and then another or one twice, and any values. Half of
/// them have a title, so that some are books.
fn any_text() -> impl Strategy<Value = String> {
    let names = Field::ALL.iter().map(|field| field.name()).chain(["id", "revision", "updated_at", "mood", "zest"]);
    let usual = prop_oneof![
        " ?|[ -~]{0,12}".prop_map(Value::from),
        (0..3_000).prop_map(Value::from),
        Just(Value::Null),
        prop::collection::vec("[ -~]{0,4}", 0..3).prop_map(Value::from),
    ];
    let usual = prop_oneof![4 => usual, 1 => any_value()].prop_map(|value| value.to_string()).boxed();
    let member = prop::sample::select(names.collect::<Vec<_>>())
        .prop_flat_map(move |name| (Just(name), prop_oneof![2 => near_value(name), 1 => usual.clone()]));
    let title = prop::option::of("[ -~]{1,12}".prop_map(|title| ("title", Value::from(title).to_string())));
    let space = || prop::sample::select(vec!["", " ", "\n\t"]);
    (title, prop::collection::vec(member, 0..6), space(), space()).prop_map(|(title, members, before, behind)| {
        let member = |(name, value): &(_, _)| format!("{before}{name:?}{behind}:{before}{value}{behind}");
        let members: Vec<_> = title.iter().chain(&members).map(member).collect();
        format!("{before}{{{}}}{behind}", members.join(","))
    })
}

/// A book that is right but for one member at most.
fn nearly_right_text() -> impl Strategy<Value = String> {
    let names: Vec<_> = Field::ALL.iter().map(|field| field.name()).filter(|name| *name != "title").collect();
    prop::sample::select(names)
        .prop_flat_map(|name| (Just(name), near_value(name)))
        .prop_map(|(name, value)| format!("{{\"title\":\"t\",{name:?}:{value}}}"))
}

/// An object whose members have the names of fields and any values.
fn any_book() -> impl Strategy<Value = Value> {
    let names: Vec<&'static str> = Field::ALL.iter().map(|field| field.name()).chain(["id", "mood"]).collect();
    prop::collection::btree_map(prop::sample::select(names), any_value(), 0..8)
        .prop_map(|members| Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
}

/// What can be asked for with a draft.
fn wishes(draft: &Draft) -> [Operation; 4] {
    let (id, some) = (BookId(1), Some(draft.clone()));
    [
        Operation::Create { book: draft.clone() },
        Operation::Replace { id, book: draft.clone(), if_revision: None },
        Operation::Update { id, set: some.clone(), add: None, if_revision: None },
        Operation::Update { id, set: None, add: some, if_revision: None },
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8_000))]

    #[test]
    fn a_draft_that_was_scanned_is_the_one_that_was_made_of_its_values(text in prop_oneof![any_text(), nearly_right_text()]) {
        let mut scan = Scan::of(&text);
        let Some(scanned) = Draft::scan(&mut scan) else { return Ok(()) };
        prop_assert!(scan.is_at_end(), "left of {}: {}", text, scan.rest());
        let made = serde_json::from_str::<Draft>(&text).expect("what is scanned is JSON");
        prop_assert_eq!(serde_json::to_string(&scanned).unwrap(), serde_json::to_string(&made).unwrap());
        prop_assert_eq!(&scanned, &made);
        prop_assert_eq!(scanned.values(), made.values());
        prop_assert_eq!(scanned.check(), made.check());
        prop_assert_eq!(scanned.clone().for_book(BookId(7)), made.clone().for_book(BookId(7)));
        let store = Store::with([json!({"title": "t", "stock": 1, "extra": {"k": "v"}})]);
        for (scanned, made) in wishes(&scanned).into_iter().zip(wishes(&made)) {
            prop_assert_eq!(store.prepare([scanned]), store.prepare([made]));
        }
    }

    #[test]
    fn a_book_that_passed_passes_again_unchanged(book in any_book()) {
        let Ok((_, details)) = draft(book).check() else { return Ok(()) };
        let written = serde_json::to_value(&details).unwrap();
        let (_, again) = draft(written).check().expect("what was accepted once is accepted again");
        prop_assert_eq!(again, details);
    }

    #[test]
    fn every_error_names_a_field_of_the_draft_or_the_missing_title(book in any_book()) {
        let names: Vec<String> = book.as_object().unwrap().keys().cloned().collect();
        let Err(errors) = draft(book).check() else { return Ok(()) };
        for error in errors {
            let name = error.field.split(['.', '[']).next().unwrap().to_owned();
            prop_assert!(name == "title" || names.contains(&name), "{}: {}", error.field, error.message);
        }
    }
}
