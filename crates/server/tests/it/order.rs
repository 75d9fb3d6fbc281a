//! What comes before what on one connection.

use engine::Limits;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::fixture::{Client, Server, app_over, soon};
use crate::gated::Gate;

async fn gated(limits: Limits) -> (Gate, Server) {
    let (gate, opened) = Gate::closed();
    (gate, Server::serve(app_over(opened, limits)).await)
}

async fn create(client: &mut Client, title: &str) -> u64 {
    client.begin("books.create", json!({"book": {"title": title}})).await
}

/// The next frame: `pong`, or the id of an answer.
async fn next(client: &mut Client) -> String {
    match soon(client.socket.next()).await.unwrap().unwrap() {
        Message::Pong(_) => "pong".into(),
        Message::Text(text) => serde_json::from_str::<Value>(&text).unwrap()["id"].to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn pipelined_writes_do_not_wait_for_each_others_sync() {
    let (gate, server) = gated(Limits::default()).await;
    let mut client = server.client().await;
    for number in 0..100 {
        create(&mut client, &number.to_string()).await;
    }
    client.socket.send(Message::Ping("".into())).await.unwrap();
    // All calls were read before the ping, and no write can be durable yet.
    assert_eq!(next(&mut client).await, "pong");
    gate.open();
    for id in 1..=100 {
        assert_eq!(next(&mut client).await, id.to_string());
    }
    let batches = gate.batches();
    assert!(batches.len() <= 3, "each append is a sync: {batches:?}");
}

#[tokio::test]
async fn the_writes_of_a_batch_do_not_wait_for_each_other_either() {
    let (gate, server) = gated(Limits::default()).await;
    let mut client = server.client().await;
    let calls = (0..100).map(|id| {
        json!({"jsonrpc": "2.0", "id": id, "method": "books.create", "params": {"book": {"title": id.to_string()}}})
    });
    client.send(Value::from_iter(calls).to_string()).await;
    server.client().await.call("server.info", json!({})).await;
    gate.open();
    let answers: Vec<Value> = serde_json::from_str(&client.text().await).unwrap();
    assert!(answers.iter().enumerate().all(|(index, answer)| answer["result"]["revision"] == index + 1));
    // Were each waited for, there would be a hundred.
    assert!(gate.batches().len() < 50, "{:?}", gate.batches());
}

#[tokio::test]
async fn calls_beyond_the_limit_wait_and_are_not_refused() {
    let (gate, server) = gated(Limits { calls_in_flight_max: 4, ..Limits::default() }).await;
    let mut client = server.client().await;
    for number in 0..10 {
        create(&mut client, &number.to_string()).await;
    }
    client.socket.send(Message::Ping("".into())).await.unwrap();
    // Meanwhile others are served.
    server.client().await.call("server.info", json!({})).await;
    gate.open();
    let mut seen = Vec::new();
    for _ in 0..11 {
        seen.push(next(&mut client).await);
    }
    let pong = seen.iter().position(|one| one == "pong").unwrap();
    assert!(pong >= 6, "the ping was read before there was room for the calls before it: {seen:?}");
    seen.remove(pong);
    assert_eq!(seen, (1..=10).map(|id| id.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn long_calls_in_flight_are_limited_by_their_bytes() {
    let (gate, server) = gated(Limits { calls_in_flight_bytes_max: 30_000, ..Limits::default() }).await;
    let mut client = server.client().await;
    for _ in 0..4 {
        client.begin("books.create", json!({"book": {"title": "x", "description": "x".repeat(19_000)}})).await;
    }
    client.socket.send(Message::Ping("".into())).await.unwrap();
    server.client().await.call("server.info", json!({})).await;
    gate.open();
    assert_ne!(next(&mut client).await, "pong");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_call_meets_the_state_that_the_calls_before_it_left() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.add("0").await;
    let mut expected = Vec::new();
    for number in 1..200 {
        let title = number.to_string();
        expected.push((client.begin("books.update", json!({"id": 1, "set": {"title": title}})).await, title.clone()));
        expected.push((client.begin("books.get", json!({"id": 1})).await, title));
    }
    for (id, title) in expected {
        assert_eq!(client.answer(id).await["result"]["book"]["title"], title);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_to_a_write_comes_before_its_own_change() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let mut other = server.client().await;
    client.call("books.subscribe", json!({})).await;
    client.event().await;
    for _ in 0..50 {
        for _ in 0..10 {
            create(&mut client, "mine").await;
            create(&mut other, "theirs").await;
        }
        let (mut answered, mut told) = (Vec::new(), 0);
        while told < 20 {
            let message = client.message().await;
            if let Some(revision) = message["result"]["revision"].as_u64() {
                answered.push(revision);
                continue;
            }
            told += 1;
            let event = &message["params"]["result"];
            let is_mine = event["changes"][0]["book"]["title"] == "mine";
            assert_eq!(is_mine, answered.contains(&event["revision"].as_u64().unwrap()), "{event} before its answer");
        }
        for _ in 0..10 {
            other.message().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_sees_every_write_behind_it_and_none_before() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for _ in 0..100 {
        create(&mut client, "before").await;
        let subscribe = client.begin("books.subscribe", json!({})).await;
        let write = create(&mut client, "behind").await;
        client.answer(subscribe - 1).await;
        let id = client.answer(subscribe).await["result"].clone();
        let current = client.answer(write).await["result"]["revision"].as_u64().unwrap() - 1;
        assert_eq!(client.event().await, json!({"type": "current", "revision": current, "store": "store"}));
        assert_eq!(client.event().await["changes"][0]["book"]["title"], "behind");
        client.call("books.unsubscribe", json!([id])).await;
    }
}
