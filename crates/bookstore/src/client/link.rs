//! A connection that is made again when it is cut: for writes that carry a request id.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::{CallError, Client, Server};

/// How long a server that was there may be away.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE_FIRST: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// A way to a server that outlives its connections.
pub(crate) struct Link {
    server: Server,
    current: Mutex<Client>,
}

impl Link {
    /// Connects. That nobody answers the first time is an error at once.
    pub(crate) async fn to(server: &Server) -> Result<Link, CallError> {
        let client = Client::connect(server).await?;
        Ok(Link { server: server.clone(), current: Mutex::new(client) })
    }

    /// The present connection, made anew if it was cut.
    pub(crate) async fn client(&self) -> Result<Client, CallError> {
        let mut current = self.current.lock().await;
        if current.is_closed() {
            *current = reconnect(&self.server).await?;
        }
        Ok(current.clone())
    }

    /// Calls a method that may be repeated without harm: a read, or a write with a request id.
    pub(crate) async fn call<T: DeserializeOwned>(&self, method: &str, params: impl Serialize) -> Result<T, CallError> {
        let give_up = Instant::now() + PATIENCE;
        let mut is_told = false;
        loop {
            let outcome = self.client().await?.call(method, &params).await;
            match outcome {
                Err(CallError::Cut) if Instant::now() < give_up => {}
                Err(CallError::Refused(refusal)) if refusal.is_passing() && Instant::now() < give_up => {
                    if !is_told {
                        tracing::warn!("not now: {}. Trying again for {} s", refusal.reason(), PATIENCE.as_secs());
                        is_told = true;
                    }
                    sleep(Duration::from_secs(refusal.data.retry_after.unwrap_or(1).clamp(1, 10))).await;
                }
                other => return other,
            }
        }
    }
}

/// Tries again and again, more and more seldom.
pub(crate) async fn reconnect(server: &Server) -> Result<Client, CallError> {
    let give_up = Instant::now() + PATIENCE;
    let mut pause = PAUSE_FIRST;
    loop {
        match Client::connect(server).await {
            Err(CallError::Unreachable { .. }) if Instant::now() < give_up => sleep(pause).await,
            other => return other,
        }
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

/// A request id that nobody else has.
pub(crate) fn request_id() -> String {
    format!("cli-{:016x}", rand::random::<u64>())
}
