//! What systemd is told, where it asks to be (`NOTIFY_SOCKET`, `WATCHDOG_USEC`: see sd_notify(3)).

use sd_notify::NotifyState;

/// The server answers.
pub(super) fn ready() {
    tell(NotifyState::Ready);
}

/// The server is on its way out.
pub(super) fn stopping() {
    tell(NotifyState::Stopping);
}

/// Shows twice in each period that tasks still get their turn; does nothing where nobody watches.
pub(super) async fn keep_alive() {
    let Some(period) = sd_notify::watchdog_enabled() else { return };
    let mut ticks = tokio::time::interval(period / 2);
    loop {
        ticks.tick().await;
        tell(NotifyState::Watchdog);
    }
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager is not told how this server is");
    }
}
