//! What subscribers are told over the WebSocket.

use std::time::Duration;

use engine::Limits;
use serde_json::{Value, json};

use crate::fixture::{Client, Server};
use crate::raw::{FIN, Raw, TEXT, frame};

async fn start() -> (Server, Client) {
    let server = Server::start().await;
    let client = server.client().await;
    (server, client)
}

/// The next events, a line each.
async fn told(client: &mut Client, events: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for _ in 0..events {
        lines.push(line(&client.event().await));
    }
    lines
}

fn line(event: &Value) -> String {
    let each = |name: &str, show: fn(&Value) -> String| {
        let all: Vec<String> = event[name].as_array().into_iter().flatten().map(show).collect();
        all.join(" ")
    };
    let books = each("books", |book| book["id"].to_string());
    let changes = each("changes", |change| format!("{} {}", change["kind"].as_str().unwrap(), change["id"]));
    format!("{} @{} {books}{changes}", event["type"].as_str().unwrap(), event["revision"]).trim_end().to_owned()
}

#[tokio::test]
async fn a_filter_shows_what_enters_changes_and_leaves() {
    let (_server, mut client) = start().await;
    client.call("books.subscribe", json!({"filter": {"shelf": "A"}})).await;
    for (method, params) in [
        ("books.create", json!({"book": {"title": "Saman", "shelf": "a"}})),
        ("books.update", json!({"id": 1, "set": {"shelf": "B"}})),
        ("books.update", json!({"id": 1, "set": {"year": 1998}})),
        ("books.update", json!({"id": 1, "set": {"shelf": "A"}})),
        ("books.update", json!({"id": 1, "set": {"year": 1999}})),
        ("books.delete", json!({"id": 1})),
    ] {
        client.call(method, params).await;
    }
    let expected = [
        "current @0",
        "change @1 created 1",
        "change @2 left 1",
        "change @4 entered 1",
        "change @5 updated 1",
        "change @6 deleted 1",
    ];
    assert_eq!(told(&mut client, 6).await, expected);
}

#[tokio::test]
async fn a_change_says_when_who_why_and_what() {
    let (_server, mut client) = start().await;
    client.call("books.subscribe", json!({})).await;
    let created = client.call("books.create", json!({"book": {"title": "Saman"}})).await;
    let updated = client.call("books.update", json!({"id": 1, "set": {"shelf": "A"}, "request_id": "till/1"})).await;
    let [_, first, second] = [client.event().await, client.event().await, client.event().await];
    let expected = json!({
        "type": "change", "revision": 1, "at": created["book"]["updated_at"], "by": "local",
        "changes": [{"kind": "created", "id": 1, "book": created["book"]}],
    });
    assert_eq!(first, expected);
    let expected = json!({
        "type": "change", "revision": 2, "at": updated["book"]["updated_at"], "by": "local", "request_id": "till/1",
        "changes": [{"kind": "updated", "id": 1, "book": updated["book"], "changed": ["shelf"]}],
    });
    assert_eq!(second, expected);
}

#[tokio::test]
async fn a_transaction_is_one_change_and_what_changes_nothing_is_none() {
    let (_server, mut client) = start().await;
    client.call("books.subscribe", json!({})).await;
    let operations = json!([{"create": {"book": {"title": "a"}}}, {"create": {"book": {"title": "b"}}}]);
    client.call("books.transact", json!({"operations": operations})).await;
    let same = client.call("books.update", json!({"id": 1, "set": {"title": "a"}})).await;
    assert_eq!(same["revision"], 1);
    let noted = client.call("books.update", json!({"id": 1, "set": {"title": "a"}, "request_id": "r"})).await;
    assert_eq!((&noted["revision"], &noted["book"]["revision"]), (&json!(2), &json!(1)));
    client.call("books.delete", json!({"id": 2})).await;
    assert_eq!(told(&mut client, 3).await, ["current @0", "change @1 created 1 created 2", "change @3 deleted 2"]);
}

#[tokio::test]
async fn a_snapshot_comes_in_pages_of_one_revision() {
    let (_server, mut client) = start().await;
    for id in 1..=40 {
        let book = json!({"id": id, "title": "x", "description": "x".repeat(19_000), "shelf": format!("{}", id % 2)});
        client.call("books.create", json!({"book": book})).await;
    }
    client.call("books.subscribe", json!({"snapshot": true, "filter": {"shelf": "1"}})).await;
    let mut seen = Vec::new();
    loop {
        let event = client.event().await;
        assert_eq!(event["revision"], 40);
        match event["type"].as_str().unwrap() {
            "books" => seen.extend(event["books"].as_array().unwrap().iter().map(|book| book["id"].as_u64().unwrap())),
            other => break assert_eq!(other, "current"),
        }
    }
    assert_eq!(seen, (1..=40).step_by(2).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_snapshot_that_is_no_longer_wanted_ends() {
    let (server, mut client) = start().await;
    for id in 1..=40 {
        let book = json!({"id": id, "title": "x", "description": "本".repeat(19_000)});
        client.call("books.create", json!({"book": book})).await;
    }
    // In one piece, so that the second call is there before the snapshot is sent.
    let mut peer = Raw::connect(&server).await;
    let calls = [
        r#"{"jsonrpc":"2.0","id":1,"method":"books.subscribe","params":{"snapshot":true}}"#,
        r#"{"jsonrpc":"2.0","id":2,"method":"books.unsubscribe","params":["1"]}"#,
    ];
    peer.send(&calls.map(|call| frame(FIN | TEXT, call.as_bytes())).concat()).await;
    let mut pages = 0;
    loop {
        let text = String::from_utf8(peer.frame().await.unwrap().payload).unwrap();
        if text.starts_with(r#"{"jsonrpc":"2.0","id":2,"result":true"#) {
            break;
        }
        pages += usize::from(text.starts_with(r#"{"jsonrpc":"2.0","method":"#));
    }
    assert!(pages < 5, "{pages} pages were sent although nobody wanted them");
    peer.send(&frame(FIN | TEXT, br#"{"jsonrpc":"2.0","id":3,"method":"books.list","params":{"limit":1}}"#)).await;
    assert!(peer.frame().await.unwrap().payload.starts_with(br#"{"jsonrpc":"2.0","id":3,"result""#));
}

#[tokio::test]
async fn who_comes_back_gets_what_was_missed() {
    let (server, mut client) = start().await;
    for title in ["a", "b", "c"] {
        client.add(title).await;
    }
    let mut back = server.client().await;
    back.call("books.subscribe", json!({"since": 1, "store": "store"})).await;
    assert_eq!(told(&mut back, 3).await, ["change @2 created 2", "change @3 created 3", "current @3"]);
    back.call("books.subscribe", json!({"since": 3, "snapshot": true})).await;
    assert_eq!(told(&mut back, 1).await, ["current @3"]);
    client.add("d").await;
    assert_eq!(told(&mut back, 2).await, ["change @4 created 4", "change @4 created 4"]);
}

#[tokio::test]
async fn a_position_that_is_gone_is_refused_or_answered_by_a_snapshot() {
    let (_server, mut client) = start().await;
    client.add("a").await;
    for params in [json!({"since": 2}), json!({"since": 0, "store": "other"})] {
        let refused = client.refused("books.subscribe", params.clone()).await;
        assert_eq!(refused["code"], -32010);
        assert_eq!(refused["data"], json!({"type": "revision_gone", "oldest": 0, "store": "store"}));
        let mut instead = params;
        instead["snapshot"] = true.into();
        client.call("books.subscribe", instead).await;
        assert_eq!(told(&mut client, 3).await, ["reset @1", "books @1 1", "current @1"]);
    }
}

#[tokio::test]
async fn current_is_repeated_also_while_changes_come() {
    let limits = Limits { current_interval: Duration::from_millis(30), ..Limits::default() };
    let server = Server::start_with(limits).await;
    let mut client = server.client().await;
    client.call("books.subscribe", json!({"filter": {"shelf": "A"}})).await;
    assert_eq!(told(&mut client, 3).await, ["current @0", "current @0", "current @0"]);
    let mut writer = server.client().await;
    writer.add("elsewhere").await;
    while line(&client.event().await) != "current @1" {}
    let mut currents = 0;
    while currents < 3 {
        writer.call("books.create", json!({"book": {"title": "x", "shelf": "A"}})).await;
        while !line(&client.event().await).starts_with("change") {
            currents += 1;
        }
    }
}

#[tokio::test]
async fn several_subscriptions_live_beside_each_other_up_to_a_limit() {
    let server = Server::start_with(Limits { subscriptions_max: 3, ..Limits::default() }).await;
    let mut client = server.client().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(client.call("books.subscribe", json!({})).await);
    }
    let refused = client.refused("books.subscribe", json!({})).await;
    assert_eq!((&refused["code"], &refused["data"]["type"]), (&json!(-32006), &json!("too_many_requests")));
    assert_eq!(client.call("books.unsubscribe", json!({"subscription": ids[1]})).await, true);
    client.add("a").await;
    let mut told = Vec::new();
    for _ in 0..5 {
        let notification = client.notification().await;
        told.push((notification["subscription"].clone(), notification["result"]["type"].clone()));
    }
    let changes: Vec<_> = told.iter().filter(|(_, kind)| kind == "change").map(|(id, _)| id.clone()).collect();
    assert_eq!(changes, [ids[0].clone(), ids[2].clone()]);
    assert!(client.call("books.subscribe", json!({})).await.is_string());
    let unknown = client.refused("books.unsubscribe", json!(["none"])).await;
    assert_eq!((&unknown["code"], &unknown["data"]["type"]), (&json!(-32001), &json!("not_found")));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_falls_far_behind_is_reset() {
    let limits = Limits { ring_entries_max: 4, behind_entries_max: 4, behind_bytes_max: 1_000, ..Limits::default() };
    let server = Server::start_with(limits).await;
    let mut slow = server.client().await;
    slow.call("books.subscribe", json!({})).await;
    let mut writer = server.client().await;
    // More than the system keeps for a connection that nobody reads.
    let long = "本".repeat(19_000);
    for _ in 0..300 {
        writer.call("books.create", json!({"book": {"title": "x", "description": long}})).await;
    }
    let mut events = told(&mut slow, 1).await;
    while !events.last().unwrap().starts_with("reset") {
        assert_ne!(events.last().unwrap(), "change @300 created 300", "the slow one was never reset");
        events.push(line(&slow.event().await));
    }
    assert_eq!(events.pop().unwrap(), "reset @300");
    let missed =
        events.iter().enumerate().skip(1).find(|(index, event)| **event != format!("change @{index} created {index}"));
    assert_eq!(missed, None, "until then nothing is missing");
    let mut books = 0;
    while let event = slow.event().await
        && event["type"] == "books"
    {
        books += event["books"].as_array().unwrap().len();
    }
    assert_eq!(books, 300);
}

#[tokio::test]
async fn current_tells_the_newest_position_although_nothing_matched() {
    let limits = Limits { current_interval: Duration::from_millis(30), ..Limits::default() };
    let server = Server::start_with(limits).await;
    let mut client = server.client().await;
    client.call("books.subscribe", json!({"filter": {"shelf": "A"}})).await;
    client.add("on no shelf").await;
    while line(&client.event().await) != "current @1" {}
}
