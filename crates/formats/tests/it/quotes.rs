//! Quotes, right and wrong.

use expect_test::expect;

use crate::fixture::{check_csv, open};

#[test]
fn a_quoted_cell_holds_delimiters_quotes_and_lines() {
    check_csv(
        "title,author\n\"Line one\nline two, with \"\"quotes\"\"\",\"\"\n\"\",x\n",
        expect![[r#"
        2 {"title":"Line one\nline two, with \"quotes\""}
        4 {"author":"x"}
    "#]],
    );
}

#[test]
fn a_quote_that_is_never_closed_is_told_with_its_line() {
    check_csv(
        "title,author\n\"a\nb\",x\nSaman,\"Ayu Utami\nLarung,Ayu Utami\n",
        expect![[r#"
        2 {"author":"x","title":"a\nb"}
        error: line 4: a quote is opened here that is never closed; close it, or write "" for a quote in a text
    "#]],
    );
}

#[test]
fn a_quote_that_swallows_rows_is_told_with_its_lines() {
    check_csv(
        "title,author\nSaman,\"Ayu Utami\nLarung,Ayu Utami\nCala Ibi,\"Nukila Amal\"\n",
        expect![[r#"
        error: line 2: the quote that is opened here is closed in line 4, in the middle of a text; close it where the cell ends, and write "" for a quote in a text
    "#]],
    );
}

#[test]
fn a_quote_that_is_not_closed_soon_costs_no_memory() {
    let content = format!("title,author\nSaman,\"Ayu Utami\n{}", "Larung,Ayu Utami\n".repeat(100_000));
    check_csv(
        content,
        expect![[r#"
        error: line 2: a row is longer than 1048576 bytes, and the quote opened in line 2 is not closed within that; correct it and import again
    "#]],
    );
}

#[test]
fn a_cell_that_goes_on_behind_its_quotes_is_taken_as_it_stands() {
    check_csv(
        "title,author\n\"A\" Is for Alibi,Sue Grafton\n\"Title\"x,\nx,\"A\"\"B\"c",
        expect![[r#"
        2 {"author":"Sue Grafton","title":"\"A\" Is for Alibi"}
          cell 1 goes on behind its closing quote: it was taken with its quotes
        3 {"title":"\"Title\"x"}
          cell 1 goes on behind its closing quote: it was taken with its quotes
        4 {"author":"\"A\"\"B\"c","title":"x"}
          cell 2 goes on behind its closing quote: it was taken with its quotes
    "#]],
    );
}

#[test]
fn a_cell_that_could_be_one_or_two_is_refused() {
    check_csv(
        "title,author\n\"Utami, Ayu\"x,\"y\"\nSaman,\n",
        expect![[r#"
        2 refused: has text behind the closing quote of cell 1: write "" for a quote in a text
        3 {"title":"Saman"}
    "#]],
    );
}

#[test]
fn a_quote_within_a_cell_is_a_letter() {
    check_csv(
        "title,author\n5\" disks, \"x\"\n",
        expect![[r#"
        2 {"author":" \"x\"","title":"5\" disks"}
    "#]],
    );
}

#[test]
fn quotes_are_followed_across_the_pieces_a_file_is_read_in() {
    // Longer than every buffer, and the quote is the last byte of many pieces.
    let text = "a\"\"".repeat(40_000);
    let rows = (0..8).map(|shift| format!("\"{}{text}\",x\n", "b".repeat(shift)));
    let content = format!("title,author\n{}", rows.collect::<String>());
    for row in open("a.csv", content).unwrap() {
        let row = row.unwrap().unwrap();
        assert_eq!(row.draft.members()["title"].as_str().unwrap().matches('"').count(), 40_000);
        assert_eq!(row.draft.members()["author"], "x");
    }
}
