//! ISBNs in the spellings that people use.

use catalogue::Isbn;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn check(spellings: &[&str], expected: Expect) {
    let lines: String = spellings
        .iter()
        .map(|text| match text.parse::<Isbn>() {
            Ok(isbn) => format!("{text} -> {isbn}\n"),
            Err(error) => format!("{text} !! {error}\n"),
        })
        .collect();
    expected.assert_eq(&lines);
}

#[test]
fn any_usual_spelling_becomes_thirteen_digits() {
    check(
        &[
            "9789793062792",
            "978-979-3062-79-2",
            "978 979 3062 79 2",
            "979-3062-79-7",
            "9793062797",
            "0-306-40615-2",
            "080442957X",
            "0-8044-2957-x",
            "ISBN 0-306-40615-2",
            "ISBN: 0-306-40615-2",
            "isbn-13: 978-0-306-40615-7",
            "ISBN-10 0-306-40615-2",
            "ISBN13: 9780306406157",
            "ISBN 13: 9780306406157",
            "urn:isbn:9780306406157",
            "0306406152 (pbk.)",
            "0306406152 [hardcover] :",
            "0306406152 :",
            "978–0–306–40615–7",
            "978\u{2011}0306406157",
            "９７８０３０６４０６１５７",
            "  9780306406157\t",
            "9791032305690",
            "9790260000438",
        ],
        expect![[r#"
            9789793062792 -> 9789793062792
            978-979-3062-79-2 -> 9789793062792
            978 979 3062 79 2 -> 9789793062792
            979-3062-79-7 -> 9789793062792
            9793062797 -> 9789793062792
            0-306-40615-2 -> 9780306406157
            080442957X -> 9780804429573
            0-8044-2957-x -> 9780804429573
            ISBN 0-306-40615-2 -> 9780306406157
            ISBN: 0-306-40615-2 -> 9780306406157
            isbn-13: 978-0-306-40615-7 -> 9780306406157
            ISBN-10 0-306-40615-2 -> 9780306406157
            ISBN13: 9780306406157 -> 9780306406157
            ISBN 13: 9780306406157 -> 9780306406157
            urn:isbn:9780306406157 -> 9780306406157
            0306406152 (pbk.) -> 9780306406157
            0306406152 [hardcover] : -> 9780306406157
            0306406152 : -> 9780306406157
            978–0–306–40615–7 -> 9780306406157
            978‑0306406157 -> 9780306406157
            ９７８０３０６４０６１５７ -> 9780306406157
              9780306406157	 -> 9780306406157
            9791032305690 -> 9791032305690
            9790260000438 -> 9790260000438
        "#]],
    );
}

#[test]
fn what_is_no_isbn_is_told_and_never_repaired() {
    check(
        &[
            "",
            "ISBN",
            "306406152",
            "97803064061",
            "97803064061577",
            "9780306406158",
            "0306406153",
            "0-8044-2957-0",
            "0306406X52",
            "978030640615X",
            "4006381333931",
            "9.78E+12",
            "978030640615?",
            "kein ISBN",
            "(pbk.) 0306406152",
        ],
        expect![[r#"
             !! an ISBN has 10 or 13 digits, this has 0
            ISBN !! an ISBN has 10 or 13 digits, this has 0
            306406152 !! an ISBN has 10 or 13 digits, this has 9
            97803064061 !! an ISBN has 10 or 13 digits, this has 11
            97803064061577 !! an ISBN has 10 or 13 digits, this has 14
            9780306406158 !! the check digit is wrong: 7 would be right; compare with the book
            0306406153 !! the check digit is wrong: 2 would be right; compare with the book
            0-8044-2957-0 !! the check digit is wrong: X would be right; compare with the book
            0306406X52 !! 'X' does not belong into an ISBN
            978030640615X !! 'X' does not belong into an ISBN
            4006381333931 !! an ISBN of 13 digits begins with 978 or 979
            9.78E+12 !! '.' does not belong into an ISBN
            978030640615? !! '?' does not belong into an ISBN
            kein ISBN !! 'k' does not belong into an ISBN
            (pbk.) 0306406152 !! an ISBN has 10 or 13 digits, this has 0
        "#]],
    );
}

/// Nine digits with the check digit that ISO 2108 gives them: the sum of digit times 10, 9, … 1 divides by 11.
fn ten_digits(nine: &[u32]) -> String {
    let weighted: u32 = nine.iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    let check = (0..=10).find(|check| (weighted + check).is_multiple_of(11)).expect("one of eleven divides");
    let last = if check == 10 { "X".to_owned() } else { check.to_string() };
    nine.iter().map(u32::to_string).collect::<String>() + &last
}

proptest! {
    #[test]
    fn ten_digits_and_the_same_book_in_thirteen_are_one_isbn(nine in prop::collection::vec(0u32..10, 9)) {
        let isbn: Isbn = ten_digits(&nine).parse().unwrap();
        prop_assert_eq!(&isbn.as_str()[..3], "978");
        let digits: Vec<u32> = isbn.as_str().chars().map(|digit| digit.to_digit(10).unwrap()).collect();
        prop_assert_eq!(&digits[3..12], &nine[..]);
        let sum: u32 = digits.iter().zip([1, 3].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
        prop_assert_eq!(sum % 10, 0);
        prop_assert_eq!(isbn.as_str().parse::<Isbn>().unwrap(), isbn);
    }

    #[test]
    fn one_wrong_digit_is_always_noticed(nine in prop::collection::vec(0u32..10, 9), at in 0usize..9, by in 1u32..10) {
        let mut wrong = ten_digits(&nine).into_bytes();
        wrong[at] = b'0' + (wrong[at] - b'0' + by as u8) % 10;
        prop_assert!(String::from_utf8(wrong).unwrap().parse::<Isbn>().is_err());
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC*") {
        let _ = text.parse::<Isbn>();
    }
}
