//! Which books a filter finds.

use catalogue::{Field, Filter};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::fixture::*;

fn shop() -> Store {
    Store::with([
        json!({"title": "Laskar Pelangi", "author": "Andrea Hirata", "year": 2005, "stock": 3, "isbn": "9789793062792",
               "language": "id", "subjects": ["Fiction", "Belitung"], "series": "Laskar Pelangi 1"}),
        json!({"title": "Good Omens", "author": "Terry Pratchett; Neil Gaiman", "year": 1990, "pages": 288,
               "language": "en-GB", "subjects": ["Fiction"], "status": "Dipinjam", "edition": "1st"}),
        json!({"title": "Le Café", "author": "Zoë; ", "publisher": "Éditions", "language": "fr", "status": "Checked Out",
               "shelf": "A-3", "barcode": "2000001", "stock": 0, "description": "Très bien."}),
        json!({"title": "Odyssey", "year": -700, "status": "tersedia", "pages": 0}),
        // No one character stands for x with a circumflex.
        json!({"title": "Log x\u{302}", "author": "Nil", "year": 1, "stock": 1, "edition": "2"}),
    ])
}

/// Each filter with the ids it finds, or what is wrong with it.
fn check(filters: impl IntoIterator<Item = Value>, expected: Expect) {
    let store = shop();
    let mut lines = String::new();
    for filter in filters {
        let found = match store.list(json!({ "filter": filter })) {
            Ok(page) => format!("{:?}", page.books.iter().map(|book| book.id().0).collect::<Vec<_>>()),
            Err(errors) => format!("!!\n    {}", errors_text(&errors).trim_end().replace('\n', "\n    ")),
        };
        lines += &format!("{filter} {found}\n");
    }
    expected.assert_eq(&lines);
}

#[test]
fn text_compares_whole_and_regardless_of_case_and_accents() {
    check(
        [
            json!({"title": "laskar PELANGI"}),
            json!({"title": " Le Cafe\u{301} "}),
            json!({"title": "LE CAFE"}),
            json!({"title": "Laskar"}),
            json!({"title": "LOG X"}),
            json!({"title": "Log x\u{302}"}),
            json!({"title": "Log x1"}),
            json!({"publisher": "editions"}),
            json!({"edition": "1ST"}),
            json!({"series": "laskar pelangi 1"}),
            json!({"shelf": "a-3"}),
            json!({"barcode": "2000001"}),
            json!({"description": "tres bien."}),
            json!({}),
        ],
        expect![[r#"
            {"title":"laskar PELANGI"} [1]
            {"title":" Le Café "} [3]
            {"title":"LE CAFE"} [3]
            {"title":"Laskar"} []
            {"title":"LOG X"} [5]
            {"title":"Log x̂"} [5]
            {"title":"Log x1"} []
            {"publisher":"editions"} [3]
            {"edition":"1ST"} [2]
            {"series":"laskar pelangi 1"} [1]
            {"shelf":"a-3"} [3]
            {"barcode":"2000001"} [3]
            {"description":"tres bien."} [3]
            {} [1, 2, 3, 4, 5]
        "#]],
    );
}

#[test]
fn authors_and_subjects_match_by_any_one_of_them() {
    check(
        [
            json!({"author": "neil gaiman"}),
            json!({"author": "Terry Pratchett; Neil Gaiman"}),
            json!({"author": "Gaiman"}),
            json!({"author": "Neil Gaiman; Terry Pratchett"}),
            json!({"author": "zoe"}),
            json!({"subjects": "BELITUNG"}),
            json!({"subjects": ["belitung", "fiction"]}),
            json!({"subjects": "Fiction; Belitung"}),
        ],
        expect![[r#"
            {"author":"neil gaiman"} [2]
            {"author":"Terry Pratchett; Neil Gaiman"} [2]
            {"author":"Gaiman"} []
            {"author":"Neil Gaiman; Terry Pratchett"} []
            {"author":"zoe"} [3]
            {"subjects":"BELITUNG"} [1]
            {"subjects":["belitung","fiction"]} [1, 2]
            {"subjects":"Fiction; Belitung"} []
        "#]],
    );
}

#[test]
fn isbn_and_language_match_in_any_form_and_a_status_in_both_languages() {
    check(
        [
            json!({"isbn": "979-3062-79-7"}),
            json!({"isbn": 9789793062792u64}),
            json!({"isbn": "9780306406157"}),
            json!({"language": "ind"}),
            json!({"language": "EN-gb"}),
            json!({"language": "en"}),
            json!({"status": "Available"}),
            json!({"status": "TERSEDIA"}),
            json!({"status": "checked out"}),
            json!({"status": "dipinjam"}),
            json!({"status": "Lost"}),
        ],
        expect![[r#"
            {"isbn":"979-3062-79-7"} [1]
            {"isbn":9789793062792} [1]
            {"isbn":"9780306406157"} []
            {"language":"ind"} [1]
            {"language":"EN-gb"} [2]
            {"language":"en"} []
            {"status":"Available"} [1, 4, 5]
            {"status":"TERSEDIA"} [1, 4, 5]
            {"status":"checked out"} [2, 3]
            {"status":"dipinjam"} [2, 3]
            {"status":"Lost"} []
        "#]],
    );
}

#[test]
fn numbers_match_alone_or_within_a_range() {
    check(
        [
            json!({"year": 2005}),
            json!({"year": "1990"}),
            json!({"year": {"from": 1990, "to": 1999}}),
            json!({"year": {"from": "1991"}}),
            json!({"year": {"to": 0}}),
            json!({"year": {"from": 1990, "to": null}}),
            json!({"year": {"from": 1990, "to": 1990}}),
            json!({"stock": {"from": 1}}),
            json!({"stock": {"from": 0}}),
            json!({"pages": 0}),
            json!({"year": {"to": 99_999_999}}),
            json!({"id": 2}),
            json!({"id": [1, "4", 99]}),
            json!({"id": {"from": 3}}),
        ],
        expect![[r#"
            {"year":2005} [1]
            {"year":"1990"} [2]
            {"year":{"from":1990,"to":1999}} [2]
            {"year":{"from":"1991"}} [1]
            {"year":{"to":0}} [4]
            {"year":{"from":1990,"to":null}} [1, 2]
            {"year":{"from":1990,"to":1990}} [2]
            {"stock":{"from":1}} [1, 5]
            {"stock":{"from":0}} [1, 3, 5]
            {"pages":0} [4]
            {"year":{"to":99999999}} [1, 2, 4, 5]
            {"id":2} [2]
            {"id":[1,"4",99]} [1, 4]
            {"id":{"from":3}} [3, 4, 5]
        "#]],
    );
}

#[test]
fn a_list_means_any_of_and_null_means_not_set() {
    check(
        [
            json!({"language": ["ind", "fr"]}),
            json!({"year": [2005, {"to": 0}, null]}),
            json!({"isbn": null}),
            json!({"year": null}),
            json!({"author": null}),
            json!({"author": ""}),
            json!({"language": [null, "id"]}),
            json!({"subjects": null}),
            json!({"title": null}),
            json!({"status": null}),
            json!({"stock": null}),
            json!({"publisher": null, "edition": null}),
        ],
        expect![[r#"
            {"language":["ind","fr"]} [1, 3]
            {"year":[2005,{"to":0},null]} [1, 3, 4]
            {"isbn":null} [2, 3, 4, 5]
            {"year":null} [3]
            {"author":null} [4]
            {"author":""} [4]
            {"language":[null,"id"]} [1, 4, 5]
            {"subjects":null} [3, 4, 5]
            {"title":null} []
            {"status":null} []
            {"stock":null} [2, 4]
            {"edition":null,"publisher":null} [1, 4]
        "#]],
    );
}

#[test]
fn fields_are_anded() {
    check(
        [
            json!({"subjects": "fiction", "year": {"from": 2000}}),
            json!({"subjects": "fiction", "year": null}),
            json!({"status": "Available", "isbn": null, "pages": 0}),
        ],
        expect![[r#"
            {"subjects":"fiction","year":{"from":2000}} [1]
            {"subjects":"fiction","year":null} []
            {"isbn":null,"pages":0,"status":"Available"} [4]
        "#]],
    );
}

#[test]
fn every_wrong_condition_is_told_at_once() {
    check(
        [
            json!({"titel": "x", "price": 1, "extra": {"a": "b"}, "revision": 1, "year": "MMV", "isbn": "123", "language": "English"}),
            json!({"title": 5, "author": {"from": "a"}, "shelf": true, "publisher": ["a", 1, ["b"]], "edition": "a\u{0}"}),
            json!({"year": {"from": 2000, "to": 1990}, "pages": {}, "stock": {"from": null}, "id": null}),
            json!({"year": {"from": "x", "to": 1.5, "step": 2}, "stock": [], "pages": [1, [2]], "status": []}),
            json!({"id": "x"}),
        ],
        expect![[r#"
            {"extra":{"a":"b"},"isbn":"123","language":"English","price":1,"revision":1,"titel":"x","year":"MMV"} !!
                extra: cannot be filtered by: leave it out
                isbn: an ISBN has 10 or 13 digits, this has 3
                language: "English" is no language tag: use one like "id", "en" or "en-GB" (BCP 47)
                price: cannot be filtered by: leave it out
                revision: is no field to filter by: correct its name
                titel: is no field to filter by: correct its name
                year: must be a whole number, {"from", "to"}, a list of these, or null
            {"author":{"from":"a"},"edition":"a\u0000","publisher":["a",1,["b"]],"shelf":true,"title":5} !!
                author: must be text, a list of texts, or null, not an object
                edition: contains the control character U+0000: remove it
                publisher[1]: must be text, a list of texts, or null, not a number
                publisher[2]: must be text, a list of texts, or null, not a list
                shelf: must be text, a list of texts, or null, not true or false
                title: must be text, a list of texts, or null, not a number
            {"id":null,"pages":{},"stock":{"from":null},"year":{"from":2000,"to":1990}} !!
                id: is never unset
                pages: is a range without ends: give "from", "to" or both
                stock: is a range without ends: give "from", "to" or both
                year: is a range from 2000 down to 1990: exchange them
            {"pages":[1,[2]],"status":[],"stock":[],"year":{"from":"x","step":2,"to":1.5}} !!
                pages[1]: must be a whole number, {"from", "to"}, a list of these, or null
                status: is a list of 0 values, 1 to 1000 are allowed
                stock: is a list of 0 values, 1 to 1000 are allowed
                year.from: must be a whole number, or null for no end
                year.step: a range has "from" and "to" only
                year.to: must be a whole number, or null for no end
            {"id":"x"} !!
                id: must be a whole number, {"from", "to"}, a list of these, or null
        "#]],
    );
    let parse = |filter: Value| Filter::parse(filter.as_object().unwrap());
    assert!(parse(json!({"id": vec![1; 1_000]})).is_ok());
    let errors = parse(json!({"id": vec![1; 1_001]})).unwrap_err();
    assert_eq!(errors_text(&errors), "id: is a list of 1001 values, 1 to 1000 are allowed\n");
    assert_eq!(parse(json!({"id": vec!["x"; 1_000]})).unwrap_err().len(), 200);
}

#[test]
fn filters_that_mean_the_same_are_equal() {
    let parse = |text: &str| Filter::parse(&serde_json::from_str(text).unwrap()).unwrap();
    let same = [
        (r#"{"title":"LE CAFÉ","year":2005}"#, r#"{"year":"2005","title":["le cafe"]}"#),
        (r#"{"language":["ind","en"]}"#, r#"{"language":["en","id","eng"]}"#),
        (r#"{"year":[1990,1991,{"from":1992,"to":1999}]}"#, r#"{"year":{"from":1990,"to":1999}}"#),
        (r#"{"year":[{"from":1990},{"from":1980,"to":2000}]}"#, r#"{"year":{"from":1980}}"#),
        (r#"{"isbn":"979-3062-79-7"}"#, r#"{"isbn":["9789793062792"]}"#),
        (r#"{"status":"tersedia"}"#, r#"{"status":"AVAILABLE"}"#),
        (r#"{"shelf":null}"#, r#"{"shelf":[""," "]}"#),
    ];
    for (one, other) in same {
        assert_eq!(parse(one), parse(other), "{one} {other}");
    }
    assert_ne!(parse(r#"{"year":[1990,1992]}"#), parse(r#"{"year":{"from":1990,"to":1992}}"#));
    assert!(parse("{}").is_empty() && parse("{}") == Filter::default() && !parse(r#"{"year":null}"#).is_empty());
}

#[test]
fn every_field_but_price_and_extra_can_be_filtered_by() {
    let refused: Vec<_> = Field::ALL.into_iter().filter(|field| !Filter::fields().any(|one| one == *field)).collect();
    assert_eq!(refused, [Field::Price, Field::Extra]);
    for field in Filter::fields() {
        let filter = json!({ field.name(): null });
        assert!(Filter::parse(filter.as_object().unwrap()).is_ok(), "{}", field.name());
    }
}

#[test]
fn facts_with_old_faults_are_found_by_what_they_are() {
    let book = altered(shop().book(1), |details| {
        details.status = "".into();
        details.author = ";;".into();
    });
    let matches = |filter: Value| Filter::parse(filter.as_object().unwrap()).unwrap().matches(&book);
    assert!(
        matches(json!({"status": "Available"})) && matches(json!({"status": null})) && matches(json!({"author": ";;"}))
    );
    assert!(!matches(json!({"author": null})) && !matches(json!({"status": "Lost"})));
}

const WORDS: [&str; 6] = ["a", "Á", "b", "ab", "tersedia", "Available"];

/// A book of few words, so that filters meet it often.
fn any_book() -> impl Strategy<Value = Value> {
    let word = || prop::sample::select(WORDS.to_vec());
    let text = || prop_oneof![2 => word().prop_map(Value::from), 1 => Just(Value::Null)];
    let number = || prop::option::of(0i64..5).prop_map(|number| json!(number));
    let authors = prop::collection::vec(word(), 0..3).prop_map(|words| json!(words.join("; ")));
    let subjects = prop::collection::vec(word(), 0..3).prop_map(|words| json!(words));
    (word(), authors, text(), text(), number(), number(), subjects).prop_map(
        |(title, author, status, shelf, year, stock, subjects)| {
            json!({"title": title, "author": author, "status": status, "shelf": shelf, "year": year, "stock": stock, "subjects": subjects})
        },
    )
}

fn any_filter() -> impl Strategy<Value = Value> {
    let one_text =
        || prop_oneof![4 => prop::sample::select(WORDS.to_vec()).prop_map(Value::from), 1 => Just(Value::Null)];
    let text = move || prop_oneof![one_text(), prop::collection::vec(one_text(), 1..4).prop_map(Value::from)];
    let bound = || prop::option::of(0i64..5);
    let range = (bound(), bound()).prop_filter_map("a range has an end and goes up", |(from, to)| {
        let goes_up = from.is_none_or(|from| to.is_none_or(|to| from <= to));
        (goes_up && (from, to) != (None, None)).then(|| json!({"from": from, "to": to}))
    });
    let one_number = prop_oneof![2 => (0i64..5).prop_map(Value::from), 2 => range, 1 => Just(Value::Null)];
    let number = prop_oneof![one_number.clone(), prop::collection::vec(one_number, 1..4).prop_map(Value::from)];
    let texts = (prop::sample::select(vec!["title", "author", "status", "shelf", "subjects"]), text());
    let numbers = (prop::sample::select(vec!["year", "stock"]), number);
    prop::collection::vec(prop_oneof![texts, numbers], 0..3).prop_map(|members| {
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
    })
}

/// The protocol's rule, said on the JSON of a book.
fn matches(book: &Value, filter: &Value) -> bool {
    filter.as_object().unwrap().iter().all(|(name, wanted)| match wanted {
        Value::Array(any_of) => any_of.iter().any(|wanted| matches_one(name, &book[name], wanted)),
        wanted => matches_one(name, &book[name], wanted),
    })
}

fn matches_one(name: &str, held: &Value, wanted: &Value) -> bool {
    let folded = |text: &str| text.to_lowercase().replace('á', "a");
    let meant = |text: &str| match (name, folded(text)) {
        ("status", text) if text == "tersedia" => "available".to_owned(),
        (_, text) => text,
    };
    match (held, wanted) {
        (held, Value::Null) => held.is_null() || held == "",
        (Value::Number(held), Value::Object(range)) => {
            let held = held.as_i64().unwrap();
            range["from"].as_i64().is_none_or(|from| from <= held) && range["to"].as_i64().is_none_or(|to| held <= to)
        }
        (Value::Array(held), wanted) => held.iter().any(|held| matches_one(name, held, wanted)),
        (Value::String(held), Value::String(wanted)) => {
            let is_one_of = name == "author" && held.split("; ").any(|one| folded(one) == folded(wanted));
            is_one_of || meant(held) == meant(wanted)
        }
        (held, wanted) => held == wanted,
    }
}

proptest! {
    #[test]
    fn a_filter_finds_what_the_protocol_says(books in prop::collection::vec(any_book(), 0..8), filter in any_filter()) {
        let store = Store::with(books);
        let shown = |book: &catalogue::Book| serde_json::to_value(book).unwrap();
        let expected: Vec<u64> = store.catalogue.books().filter(|book| matches(&shown(book), &filter)).map(|book| book.id().0).collect();
        let page = store.list(json!({ "filter": filter })).unwrap();
        prop_assert_eq!(page.books.iter().map(|book| book.id().0).collect::<Vec<_>>(), expected.clone());
        prop_assert_eq!((page.total, page.next), (expected.len(), None));
    }

    #[test]
    fn no_json_breaks_the_reader(name in prop::sample::select(vec!["id", "title", "isbn", "year", "x"]), text in "\\PC{0,12}", number in any::<f64>()) {
        for value in [json!(text), json!(number), json!([text, number]), json!({"from": number, "to": text}), json!({text.clone(): 1})] {
            let filter = json!({ name: value });
            let _ = Filter::parse(filter.as_object().unwrap());
        }
    }
}
