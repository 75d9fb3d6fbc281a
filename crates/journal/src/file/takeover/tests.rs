//! What a `books.json` of the original's making comes to, shape by shape and value by value.

use catalogue::{BOOK_BYTES_MAX, BookId, Catalogue, Revision, Timestamp};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{NotTaken, Taken, read};

const AT: Timestamp = Timestamp(1_795_410_000);

fn taken(file: impl AsRef<[u8]>) -> Taken {
    read(file.as_ref(), AT).unwrap_or_else(|error| panic!("it is taken over: {error}"))
}

fn ids(catalogue: &Catalogue) -> Vec<u64> {
    catalogue.books().map(|book| book.id().0).collect()
}

/// The one book in `[{…}]` without what the store adds and what is empty, and the remarks about it.
fn check_book(members: &str, expected: Expect) {
    let taken = taken(format!("[{{{members}}}]"));
    let mut book = serde_json::to_value(taken.catalogue.books().next().unwrap()).unwrap();
    let book = book.as_object_mut().unwrap();
    book.retain(|name, value| {
        !matches!(name.as_str(), "revision" | "updated_at") && !value.is_null() && value != "" && value != "Available"
    });
    let lines = std::iter::once(serde_json::to_string(book).unwrap()).chain(taken.remarks);
    expected.assert_eq(&lines.map(|line| line + "\n").collect::<String>());
}

fn check_refused(file: impl AsRef<[u8]>, expected: Expect) {
    let error = read(file.as_ref(), AT).err().expect("it is not taken over");
    expected.assert_eq(&error.to_string());
}

#[test]
fn both_shapes_give_the_same_state_at_revision_1() {
    let books = r#"[{"id": 3, "title": "Saman"}, {"id": 1, "title": "Larung", "status": "dipinjam"}]"#;
    let bare = taken(books);
    assert_eq!(bare.catalogue.revision(), Revision(1));
    assert_eq!((ids(&bare.catalogue), bare.catalogue.next_id()), (vec![1, 3], BookId(4)));
    assert_eq!(bare.remarks, Vec::<String>::new());
    let book = serde_json::to_string(bare.catalogue.get(BookId(3)).unwrap()).unwrap();
    expect![[r#"{"id":3,"title":"Saman","author":"","publisher":"","year":null,"pages":null,"edition":"","description":"","status":"Available","revision":1,"updated_at":"2026-11-23T05:00:00Z"}"#]].assert_eq(&book);

    for wrapped in [format!("{{\"books\": {books}}}"), format!("\u{feff}{books}"), format!(" \n{books}\r\n")] {
        assert_eq!(taken(wrapped).catalogue, bare.catalogue);
    }
}

#[test]
fn no_book_is_a_catalogue_without_books() {
    for file in ["[]", "{\"books\": []}"] {
        let taken = taken(file);
        assert!(taken.catalogue.is_empty() && taken.remarks.is_empty());
        assert_eq!((taken.catalogue.revision(), taken.catalogue.next_id()), (Revision(1), BookId(1)));
    }
}

#[test]
fn what_is_no_file_of_the_originals_making_is_refused() {
    let files: [&[u8]; 18] = [
        b"",
        b"   ",
        b"[{\"id\": 1, \"title\": \"Sa",
        b"[{\"id\": 1}] []",
        b"[{\"id\": 1}, ]",
        b"\"books\"",
        b"null",
        b"{}",
        b"{\"book\": []}",
        b"{\"books\": {\"1\": {}}}",
        b"{\"books\": null}",
        b"{\"books\": [], \"books\": []}",
        b"[{\"id\": 1},\n 7]",
        b"[null]",
        b"[[]]",
        b"[{\"caf\\ud83d\": 1}]",
        b"[{\"title\": \"caf\xe9\"}]",
        b"\xff\xfe[\0]\0",
    ];
    let said = files.map(|file| {
        let error = read(file, AT).err().expect("it is not taken over").to_string();
        let reason = error.strip_prefix("it is no list of books as […] or {\"books\": […]}: ").unwrap();
        format!("{} -> {reason}\n", file.escape_ascii())
    });
    expect![[r#"
         -> EOF while parsing a value at line 1 column 0
            -> EOF while parsing a value at line 1 column 3
        [{\"id\": 1, \"title\": \"Sa -> EOF while parsing a string at line 1 column 23
        [{\"id\": 1}] [] -> trailing characters at line 1 column 13
        [{\"id\": 1}, ] -> trailing comma at line 1 column 13
        \"books\" -> invalid type: string "books", expected a list of books or {"books": […]} at line 1 column 7
        null -> invalid type: null, expected a list of books or {"books": […]} at line 1 column 4
        {} -> there is no list "books" in it at line 1 column 2
        {\"book\": []} -> there is no list "books" in it at line 1 column 12
        {\"books\": {\"1\": {}}} -> invalid type: map, expected a list of books at line 1 column 10
        {\"books\": null} -> invalid type: null, expected a list of books at line 1 column 14
        {\"books\": [], \"books\": []} -> the member "books" is named twice at line 1 column 21
        [{\"id\": 1},\n 7] -> invalid type: integer `7`, expected a book, which is an object at line 2 column 2
        [null] -> invalid type: null, expected a book, which is an object at line 1 column 5
        [[]] -> invalid type: sequence, expected a book, which is an object at line 1 column 1
        [{\"caf\\ud83d\": 1}] -> unexpected end of hex escape at line 1 column 13
        [{\"title\": \"caf\xe9\"}] -> it is not UTF-8 from byte 15 on
        \xff\xfe[\x00]\x00 -> it is not UTF-8 from byte 0 on
    "#]]
    .assert_eq(&said.concat());
}

#[test]
fn a_file_of_ours_is_known_by_any_member_of_its_own() {
    for member in ["\"store\": \"x\"", "\"revision\": 4", "\"crc\": \"00000000\""] {
        let file = format!("{{{member}, \"books\": [{{\"id\": 1, \"title\": \"Saman\"}}]}}");
        assert!(matches!(read(file.as_bytes(), AT), Err(NotTaken::Ours)), "{file}");
    }
}

#[test]
fn other_members_beside_the_books_are_named() {
    let taken = taken(r#"{"nextId": 7, "books": [{"id": 1, "title": "Saman"}]}"#);
    expect![[r#"the member "nextId" beside the books is no part of a catalogue; it stays in books.json.original"#]]
        .assert_eq(&taken.remarks.join("\n"));
}

#[test]
fn what_the_rules_accept_is_kept_in_its_usual_form_and_not_worth_a_word() {
    check_book(
        r#""id": "5", "title": " Saman\r\n", "author": "Caf\u00e9", "year": "1998", "pages": 205.0, "isbn": "979-3062-79-7",
           "language": "ind", "price": {"amount": 79000, "currency": "idr"}, "stock": "", "subjects": ["Fiction", null, ""],
           "series": "  ", "extra": {"supplier": "Gramedia", "since": null}, "revision": 9, "updated_at": "yesterday""#,
        expect![[r#"
            {"author":"Café","extra":{"supplier":"Gramedia"},"id":5,"isbn":"9789793062792","language":"id","pages":205,"price":{"amount":"79000.00","currency":"IDR"},"subjects":["Fiction"],"title":"Saman","year":1998}
        "#]],
    );
    check_book(
        r#""id": 5, "title": "Saman", "year": null, "status": "", "author": null, "rak": null, "no": """#,
        expect![[r#"
            {"id":5,"title":"Saman"}
        "#]],
    );
}

#[test]
fn a_value_that_breaks_a_limit_is_kept_and_reported_by_id_and_field() {
    check_book(
        r#""id": 5, "author": "Ayu Utami""#,
        expect![[r#"
        {"author":"Ayu Utami","id":5}
        book 5 (""): title is missing: a book needs a title; kept as it was
    "#]],
    );
    check_book(
        r#""id": 5, "title": "  ""#,
        expect![[r#"
        {"id":5,"title":"  "}
        book 5 ("  "): title must not be blank: a book needs a title; kept as it was
    "#]],
    );
    check_book(
        r#""id": 5, "title": "Saman", "year": 19980, "pages": "-1", "stock": 1e10"#,
        expect![[r#"
        {"id":5,"pages":-1,"stock":10000000000,"title":"Saman","year":19980}
        book 5 ("Saman"): pages must be a whole number from 0 to 100000, or null; kept as it was
        book 5 ("Saman"): stock must be a whole number from 0 to 1000000000, or null; kept as it was
        book 5 ("Saman"): year must be a whole number from -3000 to 9999, or null; kept as it was
    "#]],
    );
    check_book(
        r#""id": 5, "title": "Saman", "edition": " first\u0007 ""#,
        expect![[r#"
        {"edition":" first\u0007 ","id":5,"title":"Saman"}
        book 5 ("Saman"): edition contains the control character U+0007: remove it; kept as it was
    "#]],
    );
    check_book(
        r#""id": 5, "title": "Saman", "isbn": "979-3062-79-8", "language": "Bahasa Indonesia""#,
        expect![[r#"
        {"id":5,"isbn":"979-3062-79-8","language":"Bahasa Indonesia","title":"Saman"}
        book 5 ("Saman"): isbn the check digit is wrong: 7 would be right; compare with the book; kept as it was
        book 5 ("Saman"): language "Bahasa Indonesia" is no language tag: use one like "id", "en" or "en-GB" (BCP 47); kept as it was
    "#]],
    );
    check_book(
        r#""id": 5, "title": "Saman", "price": {"amount": "79.000,00", "currency": "Rp"}"#,
        expect![[r#"
            {"id":5,"price":{"amount":"79.000,00","currency":"Rp"},"title":"Saman"}
            book 5 ("Saman"): price.currency "Rp" is no ISO 4217 code such as "IDR" or "EUR"; kept as it was
            book 5 ("Saman"): price.amount "79.000,00" is no amount: write digits with at most one point, such as 79000 or 12.50; kept as it was
        "#]],
    );
    check_book(
        r#""id": 5, "title": "Saman", "subjects": ["Fiction; Drama", "Novel"]"#,
        expect![[r#"
        {"id":5,"subjects":["Fiction; Drama","Novel"],"title":"Saman"}
        book 5 ("Saman"): subjects[0] must not contain ";": write two subjects; kept as it was
    "#]],
    );
    check_book(
        r#""id": 5, "title": "Saman", "extra": {"a\u0000": "x", "b": "y"}"#,
        expect![[r#"
        {"extra":{"a\u0000":"x","b":"y"},"id":5,"title":"Saman"}
        book 5 ("Saman"): extra.a\0 the name contains the control character U+0000: remove it; kept as it was
    "#]],
    );
    let long = "é".repeat(201);
    let taken = taken(json!([{"id": 5, "title": "Saman", "shelf": long}]).to_string());
    assert_eq!(taken.catalogue.get(BookId(5)).unwrap().details().shelf.as_deref(), Some(&*long));
    expect![[r#"book 5 ("Saman"): shelf has 201 characters, at most 200 are allowed; kept as it was"#]]
        .assert_eq(&taken.remarks.join("\n"));
}

#[test]
fn a_value_of_the_wrong_type_moves_to_extra_as_text() {
    check_book(
        r#""id": 5, "title": 1984, "author": ["Ayu Utami", "Eka"], "publisher": {"name":  "KPG"}"#,
        expect![[r#"
        {"extra":{"author":"[\"Ayu Utami\", \"Eka\"]","publisher":"{\"name\":  \"KPG\"}","title":"1984"},"id":5}
        book 5 (""): author must be text, not a list; moved to extra.author
        book 5 (""): publisher must be text, not an object; moved to extra.publisher
        book 5 (""): title must be text, not a number; moved to extra.title
    "#]],
    );
    check_book(
        r#""id": 5, "title": "Saman", "year": "MCMXCVIII", "pages": 205.5, "stock": true"#,
        expect![[r#"
        {"extra":{"pages":"205.5","stock":"true","year":"MCMXCVIII"},"id":5,"title":"Saman"}
        book 5 ("Saman"): pages must be a whole number from 0 to 100000, or null; moved to extra.pages
        book 5 ("Saman"): stock must be a whole number from 0 to 1000000000, or null; moved to extra.stock
        book 5 ("Saman"): year must be a whole number from -3000 to 9999, or null; moved to extra.year
    "#]],
    );
    check_book(
        r#""id": 5, "title": "Saman", "year": 123456789012345678901234567890"#,
        expect![[r#"
        {"extra":{"year":"123456789012345678901234567890"},"id":5,"title":"Saman"}
        book 5 ("Saman"): year must be a whole number from -3000 to 9999, or null; moved to extra.year
    "#]],
    );
    check_book(
        r#""id": 5, "title": "Saman", "isbn": 1234, "edition": 2, "status": false"#,
        expect![[r#"
        {"extra":{"edition":"2","isbn":"1234","status":"false"},"id":5,"title":"Saman"}
        book 5 ("Saman"): edition must be text, not a number; moved to extra.edition
        book 5 ("Saman"): isbn an ISBN has 10 or 13 digits, this has 4; moved to extra.isbn
        book 5 ("Saman"): status must be text, not true or false; moved to extra.status
    "#]],
    );
    check_book(
        r#""id": 5, "title": "Saman", "price": 79000, "subjects": "Fiction", "extra": "signed""#,
        expect![[r#"
        {"extra":{"extra":"signed","price":"79000","subjects":"Fiction"},"id":5,"title":"Saman"}
        book 5 ("Saman"): extra must be an object of texts, not text; moved to extra.extra
        book 5 ("Saman"): price must be {"amount", "currency"} or null, not a number; moved to extra.price
        book 5 ("Saman"): subjects must be a list of texts, not text; moved to extra.subjects
    "#]],
    );
    check_book(
        r#""id": 5, "title": "Saman", "price": {"amount": "79000"}"#,
        expect![[r#"
            {"extra":{"price":"{\"amount\": \"79000\"}"},"id":5,"title":"Saman"}
            book 5 ("Saman"): price.currency is missing: give its ISO 4217 code, such as "IDR"; moved to extra.price
        "#]],
    );
    check_book(
        r#""id": 5, "title": "Saman", "subjects": ["Fiction", 7, ["Drama"]], "extra": {"a": "x", "b": 1.50}"#,
        expect![[r#"
            {"extra":{"a":"x","b":"1.5","subjects":"[7,[\"Drama\"]]"},"id":5,"subjects":["Fiction"],"title":"Saman"}
            book 5 ("Saman"): subjects must be a list of texts, 2 of them are none; moved to extra.subjects
            book 5 ("Saman"): extra.b must be text; moved to extra.b
        "#]],
    );
}

#[test]
fn a_member_that_no_book_has_moves_to_extra_as_text() {
    check_book(
        r#""id": 5, "title": "Saman", "rak": "A-3", "Title": "SAMAN", "tags": [ 1,  2 ], "lent": false"#,
        expect![[r#"
            {"extra":{"Title":"SAMAN","lent":"false","rak":"A-3","tags":"[ 1,  2 ]"},"id":5,"title":"Saman"}
            book 5 ("Saman"): rak is no field of a book; moved to extra.rak
            book 5 ("Saman"): Title is no field of a book; moved to extra.Title
            book 5 ("Saman"): tags is no field of a book; moved to extra.tags
            book 5 ("Saman"): lent is no field of a book; moved to extra.lent
        "#]],
    );
    check_book(
        r#""id": 5, "title": "Saman", "rak": "A-3", "rak": "B-4", "extra": {"rak": "C-5"}"#,
        expect![[r#"
        {"extra":{"rak":"C-5","rak (2)":"A-3","rak (3)":"B-4"},"id":5,"title":"Saman"}
        book 5 ("Saman"): rak is named twice, the last one counts; moved to extra.rak (2)
        book 5 ("Saman"): rak is no field of a book; moved to extra.rak (3)
    "#]],
    );
    check_book(
        r#""id": 5, "title": "Samann", "title": "Saman", "year": 1998, "year": null"#,
        expect![[r#"
        {"extra":{"title":"Samann","year":"1998"},"id":5,"title":"Saman"}
        book 5 ("Saman"): title is named twice, the last one counts; moved to extra.title
        book 5 ("Saman"): year is named twice, the last one counts; moved to extra.year
    "#]],
    );
}

#[test]
fn a_value_that_no_program_can_hold_moves_to_extra_as_it_is_written() {
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    let taken = taken(format!(r#"[{{"title": "Saman", "a": "caf\ud83d", "b": 1e999, "c": {deep}}}]"#));
    let extra = &taken.catalogue.get(BookId(1)).unwrap().details().extra;
    assert_eq!((&*extra["a"], &*extra["b"], &*extra["c"]), (r#""caf\ud83d""#, "1e999", &*deep));
    expect![[r#"
        book 1 ("Saman"): id is missing or no valid one; the book is now 1
        book 1 ("Saman"): a cannot be read (unexpected end of hex escape at line 1 column 11); moved to extra.a
        book 1 ("Saman"): b cannot be read (number out of range at line 1 column 5); moved to extra.b
        book 1 ("Saman"): c cannot be read (recursion limit exceeded at line 1 column 128); moved to extra.c"#]]
    .assert_eq(&taken.remarks.join("\n"));
}

#[test]
fn the_limits_of_extra_do_not_count_for_what_moves_there() {
    let mut members = json!({"id": 5, "title": "Saman", "extra": {"a": "x".repeat(1_000)}});
    for number in 0..30 {
        members[format!("column {number} {}", "x".repeat(60))] = "y".repeat(1_001).into();
    }
    let taken = taken(json!([members]).to_string());
    assert_eq!(taken.catalogue.get(BookId(5)).unwrap().details().extra.len(), 31);
    assert!(
        taken.remarks.iter().all(|remark| remark.contains("is no field of a book; moved to")),
        "{:?}",
        taken.remarks
    );
}

#[test]
fn a_second_book_of_an_id_and_one_without_a_valid_id_get_the_next_above_the_largest() {
    let file = json!([
        {"id": 7, "title": "first"}, {"id": 7, "title": "second"}, {"title": "none"}, {"id": null, "title": "null"},
        {"id": 0, "title": "zero"}, {"id": "x7", "title": "text"}, {"id": 1.5, "title": "half"},
        {"id": 9_007_199_254_740_992_u64, "title": "too large"}, {"id": "7", "title": "third"}, {"id": 2, "title": "two"}
    ]);
    let taken = taken(file.to_string());
    let books = taken
        .catalogue
        .books()
        .map(|book| format!("{} {} {:?}\n", book.id(), book.details().title, book.details().extra));
    expect![[r#"
        2 two {}
        7 first {}
        8 second {}
        9 none {}
        10 null {}
        11 zero {"id": "0"}
        12 text {"id": "x7"}
        13 half {"id": "1.5"}
        14 too large {"id": "9007199254740992"}
        15 third {}
    "#]]
    .assert_eq(&books.collect::<String>());
    expect![[r#"
        book 8 ("second"): id 7 belongs to an earlier book of the file; the book is now 8
        book 9 ("none"): id is missing or no valid one; the book is now 9
        book 10 ("null"): id is missing or no valid one; the book is now 10
        book 11 ("zero"): id is missing or no valid one; the book is now 11
        book 11 ("zero"): id must be a whole number from 1 to 9007198254740991, or null; moved to extra.id
        book 12 ("text"): id is missing or no valid one; the book is now 12
        book 12 ("text"): id must be a whole number from 1 to 9007198254740991, or null; moved to extra.id
        book 13 ("half"): id is missing or no valid one; the book is now 13
        book 13 ("half"): id must be a whole number from 1 to 9007198254740991, or null; moved to extra.id
        book 14 ("too large"): id is missing or no valid one; the book is now 14
        book 14 ("too large"): id must be a whole number from 1 to 9007198254740991, or null; moved to extra.id
        book 15 ("third"): id 7 belongs to an earlier book of the file; the book is now 15"#]]
    .assert_eq(&taken.remarks.join("\n"));
    assert_eq!(taken.catalogue.next_id(), BookId(16));
}

#[test]
fn fresh_ids_stay_below_two_to_the_53_even_above_the_largest_that_can_be_given() {
    let largest = BookId::GIVEN_MAX.0;
    let taken = taken(json!([{"id": largest, "title": "a"}, {"id": largest, "title": "b"}]).to_string());
    assert_eq!(ids(&taken.catalogue), [largest, largest + 1]);
    let beyond = self::taken(json!([{"id": largest + 1, "title": "a"}]).to_string());
    assert_eq!(ids(&beyond.catalogue), [1]);
}

#[test]
fn a_book_over_64_kib_is_named_and_stops_the_takeover() {
    let sized =
        |bytes: usize| json!([{"id": 1, "title": "small"}, {"id": 5, "title": "Saman", "notes": "x".repeat(bytes)}]);
    check_refused(
        sized(BOOK_BYTES_MAX).to_string(),
        expect![[
            r#"book 5 ("Saman"), number 2 in the file, is 65733 bytes of JSON, at most 65536 are allowed: shorten it there"#
        ]],
    );
    check_refused(
        sized(16 * BOOK_BYTES_MAX).to_string(),
        expect![[
            r#"book 5 ("Saman"), number 2 in the file, is 1048598 bytes of JSON, at most 65536 are allowed: shorten it there"#
        ]],
    );
    taken(sized(BOOK_BYTES_MAX - 1_000).to_string());
    let escaped = "\\u0041".repeat(BOOK_BYTES_MAX - 1_000);
    taken(format!(r#"[{{"id": 5, "title": "Saman", "notes": "{escaped}"}}]"#));
}

#[test]
fn a_remark_is_one_short_line_whatever_the_file_says() {
    let file = json!([{"id": 5, "title": format!("a\n\u{1b}[31m{}", "b".repeat(500)), ("\r\n".to_owned() + &"c".repeat(500)): 1}]);
    let remarks = taken(file.to_string()).remarks;
    for remark in &remarks {
        assert!(remark.chars().count() < 800 && !remark.contains(char::is_control), "{remark:?}");
    }
    assert_eq!(remarks.len(), 2);
}

#[test]
fn a_hundred_thousand_books_are_taken_over() {
    let books =
        (0..100_000).map(|number| format!("{{\"id\": {number}, \"title\": \"Book {number}\", \"rak\": \"A\"}}"));
    let taken = taken(format!("[{}]", books.collect::<Vec<_>>().join(",\n")));
    assert_eq!((taken.catalogue.len(), taken.catalogue.next_id()), (100_000, BookId(100_001)));
    assert_eq!(taken.remarks.len(), 100_002);
}

/// Any JSON value, small.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}|[0-9]{1,20}|[ \t\u{1}]*".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("amount|currency|[a-c]", inner, 0..3)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    let known = catalogue::Field::ALL.map(|field| field.name().to_owned()).to_vec();
    prop_oneof![4 => prop::sample::select(known), 1 => Just("id".to_owned()), 1 => "\\PC{0,4}"]
}

proptest! {
    #[test]
    fn every_book_is_kept_and_no_value_panics(books in prop::collection::vec(prop::collection::btree_map(name(), value(), 0..8), 0..5)) {
        let books: Vec<Map<String, Value>> = books.into_iter().map(|members| members.into_iter().collect()).collect();
        let taken = taken(json!({"books": books}).to_string());
        prop_assert_eq!(taken.catalogue.len(), books.len());
        prop_assert!(taken.catalogue.books().all(|book| book.id().0 > 0 && book.id() < taken.catalogue.next_id()));
    }
}
