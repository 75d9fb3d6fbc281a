//! The HTTP client: for what is too large for a message.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::{Method, Request, Response, header};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_tungstenite::{Connector, MaybeTlsStream};

use super::{CONNECT_TIMEOUT, CallError, Refusal, Server};

/// The most of a refusal that is read, in bytes.
const PROBLEM_BYTES_MAX: usize = 64 * 1024;
/// The most of an answer that is read whole: more than all tokens there can be.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How long a server that sends may pause.
const SILENCE_MAX: Duration = Duration::from_secs(120);

/// Why a request has no answer to use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    /// There is no connection.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The server said no.
    #[error("{server} refused it ({status}): {detail}")]
    Refused {
        /// The server as the user named it.
        server: String,
        /// The HTTP status.
        status: u16,
        /// What it said.
        detail: String,
    },
    /// The connection broke.
    #[error("the connection to {server} broke: {reason}. The server's log may say more; then try again")]
    Broken {
        /// The server as the user named it.
        server: String,
        /// How.
        reason: String,
    },
}

/// Gets what is at `path`, giving `take` each piece as it comes.
pub(crate) async fn get(
    server: &Server,
    path: &str,
    take: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> anyhow::Result<()> {
    let mut response = exchange(server, Method::GET, path, Box::new(std::iter::empty())).await?;
    loop {
        let frame = timeout(SILENCE_MAX, response.body_mut().frame()).await;
        let Some(frame) = frame.map_err(|_| broken(server, "nothing came for too long"))? else { return Ok(()) };
        let frame = frame.map_err(|error| broken(server, error))?;
        if let Some(piece) = frame.data_ref() {
            take(piece)?;
        }
    }
}

/// Sends `pieces` to `path`, and gives what that answers.
pub(crate) async fn post<T: DeserializeOwned>(
    server: &Server,
    path: &str,
    pieces: server::Pieces,
) -> anyhow::Result<T> {
    let response = exchange(server, Method::POST, path, pieces).await?;
    let body = response.into_body().collect().await.map_err(|error| broken(server, error))?;
    serde_json::from_slice(&body.to_bytes()).map_err(|error| CallError::Strange(error.to_string()).into())
}

/// Asks what is answered by JSON; `line` is method and path. Null where the answer has no body.
pub(crate) async fn ask(server: &Server, line: &str, question: Option<&Value>) -> anyhow::Result<Value> {
    let (method, path) = line.split_once(' ').expect("a line is a method and a path");
    let method = Method::try_from(method).expect("the method is one of HTTP");
    let text = question.map(|question| question.to_string().into_bytes());
    let question = body_of(Box::new(text.into_iter().map(Ok)));
    let response = send(server, method, path, "application/json", question).await?;
    let status = response.status();
    let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
    let body = body.map_err(|error| broken(server, error))?.to_bytes();
    if !status.is_success() {
        return Err(CallError::Refused(Refusal::of_problem(status.as_u16(), &body)).into());
    }
    if body.is_empty() {
        return Ok(Value::Null);
    }
    Ok(serde_json::from_slice(&body).map_err(|error| CallError::Strange(error.to_string()))?)
}

async fn exchange(
    server: &Server,
    method: Method,
    path: &str,
    pieces: server::Pieces,
) -> Result<Response<Incoming>, RequestError> {
    let response = send(server, method, path, "application/jsonl", body_of(pieces)).await?;
    if response.status().is_success() { Ok(response) } else { Err(refused(server, response).await) }
}

async fn send(
    server: &Server,
    method: Method,
    path: &str,
    media_type: &str,
    body: Body,
) -> Result<Response<Incoming>, RequestError> {
    let stream = connect(server).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(server, error))?;
    // How it ends is seen where the answer is read.
    let connection = tokio::spawn(connection);
    let url = &server.url;
    let authority = url.authority().rsplit('@').next().unwrap_or_default();
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", url.path().trim_end_matches('/')))
        .header(header::HOST, authority)
        .header(header::CONTENT_TYPE, media_type);
    if let Some(value) = server.login.header() {
        request = request.header(header::AUTHORIZATION, value);
    }
    let request = request.body(body).map_err(|error| broken(server, error))?;
    let response = sender.send_request(request).await.map_err(|error| broken(server, error))?;
    drop(connection);
    Ok(response)
}

async fn connect(server: &Server) -> Result<MaybeTlsStream<TcpStream>, CallError> {
    let connector = server.connector()?;
    let host = server.url.host_str().ok_or_else(|| server.unreachable("the address names no host"))?;
    // Brackets belong to the URL, not to the address.
    let host = host.trim_matches(['[', ']']).to_owned();
    let port = server.url.port_or_known_default().unwrap_or(80);
    let connecting = async {
        let stream = TcpStream::connect((host.as_str(), port)).await?;
        let Connector::Rustls(config) = connector else { return Ok(MaybeTlsStream::Plain(stream)) };
        let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
        TlsConnector::from(config).connect(name, stream).await.map(MaybeTlsStream::Rustls)
    };
    let connected = timeout(CONNECT_TIMEOUT, connecting).await;
    connected
        .map_err(|_| server.unreachable(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs())))?
        .map_err(|error| server.broken_off(&error))
}

type Body = StreamBody<stream::BoxStream<'static, io::Result<Frame<Bytes>>>>;

/// A body of pieces, each read on a thread that may wait.
fn body_of(pieces: server::Pieces) -> Body {
    let frames = stream::try_unfold(pieces, |mut pieces| async {
        let next = tokio::task::spawn_blocking(move || pieces.next().map(|piece| piece.map(|piece| (piece, pieces))));
        let next = next.await.map_err(io::Error::other)?.transpose()?;
        Ok(next.map(|(piece, pieces)| (Frame::data(Bytes::from(piece)), pieces)))
    });
    StreamBody::new(frames.boxed())
}

/// What a refusal says of itself.
#[derive(Deserialize)]
struct Problem {
    detail: String,
    #[serde(default)]
    fields: Vec<catalogue::FieldError>,
}

async fn refused(server: &Server, response: Response<Incoming>) -> RequestError {
    let status = response.status().as_u16();
    let limited = Limited::new(response.into_body(), PROBLEM_BYTES_MAX);
    let body = limited.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let detail = match serde_json::from_slice::<Problem>(&body) {
        Ok(Problem { fields, .. }) if !fields.is_empty() => {
            fields.into_iter().map(|field| field.message).collect::<Vec<_>>().join("; ")
        }
        Ok(Problem { detail, .. }) => detail,
        Err(_) => "it gave no reason that is understood".into(),
    };
    RequestError::Refused { server: server.to_string(), status, detail }
}

fn broken(server: &Server, error: impl std::fmt::Display) -> RequestError {
    RequestError::Broken { server: server.to_string(), reason: error.to_string() }
}
