//! The memory that all clients together may have in flight.

use std::pin::pin;
use std::time::{Duration, SystemTime};

use access::Reading;
use axum::http::StatusCode;
use engine::Limits;
use futures_util::FutureExt;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::fixture::{Client, Server, app_over, app_with, guarded_with, soon};
use crate::gated::Gate;
use crate::http::Http;
use crate::raw::{FIN, Raw, TEXT, frame, header};

/// 96 KiB each way for all, 32 KiB each way for holders of little.
fn tight() -> Limits {
    Limits { bytes_in_flight_max: 256 * 1024, ..Limits::default() }
}

/// All of that, and the reserves.
fn tight_bytes() -> usize {
    256 * 1024 + 2 * tight().message_bytes_max
}

/// The bytes in flight, as `/metrics` tells.
async fn in_flight(http: &Http) -> usize {
    tokio::task::yield_now().await;
    let metrics = http.get("/metrics").await;
    let line = metrics.text().lines().find_map(|line| line.strip_prefix("bookstore_bytes_in_flight "));
    line.unwrap().parse().unwrap()
}

fn long_book(bytes: usize) -> Value {
    json!({"book": {"title": "x", "description": "x".repeat(bytes)}})
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_wait_for_the_disk_are_counted_together_and_all_are_answered() {
    let (gate, opened) = Gate::closed();
    let app = app_over(opened, tight());
    let http = Http::of(app.clone());
    let server = Server::serve(app).await;
    let mut clients = Vec::new();
    for _ in 0..20 {
        let mut client = server.client().await;
        for _ in 0..2 {
            client.begin("books.create", long_book(19_000)).await;
        }
        clients.push(client);
    }
    soon(async { while in_flight(&http).await < 64 * 1024 {} }).await;
    assert!(in_flight(&http).await <= tight_bytes());
    let mut small = server.client().await;
    small.call("server.info", json!({})).await;
    gate.open();
    for client in &mut clients {
        for id in 1..=2 {
            let answer: Value = client.answer(id).await;
            assert!(answer["result"].is_object(), "{answer}");
        }
    }
    assert_eq!(small.call("server.info", json!({})).await["books"], 40);
    drop((clients, small));
    soon(async { while in_flight(&http).await > 0 {} }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_nobody_finishes_is_counted_as_far_as_it_came() {
    let app = app_with(tight(), Default::default(), Default::default());
    let http = Http::of(app.clone());
    let server = Server::serve(app).await;
    let mut announced = Vec::new();
    for _ in 0..50 {
        let mut peer = Raw::connect(&server).await;
        peer.send(&header(FIN | TEXT, 1024 * 1024)).await;
        announced.push(peer);
    }
    let mut client = server.client().await;
    client.add("Saman").await;
    assert_eq!(in_flight(&http).await, 0, "what is announced only costs nothing");
    let mut halves = Vec::new();
    for _ in 0..20 {
        let mut peer = Raw::connect(&server).await;
        let mut half = header(FIN | TEXT, 100_000);
        half.extend(vec![b' '; 50_000]);
        peer.send(&half).await;
        halves.push(peer);
    }
    soon(async { while in_flight(&http).await < 96 * 1024 {} }).await;
    client.add("Laskar Pelangi").await;
    drop(halves);
    soon(async { while in_flight(&http).await > 0 {} }).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_waits_for_a_while_and_is_then_told_to_come_again() {
    let (gate, opened) = Gate::closed();
    let http = Http::of(app_over(opened, tight()));
    let json_type = [("content-type", "application/json")];
    let long = format!("{}{}", r#"{"title":"x"}"#, " ".repeat(90_000));
    let first = async { http.ask("POST /books", &json_type, &long).await };
    let reserved = async { http.ask("POST /books", &json_type, &long).await };
    let second = async {
        while in_flight(&http).await < 1024 * 1024 {}
        let refused = http.ask("POST /books", &json_type, &long).await;
        assert_eq!((refused.outcome(), refused.header("retry-after")), ("503 unavailable".into(), "1"));
        gate.open();
    };
    let (first, reserved, ()) = tokio::join!(first, reserved, second);
    assert_eq!((first.outcome(), reserved.outcome()), ("201".into(), "201".into()));
    assert_eq!(http.ask("POST /books", &json_type, &long).await.outcome(), "201");
    assert_eq!(in_flight(&http).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_counts_as_what_it_takes_in_memory() {
    let (gate, opened) = Gate::closed();
    let app = app_over(opened, tight());
    let http = Http::of(app.clone());
    let server = Server::serve(app).await;
    let operations = json!({"operations": vec![json!({"create": {"book": {"title": "x"}}}); 60]});
    assert!(operations.to_string().len() < 4 * 1024);
    let mut first = server.client().await;
    let id = first.begin("books.transact", operations.clone()).await;
    soon(async { while in_flight(&http).await < 60 * 1024 {} }).await;
    let refused = server.client().await.refused("books.transact", operations.clone()).await;
    assert_eq!((&refused["code"], &refused["data"]["retry_after"]), (&json!(-32007), &json!(1)));
    assert_eq!(http.send("POST /books/transact", &[], operations).await.outcome(), "503 unavailable");
    gate.open();
    assert_eq!(first.answer(id).await["result"]["results"].as_array().unwrap().len(), 60);
}

#[tokio::test]
async fn an_answer_is_counted_until_it_is_taken() {
    let http = Http::of(app_with(tight(), Default::default(), Default::default()));
    for _ in 0..4 {
        http.send("POST /books", &[], long_book(19_000)["book"].clone()).await;
    }
    let (status, _, body) = http.begin("GET /books?limit=50", &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(in_flight(&http).await > 70_000);
    let bytes = body.collect().await.unwrap().to_bytes();
    assert!(in_flight(&http).await > 70_000);
    drop(bytes);
    assert_eq!(in_flight(&http).await, 0);
}

#[tokio::test]
async fn a_transaction_has_memory_for_its_answer_only_once_it_has_come() {
    let http = Http::of(app_with(tight(), Default::default(), Default::default()));
    let mut slow = pin!(http.ask_without_end("POST /books/transact", &[("content-type", "application/json")]));
    assert!(slow.as_mut().now_or_never().is_none(), "its body is still to come");
    assert_eq!(in_flight(&http).await, 0, "who sends nothing keeps nothing from others");
}

#[tokio::test(start_paused = true)]
async fn an_event_stream_that_waits_for_memory_ends_with_its_login() {
    let (app, keys) = guarded_with(Reading::Public, tight());
    let http = Http::of(app.clone());
    let admin = format!("Bearer {}", keys.admin);
    let add = async || {
        let book = json!({"title": "x", "description": "本".repeat(19_000)});
        assert_eq!(http.send("POST /books", &[("authorization", &admin)], book).await.outcome(), "201");
    };
    add().await;
    let reader = format!("Bearer {}", keys.reader);
    let (_, _, mut events) = http.begin("GET /books/changes", &[("authorization", &reader)]).await;
    for _ in ["retry", "current"] {
        assert!(events.frame().await.unwrap().is_ok());
    }
    let (_, _, _all) = http.begin("GET /books?limit=50", &[]).await;
    add().await;
    let (_, _, _reserve) = http.begin("GET /books?limit=50", &[]).await;
    assert!(timeout(Duration::from_secs(1), events.frame()).await.is_err(), "there is no memory for the event");
    app.options.access.tokens().revoke("reader", SystemTime::now()).unwrap();
    let end = timeout(Duration::from_secs(1), events.frame()).await.expect("within a second");
    assert!(end.is_none(), "{end:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_nobody_reads_are_bounded_together_and_small_ones_go_out() {
    let limits = Limits { stalled_max: Duration::from_millis(500), ..tight() };
    let app = app_with(limits, Default::default(), Default::default());
    let http = Http::of(app.clone());
    let server = Server::serve(app).await;
    let mut writer = server.client().await;
    for _ in 0..60 {
        writer.call("books.create", long_book(19_000)).await;
    }
    let mut deaf = Vec::new();
    let page = frame(FIN | TEXT, br#"{"jsonrpc":"2.0","id":1,"method":"books.list","params":{"limit":1000}}"#);
    for _ in 0..20 {
        let mut peer = Raw::connect(&server).await;
        peer.send(&page.repeat(20)).await;
        deaf.push(peer);
        let mut stream = server.raw().await;
        stream
            .write_all(b"GET /books?limit=50 HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(10).as_slice())
            .await
            .unwrap();
    }
    for _ in 0..20 {
        assert!(in_flight(&http).await <= tight_bytes());
        writer.add("Saman").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_calls_of_many_at_once_all_come_to_an_end() {
    let server = Server::serve(app_with(tight(), Default::default(), Default::default())).await;
    let batch: Vec<Value> = (1..=20)
        .map(|id| json!({"jsonrpc": "2.0", "id": id, "method": "books.create", "params": long_book(4_000)}))
        .collect();
    let batch = Value::from(batch).to_string();
    let mut working = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (mut client, batch): (Client, _) = (server.client().await, batch.clone());
        working.spawn(async move { client.ask(&batch).await });
    }
    while let Some(answer) = soon(working.join_next()).await {
        let answers: Vec<Value> = serde_json::from_str(&answer.unwrap()).unwrap();
        assert_eq!(answers.iter().filter(|answer| answer["result"].is_object()).count(), 20);
    }
}
