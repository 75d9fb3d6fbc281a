//! Two people, one book.

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;

/// How many times as long a run is asked for: `SOAK=100 cargo test`.
pub(crate) fn soak() -> usize {
    std::env::var("SOAK").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_writers_one_wins_and_the_other_sees_the_current_book() {
    let server = Server::start();
    let mut writers =
        [Client::connect(&server.websocket()).await.unwrap(), Client::connect(&server.websocket()).await.unwrap()];
    let mut book = writers[0].call("books.create", json!({"book": {"title": "Saman"}})).await["book"].take();
    for round in 0..50 * soak() {
        let [first, second] = &mut writers;
        let shelf =
            |who: &str| json!({"id": 1, "set": {"shelf": format!("{who}{round}")}, "if_revision": book["revision"]});
        let (one, other) = tokio::join!(first.ask("books.update", shelf("a")), second.ask("books.update", shelf("b")));
        let (one, other) = (one.unwrap(), other.unwrap());
        let (won, lost) = if one.get("result").is_some() { (one, other) } else { (other, one) };
        assert_eq!(lost["error"]["code"], -32002, "{lost}");
        assert_eq!(lost["error"]["data"]["book"], won["result"]["book"]);
        book = won["result"]["book"].clone();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_that_name_the_revision_lose_no_update() {
    let server = Server::start();
    let mut first = Client::connect(&server.websocket()).await.unwrap();
    let book = first.call("books.create", json!({"book": {"title": "Saman", "stock": 0}})).await["book"].take();
    let counts = 100 * soak() as u64;
    let counting: Vec<_> = (0..2)
        .map(|_| {
            let (url, book) = (server.websocket(), book.clone());
            tokio::spawn(async move { count(&url, book, counts).await })
        })
        .collect();
    for writer in counting {
        writer.await.unwrap();
    }
    let end = first.call("books.get", json!({"id": 1})).await;
    assert_eq!(end["book"]["stock"], 2 * counts);
}

/// Raises the stock by one, again and again, always from the book as it was last seen.
async fn count(url: &str, mut book: Value, times: u64) {
    let mut client = Client::connect(url).await.unwrap();
    for _ in 0..times {
        loop {
            let stock = book["stock"].as_u64().unwrap() + 1;
            let params = json!({"id": 1, "set": {"stock": stock}, "if_revision": book["revision"]});
            let answer = client.ask("books.update", params).await.unwrap();
            if answer.get("result").is_some() {
                book = answer["result"]["book"].clone();
                break;
            }
            assert_eq!(answer["error"]["code"], -32002, "{answer}");
            book = answer["error"]["data"]["book"].clone();
        }
    }
}
