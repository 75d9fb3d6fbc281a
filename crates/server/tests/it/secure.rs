//! A server under TLS, with a certificate made for the test, and clients for it: rustls and hyper.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderName, Request, Response, StatusCode};
use futures_util::{SinkExt, StreamExt};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper::ext::Protocol;
use hyper::upgrade::Upgraded;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rcgen::{CertifiedKey, KeyPair};
use serde_json::Value;
use server::{App, Listening, Tls};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::fixture::{Server, app, soon};

pub(crate) const BOTH: &[&SupportedProtocolVersion] = &[&TLS12, &TLS13];

/// A server that speaks TLS and who trusts it.
pub(crate) struct Secure {
    pub(crate) server: Server,
    pub(crate) tls: Tls,
    roots: Arc<RootCertStore>,
}

/// A certificate for `localhost` and 127.0.0.1 with its key.
pub(crate) fn certificate() -> CertifiedKey<KeyPair> {
    rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap()
}

pub(crate) fn tls(certified: &CertifiedKey<KeyPair>) -> Tls {
    let (chain, key) = (certified.cert.pem(), certified.signing_key.serialize_pem());
    Tls::from_pem(chain.as_bytes(), key.as_bytes()).unwrap()
}

pub(crate) fn roots<'a>(certificates: impl IntoIterator<Item = &'a CertifiedKey<KeyPair>>) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certified in certificates {
        roots.add(CertificateDer::from(certified.cert.der().to_vec())).unwrap();
    }
    Arc::new(roots)
}

/// A handshake by rustls, as a client that trusts `roots`.
pub(crate) async fn shake_hands(
    stream: TcpStream,
    roots: &Arc<RootCertStore>,
    versions: &[&'static SupportedProtocolVersion],
    protocols: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(Arc::clone(roots))
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    soon(TlsConnector::from(Arc::new(config)).connect(name, stream)).await
}

impl Secure {
    pub(crate) async fn start() -> Secure {
        Secure::serve(app()).await
    }

    pub(crate) async fn serve(app: App) -> Secure {
        let certified = certificate();
        let tls = tls(&certified);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server::serve_on(Listening::with_tls(listener, tls.clone()), app);
        Secure { server, tls, roots: roots([&certified]) }
    }

    /// A connection under TLS on which one of `protocols` was agreed.
    pub(crate) async fn connect(&self, protocols: &[&str]) -> TlsStream<TcpStream> {
        shake_hands(self.server.raw().await, &self.roots, BOTH, protocols).await.unwrap()
    }

    /// A WebSocket by HTTP/1.1.
    pub(crate) async fn websocket(&self) -> WebSocketStream<TlsStream<TcpStream>> {
        let stream = self.connect(&["http/1.1"]).await;
        let url = format!("wss://localhost:{}/ws", self.server.address.port());
        soon(tokio_tungstenite::client_async(url, stream)).await.unwrap().0
    }

    /// A connection of HTTP/2.
    pub(crate) async fn http2(&self) -> Http2 {
        self.http2_with(|_| {}).await
    }

    /// A connection of HTTP/2 with settings of the test's own.
    pub(crate) async fn http2_with(&self, set: impl FnOnce(&mut http2::Builder<TokioExecutor>)) -> Http2 {
        let stream = self.connect(&["h2", "http/1.1"]).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder.timer(TokioTimer::new());
        set(&mut builder);
        let (requests, connection) = soon(builder.handshake(TokioIo::new(stream))).await.unwrap();
        let ended = tokio::spawn(connection);
        let authority = format!("localhost:{}", self.server.address.port());
        Http2 { requests, ended, authority }
    }
}

/// A client of HTTP/2.
pub(crate) struct Http2 {
    pub(crate) requests: SendRequest<Body>,
    /// Ends with the connection.
    pub(crate) ended: tokio::task::JoinHandle<hyper::Result<()>>,
    pub(crate) authority: String,
}

impl Http2 {
    pub(crate) async fn send(&mut self, request: Request<Body>) -> Response<Incoming> {
        soon(self.requests.ready()).await.unwrap();
        soon(self.requests.send_request(request)).await.unwrap()
    }

    /// A request for `path` on this server.
    pub(crate) fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder().method(method).uri(format!("https://{}{path}", self.authority))
    }

    pub(crate) async fn get(&mut self, path: &str) -> (StatusCode, String) {
        let request = self.request("GET", path).body(Body::empty()).unwrap();
        let response = self.send(request).await;
        (response.status(), text(response).await)
    }

    /// An extended CONNECT (RFC 8441) for `/ws`, with more headers.
    pub(crate) async fn extended_connect(&mut self, headers: &[(&str, &str)]) -> Response<Incoming> {
        self.extended_connect_for("websocket", headers).await
    }

    /// An extended CONNECT for whatever protocol.
    pub(crate) async fn extended_connect_for(
        &mut self,
        protocol: &'static str,
        headers: &[(&str, &str)],
    ) -> Response<Incoming> {
        let mut request = self.request("CONNECT", "/ws").body(Body::empty()).unwrap();
        for (name, value) in [("sec-websocket-version", "13")].iter().chain(headers) {
            request.headers_mut().insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        request.extensions_mut().insert(Protocol::from_static(protocol));
        self.send(request).await
    }

    /// A WebSocket on a stream of this connection.
    pub(crate) async fn websocket(&mut self) -> Socket {
        let response = self.extended_connect(&[]).await;
        assert_eq!(response.status(), 200);
        let upgraded = soon(hyper::upgrade::on(response)).await.unwrap();
        Socket(WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Client, None).await)
    }
}

pub(crate) async fn text(response: Response<Incoming>) -> String {
    let body = soon(response.into_body().collect()).await.unwrap().to_bytes();
    String::from_utf8(body.into()).unwrap()
}

/// A WebSocket over HTTP/2.
pub(crate) struct Socket(pub(crate) WebSocketStream<TokioIo<Upgraded>>);

impl Socket {
    pub(crate) async fn send(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// The next message.
    pub(crate) async fn message(&mut self) -> Value {
        loop {
            match soon(self.0.next()).await.expect("it lasts").expect("frames are right") {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// Reads on to the end and gives the code of the close frame.
    pub(crate) async fn close_code(&mut self) -> Option<u16> {
        while let Some(Ok(message)) = soon(self.0.next()).await {
            if let Message::Close(frame) = message {
                return frame.map(|frame| frame.code.into());
            }
        }
        None
    }
}
