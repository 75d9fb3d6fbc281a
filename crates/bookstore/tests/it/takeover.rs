//! Data directories: of the original, edited by hand, damaged, whole.

use std::path::Path;

use serde_json::json;

use crate::server::{Server, run};

const ORIGINAL: &str = r#"[
  {"id": 1, "title": "Laskar Pelangi", "author": "Andrea Hirata", "publisher": "Bentang", "year": 2005, "pages": 529,
   "edition": "1st", "description": "", "status": "tersedia"},
  {"id": 1, "title": "Saman", "year": "1998", "rak": "A-3"}
]"#;

#[test]
fn a_directory_of_the_original_is_taken_over() {
    for text in [ORIGINAL.to_owned(), format!("{{\"books\": {ORIGINAL}}}")] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join("books.json"), &text).unwrap();
        let mut server = Server::start_on(&data, &[]);
        assert_eq!(server.run(["info", "--json"]).json()["revision"], 1);
        let books = server.run(["list", "--json", "--all"]).json();
        assert_eq!(books.as_array().unwrap().len(), 2, "{books}");
        assert_eq!(books[0]["status"], "tersedia");
        assert_eq!(books[1]["title"], "Saman");
        assert_eq!(books[1]["extra"]["rak"], "A-3");
        assert_eq!(std::fs::read_to_string(data.join("books.json.original")).unwrap(), text);
        assert!(server.log().contains("Saman") || server.log().contains("id"), "{}", server.log());
        server.kill_and_restart();
        assert_eq!(server.run(["list", "--json", "--all"]).json(), books);
    }
}

/// A directory whose server has stopped, with two books.
fn stopped(folder: &Path) -> std::path::PathBuf {
    let data = folder.join("data");
    let mut server = Server::start_on(&data, &[]);
    server.run(["add", "--title", "Saman"]).ok();
    server.run(["add", "--title", "Larung"]).ok();
    assert_eq!(server.stop().code(), Some(0));
    data
}

fn edit_by_hand(data: &Path, from: &str, to: &str) {
    let path = data.join("books.json");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn a_whole_directory_verifies_beside_its_server_and_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = stopped(folder.path());
    let said = run(folder.path(), ["verify", "--data", "data"]).ok();
    assert!(said.contains('2'), "{said}");
    let server = Server::start_on(&data, &[]);
    server.run(["verify", "--data", "data"]).ok();
    server.run(["verify", "data"]).ok();
    run(folder.path(), ["verify", "--data", "nothing"]).fails_with(1);
}

#[test]
fn an_edited_snapshot_stops_the_start_until_it_is_adopted() {
    let folder = tempfile::tempdir().unwrap();
    let data = stopped(folder.path());
    edit_by_hand(&data, "Saman", "Saman, revised");
    run(folder.path(), ["verify", "--data", "data"]).fails_with(1);
    let refused = run(folder.path(), ["serve", "--data", "data", "--listen", "127.0.0.1:0"]).fails_with(1);
    assert!(refused.contains("adopt") && refused.contains("Saman, revised"), "{refused}");
    run(folder.path(), ["adopt", "--data", "data"]).ok();
    run(folder.path(), ["verify", "--data", "data"]).ok();

    let server = Server::start_on(&data, &[]);
    assert_eq!(server.run(["get", "1", "--json"]).json()["title"], "Saman, revised");
    assert_eq!(server.run(["info", "--json"]).json()["revision"], 3);
}

#[test]
fn an_edited_snapshot_can_be_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let data = stopped(folder.path());
    edit_by_hand(&data, "Saman", "Rubbish");
    run(folder.path(), ["adopt", "--discard", "--data", "data"]).ok();
    assert!(std::fs::read_to_string(data.join("books.json.discarded")).unwrap().contains("Rubbish"));
    let server = Server::start_on(&data, &[]);
    assert_eq!(server.run(["get", "1", "--json"]).json()["title"], "Saman");
}

#[test]
fn damage_in_the_journal_stops_the_start_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = stopped(folder.path());
    let segment = std::fs::read_dir(data.join("journal")).unwrap().map(|entry| entry.unwrap().path());
    let segment = segment.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl")).min().unwrap();
    let text = std::fs::read_to_string(&segment).unwrap();
    std::fs::write(&segment, text.replacen("Saman", "Somon", 1)).unwrap();
    let name = segment.file_name().unwrap().to_str().unwrap();
    for command in [&["serve", "--data", "data", "--listen", "127.0.0.1:0"][..], &["verify", "--data", "data"]] {
        let refused = run(folder.path(), command).fails_with(1);
        assert!(refused.contains(name), "{refused}");
    }
    let import = {
        std::fs::write(folder.path().join("a.json"), json!([{"title": "x"}]).to_string()).unwrap();
        run(folder.path(), ["import", "a.json", "--data", "data"]).fails_with(1)
    };
    assert!(import.contains(name), "{import}");
}

#[test]
fn what_the_disk_says_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = stopped(folder.path());
    std::fs::remove_file(data.join("books.json")).unwrap();
    std::fs::create_dir(data.join("books.json")).unwrap();
    for command in [&["serve", "--data", "data", "--listen", "127.0.0.1:0"][..], &["adopt", "--data", "data"]] {
        let refused = run(folder.path(), command).fails_with(1);
        assert_eq!(refused.matches("os error").count(), 1, "{refused}");
    }
    let refused = run(folder.path(), ["adopt", "--data", "nowhere"]).fails_with(1);
    assert!(refused.contains("no store in nowhere"), "{refused}");
}
