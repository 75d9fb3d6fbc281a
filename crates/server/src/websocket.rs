//! `GET /ws`: JSON-RPC 2.0 over a WebSocket.

mod alarm;
mod batch;
mod connection;
mod framing;
mod meter;
mod running;
mod subscriptions;
mod wire;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hyper_util::rt::TokioIo;
use protocol::Name;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use crate::answer::Refused;
use crate::app::App;
use crate::rates::{Allowance, Source};
pub(crate) use connection::converse;

/// The subprotocol that is confirmed when it is offered; who offers none, or others, is served all the same.
const SUBPROTOCOL: HeaderValue = HeaderValue::from_static("bookstore.v1+json");

/// Turns a request into a WebSocket, or says how to ask for one.
pub(crate) async fn upgrade(State(app): State<App>, mut request: Request) -> Response {
    let mut response = match create_response_with_body(&request, Body::empty) {
        Ok(response) => response,
        Err(error) => return not_upgradable(&error),
    };
    if offers_ours(request.headers()) {
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL);
    }
    let allowance = Allowance::new(Arc::clone(&app.buckets), Source::of(request.extensions()));
    let upgrading = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        match upgrading.await {
            Ok(upgraded) => converse(TokioIo::new(upgraded), app, allowance).await,
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
