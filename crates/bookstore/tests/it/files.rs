//! import and export.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::Client;
use crate::server::{Server, bookstore, run};

/// Books with everything that is hard to carry through a file.
fn books() -> Vec<Value> {
    vec![
        json!({"title": "Laskar Pelangi", "author": "Andrea Hirata", "publisher": "Bentang Pustaka", "year": 2005, "pages": 529,
            "edition": "1st", "description": "A \"school\",\nten children; one teacher", "status": "dipinjam",
            "isbn": "9789793062792", "language": "id", "subjects": ["Fiction", "School, rural"], "series": "Laskar Pelangi 1",
            "shelf": "A-3", "barcode": "0002000001", "stock": 3, "price": {"amount": "79000", "currency": "IDR"},
            "extra": {"supplier": "Gramedia", "note": "a;b"}}),
        json!({"title": "=1+1", "author": "@home; -dash", "publisher": "'quoted", "series": "+plus", "shelf": "-5"}),
        json!({"title": "Ἰλιάς", "author": "Ὅμηρος", "year": -750, "language": "grc"}),
        json!({"id": 20, "title": "1984", "author": "0012", "stock": 0}),
        json!({"title": "漢字 𠀋 🐎", "extra": {"k": "'=x", "empty line": "a\n\nb"}}),
    ]
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    (folder, path)
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    std::fs::write(folder.join(name), text).unwrap();
}

async fn server_with_books() -> Server {
    let server = Server::start();
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    for book in books() {
        client.call("books.create", json!({"book": book})).await;
    }
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_imported_elsewhere_gives_the_same_export() {
    let first = server_with_books().await;
    let home = first.data().parent().unwrap().to_owned();
    for extension in ["json", "jsonl", "csv", "tsv"] {
        let file = home.join(format!("all.{extension}"));
        first.run([Path::new("export"), &file]).ok();
        assert!(!home.join(format!("all.{extension}.tmp")).exists());

        let second = Server::start();
        let counts = second.run([Path::new("import"), &file]).ok();
        assert_eq!(counts, "created 5, updated 0, unchanged 0, refused 0\n", "{extension}");
        let again = home.join(format!("again.{extension}"));
        second.run([Path::new("export"), &again]).ok();
        let (one, other) = (std::fs::read_to_string(&file).unwrap(), std::fs::read_to_string(&again).unwrap());
        pretty_diff(&one, &other, extension);

        assert_eq!(first.run([Path::new("import"), &file]).ok(), "created 0, updated 0, unchanged 5, refused 0\n");
    }
}

fn pretty_diff(one: &str, other: &str, format: &str) {
    let differing: Vec<_> = one.lines().zip(other.lines()).filter(|(one, other)| one != other).collect();
    assert!(one == other, "{format}: {differing:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_goes_to_stdout_in_the_format_asked_for() {
    let server = server_with_books().await;
    let lines = server.run(["export", "--format", "jsonl"]).ok();
    let titles: Vec<String> =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["title"].to_string()).collect();
    assert_eq!(titles.len(), 5);
    assert_eq!(titles[0], "\"Laskar Pelangi\"");
    let table = server.run(["export", "-", "--format", "csv"]).ok();
    assert!(table.starts_with("id,title,author,publisher,year,pages,edition,description,status,"), "{table}");
    assert!(table.contains("'=1+1"), "{table}");
    let _: Value = server.run(["export"]).json();
    server.run(["export", "--format", "xlsx"]).fails_with(2);
}

#[test]
fn refused_rows_are_written_beside_the_file() {
    let server = Server::start();
    let home = server.data().parent().unwrap();
    write(home, "a.csv", "title,year,shelf\nSaman,1998,A\n,2001,=cmd()\nLarung,soon,B\n");
    let ended = server.run(["import", "a.csv"]);
    assert_eq!(
        (ended.code, ended.out.as_str()),
        (3, "created 1, updated 0, unchanged 0, refused 2\n"),
        "{}",
        ended.err
    );
    let rejected = std::fs::read_to_string(home.join("a.csv.rejected.csv")).unwrap();
    let lines: Vec<&str> = rejected.lines().collect();
    assert_eq!(lines[0], "line,reason,title,year,shelf");
    assert!(
        lines[1].starts_with("3,") && lines[1].contains("title") && lines[1].ends_with(",,2001,'=cmd()"),
        "{rejected}"
    );
    assert!(
        lines[2].starts_with("4,") && lines[2].contains("year") && lines[2].ends_with(",Larung,soon,B"),
        "{rejected}"
    );

    // Corrected, that file is an import like any other.
    write(home, "corrected.csv", rejected.replace("soon", "2001").replace(",,2001", ",Ziarah,2001"));
    assert_eq!(server.run(["import", "corrected.csv"]).ok(), "created 2, updated 0, unchanged 0, refused 0\n");
}

#[test]
fn a_file_that_cannot_be_read_to_its_end_changes_nothing() {
    let server = Server::start();
    let home = server.data().parent().unwrap();
    write(home, "good.csv", "title\nSaman\n");
    write(home, "bad.json", r#"[{"title": "Larung"}, {"title": "#);
    let refused = server.run(["import", "good.csv", "bad.json"]).fails_with(1);
    assert!(refused.contains("bad.json"), "{refused}");
    assert_eq!(server.run(["list", "--json"]).ok(), "[]\n");
    assert!(!home.join("bad.json.rejected.csv").exists());
}

#[test]
fn unknown_columns_are_named_once() {
    let server = Server::start();
    write(server.data().parent().unwrap(), "a.csv", "title,mood\nSaman,dark\nLarung,dark\n");
    let said = server.run(["import", "a.csv"]).err;
    assert_eq!(said.matches("mood").count(), 1, "{said}");
}

#[test]
fn a_dry_run_counts_and_writes_nothing() {
    let (_folder, path) = folder();
    write(&path, "a.csv", "title,year\nSaman,1998\nLarung,soon\n");
    let ended = run(&path, ["import", "a.csv", "--dry-run", "--data", "data"]);
    assert_eq!(ended.code, 3, "{}", ended.err);
    assert_eq!(ended.out, "nothing was written, it would be: created 1, updated 0, unchanged 0, refused 1\n");
    assert!(!path.join("a.csv.rejected.csv").exists());
    assert!(!path.join("data").exists(), "not even a directory");

    run(&path, ["import", "a.csv", "--data", "data"]).fails_with(3);
    let again = run(&path, ["import", "a.csv", "--dry-run", "--data", "data"]);
    assert_eq!(again.out, "nothing was written, it would be: created 0, updated 0, unchanged 1, refused 1\n");
}

#[test]
fn without_a_server_the_directory_is_used() {
    let (_folder, path) = folder();
    write(&path, "a.csv", "title\nSaman\nLarung\n");
    assert_eq!(
        run(&path, ["import", "a.csv", "--data", "data"]).ok(),
        "created 2, updated 0, unchanged 0, refused 0\n"
    );
    let export = run(&path, ["export", "--data", "data", "--format", "jsonl"]).ok();
    assert_eq!(export.lines().count(), 2);
    run(&path, ["export", "--data", "nothing"]).fails_with(1);
    assert!(!path.join("nothing").exists());
}

#[test]
fn with_a_server_on_the_directory_it_is_used_wherever_it_listens() {
    let server = Server::start();
    let home = server.data().parent().unwrap();
    write(home, "a.csv", "title\nSaman\n");
    run(home, ["import", "a.csv", "--data", "data"]).ok();
    assert_eq!(server.run(["get", "1", "--json"]).json()["title"], "Saman");
}

#[test]
fn a_server_that_does_not_answer_is_an_error_and_not_a_new_store() {
    let (_folder, path) = folder();
    write(&path, "a.csv", "title\nSaman\n");
    let mut command = bookstore(&path);
    command.args(["import", "a.csv", "--server", "http://127.0.0.1:1"]);
    let refused = crate::server::Ended::of(&mut command).fails_with(1);
    assert!(refused.contains("http://127.0.0.1:1"), "{refused}");
    assert!(!path.join("bookstore-data").exists());
}

#[test]
fn more_rows_than_one_batch_are_imported_in_order() {
    let server = Server::start();
    let rows: String = (1..=2_345).map(|number| format!("Book {number},{}\n", "d".repeat(number % 700))).collect();
    write(server.data().parent().unwrap(), "many.csv", format!("title,description\n{rows}"));
    assert_eq!(server.run(["import", "many.csv"]).ok(), "created 2345, updated 0, unchanged 0, refused 0\n");
    for id in [1, 1_000, 2_345] {
        assert_eq!(server.run(["get", &id.to_string(), "--json"]).json()["title"], format!("Book {id}"));
    }
    assert_eq!(
        server.run(["import", "many.csv", "--json"]).json(),
        json!({"created": 0, "updated": 0, "unchanged": 2345, "refused": 0})
    );
}

#[test]
fn books_too_large_to_go_together_go_apart() {
    let server = Server::start();
    let large = "ü".repeat(19_000);
    let lines: String = (1..=40)
        .map(|number| json!({"title": format!("Book {number}"), "description": large}).to_string() + "\n")
        .collect();
    write(server.data().parent().unwrap(), "large.jsonl", lines);
    assert_eq!(server.run(["import", "large.jsonl"]).ok(), "created 40, updated 0, unchanged 0, refused 0\n");
    let edits: String =
        (1..=40).map(|id| json!({"id": id, "title": format!("Book {id}"), "shelf": "A"}).to_string() + "\n").collect();
    write(server.data().parent().unwrap(), "edits.jsonl", edits);
    assert_eq!(server.run(["import", "edits.jsonl"]).ok(), "created 0, updated 40, unchanged 0, refused 0\n");
}
