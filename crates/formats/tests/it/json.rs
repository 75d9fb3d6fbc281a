//! JSON documents and JSON Lines.

use expect_test::{Expect, expect};
use formats::Format;

use crate::fixture::{open, shown, shown_as};

#[track_caller]
fn check(content: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&shown("a.json", content));
}

const TWO: &str = "1 {\"id\":3,\"title\":\"Saman\"}\n2 {\"title\":\"Larung\"}\n";

#[test]
fn every_shape_of_a_document_is_read() {
    for content in [
        r#"{"books":[{"id":3,"title":"Saman"},{"title":"Larung"}]}"#,
        r#"{"store":"x","revision":7,"next_id":9,"books":[{"id":3,"title":"Saman"},{"title":"Larung"}],"crc":"00"}"#,
        r#"[{"id":3,"title":"Saman"},{"title":"Larung"}]"#,
        "\u{feff} [ {\"id\" : 3 ,\r\n\"title\":\"Saman\"} \n, {\"title\":\"Larung\"}\t]\n\n",
        "{\"id\":3,\"title\":\"Saman\"}\n{\"title\":\"Larung\"}",
        "{\n \"id\": 3,\n \"title\": \"Saman\"\n}\n{\n \"title\": \"Larung\"\n}\n",
    ] {
        assert_eq!(shown("a.json", content), TWO, "{content}");
        assert_eq!(open("a.json", content).unwrap().description(), "JSON, UTF-8");
    }
    assert_eq!(shown("a.json", r#"{"title":"Saman"}"#), "1 {\"title\":\"Saman\"}\n");
    for nothing in ["[]", "{\"books\":[]}", "{\"books\": [ ] , \"revision\": 3}"] {
        assert_eq!(shown("a.json", nothing), "");
    }
}

#[test]
fn a_document_is_known_by_its_content_whatever_its_name() {
    for name in ["a", "a.txt", "a.csv", "a.jsonl", "a.ndjson"] {
        assert_eq!(open(name, r#"{"books":[{"title":"Saman"}]}"#).unwrap().description(), "JSON, UTF-8", "{name}");
        assert_eq!(open(name, r#" [{"title":"Saman"}]"#).unwrap().description(), "JSON, UTF-8", "{name}");
    }
    assert_eq!(open("a.jsonl", "{\n  \"title\": \"Saman\"\n}\n").unwrap().description(), "JSON, UTF-8");
    // A header may begin with a bracket.
    assert_eq!(open("a.csv", "[x],title\n1,Saman\n").unwrap().description(), "CSV, UTF-8");
}

#[test]
fn a_draft_says_what_the_book_says_and_null_clears() {
    check(
        r#"[{"title":"Saman","author":"","year":null,"pages":"195","extra":{"a":null},"stock":2.0,"revision":4,"updated_at":"x"}]"#,
        expect![[r#"
        1 {"author":"","extra":{"a":null},"pages":"195","stock":2.0,"title":"Saman","year":null}
    "#]],
    );
}

#[test]
fn unknown_members_are_named_once_and_left_out() {
    check(
        r#"[{"title":"t","__proto__":{"admin":true},"mood":1},{"title":"u","mood":2,"Title":"x"}]"#,
        expect![[r#"
        1 {"title":"t"}
        2 {"title":"u"}
        unknown: __proto__, mood, Title
    "#]],
    );
    let many: String = (0..500).map(|number| format!("{{\"title\":\"t\",\"m{number}\":1}}\n")).collect();
    let mut import = open("a.jsonl", many).unwrap();
    assert_eq!(import.by_ref().count(), 500);
    assert_eq!(import.unknown().len(), 100);
}

#[test]
fn numbers_are_exact_or_refused() {
    check(
        r#"[{"id":9007199254740993},{"id":18446744073709551615},{"id":1e400},{"year":99999999999999999999}]"#,
        expect![[r#"
        1 {"id":9007199254740993}
        2 {"id":18446744073709551615}
        3 refused: its JSON is wrong from byte 11 on: number out of range
        4 {"year":1e+20}
    "#]],
    );
    let long = format!(r#"[{{"title":"t","year":{}}}]"#, "9".repeat(10_000));
    assert!(shown("a.json", long).starts_with("1 refused: its JSON is wrong"));
}

#[test]
fn a_bad_book_keeps_out_no_other() {
    check(
        r#"[{"title":"\ud800 lone"},{"title":"a","title":"b"},{"title":"ok \ud83d\udcda","extra":{"a":"1","a":"2"}},7,"x",null,[],{"title":"ok \ud83d\udcda"}]"#,
        expect![[r#"
            1 refused: its JSON is wrong from byte 17 on: unexpected end of hex escape
            2 refused: the member "title" is named twice
            3 refused: the member "a" is named twice
            4 refused: must be a JSON object, not a number
            5 refused: must be a JSON object, not text
            6 refused: must be a JSON object, not null
            7 refused: must be a JSON object, not a list
            8 {"title":"ok 📚"}
        "#]],
    );
}

#[test]
fn a_book_longer_than_any_is_refused_and_not_held() {
    let long = format!(r#"{{"title":"{}"}}"#, "A".repeat(formats::ROW_BYTES_MAX));
    let refusal = "refused: is longer than 1048576 bytes, a book is not\n";
    let document = format!("[{long},{{\"title\":\"t\"}}]");
    assert_eq!(shown("a.json", document), format!("1 {refusal}2 {{\"title\":\"t\"}}\n"));
    assert_eq!(shown("a.json", &long), format!("1 {refusal}"));
    assert_eq!(shown("a.jsonl", format!("{long}\n{{\"title\":\"t\"}}")), format!("1 {refusal}2 {{\"title\":\"t\"}}\n"));
    // Our snapshot may hold more than books.
    let receipts = format!(r#"{{"receipts":"{}","books":[{{"title":"t"}}]}}"#, "A".repeat(2 * formats::ROW_BYTES_MAX));
    assert_eq!(shown("a.json", receipts), "1 {\"title\":\"t\"}\n");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, and nothing else")]
fn what_is_not_json_ends_the_reading_with_its_place() {
    let table: [&str; 22] = [
        "{\"books\":[{\"title\":\"t\",},]}",
        "[{\"title\":\"t\"},]",
        "[{\"title\":\"t\"} {\"title\":\"u\"}]",
        "[\n{\"title\":\n \"t\" \"u\"}]",
        "[{\"title\":\"t\"}] xyz",
        "{\"books\":[]}{\"books\":[]}",
        "{\"title\":\"t\"}{\"books\":[]}",
        "{\"title\":\"t\"},{\"title\":\"u\"}",
        "{\"books\":{\"1\":{}}}",
        "{\"books\":[],\"books\":[]}",
        "{\"books\":[]",
        "{\"revision\":7 \"books\":[]}",
        "{\"revision\":+7,\"books\":[]}",
        "{\"revision\":7,}",
        "{revision:7}",
        "{\"title\"}",
        "// hi\n{\"books\":[]}",
        "null",
        "\"Saman\"",
        "[{\"title\":\"t\"},{\"title\":\"u",
        "[{\"title\":\"t\"}",
        "[}",
    ];
    let lines: String = table.map(|content| format!("{content:?}\n{}", shown("a.json", content))).concat();
    expect![[r#"
        "{\"books\":[{\"title\":\"t\",},]}"
        error: line 1, column 24: this is not JSON: key must be a string
        "[{\"title\":\"t\"},]"
        1 {"title":"t"}
        error: line 1, column 16: a value should stand here
        "[{\"title\":\"t\"} {\"title\":\"u\"}]"
        1 {"title":"t"}
        error: line 1, column 16: a comma or the end of the list should stand here
        "[\n{\"title\":\n \"t\" \"u\"}]"
        error: line 3, column 6: this is not JSON: expected `,` or `}`
        "[{\"title\":\"t\"}] xyz"
        1 {"title":"t"}
        error: line 1, column 17: there is more behind the end
        "{\"books\":[]}{\"books\":[]}"
        error: line 1, column 13: there is more behind the end
        "{\"title\":\"t\"}{\"books\":[]}"
        1 {"title":"t"}
        error: line 1, column 23: a list of books stands behind a book: import them one by one
        "{\"title\":\"t\"},{\"title\":\"u\"}"
        1 {"title":"t"}
        error: line 1, column 14: there is more behind the end
        "{\"books\":{\"1\":{}}}"
        error: line 1, column 10: "books" should be a list here
        "{\"books\":[],\"books\":[]}"
        error: line 1, column 21: "books" is named twice
        "{\"books\":[]"
        error: line 1, column 12: a comma or the end of the object should stand here
        "{\"revision\":7 \"books\":[]}"
        error: line 1, column 15: a comma or the end of the object should stand here
        "{\"revision\":+7,\"books\":[]}"
        error: line 1, column 13: this is not JSON: expected value
        "{\"revision\":7,}"
        error: line 1, column 15: a member's name in quotes should stand here
        "{revision:7}"
        error: line 1, column 2: a member's name in quotes should stand here
        "{\"title\"}"
        error: line 1, column 9: a colon should stand here
        "// hi\n{\"books\":[]}"
        error: line 1, column 1: a file of books is {"books": […]}, a list […], or one book behind the other
        "null"
        error: line 1, column 1: a file of books is {"books": […]}, a list […], or one book behind the other
        "\"Saman\""
        error: line 1, column 1: a file of books is {"books": […]}, a list […], or one book behind the other
        "[{\"title\":\"t\"},{\"title\":\"u"
        1 {"title":"t"}
        error: the file ends in the middle of what begins at line 1, column 16: it was cut off; get a whole copy
        "[{\"title\":\"t\"}"
        1 {"title":"t"}
        error: line 1, column 15: the text ends here, it was cut off; get a whole copy
        "[}"
        error: line 1, column 2: a value should stand here
    "#]]
    .assert_eq(&lines);
}

#[test]
fn an_object_that_is_no_book_is_told() {
    let error = "error: this object is no book and has no list of books: a file of books is {\"books\": […]}, a list […], or one book behind the other\n";
    assert_eq!(shown("a.json", "{}"), error);
    assert_eq!(
        shown("a.json", r#"{"metadata":{},"publications":[]}"#),
        format!("{error}unknown: metadata, publications\n")
    );
    check(
        r#"{"@context":"https://schema.org","@type":"Book","name":"Saman"}"#,
        expect![[r#"
        error: JSON-LD is not read yet: import CSV, TSV, JSON or JSON Lines, which the program it comes from may be able to export
    "#]],
    );
}

#[test]
fn depth_costs_no_stack() {
    for (opening, closing) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", opening.repeat(100_000), closing.repeat(100_000));
        for content in [deep.clone(), format!("{{\"books\":[{{\"title\":\"t\",\"x\":{deep}}}]}}")] {
            let read = shown("a.json", content);
            assert!(read.contains("more than 100 deep"), "{read}");
        }
        assert!(shown("a.jsonl", format!("{{\"title\":\"t\",\"x\":{deep}}}")).contains("recursion limit"));
    }
}

#[test]
fn json_lines_are_read_line_by_line() {
    let content =
        "{\"id\":1,\"title\":\"Saman\"}\r\n\n{\"id\":2,\"title\":\n {\"title\":\"Larung\"} \n[]\n{\"title\":\"u\"} x";
    expect![[r#"
        1 {"id":1,"title":"Saman"}
        3 refused: its JSON is wrong from byte 16 on: EOF while parsing a value
        4 {"title":"Larung"}
        5 refused: must be a JSON object, not a list
        6 refused: its JSON is wrong from byte 15 on: trailing characters
    "#]]
    .assert_eq(&shown("a.jsonl", content));
    assert_eq!(shown_as("a.json", content, Some(Format::JsonLines)), shown("a.jsonl", content));
    let mut import = open("a.jsonl", content).unwrap();
    assert_eq!((import.description().as_str(), import.unit()), ("JSON Lines, UTF-8", "line"));
    assert_eq!(import.nth(1).unwrap().unwrap().unwrap_err().cells, ["{\"id\":2,\"title\":"]);
}

#[test]
fn after_an_error_nothing_more_is_read() {
    let mut import = open("a.json", "[{\"title\":\"t\"} x, {\"title\":\"u\"}]").unwrap();
    assert_eq!(import.unit(), "book");
    assert!(import.next().unwrap().is_ok());
    assert!(import.next().unwrap().is_err());
    assert!(import.next().is_none());
}
