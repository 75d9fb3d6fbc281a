//! The files, to the byte: what is written today must be read for ever.

use std::fs;
use std::path::Path;

use catalogue::Revision;
use expect_test::{Expect, expect};
use journal::FileJournal;
use serde_json::json;

use crate::fixture::{Author, create, delete, options, set};

fn check(file: &Path, expected: Expect) {
    expected.assert_eq(&fs::read_to_string(file).expect("the file is there"));
}

#[test]
fn lines_and_snapshots_look_like_this() {
    let folder = tempfile::tempdir().unwrap();
    let opened = FileJournal::open(folder.path(), options()).unwrap();
    let mut author = Author::default();
    let first = [author.entry(vec![create("Laskar Pelangi")]), author.request("till-1/8", vec![create("Saman")])];
    opened.journal.append(Revision(0), &first).unwrap();
    opened.journal.rest();
    let second =
        author.request("till-1/9", vec![set(1, json!({"year": 2005})), set(1, json!({"stock": 3})), delete(2)]);
    opened.journal.append(Revision(2), &[second]).unwrap();
    opened.journal.rest();
    opened.journal.save(&author.state).unwrap();

    check(
        &folder.path().join("journal/00000000000000000001.jsonl"),
        expect![[r#"
        {"revision":1,"at":"1970-01-01T00:00:01Z","by":"local","durable":0,"changes":[{"kind":"created","id":1,"book":{"id":1,"title":"Laskar Pelangi","author":"","publisher":"","year":null,"pages":null,"edition":"","description":"","status":"Available","revision":1,"updated_at":"1970-01-01T00:00:01Z"}}],"crc":"4473b181"}
        {"revision":2,"at":"1970-01-01T00:00:02Z","by":"local","durable":0,"request":{"id":"till-1/8","hash":"hash of till-1/8"},"changes":[{"kind":"created","id":2,"book":{"id":2,"title":"Saman","author":"","publisher":"","year":null,"pages":null,"edition":"","description":"","status":"Available","revision":2,"updated_at":"1970-01-01T00:00:02Z"}}],"crc":"47e2cdb4"}
        {"durable":2,"crc":"65e7a561"}
        {"revision":3,"at":"1970-01-01T00:00:03Z","by":"local","durable":2,"request":{"id":"till-1/9","hash":"hash of till-1/9","answer":{"revision":3,"results":[{"book":{"id":1,"title":"Laskar Pelangi","author":"","publisher":"","year":2005,"pages":null,"edition":"","description":"","status":"Available","revision":3,"updated_at":"1970-01-01T00:00:03Z"}},{"book":{"id":1,"title":"Laskar Pelangi","author":"","publisher":"","year":2005,"pages":null,"edition":"","description":"","status":"Available","stock":3,"revision":3,"updated_at":"1970-01-01T00:00:03Z"}},{"id":2}]}},"changes":[{"kind":"updated","id":1,"book":{"id":1,"title":"Laskar Pelangi","author":"","publisher":"","year":2005,"pages":null,"edition":"","description":"","status":"Available","stock":3,"revision":3,"updated_at":"1970-01-01T00:00:03Z"},"changed":["year","stock"],"was":{"stock":null,"year":null}},{"kind":"deleted","id":2,"was":{"author":"","description":"","edition":"","pages":null,"publisher":"","status":"Available","title":"Saman","year":null}}],"crc":"2ceb7a0c"}
        {"durable":3,"crc":"978c2662"}
    "#]],
    );
    check(
        &folder.path().join("journal/base.json"),
        expect![[r#"
        {"store":"store","revision":0,"next_id":1,"books":[],
        "deleted":[],"crc":"70c2b229"}
    "#]],
    );
    check(
        &folder.path().join("books.json"),
        expect![[r#"
        {"store":"store","revision":3,"next_id":3,"books":[
        {"id":1,"title":"Laskar Pelangi","author":"","publisher":"","year":2005,"pages":null,"edition":"","description":"","status":"Available","stock":3,"revision":3,"updated_at":"1970-01-01T00:00:03Z"}],
        "deleted":[2],"crc":"d33371a8"}
    "#]],
    );
}
