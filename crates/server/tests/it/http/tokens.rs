//! `/tokens` and `/ws-ticket`.

use access::Reading;
use serde_json::{Value, json};

use super::{Answer, Http};
use crate::fixture::guarded;

/// A server with somebody who may do everything there.
struct Office {
    http: Http,
    bearer: String,
}

impl Office {
    fn open() -> Office {
        let (app, keys) = guarded(Reading::LoggedIn);
        Office { http: Http::of(app), bearer: format!("Bearer {}", keys.admin) }
    }

    async fn send(&self, line: &str, body: Value) -> Answer {
        self.http.send(line, &[("authorization", &self.bearer)], body).await
    }
}

#[tokio::test]
async fn what_is_made_is_answered_as_the_description_says() {
    let office = Office::open();
    let described = office.http.get("/openapi.json").await.json();
    let table = [
        ("POST /books", json!({"title": "Saman"})),
        ("POST /ws-ticket", json!({})),
        ("POST /tokens", json!({"name": "till-9", "role": "reader"})),
    ];
    for (line, body) in table {
        let status = office.send(line, body).await.status.as_u16().to_string();
        let (_, path) = line.split_once(' ').unwrap();
        let responses = &described["paths"][path]["post"]["responses"];
        assert!(responses[&status].is_object(), "{line}: {status} is not among {responses}");
    }
}

#[tokio::test]
async fn a_token_is_shown_once_good_at_once_and_gone_at_once() {
    let office = Office::open();
    let made = office.send("POST /tokens", json!({"name": "till-1", "role": "editor", "expires_in": 3_600})).await;
    assert_eq!((made.outcome().as_str(), made.header("cache-control")), ("201", "no-store"));
    let made = made.json();
    let token = made["token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("bks_") && made["expires"].is_string(), "{made}");

    let list = office.send("GET /tokens", json!({})).await;
    assert!(!list.text().contains(&token) && !list.text().contains("sha256"), "{}", list.text());
    let listed = list.json()["tokens"].as_array().unwrap().last().unwrap().clone();
    let mut known = made.clone();
    known.as_object_mut().unwrap().remove("token");
    assert_eq!(listed, known);

    let bearer = format!("Bearer {token}");
    let add = async || office.http.send("POST /books", &[("authorization", &bearer)], json!({"title": "x"})).await;
    assert_eq!(add().await.outcome(), "201");
    assert_eq!(office.send("DELETE /tokens/till-1", json!({})).await.outcome(), "204");
    assert_eq!(add().await.outcome(), "401 unauthenticated");
    assert_eq!(office.send("DELETE /tokens/till-1", json!({})).await.outcome(), "204", "once more does no harm");
    let list = office.send("GET /tokens", json!({})).await.json();
    assert!(list["tokens"].as_array().unwrap().last().unwrap()["revoked"].is_string());
}

#[tokio::test]
async fn what_cannot_be_a_token_is_refused_with_the_field() {
    let office = Office::open();
    let table = [
        (json!({"name": "a b", "role": "reader"}), "422 invalid", "name"),
        (json!({"name": "local", "role": "reader"}), "422 invalid", "name"),
        (json!({"name": "x", "role": "owner"}), "422 invalid", "body"),
        (json!({"name": "x"}), "422 invalid", "body"),
        (json!({"name": "x", "role": "reader", "expires": "soon"}), "422 invalid", "body"),
        (json!({"name": "x", "role": "reader", "expires_in": 0}), "422 invalid", "expires_in"),
        (json!({"name": "x", "role": "reader", "expires_in": u64::MAX}), "422 invalid", "expires_in"),
        (json!({"name": "Reader", "role": "reader"}), "409 conflict", ""),
    ];
    for (body, expected, field) in table {
        let answer = office.send("POST /tokens", body.clone()).await;
        assert_eq!(answer.outcome(), expected, "{body}");
        assert_eq!(answer.json()["fields"][0]["field"].as_str().unwrap_or_default(), field, "{body}");
    }
    assert_eq!(office.send("DELETE /tokens/nobody", json!({})).await.outcome(), "404 not_found");
    assert_eq!(office.send("DELETE /tokens/%ff", json!({})).await.outcome(), "404 not_found");
}

#[tokio::test]
async fn a_ticket_is_handed_out_to_who_is_logged_in() {
    let office = Office::open();
    let answer = office.send("POST /ws-ticket", json!({})).await;
    assert_eq!((answer.outcome().as_str(), answer.header("cache-control")), ("200", "no-store"));
    let ticket = answer.json();
    assert_eq!(ticket["expires_in"], 30);
    assert_eq!(ticket["ticket"].as_str().unwrap().len(), "bkt_".len() + 43);
    assert_eq!(office.http.send("POST /ws-ticket", &[], json!({})).await.outcome(), "401 unauthenticated");
}
