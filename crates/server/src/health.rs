//! `/health`: does the process answer? `/ready`: does it accept writes?

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::Health;
use protocol::Name;

use crate::answer::{Answered, Refused, json};
use crate::app::App;

/// Answers `GET /health`: always 200, since an answer is the proof.
pub(crate) async fn health() -> Response {
    json(StatusCode::OK, r#"{"status":"ok"}"#)
}

/// Answers `GET /ready`: 503 with the reason while writes are refused.
pub(crate) async fn ready(State(app): State<App>) -> Answered {
    match app.engine.health() {
        Health::Ready => Ok(json(StatusCode::OK, r#"{"status":"ready"}"#)),
        Health::ReadOnly(why) => Err(Refused::new(Name::Unavailable, why)),
        Health::Stopping => Err(Refused::new(Name::Unavailable, "the server is stopping")),
    }
}
