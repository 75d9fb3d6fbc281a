//! What a row matches, through the whole program: the rules one by one stand beside the code.

use serde_json::{Value, json};

use crate::server::Server;

fn import(server: &Server, name: &str, text: &str) -> (i32, String, String) {
    std::fs::write(server.data().parent().unwrap().join(name), text).unwrap();
    let ended = server.run(["import", name]);
    (ended.code, ended.out.trim().to_owned(), ended.err)
}

fn titles(server: &Server) -> Vec<(u64, String)> {
    let books = server.run(["list", "--all", "--json"]).json();
    let pair = |book: &Value| (book["id"].as_u64().unwrap(), book["title"].as_str().unwrap().to_owned());
    books.as_array().unwrap().iter().map(pair).collect()
}

#[test]
fn foreign_numbers_are_not_ids() {
    let server = Server::start();
    let (code, counts, said) = import(&server, "a.csv", "book_id,title\n77,Saman\n77,Larung\n");
    assert_eq!((code, counts.as_str()), (0, "created 2, updated 0, unchanged 0, refused 0"), "{said}");
    assert_eq!(titles(&server), [(1, "Saman".into()), (2, "Larung".into())]);
}

#[test]
fn a_deleted_id_refuses_the_row_and_the_rest_goes_on() {
    let server = Server::start();
    server.run(["add", "--title", "Gone"]).ok();
    server.run(["delete", "1"]).ok();
    let file = "id,title\n1,Gone\n5,Saman\n,Larung\n";
    let dry = {
        std::fs::write(server.data().parent().unwrap().join("a.csv"), file).unwrap();
        server.run(["import", "a.csv", "--dry-run"])
    };
    assert_eq!(
        dry.out, "nothing was written, it would be: created 2, updated 0, unchanged 0, refused 1\n",
        "{}",
        dry.err
    );
    assert!(titles(&server).is_empty());
    let (code, counts, said) = import(&server, "a.csv", file);
    assert_eq!((code, counts.as_str()), (3, "created 2, updated 0, unchanged 0, refused 1"), "{said}");
    assert_eq!(titles(&server), [(5, "Saman".into()), (6, "Larung".into())]);
}

#[test]
fn rows_that_name_their_book_come_first() {
    let server = Server::start();
    let file = "id,title,shelf\n,Saman,A\n1,Saman,B\n";
    let (code, counts, said) = import(&server, "a.csv", file);
    assert_eq!((code, counts.as_str()), (0, "created 2, updated 0, unchanged 0, refused 0"), "{said}");
    assert_eq!(server.run(["get", "1", "--json"]).json()["shelf"], "B");
    let (_, counts, _) = import(&server, "a.csv", file);
    assert_eq!(counts, "created 0, updated 0, unchanged 2, refused 0");
}

#[test]
fn equal_rows_are_as_many_books_and_a_second_import_changes_nothing() {
    let server = Server::start();
    let file =
        "title,isbn,year\nSaman,9789793062792,1998\nSaman,9789793062792,1998\nSaman,,1998\nLarung,9789793062792,\n";
    let (code, counts, said) = import(&server, "a.csv", file);
    // The third row is the first book by year, title, author and publisher; that one was met: one more book.
    assert_eq!((code, counts.as_str()), (0, "created 4, updated 0, unchanged 0, refused 0"), "{said}");
    assert!(said.contains("line 3: the same ISBN and title"), "{said}");
    assert!(said.contains("line 5: the same ISBN as the book of line 2, under another title"), "{said}");
    let revision = server.run(["info", "--json"]).json()["revision"].clone();
    let (_, counts, _) = import(&server, "a.csv", file);
    assert_eq!(counts, "created 0, updated 0, unchanged 4, refused 0");
    assert_eq!(server.run(["info", "--json"]).json()["revision"], revision);
}

#[test]
fn empty_cells_leave_a_known_book_and_json_null_clears() {
    let server = Server::start();
    server.run(["add", "--title", "Saman", "--year", "1998", "--shelf", "A-3", "--publisher", "KPG"]).ok();
    let (_, counts, _) = import(&server, "a.csv", "id,title,shelf,year\n1,Saman,,1999\n");
    assert_eq!(counts, "created 0, updated 1, unchanged 0, refused 0");
    let book = server.run(["get", "1", "--json"]).json();
    assert_eq!((&book["shelf"], &book["year"], &book["publisher"]), (&json!("A-3"), &json!(1999), &json!("KPG")));
    import(&server, "a.json", r#"[{"id": 1, "title": "Saman", "shelf": null}]"#);
    assert_eq!(server.run(["get", "1", "--json"]).json().get("shelf"), None);
}
