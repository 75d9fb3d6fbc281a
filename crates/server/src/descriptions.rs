//! `/openapi.json` and `/openrpc.json`: what this server offers, generated from the types that serve.

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::response::Response;

use crate::answer::json;
use crate::dispatch;

static OPENAPI: LazyLock<String> = LazyLock::new(|| protocol::openapi::document().to_string());

/// Answers `GET /openapi.json`.
pub(crate) async fn openapi() -> Response {
    json(StatusCode::OK, OPENAPI.as_str())
}

/// Answers `GET /openrpc.json`.
pub(crate) async fn openrpc() -> Response {
    json(StatusCode::OK, dispatch::OPENRPC.as_str())
}
