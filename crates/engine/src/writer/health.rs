//! Whether writes are accepted, as the writer learns it and tells it.

use journal::AppendError;

use super::Writer;
use crate::Health;

impl Writer {
    /// Lets the journal rest, and learns whether it failed at that.
    pub(super) fn rest(&mut self) {
        self.shared.journal.rest();
        if self.poisoned.is_none()
            && let Err(error) = self.shared.journal.usable()
        {
            self.meet_failure(&error);
        }
    }

    /// Who sends writes only where they are accepted would not find out by writing that there is room again.
    pub(super) fn look_for_room(&mut self) {
        if self.poisoned.is_some() {
            return;
        }
        match self.shared.journal.try_room() {
            Ok(()) => self.tell_health(Health::Ready),
            Err(error) => self.meet_failure(&error),
        }
    }

    /// The journal takes no writes, and no write was there to be told.
    fn meet_failure(&mut self, error: &AppendError) {
        let reason = error.to_string();
        if matches!(error, AppendError::Poisoned(_)) {
            self.shared.failures.append(error);
            self.poisoned = Some(reason.clone());
        }
        self.tell_health(Health::ReadOnly(reason));
    }

    /// Says it once: clients that try again and again must not fill the disk that the log may share with the journal.
    pub(super) fn tell_health(&self, now: Health) {
        let has_changed = self.shared.health.send_if_modified(|health| {
            let has_changed = *health != now;
            *health = now.clone();
            has_changed
        });
        match now {
            Health::ReadOnly(reason) if has_changed => tracing::error!("writes are refused: {reason}"),
            Health::Ready if has_changed => tracing::info!("writes are accepted again"),
            _ => {}
        }
    }
}
