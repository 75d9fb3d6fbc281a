//! `GET /ws`: JSON-RPC 2.0 over a WebSocket.

mod alarm;
mod batch;
mod connection;
mod running;
mod subscriptions;
mod wire;

use access::Principal;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hyper_util::rt::TokioIo;
use protocol::Name;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use url::form_urlencoded;

use crate::answer::Refused;
use crate::app::App;
use crate::caller::{self, Sender};
pub(crate) use connection::converse;

/// The subprotocol that is confirmed when it is offered; who offers none, or others, is served all the same.
const SUBPROTOCOL: HeaderValue = HeaderValue::from_static("bookstore.v1+json");

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
        let sender = Sender::of(headers, extensions, &app.options);
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
pub(crate) async fn upgrade(State(app): State<App>, mut request: Request) -> Response {
    let visitor = match Visitor::of(&app, &request) {
        Ok(visitor) => visitor,
        Err(refused) => return refused.into_response(),
    };
    let mut response = match create_response_with_body(&request, Body::empty) {
        Ok(response) => response,
        Err(error) => return not_upgradable(&error),
    };
    if offers_ours(request.headers()) {
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL);
    }
    let upgrading = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        match upgrading.await {
            Ok(upgraded) => converse(TokioIo::new(upgraded), app, visitor).await,
            Err(error) => tracing::debug!(%error, "a connection ended before it was a WebSocket"),
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
    response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    response
}

#[cfg(test)]
mod tests;
