//! Backups of what is served and of what is not, and stores made from them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::client::Client;
use crate::crashes::all_books;
use crate::server::{Ended, Server, bookstore, run};

/// How many revisions later a restored store goes on.
const GAP: u64 = 1_000_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_while_four_write_is_the_catalogue_at_its_revision() {
    let server = Server::start();
    let (end, ended) = tokio::sync::watch::channel(false);
    let writers: Vec<_> = (0..4).map(|writer| tokio::spawn(write(server.websocket(), writer, ended.clone()))).collect();
    let folder = tempfile::tempdir().unwrap();
    for round in 0..3 {
        catalogue_at(&server, 40 * (round + 1)).await;
        let file = folder.path().join(format!("{round}.jsonl"));
        tokio::task::block_in_place(|| server.run([Path::new("backup"), &file]).ok());
        let restored = tokio::task::block_in_place(|| restored(&file, &folder.path().join(format!("data{round}"))));
        let mut other = Client::connect(&restored.websocket()).await.unwrap();
        let expected = catalogue_at(&server, revision_in(&file)).await;
        assert_eq!(all_books(&mut other, json!({})).await, expected, "round {round}");
    }
    end.send(true).unwrap();
    for writer in writers {
        writer.await.unwrap();
    }
}

/// Writes until it is told to end: books made, changed and deleted.
async fn write(url: String, writer: usize, ended: tokio::sync::watch::Receiver<bool>) {
    let mut client = Client::connect(&url).await.unwrap();
    for number in 0.. {
        let made = client.call("books.create", json!({"book": {"title": format!("{writer}-{number}")}})).await;
        let id = &made["book"]["id"];
        match number % 3 {
            0 => client.call("books.update", json!({"id": id, "set": {"shelf": "A"}})).await,
            1 => client.call("books.delete", json!({"id": id})).await,
            _ => made,
        };
        if *ended.borrow() {
            return;
        }
    }
}

/// The catalogue at a revision, as the feed tells it from its beginning; waits for that revision.
async fn catalogue_at(server: &Server, revision: u64) -> BTreeMap<u64, Value> {
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    client.call("books.subscribe", json!({"since": 0})).await;
    let mut books = BTreeMap::new();
    loop {
        let event = client.event().await.unwrap();
        for change in event["changes"].as_array().into_iter().flatten() {
            let id = change["id"].as_u64().unwrap();
            match change["kind"].as_str().unwrap() {
                "deleted" => drop(books.remove(&id)),
                _ => drop(books.insert(id, change["book"].clone())),
            }
        }
        if event["revision"] == revision {
            return books;
        }
    }
}

fn revision_in(file: &Path) -> u64 {
    let head = fs::read_to_string(file).unwrap();
    let head: Value = serde_json::from_str(head.lines().next().unwrap()).unwrap();
    head["revision"].as_u64().unwrap()
}

/// A server on a new directory with the store of a backup.
fn restored(file: &Path, data: &Path) -> Server {
    run(data.parent().unwrap(), [Path::new("restore"), file, Path::new("--data"), data]).ok();
    run(data.parent().unwrap(), [Path::new("verify"), Path::new("--data"), data]).ok();
    Server::start_on(data, &[])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_restored_exports_the_same_and_nothing_of_the_lost_time_matches() {
    let server = Server::start();
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    for number in 0..20 {
        client
            .call(
                "books.create",
                json!({"book": {"title": format!("Book {number}")}, "request_id": format!("r{number}")}),
            )
            .await;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.jsonl.gz");
    let exported = server.run(["export"]).ok();
    server.run([Path::new("backup"), &file]).ok();
    let lost = client.call("books.update", json!({"id": 1, "set": {"title": "Lost"}})).await["revision"].clone();
    let store = client.call("server.info", json!({})).await["store"].clone();

    let other = restored(&file, &folder.path().join("data"));
    assert_eq!(other.run(["export"]).ok(), exported);
    let mut client = Client::connect(&other.websocket()).await.unwrap();
    let info = client.call("server.info", json!({})).await;
    assert_ne!(info["store"], store);
    assert_eq!(info["revision"], 20 + GAP - 1);
    for position in
        [json!({"since": lost}), json!({"since": lost, "store": store}), json!({"since": 20, "store": store})]
    {
        assert_eq!(client.refused("books.subscribe", position.clone()).await["code"], -32010, "{position}");
    }
    let refused = client.refused("books.update", json!({"id": 1, "set": {"year": 1998}, "if_revision": lost})).await;
    assert_eq!(refused["code"], -32002, "{refused}");
    let again = client.call("books.create", json!({"book": {"title": "Book 7"}, "request_id": "r7"})).await;
    assert_eq!(
        (again["revision"].clone(), again["book"]["id"].clone()),
        (json!(8), json!(8)),
        "a retry is answered as before"
    );
    let next = client.call("books.create", json!({"book": {"title": "Next"}})).await;
    assert_eq!((next["revision"].clone(), next["book"]["id"].clone()), (json!(20 + GAP), json!(21)));
    client.call("books.subscribe", json!({"since": 19})).await;
    let told = [client.event().await.unwrap(), client.event().await.unwrap()].map(|event| event["revision"].clone());
    assert_eq!(told, [json!(20), json!(20 + GAP)], "history goes on over the gap");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_takes_a_backup_in_and_its_clients_come_back_to_the_new_store() {
    let mut server = Server::start();
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    for title in ["Saman", "Larung"] {
        client.call("books.create", json!({"book": {"title": title}})).await;
    }
    let file = server.data().with_extension("jsonl");
    server.run([Path::new("backup"), &file]).ok();
    client.call("books.delete", json!({"id": 1})).await;
    let store = client.call("server.info", json!({})).await["store"].clone();

    let told = tokio::task::block_in_place(|| server.run([Path::new("restore"), &file]).ok());
    assert!(told.contains("what was there before is in replaced-1"), "{told}");
    assert_eq!(client.close_code().await, Some(1001));
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    assert_eq!(all_books(&mut client, json!({})).await.len(), 2);
    let position = json!({"since": 3, "store": store});
    assert_eq!(client.refused("books.subscribe", position).await["code"], -32010);
    client.call("books.subscribe", json!({"since": 3, "store": store, "snapshot": true})).await;
    let told = [client.event().await.unwrap(), client.event().await.unwrap()].map(|event| event["type"].clone());
    assert_eq!(told, ["reset", "books"]);
    let next = client.call("books.create", json!({"book": {"title": "Pulang"}})).await;
    assert_eq!(next["revision"], 2 + GAP);

    run(server.data(), ["verify", "--data", "."]).ok();
    run(server.data(), ["verify", "--data", "replaced-1"]).ok();
    assert!(!server.data().join("restore.upload").exists());
    assert!(server.stop().success());
    let said = run(server.data(), ["verify", "--data", "."]).ok();
    assert!(said.contains("books.json: revision 1000000002; books: 3"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_during_a_restore_has_the_old_store_or_the_new_one() {
    let mut server = Server::start();
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    client.call("books.create", json!({"book": {"title": "Saman"}})).await;
    let file = server.data().with_extension("jsonl");
    server.run([Path::new("backup"), &file]).ok();
    client.call("books.create", json!({"book": {"title": "Larung"}})).await;
    for round in 0..5 {
        let mut command = bookstore(server.data().parent().unwrap());
        command.args(["restore", "--server", server.url()]).arg(&file);
        // On a terminal it would ask.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut restoring = command.spawn().unwrap();
        // The connection ends when the restore has begun to take place.
        client.close_code().await;
        server = tokio::task::block_in_place(|| {
            server.kill_and_restart();
            server
        });
        restoring.kill().unwrap();
        restoring.wait().unwrap();
        client = Client::connect(&server.websocket()).await.unwrap();
        let books = all_books(&mut client, json!({})).await.len();
        let revision = client.call("server.info", json!({})).await["revision"].clone();
        let is_one_or_other = (books, &revision) == (2, &json!(2)) || (books, &revision) == (1, &json!(GAP));
        assert!(is_one_or_other, "round {round}: {books} books at revision {revision}");
        run(server.data(), ["verify", "--data", "."]).ok();
    }
}

#[test]
fn a_directory_that_nobody_serves_is_backed_up_and_restored_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let at = |arguments: &[&str]| run(folder.path(), arguments);
    fs::write(folder.path().join("books.csv"), "title,year\nSaman,1998\nLarung,2001\n").unwrap();
    at(&["import", "books.csv", "--data", "shop"]).ok();
    at(&["backup", "shop.jsonl", "--data", "shop"]).ok();

    let refused = at(&["backup", "shop.jsonl", "--data", "shop"]).fails_with(1);
    assert!(refused.contains("shop.jsonl is there already") && refused.contains("--force"), "{refused}");
    at(&["backup", "shop.jsonl", "--data", "shop", "--force"]).ok();
    let refused = at(&["backup", "none.jsonl", "--data", "nowhere"]).fails_with(1);
    assert!(refused.contains("nowhere") && !folder.path().join("nowhere").exists(), "{refused}");
    assert!(!folder.path().join("none.jsonl").exists() && !folder.path().join("none.jsonl.tmp").exists());

    let refused = at(&["restore", "shop.jsonl", "--data", "shop"]).fails_with(1);
    assert!(refused.contains("shop is not empty") && refused.contains("--replace"), "{refused}");
    let said = at(&["restore", "shop.jsonl", "--data", "shop", "--replace"]).ok();
    assert!(said.contains("what was there before is in shop/replaced-1"), "{said}");
    at(&["restore", "shop.jsonl", "--data", "new/shop"]).ok();
    let exports = ["shop", "shop/replaced-1", "new/shop"].map(|data| at(&["export", "--data", data]).ok());
    assert!(exports[0].contains("Larung") && exports.iter().all(|export| *export == exports[0]));
}

#[test]
fn what_a_killed_server_leaves_beside_its_store_is_in_no_backups_way() {
    let mut server = Server::start();
    server.run(["add", "--title", "Saman"]).ok();
    let file = server.data().with_extension("jsonl");
    server.run([Path::new("backup"), &file]).ok();
    server.kill();
    fs::remove_dir_all(server.data().join("journal")).unwrap();
    fs::remove_file(server.data().join("books.json")).unwrap();
    fs::write(server.data().join("address.pem"), "").unwrap();
    fs::write(server.data().join("restore.upload"), "half of a backup").unwrap();
    run(server.data(), [Path::new("restore"), &file, Path::new("--data"), Path::new(".")]).ok();
    let _next = Server::start_on(server.data(), &[]);
    assert!(!server.data().join("restore.upload").exists(), "it may be as large as a store");
}

#[test]
fn what_is_no_backup_is_not_restored_and_what_is_one_not_imported() {
    let folder = tempfile::tempdir().unwrap();
    let at = |arguments: &[&str]| run(folder.path(), arguments);
    fs::write(folder.path().join("books.csv"), "title\nSaman\n").unwrap();
    at(&["import", "books.csv", "--data", "shop"]).ok();
    for file in ["books.csv", "shop/books.json", "missing.jsonl", "shop"] {
        let refused = at(&["restore", file, "--data", "new"]).fails_with(1);
        assert!(refused.contains(file) && !folder.path().join("new").exists(), "{refused}");
    }
    for file in ["shop.jsonl", "shop.jsonl.gz"] {
        at(&["backup", file, "--data", "shop"]).ok();
        let refused = at(&["import", file, "--data", "new"]).fails_with(1);
        assert!(refused.contains(&format!("bookstore restore {file}")), "{refused}");
    }
}

#[test]
fn tokens_are_in_no_backup_and_stay_in_the_directory() {
    let folder = tempfile::tempdir().unwrap();
    let at = |arguments: &[&str]| run(folder.path(), arguments);
    fs::write(folder.path().join("books.csv"), "title\nSaman\n").unwrap();
    at(&["import", "books.csv", "--data", "shop"]).ok();
    fs::write(folder.path().join("shop/tokens.json"), "{\"secret\":1}").unwrap();
    at(&["backup", "shop.jsonl", "--data", "shop"]).ok();
    assert!(!fs::read_to_string(folder.path().join("shop.jsonl")).unwrap().contains("secret"));
    at(&["restore", "shop.jsonl", "--data", "shop", "--replace"]).ok();
    assert_eq!(fs::read_to_string(folder.path().join("shop/tokens.json")).unwrap(), "{\"secret\":1}");
}

#[test]
fn a_damaged_backup_is_told_with_its_line_and_changes_nothing_anywhere() {
    let server = Server::start();
    server.run(["add", "--title", "Saman"]).ok();
    let file = server.data().with_extension("jsonl");
    server.run([Path::new("backup"), &file]).ok();
    let sound = fs::read_to_string(&file).unwrap();
    fs::write(&file, sound.replace("Saman", "Semen")).unwrap();
    for command in ["verify", "restore"] {
        let refused = server.run([Path::new(command), &file]).fails_with(1);
        assert!(refused.contains("data.jsonl, line 2: its checksum does not hold"), "{refused}");
    }
    // What the command line does not send itself, the server looks at as well.
    let sent = post_restore(&server, &fs::read(&file).unwrap());
    assert!(sent.starts_with("HTTP/1.1 422") && sent.contains("line 2: its checksum does not hold"), "{sent}");
    let cut = post_restore(&server, sound.lines().next().unwrap().as_bytes());
    assert!(cut.starts_with("HTTP/1.1 422") && cut.contains("cut off"), "{cut}");
    assert_eq!(server.run(["get", "1", "--json"]).json()["title"], "Saman");
    let names: Vec<_> = fs::read_dir(server.data()).unwrap().map(|name| name.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name == "restore.upload" || name == "replaced-1"), "{names:?}");
}

fn post_restore(server: &Server, body: &[u8]) -> String {
    let mut stream = begin_restore(server, body.len(), body);
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Sends the head of a restore of so many bytes, and some of them.
fn begin_restore(server: &Server, length: usize, some: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let head = "POST /restore HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ";
    // At once: a server that answered before the rest came would close, and the rest would reset the connection.
    stream.write_all(&[format!("{head}{length}\r\n\r\n").as_bytes(), some].concat()).unwrap();
    stream
}

#[test]
fn one_restore_is_under_way_at_a_time_and_one_that_is_cut_leaves_nothing() {
    let server = Server::start();
    server.run(["add", "--title", "Saman"]).ok();
    let text = server.run(["backup", "-"]).ok();
    let first = loop {
        let first = begin_restore(&server, text.len(), &text.as_bytes()[..20]);
        // No backup, so that it does nothing should it be the first, and this one the second that is refused.
        if post_restore(&server, b"{}").contains("another restore is under way") {
            break first;
        }
    };
    drop(first);
    while post_restore(&server, b"{}").contains("another restore is under way") {}
    assert!(!server.data().join("restore.upload").exists());
    assert!(post_restore(&server, text.as_bytes()).starts_with("HTTP/1.1 202"));
}

#[test]
fn a_restore_that_the_disk_refuses_is_told_without_paths_of_the_machine() {
    let server = Server::start();
    fs::create_dir(server.data().join("restore.upload")).unwrap();
    let refused = post_restore(&server, b"{}");
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("log"), "{refused}");
    assert!(!refused.contains("restore.upload"), "{refused}");
}

#[test]
fn who_connects_while_the_last_ones_of_the_old_store_go_is_told_to_come_again() {
    let server = Server::start();
    server.run(["add", "--title", "Saman"]).ok();
    let text = server.run(["backup", "-"]).ok();
    // A request that does not come to its end holds the old store as long as it may.
    let mut slow = TcpStream::connect(server.address()).unwrap();
    slow.write_all(
        b"POST /books HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
    )
    .unwrap();
    while !server.run(["info", "--json"]).ok().contains("\"revision\":1") {}
    assert!(post_restore(&server, text.as_bytes()).starts_with("HTTP/1.1 202"));
    assert!((0..10_000).any(|_| ask(&server, "GET", "/ready") == 503), "it never said that it is not ready");
    assert_eq!((ask(&server, "GET", "/health"), ask(&server, "GET", "/books")), (200, 503));
    while ask(&server, "GET", "/ready") != 200 {}
    assert_eq!(server.run(["info", "--json"]).json()["revision"], GAP);
}

/// The status of an answer.
fn ask(server: &Server, method: &str, path: &str) -> u16 {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream
        .write_all(format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())
        .unwrap();
    let mut answer = String::new();
    // A connection that is accepted at the very end is closed without an answer.
    match stream.read_to_string(&mut answer) {
        Ok(_) => answer.get("HTTP/1.1 ".len()..12).and_then(|status| status.parse().ok()).unwrap_or(0),
        Err(_) => 0,
    }
}

#[test]
fn the_servers_own_no_is_told_as_it_is() {
    let server = Server::start();
    server.run(["add", "--title", "Saman"]).ok();
    let damaged = server.run(["backup", "-"]).ok().replace("Saman", "Semen");
    let mut restoring = bookstore(server.data().parent().unwrap());
    restoring.args(["restore", "-", "--server", server.url()]);
    let mut restoring = restoring.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    restoring.stdin.take().unwrap().write_all(damaged.as_bytes()).unwrap();
    let ended = restoring.wait_with_output().unwrap();
    let told = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(told.contains("refused it (422)") && told.contains("line 2: its checksum does not hold"), "{told}");
}

/// Lines to be copied must not be broken.
#[test]
fn the_help_has_a_nightly_backup_to_copy() {
    let help = run(Path::new("."), ["backup", "--help"]).ok();
    for line in [
        r"  30 2 * * * bookstore backup --force /backups/books-$(date +\%u).jsonl.gz",
        r"  ExecStart=sh -c 'bookstore backup --force /backups/$$(date +%%u).jsonl.gz'",
        "  OnCalendar=*-*-* 02:30",
    ] {
        assert!(line.len() < 80 && help.lines().any(|found| found == line), "{line} is not in\n{help}");
    }
}

#[test]
fn a_backup_goes_through_a_pipe() {
    let server = Server::start();
    server.run(["add", "--title", "Saman"]).ok();
    let text = server.run(["backup", "-"]).ok();
    let folder = tempfile::tempdir().unwrap();
    let mut restoring = bookstore(folder.path());
    restoring.args(["restore", "-", "--data", "shop"]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut restoring = restoring.spawn().unwrap();
    restoring.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(restoring.wait().unwrap().success());
    let exported: Ended = run(folder.path(), ["export", "--data", "shop"]);
    assert_eq!(exported.ok(), server.run(["export"]).ok());
}
