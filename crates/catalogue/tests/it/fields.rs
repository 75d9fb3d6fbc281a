//! What a book's fields may hold: each rule, and every broken one told at once.

use std::fmt::Write;

use catalogue::BookId;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::fixture::*;

/// Each value for one field beside a title: what is kept of it, or what is wrong with it.
fn check(field: &str, values: impl IntoIterator<Item = Value>, expected: Expect) {
    let mut lines = String::new();
    for value in values {
        let shown = shortened(&value.to_string());
        let mut book = json!({ "title": "t" });
        book[field] = value;
        let kept = match draft(book).check() {
            Ok((id, details)) if field == "id" => format!("-> {id:?} {}", details.title),
            Ok((_, details)) => {
                format!("-> {}", shortened(&serde_json::to_value(&details).unwrap()[field].to_string()))
            }
            Err(errors) => format!("!! {}", errors_text(&errors).trim_end().replace('\n', "\n   ")),
        };
        writeln!(lines, "{shown} {kept}").unwrap();
    }
    expected.assert_eq(&lines);
}

/// A text that can be read on a line: long ones are cut, what cannot be seen is written out.
fn shortened(text: &str) -> String {
    let count = text.chars().count();
    let start = text.chars().take(if count > 90 { 12 } else { 90 });
    let seen: String =
        start.flat_map(|c| if c.is_ascii_graphic() { vec![c] } else { c.escape_debug().collect() }).collect();
    if count > 90 { format!("{seen}… ({count} characters)") } else { seen }
}

#[test]
fn a_title_is_text_that_is_not_blank() {
    check(
        "title",
        [
            json!("  Bumi Manusia\t"),
            json!("Cafe\u{301}"),
            json!("ﬁne x²"),
            json!("one\r\ntwo\rthree"),
            json!("x".repeat(1_000)),
            json!("x".repeat(1_001)),
            json!("é".repeat(1_000)),
            json!("e\u{301}".repeat(1_000)),
            json!(format!(" {} ", "x".repeat(1_000))),
            json!(""),
            json!("  \n "),
            json!("\u{200b}\u{feff}"),
            json!("a\u{0}b"),
            json!("a\u{7f}b"),
            json!("a\u{85}b"),
            json!(null),
            json!(5),
            json!(["x"]),
            json!({"x": 1}),
        ],
        expect![[r#"
            "  Bumi Manusia\t" -> "Bumi Manusia"
            "Cafe\u{301}" -> "Café"
            "ﬁne x²" -> "ﬁne x²"
            "one\r\ntwo\rthree" -> "one\ntwo\nthree"
            "xxxxxxxxxxx… (1002 characters) -> "xxxxxxxxxxx… (1002 characters)
            "xxxxxxxxxxx… (1003 characters) !! title: has 1001 characters, at most 1000 are allowed
            "ééééééééééé… (1002 characters) -> "ééééééééééé… (1002 characters)
            "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e… (2002 characters) -> "ééééééééééé… (1002 characters)
            " xxxxxxxxxx… (1004 characters) -> "xxxxxxxxxxx… (1002 characters)
            "" !! title: must not be blank: a book needs a title
            "  \n " !! title: must not be blank: a book needs a title
            "\u{200b}\u{feff}" !! title: must not be blank: a book needs a title
            "a\u0000b" !! title: contains the control character U+0000: remove it
            "a\u{7f}b" !! title: contains the control character U+007F: remove it
            "a\u{85}b" !! title: contains the control character U+0085: remove it
            null !! title: must not be blank: a book needs a title
            5 !! title: must be text, not a number
            ["x"] !! title: must be text, not a list
            {"x":1} !! title: must be text, not an object
        "#]],
    );
}

#[test]
fn other_texts_have_their_lengths_and_may_be_unset() {
    let lengths = [
        ("author", 1_000),
        ("publisher", 1_000),
        ("series", 1_000),
        ("edition", 200),
        ("status", 200),
        ("shelf", 200),
        ("barcode", 200),
        ("description", 20_000),
    ];
    for (field, chars_max) in lengths {
        let book = |text: String| draft(json!({ "title": "t", field: text })).check();
        let kept = |text: String| serde_json::to_value(book(text).unwrap().1).unwrap()[field].clone();
        assert_eq!(kept("字".repeat(chars_max)), json!("字".repeat(chars_max)), "{field}");
        let errors = book("x".repeat(chars_max + 1)).unwrap_err();
        assert_eq!(
            errors_text(&errors),
            format!("{field}: has {} characters, at most {chars_max} are allowed\n", chars_max + 1)
        );
        let unset = match field {
            "status" => json!("Available"),
            "series" | "shelf" | "barcode" => json!(null),
            _ => json!(""),
        };
        assert_eq!(kept("  ".into()), unset, "{field}");
        let errors = draft(json!({ "title": "t", field: true })).check().unwrap_err();
        assert_eq!(errors_text(&errors), format!("{field}: must be text, not true or false\n"));
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, and nothing else")]
fn numbers_are_whole_within_their_range_and_may_be_texts_of_digits() {
    check(
        "year",
        [
            json!(2005),
            json!("2005"),
            json!("-700"),
            json!(-3000),
            json!(9999),
            json!(2005.0),
            json!("0005"),
            json!(null),
            json!(-3001),
            json!(10_000),
            json!(2005.5),
            json!("2005.0"),
            json!("MMV"),
            json!(""),
            json!("+5"),
            json!(" 5"),
            json!("--5"),
            json!("٥"),
            json!("99999999999999999999"),
            json!(1e300),
            json!(u64::MAX),
            json!([2005]),
            json!(true),
        ],
        expect![[r#"
            2005 -> 2005
            "2005" -> 2005
            "-700" -> -700
            -3000 -> -3000
            9999 -> 9999
            2005.0 -> 2005
            "0005" -> 5
            null -> null
            -3001 !! year: must be a whole number from -3000 to 9999, or null
            10000 !! year: must be a whole number from -3000 to 9999, or null
            2005.5 !! year: must be a whole number from -3000 to 9999, or null
            "2005.0" !! year: must be a whole number from -3000 to 9999, or null
            "MMV" !! year: must be a whole number from -3000 to 9999, or null
            "" !! year: must be a whole number from -3000 to 9999, or null
            "+5" !! year: must be a whole number from -3000 to 9999, or null
            " 5" !! year: must be a whole number from -3000 to 9999, or null
            "--5" !! year: must be a whole number from -3000 to 9999, or null
            "٥" !! year: must be a whole number from -3000 to 9999, or null
            "99999999999999999999" !! year: must be a whole number from -3000 to 9999, or null
            1e+300 !! year: must be a whole number from -3000 to 9999, or null
            18446744073709551615 !! year: must be a whole number from -3000 to 9999, or null
            [2005] !! year: must be a whole number from -3000 to 9999, or null
            true !! year: must be a whole number from -3000 to 9999, or null
        "#]],
    );
    check(
        "pages",
        [json!(0), json!(100_000), json!("529"), json!(-1), json!(100_001)],
        expect![[r#"
            0 -> 0
            100000 -> 100000
            "529" -> 529
            -1 !! pages: must be a whole number from 0 to 100000, or null
            100001 !! pages: must be a whole number from 0 to 100000, or null
        "#]],
    );
    check(
        "stock",
        [json!(0), json!(1_000_000_000), json!(-1), json!(1_000_000_001), json!(null)],
        expect![[r#"
            0 -> 0
            1000000000 -> 1000000000
            -1 !! stock: must be a whole number from 0 to 1000000000, or null
            1000000001 !! stock: must be a whole number from 0 to 1000000000, or null
            null -> null
        "#]],
    );
}

#[test]
fn an_id_is_a_number_that_a_client_may_choose() {
    let largest = BookId::GIVEN_MAX.0;
    check(
        "id",
        [
            json!(1),
            json!("7"),
            json!(largest),
            json!(null),
            json!(0),
            json!(-1),
            json!(largest + 1),
            json!(1.5),
            json!("x"),
        ],
        expect![[r#"
            1 -> Some(BookId(1)) t
            "7" -> Some(BookId(7)) t
            9007198254740991 -> Some(BookId(9007198254740991)) t
            null -> None t
            0 !! id: must be a whole number from 1 to 9007198254740991, or null
            -1 !! id: must be a whole number from 1 to 9007198254740991, or null
            9007198254740992 !! id: must be a whole number from 1 to 9007198254740991, or null
            1.5 !! id: must be a whole number from 1 to 9007198254740991, or null
            "x" !! id: must be a whole number from 1 to 9007198254740991, or null
        "#]],
    );
}

#[test]
fn an_isbn_and_a_language_are_kept_in_one_form() {
    check(
        "isbn",
        [
            json!("979-3062-79-7"),
            json!(9789793062792u64),
            json!(""),
            json!(null),
            json!("979-3062-79-8"),
            json!(9.78e12),
            json!([1]),
        ],
        expect![[r#"
            "979-3062-79-7" -> "9789793062792"
            9789793062792 -> "9789793062792"
            "" -> null
            null -> null
            "979-3062-79-8" !! isbn: the check digit is wrong: 7 would be right; compare with the book
            9780000000000.0 !! isbn: '.' does not belong into an ISBN
            [1] !! isbn: must be text, not a list
        "#]],
    );
    check(
        "language",
        [json!("ind"), json!("en-gb"), json!(""), json!(null), json!("Indonesian"), json!(1)],
        expect![[r#"
            "ind" -> "id"
            "en-gb" -> "en-GB"
            "" -> null
            null -> null
            "Indonesian" !! language: "Indonesian" is no language tag: use one like "id", "en" or "en-GB" (BCP 47)
            1 !! language: must be text, not a number
        "#]],
    );
}

#[test]
fn a_status_is_free_text_and_available_when_nobody_says_otherwise() {
    check(
        "status",
        [json!("tersedia"), json!("Dipinjam"), json!("Lost"), json!(""), json!(null)],
        expect![[r#"
            "tersedia" -> "tersedia"
            "Dipinjam" -> "Dipinjam"
            "Lost" -> "Lost"
            "" -> "Available"
            null -> "Available"
        "#]],
    );
    let (_, details) = draft(json!({"title": "t"})).check().unwrap();
    assert_eq!(&*details.status, "Available");
}

#[test]
fn subjects_are_a_list_of_texts_without_semicolons() {
    check(
        "subjects",
        [
            json!(["Fiction", " Sejarah "]),
            json!([]),
            json!(null),
            json!(vec!["s"; 100]),
            json!(vec!["s"; 101]),
            json!(["a;b", "", 5, "x".repeat(201), "a\u{37e}b", "x".repeat(200)]),
            json!("Fiction; Drama"),
        ],
        expect![[r#"
            ["Fiction"," Sejarah "] -> ["Fiction","Sejarah"]
            [] -> null
            null -> null
            ["s","s","s"… (401 characters) -> ["s","s","s"… (401 characters)
            ["s","s","s"… (405 characters) !! subjects: has 101 subjects, at most 100 are allowed
            ["a;b","",5,… (425 characters) !! subjects[0]: must not contain ";": write two subjects
               subjects[1]: must not be blank
               subjects[2]: must be text, not a number
               subjects[3]: has 201 characters, at most 200 are allowed
               subjects[4]: must not contain ";": write two subjects
            "Fiction; Drama" !! subjects: must be a list of texts, not text
        "#]],
    );
}

#[test]
fn a_price_has_an_amount_and_a_currency() {
    check(
        "price",
        [
            json!({"amount": "79000", "currency": "IDR"}),
            json!({"amount": 79000.5, "currency": "idr"}),
            json!({"amount": 1500, "currency": "JPY"}),
            json!(null),
            json!({"amount": "79000"}),
            json!({"currency": "IDR"}),
            json!({"amount": null, "currency": 5}),
            json!({"amount": "a lot", "currency": "guilders", "note": "vat"}),
            json!({"amount": "a lot"}),
            json!({"amount": 1e300, "currency": "USD"}),
            json!({"amount": -5, "currency": "USD"}),
            json!({}),
            json!("Rp 79.000"),
        ],
        expect![[r#"
            {"amount":"79000","currency":"IDR"} -> {"amount":"79000.00","currency":"IDR"}
            {"amount":79000.5,"currency":"idr"} -> {"amount":"79000.50","currency":"IDR"}
            {"amount":1500,"currency":"JPY"} -> {"amount":"1500","currency":"JPY"}
            null -> null
            {"amount":"79000"} !! price.currency: is missing: give its ISO 4217 code, such as "IDR"
            {"currency":"IDR"} !! price.amount: must be a decimal number or text such as "79000.00"
            {"amount":null,"currency":5} !! price.amount: must be a decimal number or text such as "79000.00"
               price.currency: must be an ISO 4217 code such as "IDR"
            {"amount":"a lot","currency":"guilders","note":"vat"} !! price.note: there is no such field
               price.currency: "guilders" is no ISO 4217 code such as "IDR" or "EUR"
               price.amount: "a lot" is no amount: write digits with at most one point, such as 79000 or 12.50
            {"amount":"a lot"} !! price.currency: is missing: give its ISO 4217 code, such as "IDR"
               price.amount: "a lot" is no amount: write digits with at most one point, such as 79000 or 12.50
            {"amount":1e+300,"currency":"USD"} !! price.amount: "1e+300" is no amount: write digits with at most one point, such as 79000 or 12.50
            {"amount":-5,"currency":"USD"} !! price.amount: "-5" is no amount: write digits with at most one point, such as 79000 or 12.50
            {} !! price.amount: must be a decimal number or text such as "79000.00"
               price.currency: is missing: give its ISO 4217 code, such as "IDR"
            "Rp 79.000" !! price: must be {"amount", "currency"} or null, not text
        "#]],
    );
}

#[test]
fn extra_holds_pairs_of_texts() {
    let pairs = |count: usize| (0..count).map(|n| (format!("k{n:02}"), json!("v"))).collect::<serde_json::Map<_, _>>();
    check(
        "extra",
        [
            json!({" supplier ": " Gramedia "}),
            json!({"supplier": "", "note": null}),
            json!({}),
            json!(null),
            pairs(20).into(),
            pairs(21).into(),
            json!({"k".repeat(50): "v".repeat(1_000)}),
            json!({"k".repeat(51): "v"}),
            json!({"k": "v".repeat(1_001)}),
            json!({"": "v", "n": 5, "o": {}}),
            json!({"a": "1", "a ": "2"}),
            json!([["a", "b"]]),
        ],
        expect![[r#"
            {" supplier ":" Gramedia "} -> {"supplier":"Gramedia"}
            {"note":null,"supplier":""} -> null
            {} -> null
            null -> null
            {"k00":"v","… (201 characters) -> {"k00":"v","… (201 characters)
            {"k00":"v","… (211 characters) !! extra: has 21 pairs, at most 20 are allowed
            {"kkkkkkkkkk… (1057 characters) -> {"kkkkkkkkkk… (1057 characters)
            {"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk":"v"} !! extra.kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk: the name has 51 characters, at most 50 are allowed
            {"k":"vvvvvv… (1009 characters) !! extra.k: has 1001 characters, at most 1000 are allowed
            {"":"v","n":5,"o":{}} !! extra.: the name must not be blank
               extra.n: must be text, not a number
               extra.o: must be text, not an object
            {"a":"1","a ":"2"} !! extra.a : is named twice
            [["a","b"]] !! extra: must be an object of texts, not a list
        "#]],
    );
}

#[test]
fn the_stores_own_fields_are_ignored_and_any_other_is_refused_by_name() {
    let (_, details) = draft(json!({"title": "t", "revision": "x", "updated_at": []})).check().unwrap();
    assert_eq!(&*details.title, "t");
    let errors = draft(json!({"title": "t", "titel": "t", "Author": "a", "": 1})).check().unwrap_err();
    expect![[r#"
        : there is no such field: correct its name, or put it into "extra"
        Author: there is no such field: correct its name, or put it into "extra"
        titel: there is no such field: correct its name, or put it into "extra"
    "#]]
    .assert_eq(&errors_text(&errors));
}

#[test]
fn every_broken_rule_is_told_at_once() {
    let book = json!({
        "id": 0, "author": 5, "year": 12345, "pages": -1, "isbn": "123", "language": "Klingonese", "subjects": ["a;b", ""],
        "price": {"amount": "x", "currency": "y"}, "extra": {"k": 1}, "stock": "many", "mood": "good",
    });
    let errors = draft(book).check().unwrap_err();
    expect![[r#"
        id: must be a whole number from 1 to 9007198254740991, or null
        author: must be text, not a number
        extra.k: must be text, not a number
        isbn: an ISBN has 10 or 13 digits, this has 3
        language: "Klingonese" is no language tag: use one like "id", "en" or "en-GB" (BCP 47)
        mood: there is no such field: correct its name, or put it into "extra"
        pages: must be a whole number from 0 to 100000, or null
        price.currency: "y" is no ISO 4217 code such as "IDR" or "EUR"
        price.amount: "x" is no amount: write digits with at most one point, such as 79000 or 12.50
        stock: must be a whole number from 0 to 1000000000, or null
        subjects[0]: must not contain ";": write two subjects
        subjects[1]: must not be blank
        year: must be a whole number from -3000 to 9999, or null
        title: is missing: a book needs a title
    "#]]
    .assert_eq(&errors_text(&errors));
}
