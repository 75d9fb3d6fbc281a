//! If-Match and If-None-Match.

use serde_json::{Value, json};

use super::Http;

#[tokio::test]
async fn a_write_goes_through_only_where_if_match_holds() {
    let table = [
        ("\"1\"", "200"),
        ("*", "200"),
        ("\"7\", \"1\"", "200"),
        ("\"2\"", "412 precondition_failed"),
        ("\"7\", \"8\"", "412 precondition_failed"),
        ("W/\"1\"", "412 precondition_failed"),
        ("\"abc\"", "412 precondition_failed"),
        ("1", "422 invalid"),
    ];
    for (if_match, expected) in table {
        for line in ["PUT /books/1", "PATCH /books/1", "DELETE /books/1"] {
            let http = Http::new();
            http.add("Saman").await;
            let answer = http.send(line, &[("if-match", if_match)], json!({"title": "Larung"})).await;
            let expected = if line.starts_with("DELETE") && expected == "200" { "204" } else { expected };
            assert_eq!(answer.outcome(), expected, "{line} {if_match}");
            if expected.starts_with("412") {
                assert_eq!(answer.json()["book"]["title"], "Saman");
                assert_eq!(http.get("/books/1").await.json()["title"], "Saman");
            }
        }
    }
}

#[tokio::test]
async fn several_lines_of_if_match_are_one_list() {
    let http = Http::new();
    http.add("Saman").await;
    let lines = [("if-match", "\"7\""), ("if-match", "\"1\"")];
    assert_eq!(http.send("PATCH /books/1", &lines, json!({"year": 1})).await.outcome(), "200");
}

#[tokio::test]
async fn a_retry_that_names_several_revisions_is_answered_as_the_first_time() {
    for if_match in ["\"7\", \"1\"", "\"1\", \"2\"", "\"1\""] {
        let http = Http::new();
        http.add("Saman").await;
        let headers = [("if-match", if_match), ("idempotency-key", "r")];
        let first = http.send("PATCH /books/1", &headers, json!({"year": 1998})).await;
        assert_eq!((first.outcome(), first.header("etag")), ("200".into(), "\"2\""), "{if_match}");
        let again = http.send("PATCH /books/1", &headers, json!({"year": 1998})).await;
        assert_eq!((again.outcome(), again.json()), ("200".into(), first.json()), "{if_match}");
        let other = http.send("PATCH /books/1", &headers, json!({"year": 1999})).await;
        assert_eq!(other.outcome(), "422 request_id_reused", "{if_match}");
    }
}

#[tokio::test]
async fn what_a_client_has_is_not_sent_again() {
    let http = Http::new();
    http.add("Saman").await;
    for path in ["/books/1", "/books", "/books?limit=1", "/books?author=nobody"] {
        let tag = http.get(path).await.header("etag").to_owned();
        for if_none_match in [tag.as_str(), "*", &format!("\"x\", {tag}"), "W/\"1\""] {
            let answer = http.ask(&format!("GET {path}"), &[("if-none-match", if_none_match)], "").await;
            assert_eq!((answer.status.as_u16(), answer.text()), (304, ""), "{path} {if_none_match}");
            assert_eq!(answer.header("etag"), tag);
            let vary = if path == "/books/1" { "Accept" } else { "accept-encoding" };
            assert_eq!(answer.header("vary"), vary, "{path}");
        }
        let other = http.ask(&format!("GET {path}"), &[("if-none-match", "\"2\"")], "").await;
        assert_eq!(other.status, 200, "{path}");
    }
    http.add("Larung").await;
    assert_eq!(http.ask("GET /books/1", &[("if-none-match", "\"1\"")], "").await.status, 304);
    assert_eq!(http.ask("GET /books", &[("if-none-match", "W/\"1\"")], "").await.status, 200);
}

#[tokio::test]
async fn a_tag_is_the_revision_that_last_changed_the_book() {
    let http = Http::new();
    http.add("Saman").await;
    http.add("Larung").await;
    let same = http.send("PATCH /books/1", &[], json!({"title": "Saman"})).await;
    assert_eq!((same.status.as_u16(), same.header("etag")), (200, "\"1\""));
    assert_eq!(http.get("/books").await.header("etag"), "W/\"2\"");
    let revision: Value = http.get("/books/2").await.json()["revision"].clone();
    assert_eq!(revision, 2);
}
