//! Logins on WebSockets: whose they are, what they may, and how they end.

use std::collections::BTreeSet;
use std::time::Duration;

use access::{Access, FAILURES_FREE, Lifetime, Reading, Role};
use engine::Limits;
use serde_json::{Value, json};
use server::App;

use crate::fixture::{Client, Keys, Server, guarded, guarded_with, soon};

/// A guarded server with its app and tokens.
async fn start(reading: Reading) -> (Server, App, Keys) {
    let (app, keys) = guarded(reading);
    (Server::serve(app.clone()).await, app, keys)
}

fn access(app: &App) -> &Access {
    &app.options.access
}

fn revoke(app: &App, name: &str) {
    access(app).tokens().revoke(name, access(app).now()).unwrap();
}

/// Every method with parameters that it takes, and the least role that may call it.
fn methods() -> Vec<(&'static str, Value, Option<Role>)> {
    let (reader, editor) = (Some(Role::Reader), Some(Role::Editor));
    vec![
        ("books.get", json!({"id": 1}), reader),
        ("books.list", json!({}), reader),
        ("books.subscribe", json!({}), reader),
        ("books.unsubscribe", json!(["7"]), reader),
        ("server.info", json!({}), reader),
        ("books.create", json!({"book": {"title": "x"}}), editor),
        ("books.update", json!({"id": 1, "set": {"year": 1998}}), editor),
        ("books.replace", json!({"id": 1, "book": {"title": "x"}}), editor),
        ("books.delete", json!({"id": 1}), editor),
        ("books.transact", json!({"operations": [{"delete": {"id": 1}}]}), editor),
        ("rpc.discover", json!({}), None),
        ("session.login", json!({"token": "wrong"}), None),
    ]
}

#[tokio::test]
async fn each_method_is_for_its_role_and_those_above() {
    for reading in [Reading::LoggedIn, Reading::Public] {
        let (server, _, keys) = start(reading).await;
        let mut clients = vec![(None, server.client().await)];
        for (role, key) in [(Role::Reader, &keys.reader), (Role::Editor, &keys.editor), (Role::Admin, &keys.admin)] {
            clients.push((Some(role), server.client_as(key).await));
        }
        for (role, client) in &mut clients {
            let effective = role.or((reading == Reading::Public).then_some(Role::Reader));
            for (method, params, least) in methods().into_iter().filter(|(method, ..)| *method != "session.login") {
                let code = code(client, method, params).await;
                let what = format!("{method} as {role:?}, {reading:?}: {code}");
                match (least, effective) {
                    (Some(_), None) => assert_eq!(code, -32003, "{what}"),
                    (Some(least), Some(role)) if role < least => assert_eq!(code, -32004, "{what}"),
                    _ => assert!(![-32003, -32004].contains(&code), "{what}"),
                }
            }
        }
    }
}

/// The code of an answer, 0 for a result; the answer may come behind events.
async fn code(client: &mut Client, method: &str, params: Value) -> i64 {
    let id = client.begin(method, params).await;
    client.answer(id).await["error"]["code"].as_i64().unwrap_or(0)
}

#[test]
fn no_method_is_missing_from_the_table() {
    let tested: BTreeSet<_> = methods().into_iter().map(|(method, _, role)| (method, role)).collect();
    let known: BTreeSet<_> = protocol::method::roles().collect();
    assert_eq!(tested, known);
}

#[tokio::test]
async fn a_batch_is_no_way_around() {
    let (server, _, keys) = start(Reading::LoggedIn).await;
    let batch = r#"[{"jsonrpc":"2.0","id":1,"method":"books.create","params":{"book":{"title":"x"}}},
        {"jsonrpc":"2.0","method":"books.create","params":{"book":{"title":"x"}}},
        {"jsonrpc":"2.0","id":2,"method":"books.list"}]"#;
    let codes = |frame: String| {
        let answers: Value = serde_json::from_str(&frame).unwrap();
        answers.as_array().unwrap().iter().map(|answer| answer["error"]["code"].as_i64()).collect::<Vec<_>>()
    };
    assert_eq!(codes(server.client().await.ask(batch).await), [Some(-32003), Some(-32003)]);
    let mut reader = server.client_as(&keys.reader).await;
    assert_eq!(codes(reader.ask(batch).await), [Some(-32004), None]);
    assert_eq!(reader.call("server.info", json!({})).await["books"], 0);
}

#[tokio::test]
async fn a_handshake_with_a_credential_that_is_no_good_is_401() {
    for reading in [Reading::LoggedIn, Reading::Public] {
        let (server, app, keys) = start(reading).await;
        revoke(&app, "former");
        for token in ["wrong", &keys.former, &keys.expired] {
            let refused = [
                server.attempt("", &[("authorization", &format!("Bearer {token}"))]).await.err(),
                server.attempt("", &[("cookie", &format!("bookstore_session={token}"))]).await.err(),
                server.attempt(&format!("?ticket={token}"), &[]).await.err(),
            ];
            assert_eq!(refused, [Some(401), Some(401), Some(401)], "{token}");
        }
        let good = format!("bookstore_session={}", keys.editor);
        let mut client = server.attempt("", &[("cookie", &good)]).await.ok().unwrap();
        client.add("Saman").await;
    }
}

#[tokio::test]
async fn a_login_on_the_socket_says_who_it_is_and_a_wrong_one_takes_nothing_away() {
    let (server, app, keys) = start(Reading::LoggedIn).await;
    let mut client = server.client().await;
    assert_eq!(client.refused("books.list", json!({})).await["code"], -32003);
    let who = client.call("session.login", json!({"token": keys.reader})).await;
    assert_eq!(who, json!({"name": "reader", "role": "reader"}));
    assert_eq!(client.refused("books.create", json!({"book": {"title": "x"}})).await["code"], -32004);

    client.call("session.login", json!({"token": keys.editor})).await;
    client.add("Saman").await;
    revoke(&app, "former");
    for token in ["wrong", "", &keys.expired, &keys.former] {
        let error = client.refused("session.login", json!({"token": token})).await;
        assert_eq!((&error["code"], &error["data"]["type"]), (&json!(-32003), &json!("unauthenticated")), "{token}");
    }
    client.add("Larung").await;
    let now = access(&app).now();
    let (known, secret) =
        access(&app).tokens().create("budi", Role::Editor, Lifetime::Limited(Duration::from_secs(600)), now).unwrap();
    let who = client.call("session.login", json!({"token": secret.reveal()})).await;
    assert_eq!(who["expires"], json!(known.expires));
}

#[tokio::test]
async fn a_login_is_its_connections_alone() {
    let (server, _, keys) = start(Reading::LoggedIn).await;
    let mut silent = server.client().await;
    let mut editor = server.client_as(&keys.editor).await;
    let mut reader = server.client().await;
    editor.add("Saman").await;
    reader.call("session.login", json!({"token": keys.reader})).await;
    for _ in 0..10 {
        editor.add("Saman").await;
        assert_eq!(silent.refused("books.list", json!({})).await["code"], -32003);
        assert_eq!(reader.refused("books.delete", json!({"id": 1})).await["code"], -32004);
    }
    drop(editor);
    assert_eq!(server.client().await.refused("books.list", json!({})).await["code"], -32003);
}

#[tokio::test]
async fn a_token_that_is_revoked_ends_its_sockets_and_subscriptions_with_4001_and_no_others() {
    for reading in [Reading::LoggedIn, Reading::Public] {
        let (server, app, keys) = start(reading).await;
        let mut former = server.client_as(&keys.former).await;
        let mut by_call = server.client().await;
        by_call.call("session.login", json!({"token": keys.former})).await;
        let mut admin = server.client_as(&keys.admin).await;
        for client in [&mut former, &mut by_call, &mut admin] {
            client.call("books.subscribe", json!({})).await;
            assert_eq!(client.event().await["type"], "current");
        }
        revoke(&app, "former");
        let limit = Duration::from_secs(1);
        for client in [&mut former, &mut by_call] {
            let closed = tokio::time::timeout(limit, client.close_code()).await;
            assert_eq!(closed.expect("within a second"), Some(4001));
        }
        admin.add("Saman").await;
        assert_eq!(admin.event().await["type"], "change");
    }
}

#[tokio::test]
async fn the_first_token_ends_what_came_without() {
    let app = crate::fixture::app();
    let server = Server::serve(app.clone()).await;
    let mut local = server.client().await;
    local.add("Saman").await;
    access(&app).tokens().create("ani", Role::Admin, Lifetime::Endless, access(&app).now()).unwrap();
    assert_eq!(local.close_code().await, Some(4001));
    assert_eq!(server.client().await.refused("books.list", json!({})).await["code"], -32003);
}

#[tokio::test]
async fn who_does_not_log_in_is_closed_with_4001_where_reading_is_not_public() {
    let limits = || Limits { login_timeout: Duration::from_millis(50), ..Limits::default() };
    let (app, keys) = guarded_with(Reading::LoggedIn, limits());
    let server = Server::serve(app).await;
    let mut editor = server.client_as(&keys.editor).await;
    assert_eq!(server.client().await.close_code().await, Some(4001));
    editor.add("Saman").await;

    let (app, _) = guarded_with(Reading::Public, limits());
    let public = Server::serve(app).await;
    let mut stranger = public.client().await;
    assert_eq!(server.client().await.close_code().await, Some(4001), "so much time has passed");
    stranger.call("books.list", json!({})).await;
}

#[tokio::test]
async fn a_ticket_opens_one_socket_as_who_asked_for_it() {
    let (server, app, keys) = start(Reading::LoggedIn).await;
    let ticket = || {
        let editor = access(&app).authenticate(&keys.former, [127, 0, 0, 1].into()).unwrap();
        access(&app).issue_ticket(&editor).unwrap()
    };
    let (first, second) = (ticket(), ticket());
    let query = format!("?ticket={}", first.reveal());
    let mut client = server.attempt(&query, &[]).await.ok().unwrap();
    client.add("Saman").await;
    assert_eq!(server.attempt(&query, &[]).await.err(), Some(401), "it is used up");

    // A page asks on purpose; its cookie comes along by itself.
    let stale = [("cookie", "bookstore_session=stale")];
    assert!(server.attempt(&format!("?ticket={}", second.reveal()), &stale).await.is_ok());
    let third = ticket();
    revoke(&app, "former");
    assert_eq!(client.close_code().await, Some(4001), "its token is gone");
    assert_eq!(server.attempt(&format!("?ticket={}", third.reveal()), &[]).await.err(), Some(401));
}

#[tokio::test]
async fn guessing_is_slowed_down_and_a_right_token_comes_in_all_the_same() {
    let (server, _, keys) = start(Reading::LoggedIn).await;
    let mut client = server.client().await;
    let wrong = json!({"token": "wrong"});
    let mut codes = Vec::new();
    for _ in 0..FAILURES_FREE + 2 {
        codes.push(client.refused("session.login", wrong.clone()).await);
    }
    assert!(codes[..FAILURES_FREE as usize + 1].iter().all(|error| error["code"] == -32003));
    let last = codes.last().unwrap();
    assert_eq!((&last["code"], &last["data"]["retry_after"]), (&json!(-32006), &json!(1)));
    assert_eq!(server.attempt("", &[("authorization", "Bearer wrong")]).await.err(), Some(429));
    client.call("session.login", json!({"token": keys.reader})).await;
    assert!(server.attempt("", &[("authorization", &format!("Bearer {}", keys.reader))]).await.is_ok());
}

#[tokio::test]
async fn an_event_stream_ends_with_its_token() {
    let (app, keys) = guarded(Reading::Public);
    let http = crate::http::Http::of(app.clone());
    let bearer = format!("Bearer {}", keys.former);
    let (status, _, body) = http.begin("GET /books/changes", &[("authorization", &bearer)]).await;
    assert_eq!(status, 200);
    revoke(&app, "former");
    let all = soon(http_body_util::BodyExt::collect(body)).await;
    assert!(all.is_ok(), "it ends, and in order");
}
