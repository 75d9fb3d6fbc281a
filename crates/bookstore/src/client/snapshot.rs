//! All books of a store at one revision.

use catalogue::{Book, Revision};
use serde_json::json;

use super::{CallError, Client, Event, understand};

/// The books of a store at a revision, by id.
pub(crate) struct Snapshot {
    pub(crate) revision: Revision,
    pub(crate) books: Vec<Book>,
}

/// Takes a consistent snapshot.
pub(crate) async fn snapshot(client: &Client) -> Result<Snapshot, CallError> {
    let mut subscription = client.subscribe(json!({"snapshot": true})).await?;
    let mut books: Vec<Book> = Vec::new();
    let revision = loop {
        match understand(&subscription.next().await.ok_or(CallError::Cut)?)? {
            Event::Books { books: page } => {
                books.extend(page);
            }
            Event::Reset { .. } => books.clear(),
            Event::Current { revision, .. } => break revision,
            Event::Change { .. } | Event::Unknown => {}
        }
    };
    let id = subscription.id.clone();
    drop(subscription);
    client.call::<bool>("books.unsubscribe", json!([id])).await?;
    books.sort_by_key(|book| book.id());
    Ok(Snapshot { revision, books })
}
