//! Frames in, frames out, letter by letter.

use engine::Ending;
use serde_json::{Value, json};

use crate::fixture::{Client, Server, app};

async fn start() -> (Server, Client) {
    let server = Server::start().await;
    let client = server.client().await;
    (server, client)
}

/// The code of the answer to a frame, with the id that begins it.
fn id_and_code(answer: &str) -> (String, i64) {
    let rest = answer.strip_prefix(r#"{"jsonrpc":"2.0","id":"#).unwrap_or_else(|| panic!("{answer}"));
    let (id, error) = rest.split_once(r#","error":"#).unwrap_or_else(|| panic!("{answer}"));
    let error: Value = serde_json::from_str(error.strip_suffix('}').unwrap()).unwrap();
    (id.to_owned(), error["code"].as_i64().unwrap())
}

#[tokio::test]
async fn what_is_no_call_is_told_so_and_the_connection_lives_on() {
    let (_server, mut client) = start().await;
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let table = [
        ("{", "null", -32700),
        ("", "null", -32700),
        (r#"{"jsonrpc":"2.0","id":5}"#, "5", -32600),
        ("7", "null", -32600),
        (r#"{"jsonrpc":"2.0","id":[],"method":"server.info"}"#, "null", -32600),
        (r#"{"jsonrpc":"2.0","id":"a","method":"books.frob"}"#, r#""a""#, -32601),
        (r#"{"jsonrpc":"2.0","id":"a","method":"books.history"}"#, r#""a""#, -32601),
        (r#"{"jsonrpc":"2.0","id":"a","method":"books.get"}"#, r#""a""#, -32602),
        (r#"{"jsonrpc":"2.0","id":"a","method":"books.get","params":[1]}"#, r#""a""#, -32602),
        (r#"{"jsonrpc":"2.0","id":"a","method":"books.list","params":{"search":"x"}}"#, r#""a""#, -32602),
        (&deep, "null", -32600),
    ];
    for (frame, id, code) in table {
        // A deep array is a batch of one call that is none.
        let answer = client.ask(frame).await;
        let answer = answer.strip_prefix('[').and_then(|one| one.strip_suffix(']')).unwrap_or(&answer);
        assert_eq!(id_and_code(answer), (id.to_owned(), code), "{}", &frame[..frame.len().min(80)]);
    }
    client.call("server.info", json!({})).await;
}

#[tokio::test]
async fn ids_come_back_as_they_were_sent() {
    let (_server, mut client) = start().await;
    let ids = ["0", "-0.50", "1e400", "123456789012345678901234567890", r#""""#, r#""\u00e9\"""#, r#""é""#, "null"];
    for id in ids {
        let answer =
            client.ask(&format!(r#"{{"id":{id},"method":"books.get","params":{{"id":1}},"jsonrpc":"2.0"}}"#)).await;
        assert_eq!(id_and_code(&answer), (id.to_owned(), -32001));
        let answer =
            client.ask(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"books.unsubscribe","params":["0"]}}"#)).await;
        assert_eq!(id_and_code(&answer), (id.to_owned(), -32001));
        let answer = client.ask(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"books.list"}}"#)).await;
        let expected = r#","result":{"revision":0,"books":[],"total":0,"next":null}}"#;
        assert_eq!(answer, format!(r#"{{"jsonrpc":"2.0","id":{id}{expected}"#));
    }
}

#[tokio::test]
async fn a_call_without_id_is_carried_out_and_not_answered() {
    let (_server, mut client) = start().await;
    for call in [
        r#"{"jsonrpc":"2.0","method":"books.create","params":{"book":{"title":"Saman"}}}"#,
        r#"{"jsonrpc":"2.0","method":"books.create","params":{"book":{}}}"#,
        r#"{"jsonrpc":"2.0","method":"books.frob"}"#,
        r#"{"jsonrpc":"2.0","method":"books.get","params":{"id":7}}"#,
        r#"[{"jsonrpc":"2.0","method":"books.update","params":{"id":1,"add":{"stock":2}}}]"#,
        r#"{"jsonrpc":"2.0","method":"books.subscribe"}"#,
    ] {
        client.send(call).await;
    }
    let book = client.call("books.get", json!({"id": 1})).await;
    assert_eq!((&book["revision"], &book["book"]["stock"]), (&json!(2), &json!(2)));
    assert_eq!(client.event().await["type"], "current");
}

#[tokio::test]
async fn no_parameters_are_an_object_an_array_or_nothing() {
    let (_server, mut client) = start().await;
    for params in ["", r#","params":{}"#, r#","params":[]"#] {
        let answer = client.ask(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"server.info"{params}}}"#)).await;
        assert!(answer.starts_with(r#"{"jsonrpc":"2.0","id":1,"result":{"name":"bookstore","#), "{answer}");
    }
    let answer = client.ask(r#"{"jsonrpc":"2.0","id":1,"method":"server.info","params":null}"#).await;
    assert_eq!(id_and_code(&answer).1, -32600);
}

#[tokio::test]
async fn a_refusal_has_its_particulars() {
    let (_server, mut client) = start().await;
    client.add("Saman").await;
    let conflict = client.refused("books.update", json!({"id": 1, "set": {}, "if_revision": 9})).await;
    assert_eq!((&conflict["code"], &conflict["data"]["type"]), (&json!(-32002), &json!("conflict")));
    assert_eq!(conflict["data"]["book"]["title"], "Saman");
    let invalid = client.refused("books.create", json!({"book": {"titel": 1, "year": "x"}})).await;
    assert_eq!((&invalid["code"], &invalid["data"]["type"]), (&json!(-32602), &json!("invalid")));
    assert_eq!(invalid["data"]["fields"].as_array().unwrap().len(), 3);
    let second = json!({"operations": [{"delete": {"id": 1}}, {"delete": {"id": 1}}]});
    let missing = client.refused("books.transact", second).await;
    assert_eq!((&missing["code"], &missing["data"]["operation"]), (&json!(-32001), &json!(1)));
    let twice =
        client.ask(r#"{"jsonrpc":"2.0","id":0,"method":"books.create","params":{"book":{"title":"a","title":"b"}}}"#);
    assert_eq!(id_and_code(&twice.await).1, -32602);
}

#[tokio::test]
async fn who_cannot_write_now_is_told_so_and_may_read() {
    let app = app();
    let engine = app.engine.clone();
    let server = Server::serve(app).await;
    let mut client = server.client().await;
    client.add("Saman").await;
    engine.stop(Ending::AsItIs).await;
    let refused = client.refused("books.delete", json!({"id": 1})).await;
    assert_eq!((&refused["code"], &refused["data"]["type"]), (&json!(-32007), &json!("unavailable")));
    assert_eq!(client.call("books.get", json!({"id": 1})).await["revision"], 1);
}

#[tokio::test]
async fn a_write_whose_answer_would_not_fit_is_not_carried_out() {
    let (_server, mut client) = start().await;
    let book = |id: u64| json!({"book": {"id": id, "title": "x", "description": "x".repeat(19_000)}});
    for id in 1..=60 {
        client.call("books.create", book(id)).await;
    }
    let touch: Vec<Value> = (1..=60).map(|id| json!({"update": {"id": id, "set": {"shelf": "A"}}})).collect();
    let refused = client.refused("books.transact", json!({"operations": touch})).await;
    assert_eq!((&refused["code"], &refused["data"]["type"]), (&json!(-32005), &json!("too_large")));
    assert_eq!(client.call("server.info", json!({})).await["revision"], 60);
}
