//! `POST /books/transact`.

use access::Principal;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use protocol::Problem;
use protocol::method::{Shape, TransactResult, Write};

use crate::answer::{Answered, Refused, header_text, json};
use crate::app::App;
use crate::conditions::{idempotency_key, one_field};
use crate::{body, budget, write};

/// Answers `POST /books/transact`.
pub(crate) async fn transact(
    State(app): State<App>,
    Extension(by): Extension<Principal>,
    headers: HeaderMap,
    body: Body,
) -> Answered {
    let limits = app.engine.limits();
    let mut share = app.budget.incoming.share();
    let text = body::text(&headers, body, body::DOCUMENT, limits, &mut share).await?;
    let mut wanted = Write::transaction(&text)?;
    if !share.try_grow(write::weight(&wanted, text.len())) {
        return Err(budget::busy().into());
    }
    wanted.request_id = one_of(wanted.request_id, idempotency_key(&headers, limits.request_id_chars_max)?)?;
    let mut outgoing = app.budget.outgoing.share();
    if !outgoing.grow(limits.message_bytes_max).await {
        return Err(budget::busy().into());
    }
    let answer = write::carry_out(&app.engine, &by, wanted).await;
    let answer = answer.map_err(|error| Refused::from(write::problem(error, Shape::Transaction)))?;
    let result = TransactResult { revision: answer.revision, results: &answer.results };
    let mut response = json(StatusCode::OK, serde_json::to_vec(&result).expect("a result is JSON"));
    response.headers_mut().insert(header::ETAG, header_text(&format!("W/\"{}\"", answer.revision)));
    Ok(response)
}

/// The request id, which the body and the header may both name.
fn one_of(body: Option<String>, header: Option<String>) -> Result<Option<String>, Problem> {
    match (body, header) {
        (Some(body), Some(header)) if body != header => {
            Err(one_field("request_id", "differs from Idempotency-Key: name the request once"))
        }
        (body, header) => Ok(body.or(header)),
    }
}
