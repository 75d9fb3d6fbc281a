//! The WebSocket client: JSON-RPC calls and subscriptions over one connection.

mod event;
pub(crate) mod http;
mod link;
mod login;
mod refusal;
mod server;
mod snapshot;
mod trust;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub(crate) use event::{BookChange, Event};
pub(crate) use http::ask;
pub(crate) use link::{Link, reconnect, request_id};
pub(crate) use login::Login;
pub(crate) use refusal::{CallError, Refusal};
pub(crate) use server::Server;
pub(crate) use snapshot::snapshot;

/// The protocol's limit for one message, either way.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// Calls that wait to be written; more wait at their caller.
const CALLS_QUEUED_MAX: usize = 64;
/// Events that wait to be read; more wait on the wire.
const EVENTS_QUEUED_MAX: usize = 64;
/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// One connection; clones are the same.
#[derive(Clone)]
pub(crate) struct Client {
    outgoing: mpsc::Sender<Message>,
    waiting: Arc<Waiting>,
    next_id: Arc<AtomicU64>,
}

/// A call under way.
pub(crate) struct Pending(oneshot::Receiver<Result<Box<RawValue>, Refusal>>);

/// Events of one subscription, as they stand on the wire.
pub(crate) struct Subscription {
    /// The name by which the server knows it.
    pub(crate) id: String,
    events: mpsc::Receiver<Box<RawValue>>,
}

#[derive(Default)]
struct Waiting(Mutex<Option<Table>>);

#[derive(Default)]
struct Table {
    calls: HashMap<u64, Call>,
    subscriptions: HashMap<String, mpsc::Sender<Box<RawValue>>>,
}

struct Call {
    reply: oneshot::Sender<Result<Box<RawValue>, Refusal>>,
    /// Where the events go if the reply is a subscription's id.
    events: Option<mpsc::Sender<Box<RawValue>>>,
}

impl Client {
    /// Connects to `server`, and logs in there if there is something to log in with.
    pub(crate) async fn connect(server: &Server) -> Result<Client, CallError> {
        let (request, connector) = (server.handshake()?, server.connector()?);
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let connecting = tokio_tungstenite::connect_async_tls_with_config(request, Some(config), true, Some(connector));
        let (socket, _) = tokio::time::timeout(CONNECT_TIMEOUT, connecting)
            .await
            .map_err(|_| server.unreachable(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs())))?
            .map_err(|error| server.refused(&error))?;
        Ok(Client::over(socket))
    }

    fn over(socket: Socket) -> Client {
        let (sink, stream) = socket.split();
        let (outgoing, messages) = mpsc::channel(CALLS_QUEUED_MAX);
        let waiting = Arc::new(Waiting(Mutex::new(Some(Table::default()))));
        tokio::spawn(write(sink, messages));
        tokio::spawn(read(stream, Arc::clone(&waiting)));
        Client { outgoing, waiting, next_id: Arc::default() }
    }

    /// Whether the connection has ended.
    pub(crate) fn is_closed(&self) -> bool {
        self.outgoing.is_closed() || self.waiting.table().is_none()
    }

    /// Calls `method` and gives its result.
    pub(crate) async fn call<T: DeserializeOwned>(&self, method: &str, params: impl Serialize) -> Result<T, CallError> {
        self.send(method, params, None).await?.answer().await
    }

    /// Subscribes; nothing between the reply and the first event is missed.
    pub(crate) async fn subscribe(&self, params: Value) -> Result<Subscription, CallError> {
        let (sender, events) = mpsc::channel(EVENTS_QUEUED_MAX);
        let id = self.send("books.subscribe", params, Some(sender)).await?.answer().await?;
        Ok(Subscription { id, events })
    }

    /// Sends a call and does not wait for its answer: calls are carried out in the order they were begun.
    pub(crate) async fn begin(&self, method: &str, params: impl Serialize) -> Result<Pending, CallError> {
        self.send(method, params, None).await
    }

    async fn send(
        &self,
        method: &str,
        params: impl Serialize,
        events: Option<mpsc::Sender<Box<RawValue>>>,
    ) -> Result<Pending, CallError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (reply, answer) = oneshot::channel();
        match self.waiting.table().as_mut() {
            Some(table) => drop(table.calls.insert(id, Call { reply, events })),
            None => return Err(CallError::Cut),
        }
        let call = Outgoing { jsonrpc: "2.0", id, method, params };
        let call = serde_json::to_string(&call).expect("parameters have only texts as keys");
        self.outgoing.send(Message::text(call)).await.map_err(|_| CallError::Cut)?;
        Ok(Pending(answer))
    }
}

impl Pending {
    /// Waits for the answer.
    pub(crate) async fn answer<T: DeserializeOwned>(self) -> Result<T, CallError> {
        understand(&self.0.await.map_err(|_| CallError::Cut)?.map_err(CallError::Refused)?)
    }
}

impl Subscription {
    /// The next event; `None` when the connection has ended.
    pub(crate) async fn next(&mut self) -> Option<Box<RawValue>> {
        self.events.recv().await
    }
}

impl Waiting {
    fn table(&self) -> MutexGuard<'_, Option<Table>> {
        self.0.lock().expect("nothing panics while it holds this lock")
    }
}

/// Reads a result or an event.
pub(crate) fn understand<T: DeserializeOwned>(json: &RawValue) -> Result<T, CallError> {
    serde_json::from_str(json.get()).map_err(|error| CallError::Strange(error.to_string()))
}

/// Writes what callers send; what waits together goes out together.
async fn write(mut sink: SplitSink<Socket, Message>, mut messages: mpsc::Receiver<Message>) {
    while let Some(message) = messages.recv().await {
        let mut written = sink.feed(message).await;
        while let (Ok(()), Ok(message)) = (&written, messages.try_recv()) {
            written = sink.feed(message).await;
        }
        // The reading side learns of a broken connection too and tells who waits.
        if written.is_err() || sink.flush().await.is_err() {
            return;
        }
    }
    let _ = sink.close().await;
}

async fn read(mut stream: SplitStream<Socket>, waiting: Arc<Waiting>) {
    while let Some(Ok(message)) = stream.next().await {
        if let Message::Text(text) = message {
            deliver(&text, &waiting).await;
        }
    }
    // Dropping the table wakes every caller and every subscriber.
    waiting.table().take();
}

#[derive(Serialize)]
struct Outgoing<'a, P> {
    jsonrpc: &'static str,
    id: u64,
    method: &'a str,
    params: P,
}

#[derive(Deserialize)]
struct Incoming<'a> {
    id: Option<u64>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error: Option<Refusal>,
    #[serde(borrow)]
    params: Option<Notification<'a>>,
}

#[derive(Deserialize)]
struct Notification<'a> {
    subscription: String,
    #[serde(borrow)]
    result: &'a RawValue,
}

async fn deliver(text: &tungstenite::Utf8Bytes, waiting: &Waiting) {
    let incoming: Incoming<'_> = match serde_json::from_str(text) {
        Ok(incoming) => incoming,
        Err(error) => return tracing::warn!(%error, "the server sent what this version does not understand"),
    };
    if let Some(Notification { subscription, result }) = incoming.params {
        let events = waiting.table().as_ref().and_then(|table| table.subscriptions.get(&subscription).cloned());
        if let Some(events) = events {
            // Who has stopped listening misses nothing.
            let _ = events.send(result.to_owned()).await;
        }
    } else if let Some(id) = incoming.id {
        let answer = match (incoming.result, incoming.error) {
            (Some(result), _) => Ok(result.to_owned()),
            (None, error) => Err(error.unwrap_or_default()),
        };
        if let Some(table) = waiting.table().as_mut() {
            table.answer(id, answer);
        }
    }
}

impl Table {
    fn answer(&mut self, id: u64, answer: Result<Box<RawValue>, Refusal>) {
        let Some(call) = self.calls.remove(&id) else { return };
        let subscription = answer.as_ref().ok().and_then(|result| serde_json::from_str(result.get()).ok());
        if let (Some(events), Some(subscription)) = (call.events, subscription) {
            self.subscriptions.insert(subscription, events);
        }
        // A caller that no longer waits needs no answer.
        let _ = call.reply.send(answer);
    }
}
