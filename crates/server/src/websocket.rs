//! `GET /ws`: JSON-RPC 2.0 over a WebSocket.

mod ahead;
mod alarm;
mod batch;
mod connection;
#[cfg(feature = "echo")]
mod echo;
mod framing;
mod meter;
mod running;
mod subscriptions;
mod wire;

use std::sync::Arc;

use access::Principal;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hyper::ext::Protocol;
use hyper_util::rt::TokioIo;
use protocol::Name;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use url::form_urlencoded;

use crate::answer::Refused;
use crate::app::App;
use crate::caller::{self, Sender};
use crate::rates::{Allowance, Source};
use crate::run::{OnStream, Stream};
pub(crate) use connection::converse;

/// The subprotocol that is confirmed when it is offered; who offers none, or others, is served all the same.
const SUBPROTOCOL: HeaderValue = HeaderValue::from_static("bookstore.v1+json");

/// What a request of HTTP/2 names as its `:protocol`.
const WEBSOCKET: &str = "websocket";

/// Who opens a WebSocket.
pub(crate) struct Visitor {
    /// Who it is, if it said so or needs not.
    pub(crate) caller: Option<Principal>,
    /// Where it comes from.
    pub(crate) sender: Sender,
}

impl Visitor {
    /// Who asks for a WebSocket: what was said on purpose counts before what a browser sends by itself.
    fn of(app: &App, request: &Request) -> Result<Self, Refused> {
        let (headers, extensions) = (request.headers(), request.extensions());
        let sender = Sender::of(headers, extensions);
        let ticket = ticket(request.uri().query()).filter(|_| !headers.contains_key(header::AUTHORIZATION));
        let caller = match ticket {
            Some(ticket) => Some(caller::redeem(app, &ticket, &sender)?),
            None => caller::identify(app, headers, extensions)?,
        };
        Ok(Visitor { caller, sender })
    }
}

/// The one-time ticket in an address; a token is never read from there.
fn ticket(query: Option<&str>) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query?.as_bytes());
    pairs.find(|(key, _)| key == "ticket").map(|(_, ticket)| ticket.into_owned())
}

/// Turns a request into a WebSocket, or says how to ask for one.
pub(crate) async fn upgrade(State(app): State<App>, request: Request) -> Response {
    let answer = match request.extensions().get::<Protocol>() {
        None => create_response_with_body(&request, Body::empty),
        Some(protocol) => accept_stream(protocol, request.headers()),
    };
    match answer {
        Ok(response) => begin(app, request, response),
        Err(error) => not_upgradable(&error),
    }
}

/// The handshake over HTTP/2 (RFC 8441): the stream itself becomes the WebSocket, and there is no key to answer to.
fn accept_stream(protocol: &Protocol, headers: &HeaderMap) -> Result<Response, Error> {
    let version = headers.get(header::SEC_WEBSOCKET_VERSION);
    if protocol.as_str() == WEBSOCKET && version.is_some_and(|version| version == "13") {
        return Ok(Response::default());
    }
    Err(Error::Protocol(ProtocolError::MissingSecWebSocketVersionHeader))
}

/// Confirms the WebSocket, and converses as soon as the answer is out; who brings a credential that is no good is refused.
fn begin(app: App, mut request: Request, mut response: Response) -> Response {
    let visitor = match Visitor::of(&app, &request) {
        Ok(visitor) => visitor,
        Err(refused) => return refused.into_response(),
    };
    if offers_ours(request.headers()) {
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL);
    }
    let mut allowance = Allowance::new(Arc::clone(&app.buckets), Source::of(request.extensions()));
    if let Some(caller) = &visitor.caller {
        allowance.log_in(caller);
    }
    let upgrading = hyper::upgrade::on(&mut request);
    let stream = request.extensions_mut().remove::<Arc<Stream>>();
    tokio::spawn(async move {
        let upgraded = match upgrading.await {
            Ok(upgraded) => TokioIo::new(upgraded),
            Err(error) => return tracing::debug!(%error, "a connection ended before it was a WebSocket"),
        };
        match stream {
            #[cfg(feature = "echo")]
            None if app.echoes => echo::echo(upgraded, &app).await,
            // In tasks of their own, so that the memory for what came before is given back.
            None => drop(tokio::spawn(converse(upgraded, app, visitor, allowance))),
            Some(stream) => drop(tokio::spawn(converse(OnStream::new(upgraded, stream), app, visitor, allowance))),
        }
    });
    response
}

fn offers_ours(headers: &HeaderMap) -> bool {
    let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).into_iter();
    offered.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).any(|one| SUBPROTOCOL == one.trim_ascii())
}

fn not_upgradable(error: &Error) -> Response {
    if matches!(error, Error::Protocol(ProtocolError::MissingSecWebSocketKey)) {
        let message = "the upgrade has no Sec-WebSocket-Key: connect with a WebSocket client";
        return Refused::new(Name::InvalidRequest, message).into_response();
    }
    let message = "this is a WebSocket: connect with a WebSocket client, version 13";
    let mut response = Refused::new(Name::UpgradeRequired, message).into_response();
    response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static(WEBSOCKET));
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    response
}

#[cfg(test)]
mod tests;
