//! What ends a generation of the server: the wish to stop, or a store that takes the place of the one that is served.

use std::future::Future;
use std::io;

use journal::Prepared;
use server::Listening;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// Says once, and for good, when the process was asked to stop; clones say the same.
#[derive(Clone)]
pub(super) struct Stop(watch::Receiver<Option<Instant>>);

impl Stop {
    /// On SIGTERM and SIGINT, which from here on are answered with an orderly end, and at the end of `hung_up`.
    pub(super) fn on_signals(hung_up: impl Future<Output = ()> + Send + 'static) -> io::Result<Stop> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (asked, stop) = watch::channel(None);
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                () = hung_up => {}
            }
            asked.send_replace(Some(Instant::now()));
            // Who asks later is told as well.
            asked.closed().await;
        });
        Ok(Stop(stop))
    }

    /// When it was asked; waits for it.
    pub(super) async fn asked(&mut self) -> Instant {
        let asked = self.0.wait_for(Option::is_some).await.ok().and_then(|asked| *asked);
        asked.unwrap_or_else(Instant::now)
    }

    /// Whether it was asked.
    pub(super) fn is_asked(&self) -> bool {
        self.0.borrow().is_some()
    }
}

/// Why a generation ended, and when that began.
pub(super) enum End {
    Stop(Instant),
    /// Another store is to be served, on the same address.
    Replace(Box<Prepared>, Listening, Instant),
}

/// Waits for the end. `again` is let go of with the wish to stop, so that nobody waits for a server that is on its way out.
pub(super) async fn end(mut stop: Stop, mut prepared: mpsc::Receiver<Prepared>, again: Listening) -> End {
    tokio::select! {
        began = stop.asked() => End::Stop(began),
        Some(prepared) = prepared.recv() => End::Replace(Box::new(prepared), again, Instant::now()),
    }
}
