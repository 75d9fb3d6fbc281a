//! One request over HTTP, for what the WebSocket has no call.

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Address, CONNECT_TIMEOUT, CallError, MESSAGE_BYTES_MAX, Refusal};

/// Asks; `line` is method and path. The answer's JSON, null where it has none.
pub(crate) async fn ask(address: &Address, line: &str, body: Option<&Value>) -> Result<Value, CallError> {
    let unreachable = |reason: String| CallError::Unreachable { server: address.to_string(), reason };
    let response = timeout(CONNECT_TIMEOUT, send(address, line, body)).await;
    let response = response
        .map_err(|_| unreachable(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs())))?
        .map_err(|error| unreachable(format!("{error:#}")))?;
    let status = response.status();
    let body = Limited::new(response.into_body(), MESSAGE_BYTES_MAX * 8).collect().await;
    let body = body.map_err(|error| CallError::Strange(error.to_string()))?.to_bytes();
    if !status.is_success() {
        return Err(CallError::Refused(Refusal::of_problem(status.as_u16(), &body)));
    }
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&body).map_err(|error| CallError::Strange(error.to_string()))
}

async fn send(address: &Address, line: &str, body: Option<&Value>) -> anyhow::Result<Response<Incoming>> {
    let url = &address.url;
    anyhow::ensure!(url.scheme() == "http", "the address must begin with http://");
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(80);
    // Brackets belong to the URL, not to the address.
    let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the connection ended early");
        }
    });
    let (method, path) = line.split_once(' ').unwrap_or(("GET", line));
    let path = format!("{}{path}", url.path().trim_end_matches('/'));
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, format!("{host}:{port}"));
    if let Some(value) = address.login.header() {
        request = request.header(header::AUTHORIZATION, value);
    }
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
    Ok(sender.send_request(request.body(Full::new(body))?).await?)
}
