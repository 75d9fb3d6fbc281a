//! What is written, to the byte.

use std::collections::BTreeMap;

use catalogue::{Book, BookId, Details, Draft, Price, Revision, Timestamp};
use expect_test::{Expect, expect};
use formats::Format;
use serde_json::json;

/// A book as a client would have made it.
pub(crate) fn book(id: u64, members: serde_json::Value) -> Book {
    let draft: Draft = serde_json::from_value(members).unwrap();
    let (_, details) = draft.check().unwrap();
    Book::new(BookId(id), &details, Revision(7), Timestamp(1_000_000))
}

fn books() -> Vec<Book> {
    vec![
        book(
            1,
            json!({"title": "Laskar Pelangi", "author": "Andrea Hirata", "publisher": "Bentang", "year": 2005, "pages": 529,
                "edition": "1st", "description": "A \"school\",\nten children", "status": "dipinjam", "isbn": "9789793062792",
                "language": "id", "subjects": ["Fiction", "School, rural"], "series": "Laskar Pelangi 1", "shelf": "A-3",
                "barcode": "0002000001", "stock": 3, "price": {"amount": "79000", "currency": "IDR"},
                "extra": {"supplier": "Gramedia", "a.b": "'x"}}),
        ),
        book(
            2,
            json!({"title": "=1+1", "author": "@home; -dash", "year": -750, "shelf": "-5", "subjects": ["+x", "=y"]}),
        ),
    ]
}

#[track_caller]
fn check(books: &[Book], format: Format, expected: Expect) {
    let mut out = Vec::new();
    formats::export(books, format, &mut out).unwrap();
    expected.assert_eq(&String::from_utf8(out).unwrap());
}

#[test]
fn a_table_has_a_column_for_each_field_in_order_and_no_formulas() {
    check(
        &books(),
        Format::Csv,
        expect![[r#"
            id,title,author,publisher,year,pages,edition,description,status,isbn,language,subjects,series,shelf,barcode,stock,price,currency,extra.a.b,extra.supplier
            1,Laskar Pelangi,Andrea Hirata,Bentang,2005,529,1st,"A ""school"",
            ten children",dipinjam,9789793062792,id,"Fiction; School, rural",Laskar Pelangi 1,A-3,0002000001,3,79000.00,IDR,''x,Gramedia
            2,'=1+1,'@home; -dash,,-750,,,,Available,,,'+x; =y,,-5,,,,,,
        "#]],
    );
}

#[test]
fn a_table_of_no_books_is_a_header() {
    check(
        &[],
        Format::Tsv,
        expect![[r#"
        id	title	author	publisher	year	pages	edition	description	status	isbn	language	subjects	series	shelf	barcode	stock	price	currency
    "#]],
    );
}

#[test]
fn json_has_a_book_in_every_line() {
    check(
        &books(),
        Format::Json,
        expect![[r#"
        {"books": [
        {"id":1,"title":"Laskar Pelangi","author":"Andrea Hirata","publisher":"Bentang","year":2005,"pages":529,"edition":"1st","description":"A \"school\",\nten children","status":"dipinjam","isbn":"9789793062792","language":"id","subjects":["Fiction","School, rural"],"series":"Laskar Pelangi 1","shelf":"A-3","barcode":"0002000001","stock":3,"price":{"amount":"79000.00","currency":"IDR"},"extra":{"a.b":"'x","supplier":"Gramedia"}},
        {"id":2,"title":"=1+1","author":"@home; -dash","publisher":"","year":-750,"pages":null,"edition":"","description":"","status":"Available","subjects":["+x","=y"],"shelf":"-5"}
        ]}
    "#]],
    );
    check(
        &[],
        Format::Json,
        expect![[r#"
        {"books": [
        ]}
    "#]],
    );
}

#[test]
fn json_lines_are_nothing_but_books() {
    check(
        &books()[1..],
        Format::JsonLines,
        expect![[r#"
        {"id":2,"title":"=1+1","author":"@home; -dash","publisher":"","year":-750,"pages":null,"edition":"","description":"","status":"Available","subjects":["+x","=y"],"shelf":"-5"}
    "#]],
    );
    check(&[], Format::JsonLines, expect![""]);
}

#[test]
fn a_book_that_breaks_todays_rules_is_written_as_it_is() {
    // Taken over from a file of long ago.
    let details = Details {
        title: " two; \r\nlines ".into(),
        subjects: vec!["a;b".into()],
        price: Some(Price { amount: "?".into(), currency: "=x".into() }),
        extra: BTreeMap::from([(" k ".into(), "\u{1}".into())]),
        ..Details::default()
    };
    let odd = Book::new(BookId(5), &details, Revision(1), Timestamp(0));
    check(
        &[odd],
        Format::JsonLines,
        expect![[r#"
        {"id":5,"title":" two; \r\nlines ","author":"","publisher":"","year":null,"pages":null,"edition":"","description":"","status":"","subjects":["a;b"],"price":{"amount":"?","currency":"=x"},"extra":{" k ":"\u0001"}}
    "#]],
    );
}

#[test]
fn a_full_disk_is_an_error() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for format in [Format::Json, Format::JsonLines, Format::Csv, Format::Tsv] {
        let error = formats::export(&books(), format, &mut Full).unwrap_err();
        assert!(error.0.contains("no storage space"), "{error}");
    }
}
