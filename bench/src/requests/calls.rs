//! The calls of one connection, made ready beforehand, so that sending them costs little.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::framing::{SLOT_DIGITS, Wire};
use crate::args::Work;
use crate::generated;

/// Calls of a connection before they come again, with other numbers in them where they write.
const CALLS: usize = 2_048;
/// Operations of a transaction.
const TOGETHER: usize = 100;
/// Bytes of a value of Redis.
const REDIS_BYTES: usize = 300;
/// Keys of Redis.
const REDIS_KEYS: u64 = 1_000_000;
/// One in so many calls of a mix is a write.
const WRITE_EVERY: usize = 10;

/// Where a number is put that is another one each time the call is sent.
const SLOT: &str = "0000000000";

/// A ring of calls; call `n` of it has the JSON-RPC id `n + 1`.
pub(crate) struct Calls {
    wire: Wire,
    bytes: Vec<u8>,
    calls: Vec<Call>,
    position: usize,
    /// The number for the next call that has room for one.
    number: u64,
}

struct Call {
    end: usize,
    payload: usize,
    slots: Vec<usize>,
    about: u64,
}

/// What the calls are about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    pub(crate) work: Work,
    pub(crate) wire: Wire,
    pub(crate) books: u64,
}

impl Calls {
    /// The calls of connection `who`, to be sent `pipeline` at a time. No two connections send the same numbers.
    pub(super) fn new(subject: Subject, who: u64, pipeline: usize) -> Self {
        let Subject { work, wire, books } = subject;
        let mut random = SmallRng::seed_from_u64(who);
        let mut made = Calls { wire, bytes: Vec::new(), calls: Vec::new(), position: 0, number: who * 10_000_000 };
        let calls = if work == Work::Transact { CALLS / TOGETHER } else { CALLS };
        let calls = calls.next_multiple_of(pipeline);
        for position in 0..calls {
            let about = random.random_range(1..=books.max(1));
            let payload = match wire {
                Wire::WebSocket | Wire::Echo => {
                    let (method, params) = call(work, position, about, &mut random, books);
                    let id = position + 1;
                    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#)
                }
                Wire::Resp => set(&mut random),
                Wire::Http => format!("GET /books/{about} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            };
            made.push(payload.as_bytes(), about);
        }
        made
    }

    /// How many there are before they begin anew.
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    /// The book that call `position` is about.
    pub(super) fn about(&self, position: usize) -> u64 {
        self.calls[position].about
    }

    /// The frames of the next `many` calls, as many as they were made for.
    pub(crate) fn next(&mut self, many: usize) -> &[u8] {
        let position = self.position;
        self.position = (position + many) % self.calls.len();
        let mut begin = position.checked_sub(1).map_or(0, |before| self.calls[before].end);
        let from = begin;
        for Call { end, payload, slots, .. } in &self.calls[position..position + many] {
            let frame = &mut self.bytes[begin..*end];
            for slot in slots {
                self.wire.set_number(frame, *payload, *slot, self.number);
                self.number += 1;
            }
            begin = *end;
        }
        &self.bytes[from..begin]
    }

    fn push(&mut self, payload: &[u8], about: u64) {
        self.wire.put(payload, &mut self.bytes);
        let slot = |at: &usize| self.wire.is_websocket() && payload[*at..].starts_with(SLOT.as_bytes());
        let slots = (0..payload.len().saturating_sub(SLOT_DIGITS)).filter(slot).collect();
        self.calls.push(Call { end: self.bytes.len(), payload: payload.len(), slots, about });
    }
}

fn call(work: Work, position: usize, about: u64, random: &mut SmallRng, books: u64) -> (&'static str, Value) {
    match work {
        Work::Get => ("books.get", json!({ "id": about })),
        Work::Create => ("books.create", json!({ "book": new_book(about) })),
        Work::Update => ("books.update", update(about)),
        Work::Mix if position.is_multiple_of(WRITE_EVERY) => ("books.update", update(about)),
        Work::Mix => ("books.get", json!({ "id": about })),
        Work::Transact => {
            let mut operation = || json!({ "update": update(random.random_range(1..=books)) });
            let operations: Vec<Value> = (0..TOGETHER).map(|_| operation()).collect();
            ("books.transact", json!({ "operations": operations }))
        }
    }
}

fn update(id: u64) -> Value {
    json!({"id": id, "set": {"shelf": SLOT}})
}

/// A book like those of the catalogue, with a title of its own.
fn new_book(number: u64) -> Value {
    let mut book = generated::book(number);
    book["title"] = json!(format!("{} {SLOT}", book["title"].as_str().unwrap_or_default()));
    if let Some(members) = book.as_object_mut() {
        members.remove("id");
    }
    book
}

/// What redis-benchmark sends with `-t set -d 300 -r 1000000`.
fn set(random: &mut SmallRng) -> String {
    let key = format!("key:{:012}", random.random_range(0..REDIS_KEYS));
    let value = "x".repeat(REDIS_BYTES);
    format!("*3\r\n$3\r\nSET\r\n${}\r\n{key}\r\n${REDIS_BYTES}\r\n{value}\r\n", key.len())
}
