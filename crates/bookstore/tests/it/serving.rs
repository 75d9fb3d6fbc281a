//! Starting, stopping, and who may start where.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::Client;
use crate::server::{Server, run};

#[test]
fn a_killed_server_leaves_its_port_and_its_books() {
    let mut server = Server::start();
    let before = server.run(["add", "--title", "Saman", "--json"]).json();
    for _ in 0..3 {
        let address = server.address().to_owned();
        server.kill_and_restart();
        assert_eq!(server.address(), address);
        assert_eq!(server.run(["get", "1", "--json"]).json(), before);
    }
}

#[test]
fn a_second_process_is_told_the_first_ones_pid() {
    let server = Server::start();
    let folder = server.data().parent().unwrap();
    let second = run(folder, ["serve", "--listen", "127.0.0.1:0", "--data", "data"]).fails_with(1);
    assert!(second.contains(&server.pid().to_string()), "{second}");
    assert_eq!(server.run(["list", "--json"]).ok(), "[]\n");
}

#[test]
fn a_taken_port_is_named_with_advice() {
    let server = Server::start();
    let folder = server.data().parent().unwrap();
    let second = run(folder, ["serve", "--listen", server.address(), "--data", "other"]).fails_with(1);
    assert!(second.contains(server.address()) && second.contains("--listen"), "{second}");
    assert!(!folder.join("other").exists(), "a server that did not start leaves nothing behind");

    let same = run(folder, ["serve", "--listen", server.address(), "--data", "data"]).fails_with(1);
    assert!(same.contains(&server.pid().to_string()), "who starts the same twice is told of the first one: {same}");
}

#[test]
fn an_address_that_others_reach_takes_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let refused = run(folder.path(), ["serve", "--listen", "0.0.0.0:0", "--data", "data"]).fails_with(2);
    assert!(refused.contains("bookstore token create") && refused.contains("--data data"), "{refused}");
    assert!(!folder.path().join("data").exists());

    let made = run(folder.path(), ["token", "create", "--role", "admin", "--name", "ani", "--data", "data"]).ok();
    let server = Server::start_at("0.0.0.0:0", &folder.path().join("data"), &[]);
    let refused = server.run(["list", "--json"]).fails_with(1);
    assert!(refused.contains("not logged in") && refused.contains("BOOKSTORE_TOKEN"), "{refused}");
    assert_eq!(server.run_as(made.trim(), ["list", "--json"]).ok(), "[]\n");
}

#[tokio::test]
async fn sigterm_closes_with_1001_and_exits_with_0() {
    let mut server = Server::start();
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    client.call("books.create", json!({"book": {"title": "Saman"}})).await;
    let closing = tokio::spawn(client.close_code());
    let began = Instant::now();
    let status = tokio::task::spawn_blocking(move || {
        let status = server.stop();
        (status, std::fs::read_to_string(server.data().join("books.json")).unwrap())
    });
    let (status, snapshot) = status.await.unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(10));
    assert!(snapshot.contains("Saman"), "{snapshot}");
    assert_eq!(closing.await.unwrap(), Some(1001));
}

#[test]
fn a_required_revision_is_sent_by_our_own_commands() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_on(&folder.path().join("data"), &["--require-revision"]);
    server.run(["add", "--title", "Saman"]).ok();
    server.run(["edit", "1", "year=1998"]).ok();
    std::fs::write(folder.path().join("a.csv"), "id,title,shelf\n1,Saman,A-3\n").unwrap();
    server.run(["import", "a.csv"]).ok();
    assert_eq!(server.run(["get", "1", "--json"]).json()["shelf"], "A-3");
    server.run(["delete", "1"]).ok();
}

#[tokio::test]
async fn a_full_disk_refuses_writes_loses_nothing_and_reads_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start_cramped(&data, 512);
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    let book = |number: u64| json!({"book": {"title": format!("Book {number}"), "description": "x".repeat(19_000)}});
    let mut kept = 0;
    let refused = loop {
        let answer = client.ask("books.create", book(kept + 1)).await.expect("the server lives");
        if let Some(error) = answer.get("error") {
            break error.clone();
        }
        kept += 1;
    };
    assert_eq!((&refused["code"], &refused["data"]["type"]), (&json!(-32007), &json!("unavailable")));
    assert!(kept > 3, "only {kept} books fit");
    assert_eq!(client.call("server.info", json!({})).await["books"], kept);
    drop((client, server));

    let server = Server::start_on(&data, &[]);
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    assert_eq!(client.call("server.info", json!({})).await["books"], kept, "what was refused does not appear later");
    assert_eq!(client.call("books.create", book(kept + 1)).await["book"]["id"], kept + 1);
}

#[tokio::test]
async fn clients_on_this_machine_are_limited_only_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--limit-loopback", "--rate", "1", "--connections-per-address", "3"];
    let server = Server::start_on(&folder.path().join("data"), &options);
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    let limits = client.call("server.info", json!({})).await["limits"].clone();
    assert_eq!((&limits["rate"], &limits["connections_per_address"]), (&json!(1), &json!(3)));
    let refused = loop {
        let answer = client.ask("books.list", json!({"sort": "title"})).await.expect("the server lives");
        if let Some(error) = answer.get("error") {
            break error.clone();
        }
    };
    assert_eq!((&refused["code"], &refused["data"]["type"]), (&json!(-32006), &json!("too_many_requests")));
    let _others =
        (Client::connect(&server.websocket()).await.unwrap(), Client::connect(&server.websocket()).await.unwrap());
    assert!(Client::connect(&server.websocket()).await.is_err(), "a fourth connection");

    let free = Server::start_on(&folder.path().join("free"), &["--rate", "1", "--connections-per-address", "1"]);
    let mut clients = Vec::new();
    for _ in 0..5 {
        clients.push(Client::connect(&free.websocket()).await.unwrap());
    }
    for client in &mut clients {
        for _ in 0..50 {
            client.call("books.list", json!({"sort": "title"})).await;
        }
    }
}
