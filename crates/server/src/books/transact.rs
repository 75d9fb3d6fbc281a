//! `POST /books/transact`.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;

use crate::answer::Answered;
use crate::app::App;

/// Answers `POST /books/transact`.
pub(crate) async fn transact(State(app): State<App>, headers: HeaderMap, body: Body) -> Answered {
    let _ = (app, headers, body);
    todo!()
}
