//! Many who watch, come and go, while others write and the server is killed.

use std::collections::BTreeMap;

use rand::RngExt;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::client::{Client, Cut};
use crate::crashes::all_books;
use crate::server::Server;
use crate::writers::soak;

const SUBSCRIBERS: usize = 20;
const WRITERS: usize = 4;
const KILLS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_that_drop_and_resume_miss_nothing_and_see_nothing_twice() {
    let mut server = Server::start();
    let url = server.websocket();
    let writes = 750 * soak();
    let (written, mut progress) = watch::channel(0);
    let (end, ended) = watch::channel(None);
    let subscribers: Vec<_> =
        (0..SUBSCRIBERS).map(|number| tokio::spawn(Subscriber::new(number).run(url.clone(), ended.clone()))).collect();
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| tokio::spawn(write(url.clone(), writer, writes, written.clone()))).collect();

    for kill in 1..=KILLS {
        let so_far = WRITERS * writes * kill / (KILLS + 1);
        progress.wait_for(|count| *count >= so_far).await.unwrap();
        server = tokio::task::spawn_blocking(move || {
            server.kill_and_restart();
            server
        })
        .await
        .unwrap();
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let mut client = Client::connect(&url).await.unwrap();
    let revision = client.call("server.info", json!({})).await["revision"].as_u64().unwrap();
    end.send(Some(revision)).unwrap();
    for subscriber in subscribers {
        let Subscriber { filter, books, .. } = subscriber.await.unwrap();
        assert_eq!(books, all_books(&mut client, filter).await);
    }
}

/// Creates, changes and deletes; a write that is cut is sent again with the same request id.
async fn write(url: String, writer: usize, writes: usize, written: watch::Sender<usize>) {
    let mut client = Client::connect_patiently(&url).await;
    let mut mine: Vec<Value> = Vec::new();
    for number in 0..writes {
        let (method, mut params) = choose(writer, number, &mut mine);
        params["request_id"] = format!("{writer}/{number}").into();
        let answer = loop {
            match client.ask(method, params.clone()).await {
                Ok(answer) => break answer,
                Err(Cut) => client = Client::connect_patiently(&url).await,
            }
        };
        assert!(answer.get("error").is_none(), "{method} {params}: {answer}");
        if method == "books.create" {
            mine.push(answer["result"]["book"]["id"].clone());
        }
        written.send_modify(|count| *count += 1);
    }
}

fn choose(writer: usize, number: usize, mine: &mut Vec<Value>) -> (&'static str, Value) {
    let language = if number.is_multiple_of(2) { "id" } else { "en" };
    let mut random = rand::rng();
    let choice = if mine.len() < 5 { 0 } else { random.random_range(0..4) };
    match choice {
        0 => ("books.create", json!({"book": {"title": format!("{writer}-{number}"), "language": language}})),
        1 => ("books.delete", json!({"id": mine.swap_remove(random.random_range(0..mine.len()))})),
        // Each of these changes something: the shelf is new every time.
        _ => {
            let id = &mine[random.random_range(0..mine.len())];
            ("books.update", json!({"id": id, "set": {"shelf": format!("{writer}-{number}"), "language": language}}))
        }
    }
}

/// One who keeps a copy of the books that match.
struct Subscriber {
    filter: Value,
    books: BTreeMap<u64, Value>,
    /// The last revision seen, and the store it belongs to.
    position: Option<(u64, String)>,
}

impl Subscriber {
    fn new(number: usize) -> Subscriber {
        let filter = if number.is_multiple_of(2) { json!({}) } else { json!({"language": "id"}) };
        Subscriber { filter, books: BTreeMap::new(), position: None }
    }

    /// Watches, is cut, resumes, until it stands at the end.
    async fn run(mut self, url: String, mut ended: watch::Receiver<Option<u64>>) -> Subscriber {
        loop {
            let end = *ended.borrow_and_update();
            let client = Client::connect_patiently(&url).await;
            let patience = rand::rng().random_range(1..40);
            let watching = self.watch(client, patience, end);
            tokio::select! {
                at_end = watching => if at_end.unwrap_or(false) { return self },
                // Nothing may come any more: what is missing comes after resuming.
                _ = ended.changed(), if end.is_none() => {}
            }
        }
    }

    /// Takes in some events, or all up to `end`; says whether that was reached.
    async fn watch(&mut self, mut client: Client, events: usize, end: Option<u64>) -> Result<bool, Cut> {
        let mut params = json!({"filter": self.filter});
        match &self.position {
            Some((revision, store)) => (params["since"], params["store"]) = (json!(revision), json!(store)),
            None => {
                params["snapshot"] = true.into();
                self.books.clear();
            }
        }
        let answer = client.ask("books.subscribe", params).await?;
        assert!(answer.get("error").is_none(), "{answer}");
        for _ in 0..events {
            let event = client.event().await?;
            self.take(event);
            let revision = self.position.as_ref().map_or(0, |(revision, _)| *revision);
            if end.is_some_and(|end| revision >= end) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn take(&mut self, event: Value) {
        let revision = event["revision"].as_u64().unwrap();
        match event["type"].as_str().unwrap() {
            "books" => {
                let books = event["books"].as_array().unwrap().iter();
                self.books.extend(books.map(|book| (book["id"].as_u64().unwrap(), book.clone())));
            }
            "current" => {
                let store = event["store"].as_str().unwrap().to_owned();
                assert!(self.position.as_ref().is_none_or(|(before, _)| *before <= revision), "{event}");
                self.position = Some((revision, store));
            }
            "change" => self.change(revision, &event),
            other => panic!("{other} was not to be expected"),
        }
    }

    fn change(&mut self, revision: u64, event: &Value) {
        let (before, _) = self.position.as_mut().expect("changes come after current, or after a position");
        if self.filter == json!({}) {
            assert_eq!(revision, *before + 1, "a change is missing, or came twice");
        }
        assert!(revision > *before, "{event}");
        *before = revision;
        for change in event["changes"].as_array().unwrap() {
            let id = change["id"].as_u64().unwrap();
            match change["kind"].as_str().unwrap() {
                "created" | "entered" => assert!(self.books.insert(id, change["book"].clone()).is_none(), "{event}"),
                "updated" => assert!(self.books.insert(id, change["book"].clone()).is_some(), "{event}"),
                "deleted" | "left" => assert!(self.books.remove(&id).is_some(), "{event}"),
                other => panic!("{other} is no kind of change"),
            }
        }
    }
}
