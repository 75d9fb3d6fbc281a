//! Who may what: every row of the table of routes, for everybody.

use std::collections::BTreeSet;

use access::{Reading, Role};
use protocol::openapi::ROUTES;
use serde_json::json;

use super::events::Events;
use super::{Answer, Http};
use crate::fixture::{Keys, guarded};

/// Every route with the least role that may ask, `None`: everybody.
const TABLE: &[(&str, Option<Role>)] = &[
    ("GET /", Some(Role::Reader)),
    ("GET /books", Some(Role::Reader)),
    ("GET /books/1", Some(Role::Reader)),
    ("GET /books/changes?since=nonsense", Some(Role::Reader)),
    ("GET /metrics", Some(Role::Reader)),
    ("POST /ws-ticket", Some(Role::Reader)),
    ("POST /books", Some(Role::Editor)),
    ("PUT /books/1", Some(Role::Editor)),
    ("PATCH /books/1", Some(Role::Editor)),
    ("DELETE /books/1", Some(Role::Editor)),
    ("POST /books/transact", Some(Role::Editor)),
    ("GET /backup", Some(Role::Admin)),
    ("POST /restore", Some(Role::Admin)),
    ("GET /tokens", Some(Role::Admin)),
    ("POST /tokens", Some(Role::Admin)),
    ("DELETE /tokens/nobody", Some(Role::Admin)),
    ("GET /ws", None),
    ("GET /openapi.json", None),
    ("GET /openrpc.json", None),
    ("GET /health", None),
    ("GET /ready", None),
    ("GET /login", None),
    ("POST /login", None),
    ("POST /logout", None),
    ("GET /nowhere", None),
];

async fn ask(http: &Http, line: &str, token: Option<&str>) -> Answer {
    let bearer = format!("Bearer {}", token.unwrap_or_default());
    let headers: &[_] = if token.is_some() { &[("authorization", bearer.as_str())] } else { &[] };
    http.send(line, headers, json!({})).await
}

fn has(keys: &Keys) -> [(Option<Role>, Option<&str>); 4] {
    [
        (None, None),
        (Some(Role::Reader), Some(&keys.reader)),
        (Some(Role::Editor), Some(&keys.editor)),
        (Some(Role::Admin), Some(&keys.admin)),
    ]
}

#[tokio::test]
async fn each_route_is_for_its_role_and_those_above() {
    for reading in [Reading::LoggedIn, Reading::Public] {
        let (app, keys) = guarded(reading);
        let http = Http::of(app);
        for (line, least) in TABLE {
            for (role, token) in has(&keys) {
                let outcome = ask(&http, line, token).await.outcome();
                let effective = role.or((reading == Reading::Public).then_some(Role::Reader));
                let what = format!("{line} as {role:?}, {reading:?}: {outcome}");
                match (least, effective) {
                    (Some(_), None) => assert_eq!(outcome, "401 unauthenticated", "{what}"),
                    (Some(least), Some(role)) if role < *least => assert_eq!(outcome, "403 forbidden", "{what}"),
                    _ => assert!(!outcome.starts_with("401") && !outcome.starts_with("403"), "{what}"),
                }
            }
        }
    }
}

#[test]
fn no_route_is_missing_from_the_table() {
    let described: BTreeSet<String> = ROUTES
        .iter()
        .map(|route| format!("{} {} {:?}", route.method.to_uppercase(), general(route.path), route.role))
        .collect();
    let tested = TABLE.iter().map(|(line, role)| {
        let (method, path) = line.split_once(' ').unwrap();
        format!("{method} {} {role:?}", general(path.split('?').next().unwrap()))
    });
    let tested: BTreeSet<String> = tested.collect();
    assert_eq!(described.difference(&tested).next(), None);
}

/// A path with its parameters as the tests fill them in.
fn general(path: &str) -> String {
    path.replace("{id}", "1").replace("{name}", "nobody")
}

/// Headers that say who somebody is, and are not true or not any more.
fn no_good(keys: &Keys) -> Vec<(&'static str, String)> {
    let bearer = |token: &str| format!("Bearer {token}");
    vec![
        ("authorization", bearer("bks_wrong")),
        ("authorization", bearer("")),
        ("authorization", bearer(&keys.former)),
        ("authorization", bearer(&keys.expired)),
        ("authorization", bearer(&"x".repeat(10_000))),
        ("authorization", format!("Basic {}", keys.admin)),
        ("authorization", keys.admin.clone()),
        ("cookie", "bookstore_session=bks_wrong".to_owned()),
        ("cookie", format!("bookstore_session={}", keys.former)),
        ("cookie", format!("a=b; bookstore_session={}", keys.expired)),
    ]
}

#[tokio::test]
async fn a_credential_that_is_no_good_is_refused_even_where_everybody_may_read() {
    for reading in [Reading::LoggedIn, Reading::Public] {
        for case in 0..10 {
            let (app, keys) = guarded(reading);
            let http = Http::of(app);
            let admin = format!("Bearer {}", keys.admin);
            assert_eq!(http.ask("DELETE /tokens/former", &[("authorization", &admin)], "").await.outcome(), "204");
            let (name, value) = no_good(&keys).swap_remove(case);
            for line in ["GET /books", "POST /books", "POST /ws-ticket"] {
                let answer = http.ask(line, &[(name, &value)], "").await;
                assert_eq!(answer.outcome(), "401 unauthenticated", "{line} {name}: {value}");
                assert_eq!(answer.header("www-authenticate"), "Bearer");
                assert!(!answer.text().contains("bks_"), "{}", answer.text());
            }
            assert_eq!(http.ask("GET /health", &[(name, &value)], "").await.outcome(), "200");
            let twice = [("authorization", admin.as_str()), ("authorization", admin.as_str())];
            assert_eq!(http.ask("GET /books", &twice, "").await.outcome(), "401 unauthenticated");
        }
    }
}

#[tokio::test]
async fn a_token_in_an_address_is_not_read() {
    let (app, keys) = guarded(Reading::LoggedIn);
    let http = Http::of(app);
    for name in ["token", "access_token", "authorization", "bookstore_session", "ticket"] {
        let outcome = http.get(&format!("/books?{name}={}", keys.admin)).await.outcome();
        assert_eq!(outcome, "401 unauthenticated", "{name}");
    }
    for name in ["token", "access_token"] {
        assert_eq!(http.get(&format!("/ws?{name}={}", keys.admin)).await.outcome(), "426 upgrade_required", "{name}");
    }
}

#[tokio::test]
async fn what_was_written_stands_under_the_name_of_the_token() {
    let (app, keys) = guarded(Reading::LoggedIn);
    let http = Http::of(app);
    let bearer = format!("Bearer {}", keys.editor);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
    assert_eq!(http.send("POST /books", &headers, json!({"title": "Saman"})).await.outcome(), "201");

    let other = format!("Bearer {}", keys.admin);
    let others = [("authorization", other.as_str()), ("idempotency-key", "k")];
    let answer = http.send("POST /books", &others, json!({"title": "Larung"})).await;
    assert_eq!(answer.outcome(), "201", "a request id belongs to its token");
    let mut events = Events::open(&http, "?since=0", &[("authorization", &other)]).await;
    let by = [events.event().await.1["by"].take(), events.event().await.1["by"].take()];
    assert_eq!(by, ["editor", "admin"]);
}
