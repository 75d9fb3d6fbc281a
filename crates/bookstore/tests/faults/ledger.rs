//! What clients sent, what they were told, and whether a store agrees.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;

/// What clients know of their writes, by request id.
#[derive(Default)]
pub(crate) struct Ledger {
    /// All that was sent, with the titles of the books it makes and the shelf it moves one to.
    sent: BTreeMap<String, Sent>,
    /// The results of those that were carried out.
    acknowledged: BTreeMap<String, Value>,
    /// The errors of those that were not.
    refused: BTreeMap<String, Value>,
}

/// What is to be found of one write: all of it or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    /// The titles of the books it makes.
    pub(crate) titles: BTreeSet<String>,
    /// The shelf it moves a book to.
    pub(crate) shelf: Option<String>,
}

/// How a store differs from what clients were told.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    /// Acknowledged writes that are not there.
    pub(crate) lost: Vec<String>,
    /// Refused writes that are there.
    pub(crate) refused_and_there: Vec<String>,
}

impl Ledger {
    /// Takes a write down before it is sent: what is cut meanwhile may have arrived.
    pub(crate) fn send(&mut self, request_id: &str, sent: Sent) {
        assert!(self.sent.insert(request_id.to_owned(), sent).is_none(), "{request_id} is sent once");
    }

    /// Takes an answer down.
    pub(crate) fn answered(&mut self, request_id: String, mut answer: Value) {
        match answer.get_mut("error") {
            Some(error) => self.refused.insert(request_id, error.take()),
            None => self.acknowledged.insert(request_id, answer["result"].take()),
        };
    }

    /// Adds what another client knows.
    pub(crate) fn extend(&mut self, other: Ledger) {
        self.sent.extend(other.sent);
        self.acknowledged.extend(other.acknowledged);
        self.refused.extend(other.refused);
    }

    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// The errors that were answered.
    pub(crate) fn refusals(&self) -> impl Iterator<Item = &Value> {
        self.refused.values()
    }

    /// How many were sent and never answered.
    pub(crate) fn unanswered(&self) -> usize {
        self.sent.len() - self.acknowledged.len() - self.refused.len()
    }

    /// The last revision that was acknowledged.
    pub(crate) fn last_revision(&self) -> u64 {
        self.acknowledged.values().map(|result| result["revision"].as_u64().unwrap()).max().unwrap_or(0)
    }

    /// Nothing that was acknowledged is missing, and all that holds anyway.
    pub(crate) async fn check(&self, server: &Server) -> Difference {
        let difference = self.compare(server).await;
        assert!(difference.lost.is_empty(), "acknowledged writes are lost: {:?}\n{}", difference.lost, server.log());
        difference
    }

    /// What must hold of a store whatever was lost: it is a gap-free sequence of whole writes that were sent, each once,
    /// and its books are what these make.
    pub(crate) async fn compare(&self, server: &Server) -> Difference {
        let mut client = Client::connect(&server.websocket()).await.unwrap();
        let entries = history(&mut client).await;
        let mut books = BTreeMap::new();
        let mut there = BTreeMap::new();
        for (entry, revision) in entries.iter().zip(1_u64..) {
            assert_eq!(entry["revision"], revision, "the revisions have a gap");
            let id = entry["request_id"].as_str().expect("every write was sent with an id");
            assert!(there.insert(id, entry).is_none(), "{id} was carried out twice");
            assert_eq!(Some(&outcome(entry)), self.sent.get(id), "{id} is not as it was sent");
            apply(&mut books, entry);
        }
        assert_eq!(books, all_books(&mut client).await);
        Difference {
            lost: self
                .acknowledged
                .iter()
                .filter(|(id, result)| !agrees(there.get(id.as_str()), result))
                .map(id_of)
                .collect(),
            refused_and_there: self
                .refused
                .iter()
                .filter(|(id, _)| there.contains_key(id.as_str()))
                .map(id_of)
                .collect(),
        }
    }
}

fn id_of((id, _): (&String, &Value)) -> String {
    id.clone()
}

/// Whether an entry is what the answer said.
fn agrees(entry: Option<&&Value>, result: &Value) -> bool {
    let Some(entry) = entry else { return false };
    let written: BTreeMap<_, _> = changes(entry).map(|change| (change["id"].to_string(), &change["book"])).collect();
    let single = std::slice::from_ref(result);
    let results = result["results"].as_array().map_or(single, Vec::as_slice);
    entry["revision"] == result["revision"]
        && results.iter().all(|result| written.get(&result["book"]["id"].to_string()) == Some(&&result["book"]))
}

/// What an entry did, to be compared with what was sent.
fn outcome(entry: &Value) -> Sent {
    let mut outcome = Sent::default();
    for change in changes(entry) {
        let text = |field: &str| change["book"][field].as_str().unwrap_or_default().to_owned();
        match change["kind"].as_str() {
            Some("created") => drop(outcome.titles.insert(text("title"))),
            _ => outcome.shelf = Some(text("shelf")),
        }
    }
    outcome
}

fn apply(books: &mut BTreeMap<u64, Value>, entry: &Value) {
    for change in changes(entry) {
        books.insert(change["id"].as_u64().unwrap(), change["book"].clone());
    }
}

fn changes(entry: &Value) -> impl Iterator<Item = &Value> {
    entry["changes"].as_array().expect("an entry has changes").iter()
}

/// All entries of a store, by the feed.
async fn history(client: &mut Client) -> Vec<Value> {
    client.call("books.subscribe", json!({"since": 0})).await;
    let mut entries = Vec::new();
    loop {
        let event = client.event().await.expect("the server lives");
        match event["type"].as_str() {
            Some("change") => entries.push(event),
            Some("current") => return entries,
            _ => panic!("not to be expected: {event}"),
        }
    }
}

/// Every book, by id.
pub(crate) async fn all_books(client: &mut Client) -> BTreeMap<u64, Value> {
    let mut books = BTreeMap::new();
    let mut params = json!({"limit": 1000});
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
