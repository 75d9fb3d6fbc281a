//! Several calls in one frame.

use serde_json::{Value, json};

use crate::fixture::{Client, Server};

fn call(id: impl Into<Value>, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": method, "params": params})
}

fn quiet(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "method": method, "params": params})
}

async fn ask(client: &mut Client, calls: &[Value]) -> Vec<Value> {
    let answer = client.ask(&Value::from(calls).to_string()).await;
    assert!(answer.len() <= 1024 * 1024, "{} bytes", answer.len());
    serde_json::from_str(&answer).unwrap()
}

async fn start() -> (Server, Client) {
    let server = Server::start().await;
    let client = server.client().await;
    (server, client)
}

#[tokio::test]
async fn a_batch_runs_in_its_order_and_is_answered_in_one_frame() {
    let (_server, mut client) = start().await;
    let answers = ask(
        &mut client,
        &[
            call("create", "books.create", json!({"book": {"title": "Saman"}})),
            call("before", "books.get", json!({"id": 1})),
            quiet("books.update", json!({"id": 1, "set": {"shelf": "A"}})),
            call("after", "books.get", json!({"id": 1})),
            json!(7),
            call("delete", "books.delete", json!({"id": 1})),
            call("gone", "books.get", json!({"id": 1})),
            call("unknown", "books.frob", json!({})),
        ],
    )
    .await;
    let lines: Vec<String> = answers
        .iter()
        .map(|answer| {
            let code = answer["error"]["code"].as_i64().unwrap_or_default();
            format!("{} {code} {}", answer["id"], answer["result"]["book"]["shelf"])
        })
        .collect();
    assert_eq!(
        lines,
        [
            r#""create" 0 null"#,
            r#""before" 0 null"#,
            r#""after" 0 "A""#,
            "null -32600 null",
            r#""delete" 0 null"#,
            r#""gone" -32001 null"#,
            r#""unknown" -32601 null"#,
        ]
    );
}

#[tokio::test]
async fn a_batch_has_from_one_to_a_hundred_calls() {
    let (_server, mut client) = start().await;
    let calls: Vec<Value> = (0..100).map(|id| call(id, "books.get", json!({"id": 1}))).collect();
    assert_eq!(ask(&mut client, &calls).await.len(), 100);
    for frame in [
        "[]".to_owned(),
        Value::from([calls, vec![json!(1)]].concat()).to_string(),
        format!("[1{}]", ",1".repeat(500_000)),
    ] {
        let answer: Value = serde_json::from_str(&client.ask(&frame).await).unwrap();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&Value::Null, &json!(-32600)));
    }
}

#[tokio::test]
async fn a_batch_of_calls_without_id_is_not_answered() {
    let (_server, mut client) = start().await;
    client
        .send(json!([quiet("books.create", json!({"book": {"title": "a"}})), quiet("x", json!({}))]).to_string())
        .await;
    assert_eq!(client.call("server.info", json!({})).await["books"], 1);
}

#[tokio::test]
async fn events_follow_the_frame_that_answers_the_batch() {
    let (_server, mut client) = start().await;
    let calls = [
        call(1, "books.subscribe", json!({})),
        call(2, "books.create", json!({"book": {"title": "Saman"}})),
        call(3, "books.subscribe", json!({"snapshot": true})),
    ];
    let answers = ask(&mut client, &calls).await;
    let (first, second) = (answers[0]["result"].clone(), answers[2]["result"].clone());
    let mut told = Vec::new();
    for _ in 0..4 {
        let notification = client.notification().await;
        told.push((notification["subscription"].clone(), notification["result"]["type"].clone()));
    }
    let of = |id: &Value| -> Vec<&str> {
        told.iter().filter(|(subscription, _)| subscription == id).map(|(_, kind)| kind.as_str().unwrap()).collect()
    };
    assert_eq!(of(&first), ["current", "change"]);
    assert_eq!(of(&second), ["books", "current"]);
}

#[tokio::test]
async fn what_would_not_fit_beside_the_replies_before_it_is_not_carried_out() {
    let (_server, mut client) = start().await;
    let long = "x".repeat(19_000);
    let creating: Vec<Value> =
        (0..40).map(|id| call(id, "books.create", json!({"book": {"title": "x", "description": long}}))).collect();
    let answers = ask(&mut client, &creating).await;
    assert!(answers.iter().all(|answer| answer["result"]["revision"].is_number()));

    let mut calls: Vec<Value> = (0..60).map(|id| call(id, "books.get", json!({"id": id % 40 + 1}))).collect();
    calls.push(call(60, "books.update", json!({"id": 1, "set": {"shelf": "A"}})));
    calls.push(call(61, "books.delete", json!({"id": 2})));
    calls.push(call(62, "books.list", json!({})));
    calls.push(call(63, "books.unsubscribe", json!(["x"])));
    let answers = ask(&mut client, &calls).await;
    let ids: Vec<u64> = answers.iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (0..64).collect::<Vec<_>>());
    let code = |id: usize| answers[id]["error"]["code"].as_i64().unwrap_or_default();
    let carried_out = (0..60).take_while(|id| code(*id) == 0).count();
    assert!((50..56).contains(&carried_out), "{carried_out} books of 19 kB fit into a message");
    assert!((carried_out..61).all(|id| code(id) == -32005), "{answers:?}");
    assert_eq!((code(61), code(63)), (0, -32001));
    assert_eq!(client.call("books.get", json!({"id": 1})).await["book"]["shelf"], Value::Null);
    assert_eq!(client.refused("books.get", json!({"id": 2})).await["code"], -32001);
}

#[tokio::test]
async fn an_update_is_carried_out_where_its_answer_fits_exactly() {
    let (_server, mut client) = start().await;
    client.add("Saman").await;
    // More updates than there is room for the longest books: their real answers are short.
    let calls: Vec<Value> =
        (0..100).map(|id| call(id, "books.update", json!({"id": 1, "set": {"shelf": format!("{id}")}}))).collect();
    let answers = ask(&mut client, &calls).await;
    assert!(answers.iter().all(|answer| answer["result"]["revision"].is_number()), "{answers:?}");
    assert_eq!(client.call("server.info", json!({})).await["revision"], 101);
}

#[tokio::test]
async fn ids_that_leave_no_room_for_answers_are_refused_together() {
    let (_server, mut client) = start().await;
    let calls: Vec<Value> =
        (0..100).map(|_| json!({"jsonrpc": "2.0", "id": "i".repeat(10_430), "method": "m"})).collect();
    let frame = Value::from(calls).to_string();
    assert!(frame.len() <= 1024 * 1024, "{}", frame.len());
    let answer: Value = serde_json::from_str(&client.ask(&frame).await).unwrap();
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&Value::Null, &json!(-32600)));
}

#[tokio::test]
async fn a_retry_whose_answer_does_not_fit_is_not_told_that_nothing_was_carried_out() {
    let (_server, mut client) = start().await;
    let long = json!({"create": {"book": {"title": "x", "description": "x".repeat(19_000)}}});
    let params = json!({"operations": vec![long; 40], "request_id": "r"});
    let first = client.call("books.transact", params.clone()).await;
    let before = call(1, "books.list", json!({"limit": 30}));
    let answers = ask(&mut client, &[before, call(2, "books.transact", params.clone())]).await;
    assert_eq!(answers[0]["result"]["books"].as_array().unwrap().len(), 30);
    let error = &answers[1]["error"];
    assert_eq!((&error["code"], &error["data"]["type"]), (&json!(-32007), &json!("unavailable")));
    assert_eq!(error["message"], "carried out before, but its answer does not fit here: call it again alone");
    assert_eq!(client.call("books.transact", params).await, first);
}
