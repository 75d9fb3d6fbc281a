//! Each method, asked by a client that we did not write.

use serde_json::{Value, json};

use crate::fixture::Server;

#[tokio::test]
async fn books_are_created_read_updated_replaced_and_deleted() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let created = client.call("books.create", json!({"book": {"title": " Saman ", "year": "1998"}})).await;
    assert_eq!((&created["revision"], &created["book"]["title"]), (&json!(1), &json!("Saman")));
    assert_eq!(client.call("books.get", json!({"id": 1})).await, created);
    let updated = client.call("books.update", json!({"id": 1, "set": {"shelf": "A"}, "add": {"stock": 2}})).await;
    assert_eq!((&updated["book"]["shelf"], &updated["book"]["stock"]), (&json!("A"), &json!(2)));
    let replaced = client.call("books.replace", json!({"id": 1, "book": {"title": "Larung"}})).await;
    assert_eq!((&replaced["book"]["title"], replaced["book"].get("shelf")), (&json!("Larung"), None));
    let page = client.call("books.list", json!({})).await;
    assert_eq!(page, json!({"revision": 3, "books": [replaced["book"]], "total": 1, "next": null}));
    assert_eq!(client.call("books.delete", json!({"id": 1})).await, json!({"revision": 4, "id": 1}));
    assert_eq!(client.refused("books.get", json!({"id": 1})).await["code"], -32001);
}

#[tokio::test]
async fn a_subscriber_is_told_what_happens() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let id = client.call("books.subscribe", json!({"snapshot": true})).await;
    assert!(id.is_string());
    assert_eq!(client.event().await, json!({"type": "books", "revision": 0, "books": []}));
    assert_eq!(client.event().await, json!({"type": "current", "revision": 0, "store": "store"}));
    client.add("Saman").await;
    let told: Value = client.notification().await;
    assert_eq!((&told["subscription"], &told["result"]["type"]), (&id, &json!("change")));
    assert_eq!(told["result"]["changes"][0]["book"]["title"], "Saman");
    assert_eq!(client.call("books.unsubscribe", json!([id])).await, true);
    assert_eq!(client.refused("books.unsubscribe", json!([id])).await["code"], -32001);
}

#[tokio::test]
async fn a_filter_shows_what_enters_and_leaves() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.call("books.subscribe", json!({"filter": {"shelf": "A"}})).await;
    assert_eq!(client.event().await["type"], "current");
    for (method, params, kind) in [
        ("books.create", json!({"book": {"title": "Saman", "shelf": "a"}}), "created"),
        ("books.update", json!({"id": 1, "set": {"shelf": "B"}}), "left"),
        ("books.update", json!({"id": 1, "set": {"shelf": "A"}}), "entered"),
        ("books.update", json!({"id": 1, "set": {"year": 1998}}), "updated"),
        ("books.delete", json!({"id": 1}), "deleted"),
    ] {
        let reply = client.call(method, params).await;
        let event = client.event().await;
        assert_eq!((&event["type"], &event["revision"]), (&json!("change"), &reply["revision"]), "{event}");
        assert_eq!(event["changes"][0]["kind"], kind, "{event}");
    }
}
