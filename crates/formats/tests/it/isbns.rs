//! ISBN as spreadsheets leave them.

use expect_test::expect;
use serde_json::{Value, json};

use crate::fixture::{cell, check_csv, shown};

#[test]
fn every_usual_form_is_read() {
    for text in [
        "9780306406157",
        "978-0-306-40615-7",
        "0306406152",
        "0-306-40615-2",
        "ISBN 9780306406157",
        "9780306406157 (pbk.)",
        "9780306406157.0",
        "=\"9780306406157\"",
        "=\"0306406152\"",
        "'0306406152",
    ] {
        assert_eq!(cell("isbn", text, "isbn"), (json!("9780306406157"), vec![]), "{text}");
    }
    assert_eq!(cell("ISBN-10", "080442957x", "isbn"), (json!("9780804429573"), vec![]));
}

#[test]
fn lost_zeros_come_back_if_the_check_digit_proves_them() {
    for (text, isbn) in
        [("439023483", "9780439023481"), ("61120081", "9780061120084"), ("439023483.0", "9780439023481")]
    {
        let (found, notes) = cell("isbn", text, "isbn");
        assert_eq!(found, json!(isbn));
        assert!(notes[0].contains("had lost its first zero"), "{notes:?}");
    }
    let (found, notes) = cell("isbn", "439023484", "isbn");
    assert_eq!(found, Value::Null);
    assert_eq!(notes, ["isbn: \"439023484\" was left out: an ISBN has 10 or 13 digits, this has 9"]);
}

#[test]
fn a_book_is_kept_without_a_wrong_isbn_and_the_text_is_told() {
    check_csv(
        "title,isbn\na,9786024246946\nb,9.78E+12\nc,\"9,78043902348e+12\"\nd,978\ne,-\nf,unknown\n",
        expect![[r#"
        2 {"title":"a"}
          isbn: "9786024246946" was left out: the check digit is wrong: 5 would be right; compare with the book
        3 {"title":"b"}
          isbn: "9.78E+12" was left out: a spreadsheet has made a number of it, and the digits are gone
        4 {"title":"c"}
          isbn: "9,78043902348e+12" was left out: a spreadsheet has made a number of it, and the digits are gone
        5 {"title":"d"}
          isbn: "978" was left out: an ISBN has 10 or 13 digits, this has 3
        6 {"title":"e"}
        7 {"title":"f"}
          isbn: "unknown" was left out: 'u' does not belong into an ISBN
    "#]],
    );
}

#[test]
fn of_two_columns_a_right_one_is_taken() {
    check_csv(
        "title,isbn,isbn13\n\
         same,0306406152,9780306406157\n\
         ten,0306406152,9.78030640615e+12\n\
         thirteen,0306406150,9780306406157\n\
         differ,0142402494,9780306406157\n\
         none,1,2\n",
        expect![[r#"
        2 {"isbn":"9780306406157","title":"same"}
        3 {"isbn":"9780306406157","title":"ten"}
        4 {"isbn":"9780306406157","title":"thirteen"}
        5 {"isbn":"9780306406157","title":"differ"}
          isbn: the row has two, 9780306406157 and 9780142402498; the first was taken
        6 {"title":"none"}
          isbn: "2" was left out: an ISBN has 10 or 13 digits, this has 1
          isbn: "1" was left out: an ISBN has 10 or 13 digits, this has 1
    "#]],
    );
}

#[test]
fn the_first_of_several_in_a_cell_is_taken_and_told() {
    let (isbn, notes) = cell("isbn", "9780306406157 ; 9780142402498", "isbn");
    assert_eq!(isbn, json!("9780306406157"));
    assert_eq!(notes, ["isbn: 9780306406157 was taken from \"9780306406157 ; 9780142402498\""]);
}

#[test]
fn json_keeps_its_books_too_and_null_stays() {
    let books = r#"[{"title":"a","isbn":"9786024246946"},{"title":"b","isbn":9780306406157},{"title":"c","isbn":null},{"title":"d","isbn":439023483}]"#;
    expect![[r#"
        1 {"title":"a"}
          isbn: "9786024246946" was left out: the check digit is wrong: 5 would be right; compare with the book
        2 {"isbn":"9780306406157","title":"b"}
        3 {"isbn":null,"title":"c"}
        4 {"isbn":"9780439023481","title":"d"}
          isbn: 439023483 had lost its first zero, 0439023483 is proven by its check digit
    "#]]
    .assert_eq(&shown("a.json", books));
}
