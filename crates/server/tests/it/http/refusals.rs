//! Every refusal that a route can give.

use engine::{Ending, Limits};
use serde_json::json;

use super::Http;
use crate::fixture::{app, app_over, app_with};
use crate::gated::Gate;

/// Method and path, headers, body, outcome.
type Attempt<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, &'a str);

#[tokio::test]
async fn a_body_is_json_of_the_right_type_and_shape() {
    let http = Http::new();
    http.add("Saman").await;
    let json_type = ("content-type", "application/json");
    let table: [Attempt<'_>; 16] = [
        ("POST /books", &[json_type], "{", "400 bad_json"),
        ("POST /books", &[json_type], "", "400 bad_json"),
        ("PATCH /books/1", &[json_type], "{\"year\":}", "400 bad_json"),
        ("POST /books/transact", &[json_type], "nonsense", "400 bad_json"),
        ("POST /books", &[json_type], "[]", "422 invalid"),
        ("POST /books", &[json_type], "{\"title\":\"a\",\"title\":\"b\"}", "422 invalid"),
        ("POST /books", &[json_type], "{\"titel\":\"a\"}", "422 invalid"),
        ("PUT /books/1", &[json_type], "{}", "422 invalid"),
        ("POST /books/transact", &[json_type], "{\"operation\":[]}", "422 invalid"),
        ("POST /books", &[], "{}", "415 unsupported_media_type"),
        ("POST /books", &[("content-type", "text/plain")], "{}", "415 unsupported_media_type"),
        ("PUT /books/1", &[("content-type", "application/merge-patch+json")], "{}", "415 unsupported_media_type"),
        ("PATCH /books/1", &[("content-type", "application/json-patch+json")], "[]", "415 unsupported_media_type"),
        ("POST /books", &[json_type, ("content-encoding", "gzip")], "{}", "415 unsupported_media_type"),
        ("POST /books", &[("content-type", "Application/JSON; charset=utf-8")], "{\"title\":\"x\"}", "201"),
        ("POST /books", &[json_type, ("idempotency-key", "")], "{\"title\":\"x\"}", "422 invalid"),
    ];
    for (line, headers, body, expected) in table {
        assert_eq!(http.ask(line, headers, body).await.outcome(), expected, "{line} {body}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(http.ask("POST /books", &[json_type], &deep).await.outcome(), "400 bad_json");
}

#[tokio::test]
async fn fields_that_break_rules_are_listed() {
    let http = Http::new();
    let answer = http.send("POST /books", &[], json!({"titel": "x", "year": "soon", "isbn": "123"})).await;
    let problem = answer.json();
    let mut fields: Vec<&str> =
        problem["fields"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["isbn", "titel", "title", "year"]);
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let http = Http::new();
    let long = format!("{{\"title\":\"{}\"}}", "x".repeat(1024 * 1024));
    let answer = http.ask("POST /books", &[("content-type", "application/json")], &long).await;
    assert_eq!(answer.outcome(), "413 too_large");
    let announced = [("content-type", "application/json"), ("content-length", "99999999999")];
    assert_eq!(http.ask("POST /books", &announced, "{}").await.outcome(), "413 too_large");
    let book = json!({"title": "x", "description": "本".repeat(20_000), "extra": {"a": "本".repeat(1_000), "b": "本".repeat(1_000)}});
    assert!(book.to_string().len() > catalogue::BOOK_BYTES_MAX);
    assert_eq!(http.send("POST /books", &[], book).await.outcome(), "413 too_large");
}

#[tokio::test]
async fn a_known_path_with_another_method_names_those_it_has() {
    let http = Http::new();
    let table = [
        ("DELETE /books", "GET,HEAD,POST"),
        ("PATCH /books", "GET,HEAD,POST"),
        ("POST /books/1", "DELETE,GET,HEAD,PATCH,PUT"),
        ("GET /books/transact", "POST"),
        ("POST /books/changes", "GET,HEAD"),
        ("POST /ws", "GET,HEAD"),
        ("PUT /health", "GET,HEAD"),
        ("OPTIONS /books", "GET,HEAD,POST"),
        ("TRACE /openapi.json", "GET,HEAD"),
    ];
    for (line, allowed) in table {
        let answer = http.ask(line, &[], "").await;
        assert_eq!(answer.outcome(), "405 method_not_allowed", "{line}");
        let mut methods: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
        methods.sort_unstable();
        assert_eq!(methods.join(","), allowed, "{line}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_and_what_is_to_come_says_so() {
    let http = Http::new();
    http.add("Saman").await;
    for path in ["/nowhere", "/books/1/pages", "/books/", "/Books", "/..%2f..%2fetc/passwd", "/ws/", "/problems/x"] {
        let answer = http.get(path).await;
        assert_eq!(answer.outcome(), "404 not_found", "{path}");
        assert!(answer.header("vary").contains("accept") || answer.header("vary").contains("Accept"), "{path}");
    }
    let to_come = [
        "GET /books/facets?fields=author",
        "GET /books/1/history",
        "POST /imports",
        "GET /imports/7",
        "PUT /books/facets",
    ];
    for line in to_come {
        let answer = http.send(line, &[], json!({"title": "x"})).await;
        assert_eq!(answer.outcome(), "404 not_found", "{line}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("not there yet"), "{line}: {detail}");
    }
}

#[tokio::test]
async fn headers_have_a_limit() {
    let http = Http::new();
    let long = "x".repeat(40 * 1024);
    assert_eq!(http.ask("GET /books", &[("x-long", &long)], "").await.outcome(), "431 headers_too_large");
}

#[tokio::test]
async fn who_cannot_write_now_is_told_when_to_try_again() {
    let app = app();
    let http = Http::of(app.clone());
    http.add("Saman").await;
    app.engine.stop(Ending::AsItIs).await;
    let answer = http.send("POST /books", &[], json!({"title": "x"})).await;
    assert_eq!((answer.outcome(), answer.header("retry-after")), ("503 unavailable".into(), "1"));
    assert_eq!(answer.json()["retry_after"], 1);
    let ready = http.get("/ready").await;
    assert_eq!((ready.outcome(), ready.header("retry-after")), ("503 unavailable".into(), "1"));
    assert_eq!(http.get("/health").await.status, 200);
    assert_eq!(http.get("/books/1").await.status, 200);
}

#[tokio::test]
async fn a_fault_of_ours_is_told_without_particulars() {
    let (gate, opened) = Gate::closed();
    let http = Http::of(app_over(opened, Limits::default()));
    gate.break_down();
    let answer = http.get("/books/changes?since=store-0").await;
    assert_eq!(answer.outcome(), "500 internal");
    assert!(!answer.text().contains("broken down"), "{}", answer.text());
    assert_eq!(http.get("/books").await.status, 200);
}

#[tokio::test]
async fn an_answer_that_would_not_fit_is_not_carried_out() {
    let limits = Limits { message_bytes_max: 4_000, ..Limits::default() };
    let http = Http::of(app_with(limits, Default::default(), Default::default()));
    let operations = vec![json!({"create": {"book": {"title": "x"}}}); 20];
    let answer = http.send("POST /books/transact", &[], json!({"operations": operations})).await;
    assert_eq!(answer.outcome(), "413 too_large");
    assert_eq!(http.get("/books").await.text(), "[]");
}
