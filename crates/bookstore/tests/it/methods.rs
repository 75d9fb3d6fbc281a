//! Every method of the WebSocket, asked by a client that we did not write.

use std::collections::BTreeSet;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::client::Client;
use crate::server::Server;

async fn start() -> (Server, Client) {
    let server = Server::start();
    let client = Client::connect(&server.websocket()).await.unwrap();
    (server, client)
}

async fn add(client: &mut Client, title: &str) -> Value {
    client.call("books.create", json!({"book": {"title": title}})).await["book"].take()
}

#[tokio::test]
async fn books_create_and_get() {
    let (_server, mut client) = start().await;
    let created = client.call("books.create", json!({"book": {"id": 7, "title": " Saman ", "year": "1998"}})).await;
    assert_eq!(created["revision"], 1);
    let book = &created["book"];
    assert_eq!((&book["id"], &book["title"], &book["year"]), (&json!(7), &json!("Saman"), &json!(1998)));
    assert_eq!((&book["pages"], &book["status"], &book["revision"]), (&Value::Null, &json!("Available"), &json!(1)));
    assert_eq!(client.call("books.get", json!({"id": 7})).await, json!({"revision": 1, "book": book}));

    let taken = client.refused("books.create", json!({"book": {"id": 7, "title": "Larung"}})).await;
    assert_eq!((&taken["code"], &taken["data"]["book"]["id"]), (&json!(-32002), &json!(7)));
    let missing = client.refused("books.get", json!({"id": 1})).await;
    assert_eq!((&missing["code"], &missing["data"]["type"]), (&json!(-32001), &json!("not_found")));
    let invalid = client.refused("books.create", json!({"book": {"titel": "x", "year": "soon"}})).await;
    assert_eq!(invalid["code"], -32602);
    let fields = invalid["data"]["fields"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap());
    assert_eq!(fields.collect::<BTreeSet<_>>(), BTreeSet::from(["titel", "title", "year"]));
}

#[tokio::test]
async fn books_update_sets_adds_and_minds_the_revision() {
    let (_server, mut client) = start().await;
    add(&mut client, "Saman").await;
    let updated = client
        .call("books.update", json!({"id": 1, "set": {"shelf": "A-3"}, "add": {"stock": 3}, "if_revision": 1}))
        .await;
    assert_eq!((&updated["book"]["shelf"], &updated["book"]["stock"]), (&json!("A-3"), &json!(3)));
    let old = client.refused("books.update", json!({"id": 1, "set": {"shelf": "B"}, "if_revision": 1})).await;
    assert_eq!((&old["code"], &old["data"]["book"]), (&json!(-32002), &updated["book"]));
    assert_eq!(client.refused("books.update", json!({"id": 1, "add": {"stock": -4}})).await["code"], -32002);
    let unchanged = client.call("books.update", json!({"id": 1, "set": {"shelf": " A-3"}})).await;
    assert_eq!((&unchanged["revision"], &unchanged["book"]["revision"]), (&json!(2), &json!(2)));
    assert_eq!(client.refused("books.update", json!({"id": 1, "set": {"id": 2}})).await["code"], -32602);
}

#[tokio::test]
async fn books_replace_and_delete() {
    let (_server, mut client) = start().await;
    client.call("books.create", json!({"book": {"title": "Saman", "shelf": "A-3"}})).await;
    let replaced = client.call("books.replace", json!({"id": 1, "book": {"title": "Larung"}, "if_revision": 1})).await;
    assert_eq!((&replaced["book"]["title"], replaced["book"].get("shelf")), (&json!("Larung"), None));
    assert_eq!(client.refused("books.delete", json!({"id": 1, "if_revision": 1})).await["code"], -32002);
    assert_eq!(client.call("books.delete", json!({"id": 1, "if_revision": 2})).await, json!({"revision": 3, "id": 1}));
    assert_eq!(client.refused("books.create", json!({"book": {"id": 1, "title": "Again"}})).await["code"], -32002);
    assert_eq!(add(&mut client, "Next").await["id"], 2);
}

#[tokio::test]
async fn books_transact_is_all_or_nothing() {
    let (_server, mut client) = start().await;
    let right = json!({"operations": [
        {"create": {"book": {"title": "Saman"}}}, {"update": {"id": 1, "set": {"year": 1998}}},
        {"create": {"book": {"title": "Larung"}}}, {"replace": {"id": 2, "book": {"title": "Ziarah"}}},
    ]});
    let done = client.call("books.transact", right).await;
    assert_eq!((&done["revision"], done["results"].as_array().unwrap().len()), (&json!(1), 4));
    let wrong = json!({"operations": [{"delete": {"id": 1}}, {"delete": {"id": 9}}]});
    let refused = client.refused("books.transact", wrong).await;
    assert_eq!((&refused["code"], &refused["data"]["operation"]), (&json!(-32001), &json!(1)));
    assert_eq!(client.call("books.get", json!({"id": 1})).await["book"]["year"], 1998);
}

#[tokio::test]
async fn a_request_id_is_answered_once_and_for_all() {
    let (mut server, mut client) = start().await;
    let params = json!({"book": {"title": "Saman"}, "request_id": "till-1/1"});
    let first = client.call("books.create", params.clone()).await;
    assert_eq!(client.call("books.create", params.clone()).await, first);
    server = tokio::task::spawn_blocking(move || {
        server.kill_and_restart();
        server
    })
    .await
    .unwrap();
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    assert_eq!(client.call("books.create", params).await, first);
    let other = json!({"book": {"title": "Larung"}, "request_id": "till-1/1"});
    assert_eq!(client.refused("books.create", other).await["code"], -32009);
    assert_eq!(client.call("server.info", json!({})).await["books"], 1);
}

#[tokio::test]
async fn books_list_pages_to_the_end() {
    let (_server, mut client) = start().await;
    for number in 0..25 {
        client
            .call("books.create", json!({"book": {"title": format!("Book {}", number % 5), "year": 2000 + number}}))
            .await;
    }
    let mut params = json!({"limit": 10, "sort": "title", "filter": {"year": {"from": 2001}}});
    let mut seen = Vec::new();
    loop {
        let page = client.call("books.list", params.clone()).await;
        assert_eq!((&page["revision"], &page["total"]), (&json!(25), &json!(24)));
        seen.extend(
            page["books"].as_array().unwrap().iter().map(|book| (book["title"].to_string(), book["id"].as_u64())),
        );
        if page["next"].is_null() {
            break;
        }
        params["cursor"] = page["next"].clone();
    }
    assert_eq!(seen.len(), 24);
    assert!(seen.is_sorted(), "{seen:?}");
    for later in ["search", "facets", "explain"] {
        let refused = client.refused("books.list", json!({later: "x"})).await;
        assert!(refused["code"] == -32602 && refused.to_string().contains(later), "{refused}");
    }
}

#[tokio::test]
async fn books_subscribe_with_filter_and_unsubscribe() {
    let (_server, mut client) = start().await;
    let id = client.call("books.subscribe", json!({"filter": {"shelf": "A"}})).await;
    assert_eq!(client.event().await.unwrap()["type"], "current");
    for (method, params, kind) in [
        ("books.create", json!({"book": {"title": "Saman", "shelf": "a"}}), "created"),
        ("books.update", json!({"id": 1, "set": {"shelf": "B"}}), "left"),
        ("books.update", json!({"id": 1, "set": {"shelf": "A"}}), "entered"),
        ("books.update", json!({"id": 1, "set": {"year": 1998}}), "updated"),
        ("books.delete", json!({"id": 1}), "deleted"),
    ] {
        let reply = client.call(method, params).await;
        let event = client.event().await.unwrap();
        assert_eq!((&event["type"], &event["revision"]), (&json!("change"), &reply["revision"]));
        assert_eq!(event["changes"][0]["kind"], kind, "{event}");
    }
    assert_eq!(client.call("books.unsubscribe", json!([id])).await, true);
    add(&mut client, "Unseen").await;
    // Were there an event, it would come before this answer to a later question.
    client.call("server.info", json!({})).await;
    let other = client.call("books.subscribe", json!({"since": 6, "snapshot": true})).await;
    assert_eq!(client.event().await.unwrap()["type"], "current");
    assert_eq!(client.call("books.unsubscribe", json!({"subscription": other})).await, true);
    let gone = client.refused("books.subscribe", json!({"since": 0, "store": "elsewhere"})).await;
    assert_eq!((&gone["code"], &gone["data"]["oldest"]), (&json!(-32010), &json!(0)));
}

#[tokio::test]
async fn server_info_and_rpc_discover() {
    let (_server, mut client) = start().await;
    let info = client.call("server.info", json!({})).await;
    assert_eq!((&info["name"], &info["revision"], &info["clients"]), (&json!("bookstore"), &json!(0), &json!(1)));
    assert!(info["limits"].is_object() && info["store"].is_string() && info["version"].is_string(), "{info}");
    let document = client.call("rpc.discover", json!({})).await;
    let methods = document["methods"].as_array().unwrap().iter();
    let names: BTreeSet<&str> = methods.map(|method| method["name"].as_str().unwrap()).collect();
    for name in ["books.create", "books.transact", "books.subscribe", "books.unsubscribe", "server.info"] {
        assert!(names.contains(name), "{name} is not described");
    }
}

#[tokio::test]
async fn methods_of_later_versions_are_refused_by_name() {
    let (_server, mut client) = start().await;
    for method in ["books.history", "books.revert", "presence.set", "session.login", "books.frobnicate"] {
        assert_eq!(client.refused(method, json!({})).await["code"], -32601, "{method}");
    }
}

#[tokio::test]
async fn batches_and_notifications() {
    let (server, _) = start().await;
    let mut request = server.websocket().into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", "bookstore.v1+json".parse().unwrap());
    let (mut socket, response) = tokio_tungstenite::connect_async(request).await.unwrap();
    assert_eq!(response.headers()["Sec-WebSocket-Protocol"], "bookstore.v1+json");
    let mut ask = async |text: &str| -> Value {
        socket.send(Message::text(text)).await.unwrap();
        serde_json::from_str(socket.next().await.unwrap().unwrap().to_text().unwrap()).unwrap()
    };
    let answers = ask(r#"[{"jsonrpc":"2.0","method":"books.create","params":{"book":{"title":"Silent"}}},
        {"jsonrpc":"2.0","id":"a","method":"books.get","params":{"id":1}}, {"id":1}]"#)
    .await;
    assert_eq!(answers.as_array().unwrap().len(), 2, "{answers}");
    assert_eq!((&answers[0]["id"], &answers[0]["result"]["book"]["title"]), (&json!("a"), &json!("Silent")));
    assert_eq!(answers[1]["error"]["code"], -32600);
    assert_eq!(ask("{").await["error"]["code"], -32700);
    assert_eq!(ask("[]").await["error"]["code"], -32600);
}
