//! Several clients that write at once: creates, updates and transactions, some of each under way at any moment.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::client::{Client, Cut};
use crate::ledger::{Ledger, Sent};
use crate::patience::soon;
use crate::server::Server;

const WRITERS: usize = 3;
/// Calls that a writer has under way at once.
const IN_FLIGHT: usize = 8;

/// Clients at work.
pub(crate) struct Writers {
    running: Vec<JoinHandle<Ledger>>,
    acknowledged: watch::Receiver<usize>,
}

impl Writers {
    /// Begins to write; `name` tells these writes from those of other times.
    pub(crate) fn start(server: &Server, name: &str) -> Writers {
        let (count, acknowledged) = watch::channel(0);
        let writer = |number| write(server.websocket(), format!("{name}-{number}"), count.clone());
        Writers { running: (0..WRITERS).map(|number| tokio::spawn(writer(number))).collect(), acknowledged }
    }

    /// Waits until so many writes were acknowledged.
    pub(crate) async fn acknowledged(&mut self, enough: usize) {
        let waiting = self.acknowledged.wait_for(|count| *count >= enough);
        soon("acknowledgements", waiting).await.expect("writers go on until they are cut or refused");
    }

    /// Waits until they were all cut or refused; what they know by then.
    pub(crate) async fn end(self, known: &mut Ledger) {
        for writer in self.running {
            known.extend(soon("the end of a writer", writer).await.unwrap());
        }
    }
}

/// Writes until the connection is cut, or a write is refused; then waits for the answers under way.
async fn write(url: String, name: String, acknowledged: watch::Sender<usize>) -> Ledger {
    let mut ledger = Ledger::default();
    if let Ok(client) = Client::connect(&url).await {
        let mut writer = Writer { client, name, under_way: BTreeMap::new(), own: Value::Null, acknowledged };
        // Cut is how it ends, nothing that anybody should know more of.
        let _ = writer.run(&mut ledger).await;
    }
    ledger
}

struct Writer {
    client: Client,
    name: String,
    /// Request ids by the ids of their calls.
    under_way: BTreeMap<u64, String>,
    /// The id of the book that this one changes.
    own: Value,
    acknowledged: watch::Sender<usize>,
}

impl Writer {
    async fn run(&mut self, ledger: &mut Ledger) -> Result<(), Cut> {
        self.begin(0, ledger).await?;
        let first = self.answer(ledger).await?;
        self.own = first["result"]["book"]["id"].clone();
        let mut is_refused = self.own.is_null();
        for number in 1.. {
            if is_refused {
                break;
            }
            self.begin(number, ledger).await?;
            while self.under_way.len() >= IN_FLIGHT && !is_refused {
                is_refused = self.answer(ledger).await?.get("error").is_some();
            }
        }
        while !self.under_way.is_empty() {
            self.answer(ledger).await?;
        }
        Ok(())
    }

    async fn begin(&mut self, number: usize, ledger: &mut Ledger) -> Result<(), Cut> {
        let request_id = format!("{}/{number}", self.name);
        let (method, mut params, sent) = self.choose(number, &request_id);
        params["request_id"] = request_id.as_str().into();
        ledger.send(&request_id, sent);
        let id = self.client.begin(method, params).await?;
        self.under_way.insert(id, request_id);
        Ok(())
    }

    fn choose(&self, number: usize, name: &str) -> (&'static str, Value, Sent) {
        let book =
            |part: usize| json!({"title": format!("{name}.{part}"), "description": "x".repeat(number * 7 % 3_000)});
        let update = json!({"id": self.own, "set": {"shelf": name}});
        let titles = |parts: usize| (0..parts).map(|part| format!("{name}.{part}")).collect();
        let shelf = Some(name.to_owned());
        match number % 3 {
            0 => ("books.create", json!({"book": book(0)}), Sent { titles: titles(1), shelf: None }),
            1 => ("books.update", update, Sent { shelf, ..Sent::default() }),
            _ => {
                let operations =
                    json!([{"create": {"book": book(0)}}, {"update": update}, {"create": {"book": book(1)}}]);
                ("books.transact", json!({"operations": operations}), Sent { titles: titles(2), shelf })
            }
        }
    }

    /// Takes the next answer.
    async fn answer(&mut self, ledger: &mut Ledger) -> Result<Value, Cut> {
        let answer = self.client.message().await?;
        let id = answer["id"].as_u64().expect("only answers come");
        let request_id = self.under_way.remove(&id).expect("it was asked");
        ledger.answered(request_id, answer.clone());
        if answer.get("error").is_none() {
            self.acknowledged.send_modify(|count| *count += 1);
        }
        Ok(answer)
    }
}
