//! list, get, add, edit, delete.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::server::{Server, bookstore, run};

#[test]
fn a_book_is_added_shown_changed_and_deleted() {
    let server = Server::start();
    let book = server
        .run([
            "add",
            "--title",
            "Laskar Pelangi",
            "--author",
            "Andrea Hirata",
            "--year",
            "2005",
            "--isbn",
            "979-3062-79-7",
            "--subjects",
            "Fiction; School",
            "--price",
            "79000",
            "--currency",
            "idr",
            "extra.supplier=Gramedia",
            "--json",
        ])
        .json();
    assert_eq!(book["isbn"], "9789793062792");
    assert_eq!(book["subjects"], json!(["Fiction", "School"]));
    assert_eq!(book["price"], json!({"amount": "79000.00", "currency": "IDR"}));
    assert_eq!(server.run(["get", "1", "--json"]).json(), book);
    assert!(server.run(["get", "1"]).ok().contains("title\tLaskar Pelangi\n"));

    let edited = server.run(["edit", "1", "year=2006", "subjects=", "price=80000", "--json"]).json();
    assert_eq!(edited["year"], 2006);
    assert_eq!(edited.get("subjects"), None);
    assert_eq!(edited["price"], json!({"amount": "80000.00", "currency": "IDR"}));

    assert_eq!(server.run(["delete", "1"]).ok(), "deleted book 1: Laskar Pelangi\n");
    assert!(server.run(["get", "1"]).fails_with(1).contains('1'));
}

#[test]
fn a_book_is_shown_in_the_order_of_its_fields() {
    let server = Server::start();
    let fields =
        ["add", "--title", "Saman", "--author", "Ayu Utami", "--year", "1998", "--shelf", "A-3", "--stock", "2"];
    let shown = server.run(fields).ok();
    let names: Vec<_> = shown.lines().map(|line| line.split('\t').next().unwrap()).collect();
    let expected = "field id title author year status shelf stock revision updated_at";
    assert_eq!(names.join(" "), expected);
}

#[test]
fn a_server_may_be_named_without_http() {
    let server = Server::start();
    let folder = server.data().parent().unwrap();
    run(folder, ["info", "--server", server.address()]).ok();
    run(folder, ["export", "-", "--server", server.address()]).ok();
    let refused = run(folder, ["info", "--server", "no host"]).fails_with(2);
    assert!(refused.contains("http://127.0.0.1:8080"), "{refused}");
}

#[test]
fn a_book_comes_as_json_on_stdin() {
    let server = Server::start();
    let mut command = bookstore(server.data().parent().unwrap());
    command.args(["add", "--json", "--server", server.url()]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(br#"{"title": "Saman", "year": 1998}"#).unwrap();
    let output = child.wait_with_output().unwrap();
    let book: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&book["title"], &book["year"]), (&json!("Saman"), &json!(1998)));
}

#[test]
fn every_broken_rule_is_told() {
    let server = Server::start();
    let refused = server.run(["add", "--title", "Saman", "--year", "soon", "--isbn", "123", "titel=x"]).fails_with(1);
    for field in ["year", "isbn", "titel"] {
        assert!(refused.contains(field), "{refused}");
    }
    assert!(server.run(["add"]).fails_with(1).contains("stdin"));
}

#[test]
fn an_edit_of_an_old_sight_shows_the_book_as_it_is() {
    let server = Server::start();
    server.run(["add", "--title", "Saman"]).ok();
    server.run(["edit", "1", "shelf=A-3"]).ok();
    let ended = server.run(["edit", "1", "shelf=B-1", "--if-revision", "1", "--json"]);
    assert_eq!(ended.code, 1);
    let current: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(current["shelf"], "A-3");
    assert!(ended.err.contains("faster"), "{}", ended.err);
}

#[test]
fn lists_are_filtered_sorted_and_paged() {
    let server = Server::start();
    for (title, year) in [("Saman", 1998), ("Larung", 2001), ("Cantik Itu Luka", 2002), ("Laut Bercerita", 2017)] {
        server.run(["add", "--title", title, "--year", &year.to_string()]).ok();
    }
    let titles = |arguments: &[&str]| -> String {
        let found = server.run(["list", "--json"].iter().chain(arguments)).json();
        let titles = found.as_array().unwrap().iter().map(|book| book["title"].as_str().unwrap().to_owned());
        titles.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(titles(&[]), "Saman, Larung, Cantik Itu Luka, Laut Bercerita");
    assert_eq!(titles(&["--sort", "-year", "--limit", "2"]), "Laut Bercerita, Cantik Itu Luka");
    assert_eq!(titles(&["--year", "2000..2010", "--sort", "title"]), "Cantik Itu Luka, Larung");
    assert_eq!(titles(&["--title", "SAMAN", "--title", "larung"]), "Saman, Larung");
    assert_eq!(titles(&["--filter", "year=1998"]), "Saman");
    assert_eq!(titles(&["--filter", "isbn=", "--all"]), "Saman, Larung, Cantik Itu Luka, Laut Bercerita");
    let table = server.run(["list", "--title", "Saman"]).ok();
    assert_eq!(table, "id\ttitle\tauthor\tpublisher\tyear\tisbn\tstatus\n1\tSaman\t\t\t1998\t\tAvailable\n");
    assert!(server.run(["list", "--filter", "colour=red"]).fails_with(1).contains("colour"));
}

#[test]
fn deleting_one_that_is_missing_deletes_none() {
    let server = Server::start();
    server.run(["add", "--title", "Saman"]).ok();
    assert!(server.run(["delete", "1", "7"]).fails_with(1).contains("book 7"));
    server.run(["get", "1"]).ok();
}
