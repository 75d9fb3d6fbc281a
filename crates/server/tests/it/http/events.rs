//! `GET /books/changes`: Server-Sent Events.

use std::time::Duration;

use axum::body::Body;
use engine::Limits;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::Http;
use crate::fixture::{app_with, soon};

/// A stream of events, read.
pub(super) struct Events {
    body: Body,
    text: String,
}

impl Events {
    pub(super) async fn open(http: &Http, query: &str, headers: &[(&str, &str)]) -> Events {
        let (status, headers, body) = http.begin(&format!("GET /books/changes{query}"), headers).await;
        assert_eq!((status.as_u16(), &headers["content-type"]), (200, &"text/event-stream".parse().unwrap()));
        assert_eq!(headers.get("content-encoding"), None);
        let mut events = Events { body, text: String::new() };
        assert_eq!(events.block().await, "retry: 2000");
        events
    }

    /// The text up to the next empty line.
    async fn block(&mut self) -> String {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return block;
            }
            let frame = soon(self.body.frame()).await.expect("the stream lasts").unwrap();
            self.text += std::str::from_utf8(frame.data_ref().unwrap()).unwrap();
        }
    }

    /// The next event: its id and what it says.
    pub(super) async fn event(&mut self) -> (String, Value) {
        let block = self.block().await;
        let (id, data) = match block.strip_prefix("id: ") {
            Some(rest) => rest.split_once('\n').unwrap(),
            None => ("-", block.as_str()),
        };
        (id.to_owned(), serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap())
    }

    /// The next events, a line each.
    async fn told(&mut self, events: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for _ in 0..events {
            let (id, event) = self.event().await;
            let changes: Vec<String> =
                event["changes"].as_array().into_iter().flatten().map(|c| format!(" {}", c["kind"])).collect();
            lines.push(format!("{id} {} @{}{}", event["type"].as_str().unwrap(), event["revision"], changes.concat()));
        }
        lines
    }
}

#[tokio::test]
async fn changes_are_told_with_ids_to_resume_from() {
    let http = Http::new();
    let mut events = Events::open(&http, "", &[]).await;
    let book = http.add("Saman").await;
    http.ask("DELETE /books/1", &[], "").await;
    assert_eq!(events.event().await, ("store-0".into(), json!({"type": "current", "revision": 0, "store": "store"})));
    let (id, change) = events.event().await;
    assert_eq!((id.as_str(), &change["changes"][0]["book"]), ("store-1", &book));
    assert_eq!(events.told(1).await, [r#"store-2 change @2 "deleted""#]);
}

#[tokio::test]
async fn a_snapshot_carries_no_id() {
    let http = Http::new();
    http.add("Saman").await;
    for query in ["?snapshot=true", "?snapshot=1", "?snapshot"] {
        let mut events = Events::open(&http, query, &[]).await;
        assert_eq!(events.told(2).await, ["- books @1", "store-1 current @1"], "{query}");
    }
    let mut none = Events::open(&http, "?snapshot=false", &[]).await;
    assert_eq!(none.told(1).await, ["store-1 current @1"]);
}

#[tokio::test]
async fn who_comes_back_is_told_what_was_missed() {
    let http = Http::new();
    for title in ["a", "b", "c"] {
        http.add(title).await;
    }
    let missed = [r#"store-2 change @2 "created""#, r#"store-3 change @3 "created""#, "store-3 current @3"];
    let since: [(&str, &[(&str, &str)]); 4] = [
        ("?since=1", &[]),
        ("?since=store-1", &[]),
        ("", &[("last-event-id", "store-1")]),
        ("?since=store-3", &[("last-event-id", "1")]),
    ];
    for (query, headers) in since {
        assert_eq!(Events::open(&http, query, headers).await.told(3).await, missed, "{query} {headers:?}");
    }
}

#[tokio::test]
async fn a_position_that_is_gone_is_answered_by_a_reset_and_a_snapshot() {
    let http = Http::new();
    http.add("a").await;
    let gone: [(&str, &[(&str, &str)]); 6] = [
        ("?since=2", &[]),
        ("?since=other-1", &[]),
        ("", &[("last-event-id", "other-1")]),
        ("", &[("last-event-id", "reset")]),
        ("?since=store-1", &[("last-event-id", "reset")]),
        ("", &[("last-event-id", "nonsense")]),
    ];
    for (query, headers) in gone {
        let told = Events::open(&http, query, headers).await.told(3).await;
        assert_eq!(told, ["reset reset @1", "- books @1", "store-1 current @1"], "{query} {headers:?}");
    }
}

#[tokio::test]
async fn a_filter_shows_what_enters_and_leaves() {
    let http = Http::new();
    let mut events = Events::open(&http, "?shelf=A&shelf=B", &[]).await;
    http.send("POST /books", &[], json!({"title": "x", "shelf": "a"})).await;
    http.send("PATCH /books/1", &[], json!({"shelf": "C"})).await;
    http.send("PATCH /books/1", &[], json!({"shelf": "B"})).await;
    let expected = [
        "store-0 current @0",
        r#"store-1 change @1 "created""#,
        r#"store-2 change @2 "left""#,
        r#"store-3 change @3 "entered""#,
    ];
    assert_eq!(events.told(4).await, expected);
}

#[tokio::test]
async fn current_is_repeated() {
    let limits = Limits { current_interval: Duration::from_millis(30), ..Limits::default() };
    let http = Http::of(app_with(limits, Default::default(), Default::default()));
    let mut events = Events::open(&http, "", &[]).await;
    assert_eq!(events.told(3).await, ["store-0 current @0"; 3]);
}

#[tokio::test]
async fn a_wrong_query_is_refused() {
    let http = Http::new();
    for query in
        ["?since=x", "?since=-1", "?since=store-x", "?snapshot=perhaps", "?search=x", "?colour=red", "?since=1&since=2"]
    {
        assert_eq!(http.get(&format!("/books/changes{query}")).await.outcome(), "422 invalid", "{query}");
    }
}
