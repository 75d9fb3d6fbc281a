//! `/tokens`: which there are, a new one, and the end of one.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use catalogue::FieldError;
use protocol::session::{NewToken, TokenDraft, TokenList};
use protocol::{Name, Problem};

use ::access::{Access, ChangeError, Lifetime, Principal};

use crate::answer::{Answered, Refused};
use crate::app::App;
use crate::body;
use crate::login::private;

/// Answers `GET /tokens`.
pub(crate) async fn list(State(app): State<App>) -> Answered {
    let list = TokenList { tokens: app.options.access.tokens().list() };
    Ok(private(StatusCode::OK, serde_json::to_vec(&list).expect("tokens are JSON")))
}

/// Answers `POST /tokens`.
pub(crate) async fn create(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    headers: HeaderMap,
    body: Body,
) -> Answered {
    let mut share = app.budget.incoming.share();
    let draft: TokenDraft = body::json(&headers, body, body::DOCUMENT, app.engine.limits(), &mut share).await?;
    let TokenDraft { name, role, expires_in } = draft;
    let lifetime = expires_in.map_or(Lifetime::Endless, |seconds| Lifetime::Limited(Duration::from_secs(seconds)));
    let made = change(&app, move |access| access.tokens().create(&name, role, lifetime, access.now())).await?;
    let (known, secret) = made;
    tracing::info!(name = %known.name, role = %known.role, by = principal.name(), "a token was made");
    let new = NewToken { token: secret.reveal().to_owned(), known };
    Ok(private(StatusCode::CREATED, serde_json::to_vec(&new).expect("a token is JSON")))
}

/// Answers `DELETE /tokens/{name}`.
pub(crate) async fn revoke(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    name: Result<Path<String>, PathRejection>,
) -> Answered {
    let name = name.map(|Path(name)| name).unwrap_or_default();
    let token = change(&app, move |access| access.tokens().revoke(&name, access.now())).await?;
    tracing::info!(name = %token.name, by = principal.name(), "a token was revoked");
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Makes a change where waiting for the disk holds nobody up.
async fn change<T: Send + 'static>(
    app: &App,
    change: impl FnOnce(&Access) -> Result<T, ChangeError> + Send + 'static,
) -> Result<T, Refused> {
    let access = Arc::clone(&app.options.access);
    let changing = tokio::task::spawn_blocking(move || change(&access));
    let changed = changing.await.map_err(|fault| Refused::new(Name::Internal, format!("it broke off: {fault}")))?;
    changed.map_err(|error| problem(&error).into())
}

fn problem(error: &ChangeError) -> Problem {
    let message = error.to_string();
    match error {
        ChangeError::Name(why) => Problem::invalid(vec![FieldError::new("name", why)]),
        ChangeError::Lifetime => Problem::invalid(vec![FieldError::new("expires_in", message)]),
        ChangeError::Taken(_) | ChangeError::TooMany => Problem::new(Name::Conflict, message),
        ChangeError::Unknown(_) => Problem::new(Name::NotFound, message),
        ChangeError::File(_) => {
            tracing::error!(error = %message, "the tokens cannot be written");
            Problem::new(Name::Unavailable, "nothing was changed, for the disk refused it: the server's log says more")
        }
    }
}
