//! Clients of the real program: they read, write, lose their connection and come back, and take down everything.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::history::{BookNumber, Outcome, Recorded, Time};
use super::model::{Answer, Call, Seen};
use crate::client::{Client, Cut};

/// Books that are worked on at the same time.
const BOOKS: u64 = 6;
/// Calls of one client before all turn to other books.
const CALLS_PER_BOOKS: usize = 40;

/// What all clients took down, and the clock by which they did.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<(Time, Vec<Recorded>)>>);

impl Log {
    fn send(&self, request: &str, parts: &[(BookNumber, Call)]) -> usize {
        let (time, calls) = &mut *self.0.lock().unwrap();
        *time += 1;
        calls.push(Recorded { request: request.into(), parts: parts.to_vec(), sent: *time, answered: None });
        calls.len() - 1
    }

    fn answer(&self, call: usize, outcome: Outcome) {
        let (time, calls) = &mut *self.0.lock().unwrap();
        *time += 1;
        calls[call].answered = Some((*time, outcome));
    }

    pub(crate) fn calls(&self) -> Vec<Recorded> {
        self.0.lock().unwrap().1.clone()
    }
}

/// One client.
pub(crate) struct Caller {
    url: String,
    log: Log,
    name: String,
    rng: SmallRng,
    /// The last sight of each book, and the revision it had then.
    seen: BTreeMap<BookNumber, (u64, String)>,
}

impl Caller {
    pub(crate) fn new(url: &str, log: &Log, number: u64) -> Caller {
        let (url, log, name) = (url.into(), log.clone(), format!("client-{number}"));
        Caller { url, log, name, rng: SmallRng::seed_from_u64(number), seen: BTreeMap::new() }
    }

    /// Makes so many calls; `progress` counts them.
    pub(crate) async fn run(mut self, calls: usize, progress: watch::Sender<usize>) {
        let mut client = Client::connect_patiently(&self.url).await;
        for number in 0..calls {
            let parts = self.choose(number);
            client = self.call(client, format!("{}/{number}", self.name), parts).await;
            progress.send_modify(|count| *count += 1);
        }
    }

    /// Makes one call. When it is cut, it is sent again under its request id, or its outcome stays unknown.
    async fn call(&mut self, mut client: Client, request: String, parts: Vec<(BookNumber, Call)>) -> Client {
        let call = self.log.send(&request, &parts);
        let (method, params) = self.message(&request, &parts);
        loop {
            match self.attempt(&mut client, method, &params).await {
                Ok(answer) => {
                    self.remember(&answer);
                    self.log.answer(call, outcome(&parts, &answer));
                    return client;
                }
                Err(Cut) => client = Client::connect_patiently(&self.url).await,
            }
            if self.rng.random_bool(0.5) {
                return client;
            }
        }
    }

    /// Sends a call; now and then hangs up at once.
    async fn attempt(&mut self, client: &mut Client, method: &str, params: &Value) -> Result<Value, Cut> {
        if self.rng.random_bool(0.03) {
            client.begin(method, params.clone()).await?;
            return Err(Cut);
        }
        client.ask(method, params.clone()).await
    }

    fn choose(&mut self, number: usize) -> Vec<(BookNumber, Call)> {
        let first = (number / CALLS_PER_BOOKS) as u64 * BOOKS + 1;
        let book = first + self.rng.random_range(0..BOOKS);
        match self.rng.random_range(0..20) {
            0..6 => vec![(book, Call::Get)],
            6..9 => vec![(book, Call::Create { token: format!("{}/{number}", self.name) })],
            9 => vec![(book, Call::Delete { expects: self.expects(book) })],
            10..16 => vec![(book, self.update(book, number))],
            // Of two neighbours, each at most once.
            _ => {
                let other = if book == first { book + 1 } else { book - 1 };
                vec![(book, self.update(book, number)), (other, self.update(other, number))]
            }
        }
    }

    fn update(&mut self, book: BookNumber, number: usize) -> Call {
        let add = self.rng.random_range(-1..=2);
        Call::Update { token: format!("{}/{number}", self.name), add, expects: self.expects(book) }
    }

    /// Half of the time what was last seen.
    fn expects(&mut self, book: BookNumber) -> Option<String> {
        let seen = self.seen.get(&book).map(|(_, token)| token.clone());
        seen.filter(|_| self.rng.random_bool(0.5))
    }

    fn message(&self, request: &str, parts: &[(BookNumber, Call)]) -> (&'static str, Value) {
        let mut messages: Vec<_> = parts.iter().map(|(book, part)| self.operation(*book, part)).collect();
        if messages.len() > 1 {
            let operations: Vec<_> = messages.into_iter().map(|(name, params)| json!({name: params})).collect();
            return ("books.transact", json!({"operations": operations, "request_id": request}));
        }
        let (name, mut params) = messages.remove(0);
        let method = match name {
            "get" => return ("books.get", params),
            "create" => "books.create",
            "update" => "books.update",
            _ => "books.delete",
        };
        params["request_id"] = request.into();
        (method, params)
    }

    fn operation(&self, book: BookNumber, part: &Call) -> (&'static str, Value) {
        let (name, mut params, expects) = match part {
            Call::Get => ("get", json!({"id": book}), &None),
            Call::Create { token } => {
                let draft = json!({"id": book, "title": format!("Book {book}"), "shelf": token, "stock": 0});
                ("create", json!({"book": draft}), &None)
            }
            Call::Update { token, add, expects } => {
                ("update", json!({"id": book, "set": {"shelf": token}, "add": {"stock": add}}), expects)
            }
            Call::Delete { expects } => ("delete", json!({"id": book}), expects),
        };
        if expects.is_some() {
            params["if_revision"] = self.seen[&book].0.into();
        }
        (name, params)
    }

    /// Keeps every sight of a book that an answer gives.
    fn remember(&mut self, answer: &Value) {
        let results = answer["result"]["results"].as_array().into_iter().flatten();
        let books = [&answer["result"]["book"], &answer["error"]["data"]["book"]];
        for book in results.map(|result| &result["book"]).chain(books).filter(|book| book.is_object()) {
            let revision = book["revision"].as_u64().expect("a book has a revision");
            self.seen.insert(book["id"].as_u64().expect("a book has an id"), (revision, seen(book).token));
        }
    }
}

/// What an answer says.
fn outcome(parts: &[(BookNumber, Call)], answer: &Value) -> Outcome {
    let error = &answer["error"];
    let part = error["data"]["operation"].as_u64().unwrap_or(0) as usize;
    match error["code"].as_i64() {
        None => {}
        Some(-32001) => return Outcome::Refused { part, answer: Answer::NotFound },
        Some(-32002) => {
            let book = error["data"].get("book").map(seen);
            return Outcome::Refused { part, answer: Answer::Conflict(book) };
        }
        Some(_) => panic!("{parts:?}: {answer}"),
    }
    let result = &answer["result"];
    let results = result["results"].as_array().map_or_else(|| vec![result], |results| results.iter().collect());
    let answers =
        results.into_iter().map(|result| result.get("book").map_or(Answer::Deleted, |book| Answer::Book(seen(book))));
    Outcome::Done {
        revision: result["revision"].as_u64().expect("an answer has a revision"),
        answers: answers.collect(),
    }
}

fn seen(book: &Value) -> Seen {
    let token = book["shelf"].as_str().expect("every write sets the shelf").to_owned();
    Seen { token, stock: book["stock"].as_i64().expect("every book has a stock") }
}
