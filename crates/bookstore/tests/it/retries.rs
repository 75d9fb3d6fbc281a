//! Clients that are cut off after sending and ask again: what they asked for happens once.

use std::collections::BTreeMap;

use rand::RngExt;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::client::Client;
use crate::linearizability::journal;
use crate::server::Server;
use crate::writers::soak;

const CLIENTS: usize = 5;
const KILLS: usize = 2;

/// `SOAK=100 cargo test -p bookstore a_request_cut_off` does it a hundred times as long.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_cut_off_at_any_moment_and_sent_again_is_one_entry_and_one_answer() {
    let mut server = Server::start();
    let requests = 80 * soak();
    let (progress, mut made) = watch::channel(0);
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| tokio::spawn(ask_again_and_again(server.websocket(), client, requests, progress.clone())))
        .collect();
    for kill in 1..=KILLS {
        let so_far = CLIENTS * requests * kill / (KILLS + 1);
        made.wait_for(|count| *count >= so_far).await.unwrap();
        server = tokio::task::spawn_blocking(move || {
            server.kill_and_restart();
            server
        })
        .await
        .unwrap();
    }
    let mut answered = BTreeMap::new();
    for client in clients {
        answered.extend(client.await.unwrap());
    }
    server.stop();
    let entries = journal(server.data());
    assert_eq!(entries.len(), CLIENTS * requests, "one entry for each request");
    let by_request: BTreeMap<String, u64> = entries.into_iter().map(|entry| (entry.request, entry.revision)).collect();
    assert_eq!(by_request, answered, "the entry of each request is the one that it was answered");
}

/// Sends requests of which each is cut off several times; gives the revision that each was answered.
async fn ask_again_and_again(
    url: String,
    client: usize,
    requests: usize,
    progress: watch::Sender<usize>,
) -> BTreeMap<String, u64> {
    let mut answered = BTreeMap::new();
    for number in 0..requests {
        let request = format!("{client}/{number}");
        let (method, params) = request_of(&request, number);
        let mut answers: Vec<Value> = Vec::new();
        for _ in 0..3 {
            answers.extend(cut_off(&url, method, &params).await);
        }
        // At last two at once, for a retry may meet the first attempt.
        let (one, other) = tokio::join!(until_answered(&url, method, &params), until_answered(&url, method, &params));
        answers.extend([one, other]);
        let first = &answers[0];
        assert!(answers.iter().all(|answer| answer == first), "{request}: {answers:?}");
        answered.insert(request, first["revision"].as_u64().unwrap());
        progress.send_modify(|count| *count += 1);
    }
    answered
}

/// Every kind of write that changes something each time.
fn request_of(request: &str, number: usize) -> (&'static str, Value) {
    let book = json!({"title": request, "stock": 1});
    match number % 2 {
        0 => ("books.create", json!({"book": book, "request_id": request})),
        _ => ("books.transact", json!({"operations": [{"create": {"book": book}}], "request_id": request})),
    }
}

/// Sends a call and hangs up some time later: often before the answer, which is given where it came.
async fn cut_off(url: &str, method: &str, params: &Value) -> Option<Value> {
    let mut client = Client::connect_patiently(url).await;
    // As often at once as after the answer may have come.
    let moments = (1 << rand::rng().random_range(0..12)) - 1;
    tokio::select! {
        biased;
        answer = client.ask(method, params.clone()) => Some(result(answer.ok()?)),
        () = wait(moments) => None,
    }
}

/// Lets others run so many times.
async fn wait(moments: usize) {
    for _ in 0..moments {
        tokio::task::yield_now().await;
    }
}

async fn until_answered(url: &str, method: &str, params: &Value) -> Value {
    loop {
        if let Ok(answer) = Client::connect_patiently(url).await.ask(method, params.clone()).await {
            return result(answer);
        }
    }
}

fn result(mut answer: Value) -> Value {
    assert!(answer.get("error").is_none(), "{answer}");
    answer["result"].take()
}
