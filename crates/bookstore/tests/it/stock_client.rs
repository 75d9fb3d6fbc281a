//! A client that knows nothing of us but JSON-RPC's pub/sub convention.

use jsonrpsee::core::client::{ClientT, Subscription, SubscriptionClientT};
use jsonrpsee::core::params::ObjectParams;
use jsonrpsee::ws_client::WsClientBuilder;
use serde_json::{Value, json};

use crate::server::Server;

#[tokio::test]
async fn jsonrpsee_subscribes_and_receives() {
    let server = Server::start();
    let client = WsClientBuilder::default().build(server.websocket()).await.unwrap();
    let mut params = ObjectParams::new();
    params.insert("snapshot", true).unwrap();
    let mut events: Subscription<Value> =
        client.subscribe("books.subscribe", params, "books.unsubscribe").await.unwrap();

    let mut book = ObjectParams::new();
    book.insert("book", json!({"title": "Saman"})).unwrap();
    let created: Value = client.request("books.create", book).await.unwrap();

    let mut next = async || events.next().await.unwrap().unwrap();
    assert_eq!(next().await, json!({"type": "books", "revision": 0, "books": []}));
    assert_eq!(next().await["type"], "current");
    let change = next().await;
    assert_eq!(change["type"], "change");
    assert_eq!(change["changes"][0]["book"], created["book"]);
    events.unsubscribe().await.unwrap();
    let info: Value = client.request("server.info", ObjectParams::new()).await.unwrap();
    assert_eq!(info["books"], 1);
}
