//! What is remembered of a request over the end of the program. The methods themselves are tested in `server`.

use serde_json::json;

use crate::client::Client;
use crate::server::Server;

#[tokio::test]
async fn a_request_id_is_remembered_when_the_program_was_killed() {
    let mut server = Server::start();
    let mut client = Client::connect(&server.websocket()).await.unwrap();
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
