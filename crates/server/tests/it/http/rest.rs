//! Descriptions, health, metrics.

use serde_json::json;

use super::Http;
use crate::fixture::{Server, app};

#[tokio::test]
async fn the_descriptions_are_served() {
    let http = Http::new();
    let openapi = http.get("/openapi.json").await;
    assert_eq!(
        (openapi.header("content-type"), openapi.json()["openapi"].clone()),
        ("application/json", json!("3.1.0"))
    );
    let openrpc = http.get("/openrpc.json").await;
    assert_eq!(openrpc.json(), protocol::openrpc::document());
}

#[tokio::test]
async fn every_described_route_is_there() {
    let http = Http::new();
    for route in protocol::openapi::ROUTES {
        let path = route.path.replace("{id}", "1");
        if path == "/books/changes" {
            continue;
        }
        let line = format!("{} {path}", route.method.to_uppercase());
        let answer = http.send(&line, &[], json!({})).await;
        let detail = if answer.status == 404 { answer.json()["detail"].to_string() } else { String::new() };
        assert!(answer.status != 405 && !detail.contains("nothing at"), "{line}: {}", answer.outcome());
    }
}

#[tokio::test]
async fn a_healthy_server_says_so() {
    let http = Http::new();
    assert_eq!(http.get("/health").await.json(), json!({"status": "ok"}));
    assert_eq!(http.get("/ready").await.json(), json!({"status": "ready"}));
}

#[tokio::test]
async fn a_websocket_needs_an_upgrade() {
    let http = Http::new();
    let answer = http.get("/ws").await;
    assert_eq!((answer.outcome(), answer.header("upgrade")), ("426 upgrade_required".into(), "websocket"));
    assert_eq!(answer.header("sec-websocket-version"), "13");
    let keyless = [("connection", "Upgrade"), ("upgrade", "websocket"), ("sec-websocket-version", "13")];
    assert_eq!(http.ask("GET /ws", &keyless, "").await.outcome(), "400 invalid_request");
}

#[tokio::test]
async fn the_metrics_count_requests_calls_and_what_there_is() {
    let app = app();
    let http = Http::of(app.clone());
    let server = Server::serve(app).await;
    let mut client = server.client().await;
    client.add("Saman").await;
    client.refused("books.get", json!({"id": 7})).await;
    client.ask(r#"[{"jsonrpc":"2.0","id":1,"method":"books.get","params":{"id":1}},1]"#).await;
    http.get("/books/1").await;
    http.get("/books/7").await;
    let answer = http.get("/metrics").await;
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let text = answer.text();
    for line in [
        "# TYPE bookstore_requests_total counter",
        "# TYPE bookstore_calls_total counter",
        "# TYPE bookstore_books gauge",
        "bookstore_requests_total{door=\"Http\",status=\"200\"} 1",
        "bookstore_requests_total{door=\"Http\",status=\"404\"} 1",
        "bookstore_requests_total{door=\"WebSocket\",status=\"101\"} 1",
        "bookstore_calls_total{outcome=\"ok\"} 2",
        "bookstore_calls_total{outcome=\"not_found\"} 1",
        "bookstore_calls_total{outcome=\"invalid_request\"} 1",
        "bookstore_connections 1",
        "bookstore_clients 1",
        "bookstore_books 1",
        "bookstore_revision 1",
        "bookstore_ready 1",
        "bookstore_failed_appends_total{reason=\"full\"} 0",
        "bookstore_failed_snapshots_total 0",
        "bookstore_appends_total 1",
        "bookstore_appended_entries_total 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    let seconds = text.lines().find_map(|line| line.strip_prefix("bookstore_append_seconds_total "));
    assert!(seconds.is_some_and(|seconds| seconds.parse::<f64>().unwrap() > 0.0), "{text}");
}

#[tokio::test]
async fn every_metric_is_declared_by_the_name_it_is_sampled_by() {
    let http = Http::new();
    http.get("/books").await;
    let answer = http.get("/metrics").await;
    let (comments, samples): (Vec<_>, Vec<_>) = answer.text().lines().partition(|line| line.starts_with('#'));
    let declared = |kind: &str, name: &str| comments.iter().any(|line| line.starts_with(&format!("# {kind} {name} ")));
    for sample in samples {
        let name = sample.split(['{', ' ']).next().unwrap();
        assert!(declared("TYPE", name) && declared("HELP", name), "{name} in\n{}", answer.text());
    }
    assert!(comments.iter().all(|line| line.starts_with("# HELP ") || line.starts_with("# TYPE ")));
}
