//! One book: created, read, replaced, patched, deleted; and several at once.

use serde_json::{Value, json};

use super::Http;
use crate::fixture::{Server, app, careful_app};

#[tokio::test]
async fn a_book_is_created_with_its_address_and_tag() {
    let http = Http::new();
    let answer = http.send("POST /books", &[], json!({"title": " Saman ", "isbn": "979-3062-79-7"})).await;
    assert_eq!(answer.status, 201);
    assert_eq!((answer.header("location"), answer.header("etag")), ("/books/1", "\"1\""));
    let book = answer.json();
    assert_eq!(
        (&book["title"], &book["isbn"], &book["revision"]),
        (&json!("Saman"), &json!("9789793062792"), &json!(1))
    );
    let read = http.get("/books/1").await;
    assert_eq!((read.status.as_u16(), read.header("etag"), read.json()), (200, "\"1\"", book));
    assert_eq!(read.header("content-type"), "application/json");
    assert_eq!(read.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn put_replaces_and_the_path_says_which_book() {
    let http = Http::new();
    http.send("POST /books", &[], json!({"title": "Saman", "shelf": "A"})).await;
    let answer = http.send("PUT /books/1", &[], json!({"id": 7, "title": "Larung"})).await;
    assert_eq!((answer.status.as_u16(), answer.header("etag")), (200, "\"2\""));
    let book = answer.json();
    assert_eq!((&book["id"], &book["title"], book.get("shelf")), (&json!(1), &json!("Larung"), None));
    assert_eq!(http.send("PUT /books/2", &[], json!({"title": "x"})).await.outcome(), "404 not_found");
}

#[tokio::test]
async fn patch_merges_under_both_media_types() {
    let http = Http::new();
    http.send("POST /books", &[], json!({"title": "Saman", "shelf": "A", "extra": {"a": "1", "b": "2"}})).await;
    let set = json!({"shelf": null, "extra": {"a": null}}).to_string();
    let answer = http.ask("PATCH /books/1", &[("content-type", "application/merge-patch+json")], &set).await;
    assert_eq!((answer.status.as_u16(), answer.header("etag")), (200, "\"2\""));
    let book = answer.json();
    assert_eq!((book.get("shelf"), &book["extra"]), (None, &json!({"b": "2"})));
    let answer = http.send("PATCH /books/1", &[], json!({"year": 1998})).await;
    assert_eq!(answer.json()["year"], 1998);
    let other = http.send("PATCH /books/1", &[], json!({"id": 2})).await;
    assert_eq!((other.outcome(), other.json()["fields"][0]["field"].clone()), ("422 invalid".into(), json!("id")));
}

#[tokio::test]
async fn a_deleted_book_is_gone() {
    let http = Http::new();
    http.add("Saman").await;
    let answer = http.ask("DELETE /books/1", &[], "").await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, ""));
    assert_eq!(http.get("/books/1").await.outcome(), "404 not_found");
    assert_eq!(http.ask("DELETE /books/1", &[], "").await.outcome(), "404 not_found");
    let again = http.send("POST /books", &[], json!({"id": 1, "title": "x"})).await;
    assert_eq!(again.outcome(), "409 conflict");
}

#[tokio::test]
async fn a_book_has_one_address() {
    let http = Http::new();
    http.add("Saman").await;
    for path in [
        "/books/01",
        "/books/+1",
        "/books/1.0",
        "/books/abc",
        "/books/%31%",
        "/books/-1",
        "/books/99999999999999999999",
    ] {
        assert_eq!(http.get(path).await.outcome(), "404 not_found", "{path}");
    }
}

#[tokio::test]
async fn a_taken_id_is_a_conflict_with_the_book_that_has_it() {
    let http = Http::new();
    http.add("Saman").await;
    let taken = http.send("POST /books", &[], json!({"id": 1, "title": "Larung"})).await;
    assert_eq!((taken.outcome(), taken.json()["book"]["title"].clone()), ("409 conflict".into(), json!("Saman")));
}

#[tokio::test]
async fn a_transaction_answers_as_the_call_does() {
    let http = Http::new();
    let operations = json!([{"create": {"book": {"title": "Saman"}}}, {"update": {"id": 1, "set": {"year": 1998}}}, {"delete": {"id": 1}}]);
    let answer = http.send("POST /books/transact", &[], json!({"operations": operations})).await;
    assert_eq!((answer.status.as_u16(), answer.header("etag")), (200, "W/\"1\""));
    let done = answer.json();
    assert_eq!(
        (&done["revision"], &done["results"][1]["book"]["year"], &done["results"][2]),
        (&json!(1), &json!(1998), &json!({"id": 1}))
    );
}

#[tokio::test]
async fn a_transaction_is_refused_with_the_operation_that_met_it() {
    let http = Http::new();
    http.add("Saman").await;
    let transact = async |operations: Value| {
        let answer = http.send("POST /books/transact", &[], json!({"operations": operations})).await;
        let problem = answer.json();
        (answer.outcome(), problem["operation"].clone(), problem["book"]["title"].clone())
    };
    let old =
        json!([{"create": {"book": {"title": "x"}}}, {"update": {"id": 1, "set": {"year": 1}, "if_revision": 9}}]);
    assert_eq!(transact(old).await, ("409 conflict".into(), json!(1), json!("Saman")));
    let missing = json!([{"delete": {"id": 7}}]);
    assert_eq!(transact(missing).await, ("404 not_found".into(), json!(0), Value::Null));
    let wrong = json!([{"delete": {"id": 1}}, {"create": {"book": {"titel": "x"}}}]);
    assert_eq!(transact(wrong).await, ("422 invalid".into(), json!(1), Value::Null));
    let misspelt = json!([{"delete": {"id": 1}}, {"remove": {"id": 1}}]);
    assert_eq!(transact(misspelt).await, ("422 invalid".into(), json!(1), Value::Null));
    assert_eq!(transact(json!([])).await, ("422 invalid".into(), Value::Null, Value::Null));
    assert_eq!(http.get("/books/1").await.header("etag"), "\"1\"");
}

#[tokio::test]
async fn a_request_is_named_by_the_header_or_by_the_body() {
    let http = Http::new();
    let body = json!({"operations": [{"create": {"book": {"title": "Saman"}}}], "request_id": "r"});
    let first = http.send("POST /books/transact", &[], body.clone()).await.json();
    let unnamed = json!({"operations": body["operations"]});
    assert_eq!(http.send("POST /books/transact", &[("idempotency-key", "r")], unnamed.clone()).await.json(), first);
    assert_eq!(http.send("POST /books/transact", &[("idempotency-key", "\"r\"")], body.clone()).await.json(), first);
    let differing = http.send("POST /books/transact", &[("idempotency-key", "s")], body).await;
    assert_eq!(differing.outcome(), "422 invalid");
    let reused = http.send("POST /books", &[("idempotency-key", "r")], json!({"title": "Saman"})).await;
    assert_eq!(reused.outcome(), "422 request_id_reused");
}

#[tokio::test]
async fn a_retry_is_answered_as_the_first_time() {
    let http = Http::new();
    for (line, key, body) in [
        ("POST /books", "a", json!({"title": "Saman"})),
        ("PATCH /books/1", "b", json!({"year": 1998})),
        ("PUT /books/1", "c", json!({"title": "Larung"})),
    ] {
        let first = http.send(line, &[("idempotency-key", key)], body.clone()).await;
        let quoted = format!("\"{key}\"");
        let again = http.send(line, &[("idempotency-key", &quoted)], body).await;
        assert_eq!((again.status, again.json()), (first.status, first.json()), "{line}");
        assert_eq!(again.header("etag"), first.header("etag"));
    }
    for _ in 0..2 {
        assert_eq!(http.ask("DELETE /books/1", &[("idempotency-key", "d")], "").await.status, 204);
    }
    assert_eq!(http.get("/books").await.header("etag"), "W/\"4\"");
}

#[tokio::test]
async fn a_replacement_is_one_request_whichever_door_it_comes_by() {
    let app = app();
    let http = Http::of(app.clone());
    let server = Server::serve(app).await;
    let mut client = server.client().await;
    let read = http.add("Saman").await;
    let params = json!({"id": 1, "book": {"id": read["id"], "title": "Larung"}, "request_id": "r"});
    let first = client.call("books.replace", params.clone()).await;
    for body in [params["book"].clone(), json!({"title": "Larung"})] {
        let again = http.send("PUT /books/1", &[("idempotency-key", "r")], body).await;
        assert_eq!((again.outcome(), again.json()), ("200".into(), first["book"].clone()));
    }
    assert_eq!(client.call("books.replace", params).await, first);
}

#[tokio::test]
async fn a_careful_server_asks_for_if_match() {
    let http = Http::of(careful_app());
    http.add("Saman").await;
    assert_eq!(http.send("PUT /books/1", &[], json!({"title": "x"})).await.outcome(), "428 revision_required");
    assert_eq!(http.send("PATCH /books/1", &[], json!({"year": 1})).await.outcome(), "428 revision_required");
    assert_eq!(http.ask("DELETE /books/1", &[], "").await.outcome(), "428 revision_required");
    assert_eq!(http.send("PATCH /books/1", &[("if-match", "\"1\"")], json!({"year": 1})).await.outcome(), "200");
}
