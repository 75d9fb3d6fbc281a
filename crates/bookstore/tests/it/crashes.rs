//! kill -9 in the middle of writing.

use std::collections::{BTreeMap, BTreeSet};

use rand::RngExt;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::client::Client;
use crate::server::Server;
use crate::writers::soak;

const WRITERS: usize = 3;
/// Calls that a writer has under way at once.
const IN_FLIGHT: usize = 8;
/// Books of one transaction: there are all of them or none.
const TOGETHER: usize = 3;

/// What the writers know.
#[derive(Default)]
struct Known {
    /// Acknowledged books by id, as they were answered.
    acknowledged: BTreeMap<u64, Value>,
    /// Transactions sent whose answer never came, by name.
    unanswered: BTreeSet<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_write_survives_kill_nine() {
    let mut server = Server::start();
    let mut known = Known::default();
    for round in 0..5 * soak() {
        let (acks, mut acked) = watch::channel(0);
        let writing: Vec<_> = (0..WRITERS)
            .map(|writer| tokio::spawn(write(server.websocket(), format!("{round}-{writer}"), acks.clone())))
            .collect();
        let enough = rand::rng().random_range(1..60);
        acked.wait_for(|count| *count >= enough).await.unwrap();
        server.kill();
        for writer in writing {
            let theirs = writer.await.unwrap();
            known.acknowledged.extend(theirs.acknowledged);
            known.unanswered.extend(theirs.unanswered);
        }
        server = tokio::task::spawn_blocking(move || {
            server.kill_and_restart();
            server
        })
        .await
        .unwrap();
        check(&server, &known).await;
    }
    assert!(!known.acknowledged.is_empty());
}

/// Creates books until the connection is cut.
async fn write(url: String, name: String, acks: watch::Sender<usize>) -> Known {
    let mut known = Known::default();
    // Others may have been answered often enough, and the server killed, before this one got there.
    let Ok(mut client) = Client::connect(&url).await else { return known };
    let mut under_way: BTreeMap<u64, String> = BTreeMap::new();
    for number in 0.. {
        let transaction = format!("{name}-{number}");
        // Taken down first: what is cut while it is sent may have arrived.
        known.unanswered.insert(transaction.clone());
        let operations: Vec<Value> =
            (0..TOGETHER).map(|part| json!({"create": {"book": book(&transaction, part)}})).collect();
        let Ok(id) = client.begin("books.transact", json!({"operations": operations})).await else { return known };
        under_way.insert(id, transaction);
        while under_way.len() >= IN_FLIGHT {
            let Ok(answer) = client.message().await else { return known };
            let transaction = under_way.remove(&answer["id"].as_u64().unwrap()).unwrap();
            known.unanswered.remove(&transaction);
            for result in answer["result"]["results"].as_array().expect("every write is right") {
                known.acknowledged.insert(result["book"]["id"].as_u64().unwrap(), result["book"].clone());
            }
            acks.send_modify(|count| *count += 1);
        }
    }
    known
}

fn book(transaction: &str, part: usize) -> Value {
    json!({"title": transaction, "author": format!("Part {part}"), "description": "x".repeat(part * 2_000)})
}

async fn check(server: &Server, known: &Known) {
    let kept = books(server).await;
    for (id, book) in &known.acknowledged {
        assert_eq!(kept.get(id), Some(book), "an acknowledged write is lost or changed");
    }
    let mut others: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for (_, book) in kept.iter().filter(|(id, _)| !known.acknowledged.contains_key(id)) {
        others.entry(book["title"].as_str().unwrap()).or_default().push(book);
    }
    for (transaction, books) in others {
        assert!(known.unanswered.contains(transaction), "{transaction} was never sent");
        assert_eq!(books.len(), TOGETHER, "{transaction} is there in part");
        for (part, kept) in books.iter().enumerate() {
            for (field, value) in book(transaction, part).as_object().unwrap() {
                assert_eq!(&kept[field], value);
            }
        }
    }
}

async fn books(server: &Server) -> BTreeMap<u64, Value> {
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    all_books(&mut client, json!({})).await
}

/// Every book that matches, by id.
pub(crate) async fn all_books(client: &mut Client, filter: Value) -> BTreeMap<u64, Value> {
    let mut books = BTreeMap::new();
    let mut params = json!({"limit": 1000, "filter": filter});
    loop {
        let page = client.call("books.list", params.clone()).await;
        let found = page["books"].as_array().unwrap().iter();
        books.extend(found.map(|book| (book["id"].as_u64().unwrap(), book.clone())));
        if page["next"].is_null() {
            return books;
        }
        params["cursor"] = page["next"].clone();
    }
}
