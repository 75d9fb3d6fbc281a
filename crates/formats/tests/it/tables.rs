//! Rows and what stands between their cells.

use expect_test::expect;
use proptest::prelude::*;

use crate::fixture::{check_csv, open, shown};

#[test]
fn the_delimiter_is_the_one_that_gives_columns_we_know() {
    for (delimiter, name) in [(",", "CSV"), (";", "CSV with ;"), ("\t", "TSV"), ("|", "CSV with |")] {
        let content = "title~author~price\nSaman, Larung~Ayu; Utami | co~Rp 5\n".replace('~', delimiter);
        let content =
            content.replace("Saman, Larung", "\"Saman, Larung\"").replace("Ayu; Utami | co", "\"Ayu; Utami | co\"");
        assert_eq!(open("a.csv", &content).unwrap().description(), format!("{name}, UTF-8"));
        assert_eq!(
            shown("a.csv", &content),
            "2 {\"author\":\"Ayu; Utami | co\",\"price\":{\"amount\":\"5\",\"currency\":\"IDR\"},\"title\":\"Saman, Larung\"}\n"
        );
    }
}

#[test]
fn a_table_of_one_column_is_read_as_its_name_says() {
    assert_eq!(shown("a.csv", "title\na;b|c\n"), "2 {\"title\":\"a;b|c\"}\n");
    assert_eq!(shown("a.tsv", "title\na,b;c|d\n"), "2 {\"title\":\"a,b;c|d\"}\n");
}

#[test]
fn excel_may_name_the_delimiter_in_a_line_of_its_own() {
    check_csv(
        "sep=;\ntitle;author\nSaman;Ayu Utami\n",
        expect![[r#"
        3 {"author":"Ayu Utami","title":"Saman"}
    "#]],
    );
}

#[test]
fn a_heading_may_stand_above_the_columns() {
    let content = "Daftar Buku;;\n;;\nPerpustakaan Melati;2024;\nJudul;Pengarang;Rak\nSaman;Ayu Utami;A\n";
    assert_eq!(open("a.csv", content).unwrap().description(), "CSV with ;, header in line 4, UTF-8");
    check_csv(
        content,
        expect![[r#"
        5 {"author":"Ayu Utami","shelf":"A","title":"Saman"}
    "#]],
    );
}

#[test]
fn lines_end_as_they_like() {
    for end in ["\n", "\r\n", "\r"] {
        let content = ["title,author", "", "Saman,\"Ayu", "Utami\"", "", ",", "Larung,"].join(end);
        let author = serde_json::Value::from(format!("Ayu{end}Utami"));
        let expected = format!("3 {{\"author\":{author},\"title\":\"Saman\"}}\n7 {{\"title\":\"Larung\"}}\n");
        assert_eq!(shown("a.csv", content), expected);
    }
    assert_eq!(shown("a.csv", "title\rab\ncd\n"), "2 {\"title\":\"ab\"}\n3 {\"title\":\"cd\"}\n");
    assert_eq!(shown("a.csv", "title\r\na\n\rb\rc"), "2 {\"title\":\"a\"}\n4 {\"title\":\"b\"}\n5 {\"title\":\"c\"}\n");
}

#[test]
fn a_row_with_too_few_or_too_many_cells_is_refused_and_the_next_is_not() {
    check_csv(
        "id,title,author\n1,Too few\n2,Saman,Ayu Utami,more\n3,Larung,Ayu Utami\n4,Cala Ibi,,,,\n",
        expect![[r#"
        2 refused: has 2 cells under 3 columns: every column needs one, if an empty one
        3 refused: has 4 cells under 3 columns: a cell with ',' in it must stand in quotes
        4 {"author":"Ayu Utami","id":3,"title":"Larung"}
        5 {"id":4,"title":"Cala Ibi"}
    "#]],
    );
}

#[test]
fn a_refused_row_comes_with_its_cells() {
    let mut import = open("a.csv", "title,year\nSaman,1998,\"x\ny\"\nLarung,=2001\n").unwrap();
    let refused = import.next().unwrap().unwrap().unwrap_err();
    assert_eq!((refused.line, refused.cells), (2, vec!["Saman".into(), "1998".into(), "x\ny".into()]));
    let taken = import.next().unwrap().unwrap().unwrap();
    assert_eq!((taken.line, taken.cells), (4, vec!["Larung".to_owned(), "=2001".into()]));
    assert!(import.next().is_none());
}

#[test]
fn empty_cells_say_nothing() {
    check_csv(
        "title,author,year,isbn,subjects,price,currency,extra.a\n,,, ,\t,,IDR,\nSaman,,,,;,,IDR,\n",
        expect![[r#"
        2 {}
        3 {"subjects":[],"title":"Saman"}
    "#]],
    );
}

#[test]
fn a_row_longer_than_any_book_ends_the_reading() {
    let long = "A".repeat(formats::ROW_BYTES_MAX);
    check_csv(
        format!("title,author\nSaman,\n\n{long},"),
        expect![[r#"
        2 {"title":"Saman"}
        error: line 4: a row is longer than 1048576 bytes; correct it and import again
    "#]],
    );
    let just = "A".repeat(formats::ROW_BYTES_MAX - 10);
    assert!(open("a.csv", format!("title\n{just}\n")).unwrap().next().unwrap().unwrap().is_ok());
}

proptest! {
    /// Whatever stands in the cells and between the lines, a row knows the line it begins in.
    #[test]
    fn line_numbers_are_true(rows in prop::collection::vec(("[a\" ,\n]{1,8}", 0..3_usize, 0..3_usize), 1..30)) {
        let ends = ["\n", "\r\n", "\r"];
        let mut content = String::from("title,author\n");
        let mut line = 2;
        let mut expected = Vec::new();
        for (cell, end, blank_lines) in rows {
            // CR and LF next to each other would be one line end.
            let blank = "\r\n".repeat(blank_lines);
            expected.push(line + blank_lines as u64);
            line += 1 + blank_lines as u64 + cell.matches('\n').count() as u64;
            content.push_str(&format!("{blank}\"{}\",x{}", cell.replace('"', "\"\""), ends[end]));
            if ends[end] == "\r" {
                content.push_str("\r\n");
                line += 1;
            }
        }
        let lines: Vec<u64> = open("a.csv", content).unwrap().map(|row| row.unwrap().unwrap().line).collect();
        prop_assert_eq!(lines, expected);
    }
}
