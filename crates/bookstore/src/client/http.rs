//! One request over HTTP, for what the WebSocket has no call.

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::{CONNECT_TIMEOUT, CallError, MESSAGE_BYTES_MAX, Refusal, Server, trust};

/// The most that is read of an answer: more than all tokens there can be.
const ANSWER_BYTES_MAX: usize = 8 * MESSAGE_BYTES_MAX;

/// What bytes travel on.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Asks; `line` is method and path. The answer's JSON, null where it has none.
pub(crate) async fn ask(server: &Server, line: &str, body: Option<&Value>) -> Result<Value, CallError> {
    let response = timeout(CONNECT_TIMEOUT, send(server, line, body))
        .await
        .map_err(|_| server.unreachable(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs())))?
        .map_err(|error| server.unreachable(format!("{error:#}")))?;
    let status = response.status();
    let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
    let body = body.map_err(|error| CallError::Strange(error.to_string()))?.to_bytes();
    if !status.is_success() {
        return Err(CallError::Refused(Refusal::of_problem(status.as_u16(), &body)));
    }
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&body).map_err(|error| CallError::Strange(error.to_string()))
}

async fn send(server: &Server, line: &str, body: Option<&Value>) -> anyhow::Result<Response<Incoming>> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(connect(server).await?)).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the connection ended early");
        }
    });
    let (method, path) = line.split_once(' ').unwrap_or(("GET", line));
    let path = format!("{}{path}", server.url.path().trim_end_matches('/'));
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, server.url.authority());
    if let Some(value) = server.login.header() {
        request = request.header(header::AUTHORIZATION, value);
    }
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
    Ok(sender.send_request(request.body(Full::new(body))?).await?)
}

async fn connect(server: &Server) -> anyhow::Result<Box<dyn Stream>> {
    // Brackets belong to the URL, not to the address.
    let host = server.url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = server.url.port_or_known_default().unwrap_or(80);
    let connect = async || TcpStream::connect((host, port)).await;
    match server.url.scheme() {
        "http" => Ok(Box::new(connect().await?)),
        "https" => {
            let tls = trust::tls(server.ca.as_deref()).map_err(anyhow::Error::msg)?;
            let name = ServerName::try_from(host.to_owned())?;
            Ok(Box::new(TlsConnector::from(tls).connect(name, connect().await?).await?))
        }
        _ => anyhow::bail!("the address must begin with http:// or https://"),
    }
}
