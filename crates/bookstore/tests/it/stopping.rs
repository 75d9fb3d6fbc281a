//! SIGTERM while many are writing, and who comes back after it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::client::{Client, Cut};
use crate::crashes::all_books;
use crate::server::Server;

const WRITERS: usize = 8;
/// Calls that a writer has under way at once.
const IN_FLIGHT: usize = 32;

/// Stops a server in the middle of writing; gives what the writers were answered and what it had.
async fn stopped_while_writing(
    write: impl Fn(&Server, usize, watch::Sender<usize>) -> JoinHandle<BTreeSet<u64>>,
) -> (BTreeSet<u64>, BTreeSet<u64>) {
    let mut server = Server::start();
    let (count, mut counted) = watch::channel(0);
    let mut writing = Vec::new();
    for writer in 0..WRITERS {
        writing.push(write(&server, writer, count.clone()));
    }
    counted.wait_for(|count| *count >= 20 * WRITERS).await.unwrap();
    server = tokio::task::spawn_blocking(move || {
        server.restart();
        server
    })
    .await
    .unwrap();
    let mut answered = BTreeSet::new();
    for writer in writing {
        answered.append(&mut writer.await.unwrap());
    }
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    (answered, all_books(&mut client, json!({})).await.into_keys().collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_answers_every_write_that_it_carries_out() {
    let (answered, there_are) =
        stopped_while_writing(|server, writer, count| tokio::spawn(pipeline(server.websocket(), writer, count))).await;
    assert!(answered.len() >= 20 * WRITERS);
    assert_eq!(answered, there_are, "what was answered is there, and what is there was answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_answers_every_write_over_http_too() {
    let (answered, there_are) =
        stopped_while_writing(|server, writer, count| tokio::spawn(post(server.address().to_owned(), writer, count)))
            .await;
    assert!(answered.len() >= 20 * WRITERS);
    assert_eq!(answered, there_are, "what was answered is there, and what is there was answered");
}

/// Creates books over a WebSocket, many under way at once, until it is closed with 1001; gives the ids answered.
async fn pipeline(url: String, writer: usize, count: watch::Sender<usize>) -> BTreeSet<u64> {
    let mut client = Client::connect(&url).await.expect("the server is there");
    let mut answered = BTreeSet::new();
    let mut take = |message: Value| {
        answered.insert(message["result"]["book"]["id"].as_u64().expect("every write is right"));
        count.send_modify(|count| *count += 1);
    };
    let mut under_way = 0;
    for number in 0.. {
        let book = json!({"book": {"title": format!("{writer}-{number}")}});
        if client.begin("books.create", book).await.is_err() {
            break;
        }
        under_way += 1;
        if under_way == IN_FLIGHT {
            match client.message().await {
                Ok(message) => take(message),
                Err(Cut) => return answered,
            }
            under_way -= 1;
        }
    }
    while let Ok(message) = client.message().await {
        take(message);
    }
    answered
}

/// Creates books over one HTTP connection, until it ends; gives the ids answered.
async fn post(address: String, writer: usize, count: watch::Sender<usize>) -> BTreeSet<u64> {
    let mut stream = BufReader::new(TcpStream::connect(&address).await.expect("the server is there"));
    let mut answered = BTreeSet::new();
    for number in 0.. {
        let body = json!({"title": format!("{writer}-{number}")}).to_string();
        let request = format!(
            "POST /books HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(request.as_bytes()).await.is_err() {
            break;
        }
        let Some(book) = response(&mut stream).await else { break };
        answered.insert(book["id"].as_u64().expect("every write is right"));
        count.send_modify(|count| *count += 1);
    }
    answered
}

/// The JSON of the next answer; `None` at the end of the connection.
async fn response(stream: &mut BufReader<TcpStream>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|bytes| *bytes > 0)?;
        match line.trim_end().split_once(": ") {
            Some(("content-length", value)) => length = value.parse().unwrap(),
            None if line == "\r\n" => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_of_writing_loses_no_resuming_subscriber_anything() {
    let mut server = Server::start();
    let url = server.websocket();
    let (revisions, mut reached) = watch::channel(0);
    let watching = tokio::spawn(follow(url.clone(), revisions));
    let (count, mut counted) = watch::channel(0);
    let mut written = BTreeMap::new();
    for round in 0..3 {
        let writing = tokio::spawn(pipeline(url.clone(), round, count.clone()));
        let enough = *counted.borrow_and_update() + 200;
        counted.wait_for(|count| *count >= enough).await.unwrap();
        server = tokio::task::spawn_blocking(move || {
            server.restart();
            server
        })
        .await
        .unwrap();
        for id in writing.await.unwrap() {
            assert_eq!(written.insert(id, round), None, "an id was given twice");
        }
    }
    // Each write is an entry: the last revision is their number.
    reached.wait_for(|revision| *revision == written.len() as u64).await.unwrap();
    watching.abort();
}

/// Follows the feed from its beginning through every restart, and tells each revision; none may be missing.
async fn follow(url: String, revisions: watch::Sender<u64>) {
    let mut store = Value::Null;
    loop {
        let mut client = Client::connect_patiently(&url).await;
        let params = match &store {
            Value::Null => json!({"since": 0}),
            store => json!({"since": *revisions.borrow(), "store": store}),
        };
        let Ok(answer) = client.ask("books.subscribe", params).await else { continue };
        assert!(answer.get("error").is_none(), "{answer}");
        while let Ok(mut event) = client.event().await {
            let revision = event["revision"].as_u64().unwrap();
            match event["type"].as_str().unwrap() {
                "current" => store = event["store"].take(),
                "change" => {
                    assert_eq!(revision, *revisions.borrow() + 1, "a change is missing, or came twice");
                    revisions.send_replace(revision);
                }
                other => panic!("{other} was not to be expected"),
            }
        }
    }
}
