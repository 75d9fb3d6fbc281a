//! Orders of books.

use catalogue::{Field, Sort, fold};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::*;

fn check(books: &[Value], field: &str, expected: Expect) {
    let store = Store::with(books.to_vec());
    let shown = |sort: String| {
        let values = store.list(json!({ "sort": sort })).unwrap().books;
        values
            .iter()
            .map(|book| format!("{} {}\n", book.id(), serde_json::to_value(book).unwrap()[field]))
            .collect::<String>()
    };
    expected.assert_eq(&format!("{}--\n{}", shown(field.to_owned()), shown(format!("-{field}"))));
}

fn titles(titles: &[&str]) -> Vec<Value> {
    titles.iter().map(|title| json!({ "title": title })).collect()
}

#[test]
fn text_is_sorted_folded_with_ties_by_id_either_way() {
    check(
        &titles(&["banana", "Äpfel", "apple", "Zebra", "APPLE", "Éclair", "2001", "apfel", "Łódź", "Žofie"]),
        "title",
        expect![[r#"
            7 "2001"
            2 "Äpfel"
            8 "apfel"
            3 "apple"
            5 "APPLE"
            1 "banana"
            6 "Éclair"
            9 "Łódź"
            4 "Zebra"
            10 "Žofie"
            --
            10 "Žofie"
            4 "Zebra"
            9 "Łódź"
            6 "Éclair"
            1 "banana"
            3 "apple"
            5 "APPLE"
            2 "Äpfel"
            8 "apfel"
            7 "2001"
        "#]],
    );
}

#[test]
fn numbers_are_sorted_as_numbers_and_unset_comes_last_either_way() {
    let books = [json!(2005), json!(null), json!(-700), json!(12), json!(1990), json!(null), json!(12)];
    let books = books.map(|year| json!({"title": "t", "year": year}));
    check(
        &books,
        "year",
        expect![[r#"
            3 -700
            4 12
            7 12
            5 1990
            1 2005
            2 null
            6 null
            --
            1 2005
            5 1990
            4 12
            7 12
            3 -700
            2 null
            6 null
        "#]],
    );
}

#[test]
fn empty_text_is_unset() {
    let books = ["b", "", "a", ""].map(|author| json!({"title": "t", "author": author}));
    check(
        &books,
        "author",
        expect![[r#"
            3 "a"
            1 "b"
            2 ""
            4 ""
            --
            1 "b"
            3 "a"
            2 ""
            4 ""
        "#]],
    );
}

#[test]
fn prices_are_sorted_by_currency_and_then_amount() {
    let price = |amount: &str, currency: &str| json!({"title": "t", "price": {"amount": amount, "currency": currency}});
    let books = [
        price("79000", "IDR"),
        price("9.50", "EUR"),
        price("10", "EUR"),
        price("800", "IDR"),
        json!({"title": "t"}),
        price("9.05", "EUR"),
        price("1500", "JPY"),
        price("200000", "IDR"),
    ];
    check(
        &books,
        "price",
        expect![[r#"
            6 {"amount":"9.05","currency":"EUR"}
            2 {"amount":"9.50","currency":"EUR"}
            3 {"amount":"10.00","currency":"EUR"}
            4 {"amount":"800.00","currency":"IDR"}
            1 {"amount":"79000.00","currency":"IDR"}
            8 {"amount":"200000.00","currency":"IDR"}
            7 {"amount":"1500","currency":"JPY"}
            5 null
            --
            7 {"amount":"1500","currency":"JPY"}
            8 {"amount":"200000.00","currency":"IDR"}
            1 {"amount":"79000.00","currency":"IDR"}
            4 {"amount":"800.00","currency":"IDR"}
            3 {"amount":"10.00","currency":"EUR"}
            2 {"amount":"9.50","currency":"EUR"}
            6 {"amount":"9.05","currency":"EUR"}
            5 null
        "#]],
    );
}

#[test]
fn statuses_that_mean_the_same_stand_together() {
    let books = ["tersedia", "Lost", "Available", "Dipinjam", "checked out", "Tersedia"];
    check(
        &books.map(|status| json!({"title": "t", "status": status})),
        "status",
        expect![[r#"
            1 "tersedia"
            3 "Available"
            6 "Tersedia"
            4 "Dipinjam"
            5 "checked out"
            2 "Lost"
            --
            2 "Lost"
            4 "Dipinjam"
            5 "checked out"
            1 "tersedia"
            3 "Available"
            6 "Tersedia"
        "#]],
    );
}

#[test]
fn the_stores_own_fields_can_be_sorted_by() {
    let mut store = Store::with(titles(&["one", "two", "three"]));
    store.does(set(1, json!({"year": 1})));
    assert_eq!(store.ids(json!({"sort": "id"})), [1, 2, 3]);
    assert_eq!(store.ids(json!({"sort": "-id"})), [3, 2, 1]);
    assert_eq!(store.ids(json!({"sort": "revision"})), [2, 3, 1]);
    assert_eq!(store.ids(json!({"sort": "-updated_at"})), [1, 2, 3]);
}

#[test]
fn any_scalar_field_is_an_order_and_nothing_else() {
    let names = Field::ALL.into_iter().map(Field::name).chain([
        "id",
        "revision",
        "updated_at",
        "",
        "-",
        "--year",
        "Title",
        "-title",
        "title,year",
    ]);
    let lines: String = names
        .map(|name| match name.parse::<Sort>() {
            Ok(sort) => format!("{sort}\n"),
            Err(error) => format!("!! {}: {}\n", error.field, error.message),
        })
        .collect();
    expect![[r#"
        title
        author
        publisher
        year
        pages
        edition
        description
        status
        isbn
        language
        !! sort: "subjects" has several values: name one such as "title" or "-year"
        series
        shelf
        barcode
        stock
        price
        !! sort: "extra" has several values: name one such as "title" or "-year"
        id
        revision
        updated_at
        !! sort: "" is no field: name one such as "title" or "-year"
        !! sort: "-" is no field: name one such as "title" or "-year"
        !! sort: "--year" is no field: name one such as "title" or "-year"
        !! sort: "Title" is no field: name one such as "title" or "-year"
        -title
        !! sort: "title,year" is no field: name one such as "title" or "-year"
    "#]]
    .assert_eq(&lines);
}

#[test]
fn long_texts_that_differ_only_at_the_end_are_sorted_too() {
    let long = |end: &str| format!("{}{end}", "é".repeat(998));
    let store = Store::with(titles(&[&long("b"), &long("a"), &long("")]));
    assert_eq!(store.ids(json!({"sort": "title"})), [3, 2, 1]);
}

proptest! {
    #[test]
    fn an_order_is_that_of_a_plain_sort(
        books in prop::collection::vec((prop::option::of("[aAbB]{1,2}"), prop::option::of(-2i64..3)), 0..90),
        is_down in any::<bool>(),
        limit in 1usize..100,
    ) {
        let store = Store::with(books.iter().map(|(shelf, year)| json!({"title": "t", "shelf": shelf, "year": year})));
        let sign = if is_down { "-" } else { "" };
        let mut by_shelf: Vec<(bool, String, u64)> = Vec::new();
        let mut by_year: Vec<(bool, i64, u64)> = Vec::new();
        for (id, (shelf, year)) in (1..).zip(&books) {
            by_shelf.push((shelf.is_none(), shelf.as_deref().unwrap_or_default().to_lowercase(), id));
            by_year.push((year.is_none(), year.unwrap_or(0) * if is_down { -1 } else { 1 }, id));
        }
        by_shelf.sort_by(|a, b| a.0.cmp(&b.0).then(if is_down { b.1.cmp(&a.1) } else { a.1.cmp(&b.1) }).then(a.2.cmp(&b.2)));
        by_year.sort();
        let first = |ids: Vec<u64>| ids.into_iter().take(limit).collect::<Vec<_>>();
        let by_shelf = first(by_shelf.iter().map(|key| key.2).collect());
        let by_year = first(by_year.iter().map(|key| key.2).collect());
        prop_assert_eq!(store.ids(json!({"sort": format!("{sign}shelf"), "limit": limit})), by_shelf);
        prop_assert_eq!(store.ids(json!({"sort": format!("{sign}year"), "limit": limit})), by_year);
    }

    #[test]
    fn text_of_any_script_is_sorted_and_paged_as_it_folds(
        titles in prop::collection::vec("[aAb]{0,2}(\\PC{1,3}|[äÄzßéE가\u{301}]{1,3}|[bC])", 0..12),
        is_down in any::<bool>(),
    ) {
        let titles: Vec<_> = titles.iter().map(|title| title.trim()).filter(|title| !title.is_empty()).collect();
        let mut store = Store::default();
        for title in titles {
            // What shows nothing is no title.
            let _ = store.take(&command([titled(title)]));
        }
        let mut expected: Vec<_> = store.catalogue.books().map(|book| (fold(&book.details().title), book.id().0)).collect();
        expected.sort_by(|a, b| if is_down { b.0.cmp(&a.0).then(a.1.cmp(&b.1)) } else { a.cmp(b) });
        let mut found = Vec::new();
        let mut query = json!({"sort": if is_down { "-title" } else { "title" }, "limit": 3});
        for number in 0.. {
            prop_assert!(number < 100, "pages end");
            let page = store.list(query.clone()).unwrap();
            found.extend(page.books.iter().map(|book| (fold(&book.details().title), book.id().0)));
            let Some(next) = page.next else { break };
            query["cursor"] = json!(next.to_string());
        }
        prop_assert_eq!(found, expected);
    }
}
