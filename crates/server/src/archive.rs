//! Backup and restore. The server knows no files: what does stands behind [`Archive`].

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use catalogue::FieldError;
use futures_util::stream;
use http_body_util::BodyExt;
use protocol::method::RestoreResult;
use protocol::{Name, Problem};
use tokio::time::timeout;

use crate::answer::{Answered, Refused, header_text, json};
use crate::app::App;

/// Gives backups of the store behind the doors, and takes them. Calls block, and are made from threads that may wait.
pub trait Archive: Send + Sync {
    /// Begins a backup of the store as it is now.
    fn backup(&self) -> Result<Download, ArchiveError>;

    /// Begins to take a backup in.
    fn restore(&self) -> Result<Box<dyn Upload>, ArchiveError>;
}

/// A backup on its way out.
pub struct Download {
    /// What a file of it may be called.
    pub name: String,
    /// Its bytes, made as they are taken; after an error there are no more.
    pub pieces: Pieces,
}

/// Bytes that are made, or read, as they are taken.
pub type Pieces = Box<dyn Iterator<Item = io::Result<Vec<u8>>> + Send>;

/// A backup on its way in. Dropped before it is whole, it leaves nothing behind.
pub trait Upload: Send {
    /// Takes the next bytes.
    fn take(&mut self, bytes: &[u8]) -> Result<(), ArchiveError>;

    /// It is whole: checks it, and has it put in the place of the store, for which the server ends soon and begins anew.
    fn finish(self: Box<Self>) -> Result<RestoreResult, ArchiveError>;
}

/// Why there is no backup or no restore. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// What was sent is no sound backup.
    #[error("{0}")]
    Invalid(String),
    /// Not now.
    #[error("{0}")]
    Unavailable(String),
}

/// Answers `GET /backup`.
pub(crate) async fn backup(State(app): State<App>) -> Answered {
    let archive = archive_of(&app)?;
    let Download { name, pieces } = on_a_thread(move || archive.backup()).await??;
    let mut response = json(StatusCode::OK, body_of(pieces));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jsonl"));
    headers.insert(header::CONTENT_DISPOSITION, header_text(&format!("attachment; filename=\"{name}\"")));
    Ok(response)
}

/// Answers `POST /restore`.
pub(crate) async fn restore(State(app): State<App>, body: Body) -> Answered {
    let archive = archive_of(&app)?;
    let upload = on_a_thread(move || archive.restore()).await??;
    let upload = receive(upload, body, app.engine.limits().stalled_max).await?;
    let result = on_a_thread(move || upload.finish()).await??;
    let body = serde_json::to_vec(&result).map_err(|error| Refused::new(Name::Internal, error.to_string()))?;
    Ok(json(StatusCode::ACCEPTED, body))
}

/// Takes a body in as fast as the disk does.
async fn receive(mut upload: Box<dyn Upload>, mut body: Body, patience: Duration) -> Result<Box<dyn Upload>, Refused> {
    let cut = |why: String| Refused::new(Name::InvalidRequest, format!("the backup did not arrive whole: {why}"));
    loop {
        let frame = match timeout(patience, body.frame()).await {
            Ok(None) => return Ok(upload),
            Ok(Some(frame)) => frame.map_err(|error| cut(error.to_string()))?,
            Err(_) => return Err(cut("the rest took too long".into())),
        };
        if let Ok(bytes) = frame.into_data() {
            upload = on_a_thread(move || upload.take(&bytes).map(|()| upload)).await??;
        }
    }
}

/// A body of pieces, each made on a thread that may wait. An error cuts the connection: half a backup must not pass for one.
fn body_of(pieces: Pieces) -> Body {
    Body::from_stream(stream::try_unfold(pieces, |mut pieces| async {
        let next = tokio::task::spawn_blocking(move || pieces.next().map(|piece| piece.map(|piece| (piece, pieces))));
        let next = next.await.map_err(io::Error::other)?.transpose();
        if let Err(error) = &next {
            tracing::error!("a backup was not finished: {error}");
        }
        Ok::<_, io::Error>(next?.map(|(piece, pieces)| (Bytes::from(piece), pieces)))
    }))
}

fn archive_of(app: &App) -> Result<Arc<dyn Archive>, Refused> {
    let none = || Refused::new(Name::NotFound, "this server has no files to back up or to restore");
    app.archive.clone().ok_or_else(none)
}

async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refused> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|panic| Refused::new(Name::Internal, format!("it broke down: {panic}")))
}

impl From<ArchiveError> for Refused {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Invalid(found) => Problem::invalid(vec![FieldError::new("body", found)]).into(),
            ArchiveError::Unavailable(why) => Refused::new(Name::Unavailable, why),
        }
    }
}
