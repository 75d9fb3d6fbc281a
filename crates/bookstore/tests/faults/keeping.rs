//! `--keep` on a real disk, with as many entries as are always kept and more than twice as many again.

use std::path::Path;

use serde_json::{Value, json};

use crate::client::Client;
use crate::ledger::all_books;
use crate::patience::{soon, until};
use crate::server::{Server, run};

const ENTRIES: u64 = 250_000;
/// The last ones stay however old they are.
const KEPT_ALWAYS: u64 = 100_000;
const BOOKS: u64 = 100;
const IN_FLIGHT: u64 = 200;

#[tokio::test(flavor = "multi_thread")]
async fn a_large_history_is_dropped_from_the_front_and_resumed_behind_its_floor() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let options = ["--keep", "0d"];
    let mut server = Server::start_on(&data, &options);
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    for number in 1..=ENTRIES / 50_000 {
        soon("fifty thousand writes", write(&mut client, (number - 1) * 50_000, number * 50_000)).await;
    }
    // A segment has fewer entries than the last that are always kept: once this many are gone, no other can go.
    until("old segments to go", || first_segment(&data) > ENTRIES - 3 * KEPT_ALWAYS / 2).await;
    let floor = soon("a walk from the floor", check(&server, first_segment(&data) - 1)).await;
    assert!(floor <= ENTRIES - KEPT_ALWAYS, "{floor}");
    let books = all_books(&mut client).await;

    server.kill();
    assert!(run(folder.path(), ["verify", "--data", "data"]).ok().contains("250000"));
    server = Server::start_on(&data, &options);
    assert_eq!(soon("a walk from the floor", check(&server, first_segment(&data) - 1)).await, floor);
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    assert_eq!(all_books(&mut client).await, books);
    // The oldest request that is always remembered.
    let oldest = ENTRIES - KEPT_ALWAYS;
    assert_eq!(client.call("books.update", update(oldest)).await["revision"], oldest + 1);
    assert_eq!(client.call("server.info", json!({})).await["revision"], ENTRIES);
    println!("keep: {ENTRIES} entries, {floor} dropped, {} kept and read", ENTRIES - floor);
}

/// Makes the entries behind `from` up to `to`.
async fn write(client: &mut Client, from: u64, to: u64) {
    for number in from..to + IN_FLIGHT {
        if number < to {
            let (method, params) = match number < BOOKS {
                true => ("books.create", json!({"book": {"title": format!("Book {number}")}})),
                false => ("books.update", update(number)),
            };
            client.begin(method, params).await.unwrap();
        }
        if number >= from + IN_FLIGHT {
            let answer = client.message().await.unwrap();
            assert_eq!(answer["result"]["revision"], number - IN_FLIGHT + 1, "{answer}");
        }
    }
}

fn update(number: u64) -> Value {
    let set = json!({"shelf": number.to_string(), "description": format!("{number:>600}.")});
    json!({"id": number % BOOKS + 1, "set": set, "request_id": number.to_string()})
}

/// Below the floor nobody can resume and is told where; from there on everything comes. Gives the floor.
async fn check(server: &Server, floor: u64) -> u64 {
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    for since in [0, floor - 1] {
        let error = client.refused("books.subscribe", json!({"since": since})).await;
        assert_eq!((&error["code"], &error["data"]["oldest"]), (&json!(-32010), &json!(floor)), "{error}");
    }
    client.call("books.subscribe", json!({"since": floor})).await;
    for revision in floor + 1..=ENTRIES {
        let event = client.event().await.unwrap();
        assert_eq!((&event["type"], &event["revision"]), (&json!("change"), &json!(revision)));
    }
    assert_eq!(client.event().await.unwrap()["type"], "current");
    floor
}

/// The first revision of the oldest segment.
fn first_segment(data: &Path) -> u64 {
    let names = std::fs::read_dir(data.join("journal")).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.filter_map(|name| name.to_str()?.strip_suffix(".jsonl")?.parse().ok());
    names.min().expect("there is a segment")
}
