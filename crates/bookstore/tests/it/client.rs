//! A plain WebSocket client, as a stranger would write it.

use std::collections::VecDeque;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// One connection. Events that come while an answer is waited for are kept.
pub(crate) struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    events: VecDeque<Value>,
    next_id: u64,
}

/// The connection is gone.
#[derive(Debug)]
pub(crate) struct Cut;

impl From<Error> for Cut {
    fn from(_: Error) -> Self {
        Cut
    }
}

impl Client {
    pub(crate) async fn connect(url: &str) -> Result<Client, Cut> {
        let (socket, _) = tokio_tungstenite::connect_async(url).await?;
        Ok(Client { socket, events: VecDeque::new(), next_id: 1 })
    }

    /// Connects to a server that is about to be there.
    pub(crate) async fn connect_patiently(url: &str) -> Client {
        loop {
            if let Ok(client) = Client::connect(url).await {
                return client;
            }
            tokio::task::yield_now().await;
        }
    }

    /// The whole answer to a call: `result` or `error`.
    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Result<Value, Cut> {
        let id = self.begin(method, params).await?;
        loop {
            let message = self.message().await?;
            if message["id"] == id {
                return Ok(message);
            }
            assert!(message.get("id").is_none(), "an answer to nobody: {message}");
            self.events.push_back(message["params"].clone());
        }
    }

    /// Sends a call; its answer is a later `message`.
    pub(crate) async fn begin(&mut self, method: &str, params: Value) -> Result<u64, Cut> {
        let id = self.next_id;
        self.next_id += 1;
        let call = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.socket.send(Message::text(call.to_string())).await?;
        Ok(id)
    }

    /// The result of a call that succeeds.
    pub(crate) async fn call(&mut self, method: &str, params: Value) -> Value {
        let mut answer = self.ask(method, params).await.expect("the connection lasts");
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// The error of a call that is refused.
    pub(crate) async fn refused(&mut self, method: &str, params: Value) -> Value {
        let mut answer = self.ask(method, params).await.expect("the connection lasts");
        assert!(answer.get("result").is_none(), "{method}: {answer}");
        answer["error"].take()
    }

    /// The next event, without the envelope.
    pub(crate) async fn event(&mut self) -> Result<Value, Cut> {
        if let Some(mut event) = self.events.pop_front() {
            return Ok(event["result"].take());
        }
        let mut message = self.message().await?;
        assert_eq!(message["method"], "books.changed", "{message}");
        Ok(message["params"]["result"].take())
    }

    /// The next message, whatever it is.
    pub(crate) async fn message(&mut self) -> Result<Value, Cut> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).expect("messages are JSON")),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Cut),
                Some(Ok(_)) => {}
            }
        }
    }

    /// Reads on to the end of the connection and gives the code it was closed with.
    pub(crate) async fn close_code(mut self) -> Option<u16> {
        while let Some(Ok(message)) = self.socket.next().await {
            if let Message::Close(frame) = message {
                return frame.map(|frame| frame.code.into());
            }
        }
        None
    }
}
