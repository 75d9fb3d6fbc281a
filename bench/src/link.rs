//! A WebSocket client that costs little, so that ten thousand of them fit into one process.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// How long a connection may take.
const CONNECT_MAX: Duration = Duration::from_secs(30);
/// Each end of a link holds so much.
const BUFFER_BYTES: usize = 4 * 1024;

/// One connection.
pub(crate) struct Link {
    socket: WebSocketStream<TcpStream>,
    events: VecDeque<Event>,
    next_id: u64,
}

/// What the system holds for who does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReceiveBuffer {
    /// As much as usual.
    Usual,
    /// As little as it allows, so that a reader that sleeps is noticed soon.
    Small,
}

/// How a link ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// By a close frame with this code; 1005 stands for none.
    Closed(u16),
    /// Without one.
    Broken(String),
    /// A call was refused with this code.
    Refused(i64, String),
}

/// What a subscriber is told, without the books.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Event {
    #[serde(rename = "type")]
    pub(crate) kind: EventKind,
    pub(crate) revision: u64,
    pub(crate) request_id: Option<String>,
    pub(crate) store: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventKind {
    Books,
    Current,
    Change,
    Reset,
    #[serde(other)]
    Unknown,
}

/// A reply or a notification.
#[derive(Deserialize)]
struct Incoming {
    id: Option<u64>,
    result: Option<Box<RawValue>>,
    error: Option<Refusal>,
    params: Option<Params>,
}

#[derive(Deserialize)]
struct Params {
    result: Event,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    message: String,
}

impl Link {
    pub(crate) async fn connect(address: SocketAddr, buffer: ReceiveBuffer) -> Result<Link, Ended> {
        let connecting = async {
            let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            if buffer == ReceiveBuffer::Small {
                socket.set_recv_buffer_size(BUFFER_BYTES as u32)?;
            }
            let stream = socket.connect(address).await?;
            stream.set_nodelay(true)?;
            Ok::<_, std::io::Error>(stream)
        };
        let config = WebSocketConfig::default().read_buffer_size(BUFFER_BYTES).write_buffer_size(BUFFER_BYTES);
        let linking = async {
            let stream = connecting.await.map_err(broken)?;
            let url = format!("ws://{address}/ws");
            tokio_tungstenite::client_async_with_config(url, stream, Some(config)).await.map_err(broken)
        };
        let (socket, _) = timeout(CONNECT_MAX, linking).await.map_err(|_| broken("no connection in time"))??;
        Ok(Link { socket, events: VecDeque::new(), next_id: 1 })
    }

    /// Calls and waits for the result; events that come first are kept.
    pub(crate) async fn call(&mut self, method: &str, params: Value) -> Result<Box<RawValue>, Ended> {
        let id = self.begin(method, params).await?;
        self.flush().await?;
        loop {
            match self.incoming().await? {
                Incoming { params: Some(Params { result }), .. } => self.events.push_back(result),
                reply if reply.id == Some(id) => return outcome(reply),
                _ => return Err(broken("an answer to nobody")),
            }
        }
    }

    /// Hands a call over for sending; its answer is a later [`answer`](Link::answer).
    pub(crate) async fn begin(&mut self, method: &str, params: Value) -> Result<u64, Ended> {
        let id = self.next_id;
        self.next_id += 1;
        let call = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.socket.feed(Message::text(call.to_string())).await.map_err(broken)?;
        Ok(id)
    }

    /// Sends what was begun.
    pub(crate) async fn flush(&mut self) -> Result<(), Ended> {
        self.socket.flush().await.map_err(broken)
    }

    /// The next answer, of a link without subscriptions.
    pub(crate) async fn answer(&mut self) -> Result<Box<RawValue>, Ended> {
        outcome(self.incoming().await?)
    }

    /// The next event. Nothing is lost when this is given up and begun again.
    pub(crate) async fn event(&mut self) -> Result<Event, Ended> {
        if let Some(event) = self.events.pop_front() {
            return Ok(event);
        }
        match self.incoming().await? {
            Incoming { params: Some(Params { result }), .. } => Ok(result),
            _ => Err(broken("an answer to nobody")),
        }
    }

    /// The next message as it is, of a link that has no events waiting.
    pub(crate) async fn text(&mut self) -> Result<Utf8Bytes, Ended> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(frame))) => {
                    return Err(Ended::Closed(frame.map_or(1005, |frame| frame.code.into())));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(broken(error)),
                None => return Err(broken("the connection ended without a goodbye")),
            }
        }
    }

    /// Hands a message over for sending as it is.
    pub(crate) async fn say(&mut self, text: String) -> Result<(), Ended> {
        self.socket.feed(Message::text(text)).await.map_err(broken)
    }

    /// Reads on to the end, whatever comes.
    pub(crate) async fn end(mut self) -> Ended {
        loop {
            match self.incoming().await {
                Ok(_) => {}
                Err(ended) => return ended,
            }
        }
    }

    /// Says goodbye and waits for the answer.
    pub(crate) async fn close(mut self) -> Ended {
        match self.socket.close(None).await {
            Ok(()) => self.end().await,
            Err(error) => broken(error),
        }
    }

    async fn incoming(&mut self) -> Result<Incoming, Ended> {
        serde_json::from_str(&self.text().await?).map_err(broken)
    }
}

fn outcome(reply: Incoming) -> Result<Box<RawValue>, Ended> {
    match (reply.result, reply.error) {
        (Some(result), _) => Ok(result),
        (None, Some(refusal)) => Err(Ended::Refused(refusal.code, refusal.message)),
        (None, None) => Err(broken("a message that is neither answer nor event")),
    }
}

fn broken(error: impl std::fmt::Display) -> Ended {
    Ended::Broken(error.to_string())
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Ended::Closed(code) => write!(f, "closed with {code}"),
            Ended::Broken(why) => f.write_str(why),
            Ended::Refused(code, message) => write!(f, "refused with {code}: {message}"),
        }
    }
}

impl std::error::Error for Ended {}
