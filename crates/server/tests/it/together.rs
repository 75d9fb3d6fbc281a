//! Calls that come together, of so many books that what they ask for is read ahead.

use std::num::NonZeroU32;
use std::sync::Arc;

use catalogue::{Book, BookId, Catalogue, Details, Revision, Timestamp};
use engine::{Config, Engine, Limits, SystemClock};
use journal::MemoryJournal;
use serde_json::{Value, json};
use server::{App, Loopback, Options, Rates};

use crate::fixture::Server;
use crate::raw::{BINARY, CLOSE, CONTINUATION, FIN, Frame, PING, PONG, Raw, TEXT, frame};

/// More than the fewest that are looked ahead for.
const BOOKS: u64 = 20_000;

async fn server(rates: Rates) -> Server {
    let mut opened = MemoryJournal::new("store").open();
    let book = |id| {
        let (title, description) = (format!("Book {id}"), "x".repeat(id as usize % 2_000));
        let details = Details { title: title.into(), description: description.into(), ..Details::default() };
        Book::new(BookId(id), &details, Revision(0), Timestamp(0))
    };
    opened.catalogue = Catalogue::restore(Revision::ZERO, BookId::FIRST, (1..=BOOKS).map(book), []);
    let config = Config { rules: Default::default(), limits: Limits::default(), clock: Arc::new(SystemClock) };
    let rates = Rates { loopback: Loopback::Limited, ..rates };
    Server::serve(App::new(Engine::start(opened, config), Options { rates, ..Options::default() })).await
}

async fn connected() -> (Server, Raw) {
    let server = server(Rates { per_second: None, ..Rates::default() }).await;
    let peer = Raw::connect(&server).await;
    (server, peer)
}

fn call(id: u64, method: &str, params: Value) -> Vec<u8> {
    let call = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#);
    frame(FIN | TEXT, call.as_bytes())
}

fn get(id: u64, book: u64) -> Vec<u8> {
    call(id, "books.get", json!({ "id": book }))
}

/// A frame in short: the id of a call with the title or the code that it was answered with.
fn in_short(frame: &Frame) -> String {
    if frame.first == FIN | PONG {
        return "pong".into();
    }
    let reply: Value = serde_json::from_slice(&frame.payload).unwrap();
    let said = [&reply["result"]["book"]["title"], &reply["error"]["code"]].into_iter().find(|said| !said.is_null());
    format!("{} {}", reply["id"], said.unwrap_or(&reply["result"]["id"])).replace('"', "")
}

async fn next(peer: &mut Raw) -> String {
    in_short(&peer.frame().await.expect("there is one more"))
}

#[tokio::test]
async fn whatever_comes_together_is_answered_in_its_order_and_by_the_state_at_its_turn() {
    let (_server, mut peer) = connected().await;
    let parts: [(Vec<u8>, &[&str]); 12] = [
        (get(1, 4_711), &["1 Book 4711"]),
        (get(2, 1_999), &["2 Book 1999"]),
        (get(3, BOOKS + 1), &["3 -32001"]),
        (get(4, u64::MAX), &["4 -32001"]),
        (frame(FIN | PING, b""), &["pong"]),
        (call(5, "books.update", json!({"id": 7, "set": {"title": "changed"}})), &["5 changed"]),
        (get(6, 7), &["6 changed"]),
        (call(7, "books.delete", json!({"id": 8})), &["7 8"]),
        (get(8, 8), &["8 -32001"]),
        (frame(FIN | TEXT, b"}}"), &["null -32700"]),
        (
            [
                frame(TEXT, br#"{"jsonrpc":"2.0","id":9,"method":"#),
                frame(FIN | CONTINUATION, br#""books.get","params":{"id":9}}"#),
            ]
            .concat(),
            &["9 Book 9"],
        ),
        ((10..40).flat_map(|id| get(id, id * 100)).collect(), &[]),
    ];
    let mut expected: Vec<String> = parts.iter().flat_map(|(_, said)| *said).map(|said| (*said).to_owned()).collect();
    expected.extend((10..40).map(|id| format!("{id} Book {}", id * 100)));
    peer.send(&parts.map(|(bytes, _)| bytes).concat()).await;
    let mut said = Vec::new();
    for _ in &expected {
        said.push(next(&mut peer).await);
    }
    // A ping is answered when it is heard, which is before the writes are durable and may be before what waits to go out.
    let pong = said.iter().position(|said| said == "pong").expect("a ping is answered");
    said.remove(pong);
    expected.retain(|said| said != "pong");
    assert_eq!(said, expected);
}

#[tokio::test]
async fn what_is_behind_good_calls_ends_the_conversation_only_once_they_are_answered() {
    for (end, code) in [
        (frame(FIN | BINARY, b""), 1003),
        (frame(FIN | 0x40 | TEXT, b"{}"), 1002),
        (vec![FIN | TEXT, 2, b'{', b'}'], 1002),
    ] {
        let (_server, mut peer) = connected().await;
        let gets: Vec<u8> = (1..=20).flat_map(|id| get(id, id * 200)).collect();
        peer.send(&[gets, end, get(21, 1)].concat()).await;
        for id in 1..=20 {
            assert_eq!(next(&mut peer).await, format!("{id} Book {}", id * 200));
        }
        assert_eq!(peer.closed_with().await, code);
    }
}

#[tokio::test]
async fn what_is_called_behind_a_goodbye_is_not_answered() {
    let (_server, mut peer) = connected().await;
    peer.send(&[get(1, 1), get(2, 2), frame(FIN | CLOSE, &1000_u16.to_be_bytes()), get(3, 3)].concat()).await;
    assert_eq!([next(&mut peer).await, next(&mut peer).await], ["1 Book 1", "2 Book 2"]);
    assert_eq!(peer.closed_with().await, 1000);
}

#[tokio::test]
async fn calls_that_come_together_are_charged_one_by_one() {
    let server = server(Rates { per_second: NonZeroU32::new(1), ..Rates::default() }).await;
    let mut peer = Raw::connect(&server).await;
    let gets: Vec<u8> = (1..=60).flat_map(|id| get(id, id)).collect();
    peer.send(&gets).await;
    let mut answered = 0;
    for id in 1..=60 {
        let said = next(&mut peer).await;
        answered += u64::from(said == format!("{id} Book {id}"));
        assert!(said == format!("{id} Book {id}") || said == format!("{id} -32006"), "{said}");
    }
    assert!((10..60).contains(&answered), "ten at once, and one a second: {answered}");
}
