//! Who comes back after a long time waits in line for the journal, and is not deaf meanwhile.

use std::time::Duration;

use engine::Limits;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::fixture::{Client, Server, app_over, soon};
use crate::gated::{Gate, HeldReads};
use crate::http::Http;

/// More than read the journal at once.
const CLIENTS: usize = 20;

/// A server whose changes are in the journal only, which nobody can read before what is given is dropped.
async fn server(limits: Limits) -> (Server, Http, HeldReads) {
    let (gate, opened) = Gate::closed();
    gate.open();
    let app = app_over(opened, Limits { ring_entries_max: 1, ..limits });
    let http = Http::of(app.clone());
    let server = Server::serve(app).await;
    let mut client = server.client().await;
    for title in ["a", "b", "c"] {
        client.add(title).await;
    }
    assert_eq!(client.socket.close(None).await.ok(), Some(()));
    (server, http, gate.hold_reads())
}

/// Clients that wait for what they missed.
async fn who_come_back(server: &Server) -> Vec<Client> {
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let mut client = server.client().await;
        client.call("books.subscribe", json!({"since": 0})).await;
        clients.push(client);
    }
    clients
}

async fn until_there_are(http: &Http, clients: usize) {
    let line = format!("bookstore_clients {clients}\n");
    soon(async {
        while !http.get("/metrics").await.text().contains(&line) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_the_journal_is_answered_and_gets_all_in_the_end() {
    let (server, _, held) = server(Limits::default()).await;
    let mut clients = who_come_back(&server).await;
    for client in &mut clients {
        assert_eq!(client.call("server.info", json!({})).await["revision"], 3);
    }
    drop(held);
    for client in &mut clients {
        for revision in [1, 2, 3, 3] {
            assert_eq!(client.event().await["revision"], revision);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_while_he_waits_for_the_journal_is_gone_at_once() {
    let (server, http, _held) = server(Limits::default()).await;
    let clients = who_come_back(&server).await;
    until_there_are(&http, CLIENTS).await;
    drop(clients);
    until_there_are(&http, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_behind_those_who_went() {
    let (server, http, held) = server(Limits::default()).await;
    let gone = who_come_back(&server).await;
    let mut back = server.client().await;
    back.call("books.subscribe", json!({"since": 0})).await;
    drop(gone);
    until_there_are(&http, 1).await;
    drop(held);
    assert_eq!(back.event().await["revision"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_stream_that_waits_for_the_journal_shows_that_it_lives() {
    let limits = Limits { current_interval: Duration::from_millis(100), ..Limits::default() };
    let (server, _, _held) = server(limits).await;
    let mut stream = server.raw().await;
    stream.write_all(b"GET /books/changes?since=0 HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut text = String::new();
    while !text.contains("\r\n:\n\n") {
        let mut some = [0; 1_024];
        let read = soon(stream.read(&mut some)).await.unwrap();
        assert!(read > 0, "the stream lasts: {text}");
        text.push_str(&String::from_utf8_lossy(&some[..read]));
    }
}
