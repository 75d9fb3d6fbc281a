//! A running server over a journal in memory, and a WebSocket client as a stranger would write it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use access::{Access, Lifetime, Reading, Role, Tokens};
use catalogue::{RevisionPolicy, Rules};
use engine::{Config, Engine, Limits, SystemClock};
use futures_util::{SinkExt, StreamExt};
use journal::{MemoryJournal, Opened};
use serde_json::{Value, json};
use server::{App, Listening, Options, Peer, Transport};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// An app over an empty store in memory.
pub(crate) fn app_with(limits: Limits, rules: Rules, options: Options) -> App {
    let opened = MemoryJournal::new("store").open();
    App::new(Engine::start(opened, Config { rules, limits, clock: Arc::new(SystemClock) }), options)
}

/// An app over a journal of the test's own.
pub(crate) fn app_over(opened: Opened, limits: Limits) -> App {
    let config = Config { rules: Rules::default(), limits, clock: Arc::new(SystemClock) };
    App::new(Engine::start(opened, config), Options::default())
}

/// A program on this machine, for requests that come over no socket.
pub(crate) fn peer() -> Peer {
    Peer { address: (std::net::Ipv4Addr::LOCALHOST, 40_000).into(), transport: Transport::Plain }
}

pub(crate) fn app() -> App {
    app_with(Limits::default(), Rules::default(), Options::default())
}

/// An app that asks every change for the revision it was made on.
pub(crate) fn careful_app() -> App {
    app_with(Limits::default(), Rules { revision: RevisionPolicy::Required }, Options::default())
}

/// The tokens that a guarded app knows.
pub(crate) struct Keys {
    pub(crate) reader: String,
    pub(crate) editor: String,
    pub(crate) admin: String,
    /// An admin's, called "former", to be revoked.
    pub(crate) former: String,
    /// It was an admin's.
    pub(crate) expired: String,
}

/// An app that lets in by tokens, each called as its role.
pub(crate) fn guarded(reading: Reading) -> (App, Keys) {
    guarded_with(reading, Limits::default())
}

/// The same with other limits.
pub(crate) fn guarded_with(reading: Reading, limits: Limits) -> (App, Keys) {
    let tokens = Tokens::default();
    let now = SystemTime::now();
    let add = |name: &str, role, lifetime, made| {
        let (_, secret) = tokens.create(name, role, lifetime, made).unwrap();
        secret.reveal().to_owned()
    };
    let long = Lifetime::Endless;
    let keys = Keys {
        reader: add("reader", Role::Reader, long, now),
        editor: add("editor", Role::Editor, long, now),
        admin: add("admin", Role::Admin, long, now),
        former: add("former", Role::Admin, long, now),
        expired: add("expired", Role::Admin, Lifetime::Limited(PATIENCE), now - 2 * PATIENCE),
    };
    let access = Arc::new(Access::new(tokens, reading));
    (app_with(limits, Rules::default(), Options { access, ..Options::default() }), keys)
}

/// A server on a free port; dropped, it stops.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    running: Option<tokio::task::JoinHandle<std::io::Result<()>>>,
}

impl Server {
    pub(crate) async fn start() -> Server {
        Server::serve(app()).await
    }

    pub(crate) async fn start_with(limits: Limits) -> Server {
        Server::serve(app_with(limits, Rules::default(), Options::default())).await
    }

    pub(crate) async fn serve(app: App) -> Server {
        Server::serve_on(TcpListener::bind("127.0.0.1:0").await.unwrap().into(), app)
    }

    pub(crate) fn serve_on(listening: Listening, app: App) -> Server {
        let address = listening.address().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move {
            let _ = stopped.await;
        };
        let running = Some(tokio::spawn(server::run(listening, app, shutdown)));
        Server { address, stop: Some(stop), running }
    }

    /// Tells it to stop; the handle ends when it has.
    pub(crate) fn stop(&mut self) -> tokio::task::JoinHandle<std::io::Result<()>> {
        self.stop.take().expect("it is stopped once").send(()).unwrap();
        self.running.take().expect("it runs until it is stopped")
    }

    pub(crate) async fn client(&self) -> Client {
        self.attempt("", &[]).await.expect("everybody may connect")
    }

    /// A connection that logs in by its handshake.
    pub(crate) async fn client_as(&self, token: &str) -> Client {
        self.attempt("", &[("authorization", &format!("Bearer {token}"))]).await.expect("the token is good")
    }

    /// Tries to connect, with a query and headers; the status where that is refused.
    pub(crate) async fn attempt(&self, query: &str, headers: &[(&'static str, &str)]) -> Result<Client, u16> {
        let mut request = format!("ws://{}/ws{query}", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((socket, _)) => Ok(Client { socket, events: VecDeque::new(), next_id: 1 }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    pub(crate) async fn raw(&self) -> TcpStream {
        self.raw_or_nothing().await.unwrap()
    }

    /// A connection, if it listens still.
    pub(crate) async fn raw_or_nothing(&self) -> Option<TcpStream> {
        TcpStream::connect(self.address).await.ok()
    }

    /// A connection whose own side takes in as little as the system allows.
    pub(crate) async fn narrow(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(1).unwrap();
        socket.connect(self.address).await.unwrap()
    }
}

/// Waits for what must happen.
pub(crate) async fn soon<T>(happening: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, happening).await.expect("it happens in time")
}

/// One connection. Notifications that come while an answer is waited for are kept.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    events: VecDeque<Value>,
    next_id: u64,
}

impl Client {
    /// Sends a frame as it is.
    pub(crate) async fn send(&mut self, text: impl Into<String>) {
        self.socket.send(Message::text(text.into())).await.unwrap();
    }

    /// Sends a call; gives its id.
    pub(crate) async fn begin(&mut self, method: &str, params: Value) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.send(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()).await;
        id
    }

    /// The next frame as text, whatever it is.
    pub(crate) async fn text(&mut self) -> String {
        loop {
            match soon(self.socket.next()).await.expect("the connection lasts").expect("frames are right") {
                Message::Text(text) => return text.as_str().to_owned(),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// The next frame as JSON.
    pub(crate) async fn message(&mut self) -> Value {
        serde_json::from_str(&self.text().await).unwrap()
    }

    /// Sends a frame and gives the text of the next one.
    pub(crate) async fn ask(&mut self, frame: &str) -> String {
        self.send(frame).await;
        self.text().await
    }

    /// The answer to a call, with whatever came before it kept.
    pub(crate) async fn answer(&mut self, id: u64) -> Value {
        loop {
            let message = self.message().await;
            if message.get("id").is_some() {
                assert_eq!(message["id"], id, "answers come in the order of the calls");
                return message;
            }
            self.events.push_back(message["params"].clone());
        }
    }

    /// The result of a call that succeeds.
    pub(crate) async fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params).await;
        let mut answer = self.answer(id).await;
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// The error of a call that is refused.
    pub(crate) async fn refused(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params).await;
        let mut answer = self.answer(id).await;
        assert!(answer.get("result").is_none(), "{method}: {answer}");
        answer["error"].take()
    }

    /// The next event with its subscription.
    pub(crate) async fn notification(&mut self) -> Value {
        match self.events.pop_front() {
            Some(event) => event,
            None => {
                let mut message = self.message().await;
                assert_eq!(message["method"], "books.changed", "{message}");
                message["params"].take()
            }
        }
    }

    /// The next event.
    pub(crate) async fn event(&mut self) -> Value {
        self.notification().await["result"].take()
    }

    /// Adds a book of that title; gives its id.
    pub(crate) async fn add(&mut self, title: &str) -> u64 {
        self.call("books.create", json!({"book": {"title": title}})).await["book"]["id"].as_u64().unwrap()
    }

    /// Reads on to the end and gives the code of the close frame.
    pub(crate) async fn close_code(&mut self) -> Option<u16> {
        while let Some(Ok(message)) = soon(self.socket.next()).await {
            if let Message::Close(frame) = message {
                return frame.map(|frame| frame.code.into());
            }
        }
        None
    }
}
