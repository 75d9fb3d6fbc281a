//! The writer's work step by step.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use catalogue::{Catalogue, Revision};
use tokio::sync::mpsc;

use crate::engine::Shared;
use crate::waking::Waking;
use crate::writer::{Job, NextSaving, Writer, save};
use crate::{Ending, Health};

/// The work behind an [`Engine`](crate::Engine), for who decides when it happens: a simulation, where one seed must always
/// be the same history. Nothing is written, published or answered but in [`step`](Steps::step).
pub struct Steps {
    shared: Arc<Shared>,
    writer: Writer,
    jobs: mpsc::Receiver<Job>,
    told: Revision,
}

/// A snapshot that was begun. Dropping it unwritten gives it up; nothing is lost by that.
pub struct Saving {
    shared: Arc<Shared>,
    state: Catalogue,
    ended: SyncSender<bool>,
    next: NextSaving,
}

impl Steps {
    pub(crate) fn new(shared: Arc<Shared>, writer: Writer, jobs: mpsc::Receiver<Job>) -> Self {
        Steps { shared, writer, jobs, told: Revision::ZERO }
    }

    /// Carries out what waits as one batch; `false` where nothing does. Blocks as the journal does, not for more to come.
    ///
    /// A stop writes the snapshot that was begun, so whoever took one finishes it first.
    pub fn step(&mut self) -> bool {
        let Ok(first) = self.jobs.try_recv() else { return false };
        self.carry_out(first);
        self.told = self.shared.feed.tell(self.told);
        true
    }

    /// The snapshot that the last step began: it may be written at any later moment, between other steps and during them.
    pub fn saving(&mut self) -> Option<Saving> {
        self.writer.begun()
    }

    /// Plants a bug: from now on everybody sees a batch before it is durable.
    #[cfg(feature = "planted")]
    pub fn publish_before_sync(&mut self) {
        self.writer.publishes_early = true;
    }

    /// Has whom the writer answers woken by `waking` from now on.
    pub(crate) fn wake_by(&mut self, waking: Waking) {
        self.writer.wake_by(waking);
    }

    /// Works until it is told to stop or everybody who could ask is gone, and has snapshots written by threads.
    pub(crate) fn run(mut self) {
        let notice = DeathNotice(Arc::clone(&self.shared));
        while let Some(first) = self.jobs.blocking_recv() {
            if self.carry_out(first) {
                return drop(notice);
            }
            if let Some(saving) = self.saving() {
                saving.write_on_a_thread();
            }
        }
        self.writer.finish(Ending::AsItIs, &mut self.jobs);
    }

    /// `true` if that was the end.
    fn carry_out(&mut self, first: Job) -> bool {
        let Some((ending, done)) = self.writer.work(first, &mut self.jobs) else { return false };
        self.writer.finish(ending, &mut self.jobs);
        // Who asked for the stop may not wait for it.
        let _ = done.send(());
        true
    }
}

impl Saving {
    pub(crate) fn new(shared: Arc<Shared>, state: Catalogue, ended: SyncSender<bool>, next: NextSaving) -> Self {
        Saving { shared, state, ended, next }
    }

    /// Writes the snapshot. What goes wrong is logged: the journal has everything.
    pub fn write(self) {
        let Saving { shared, state, ended, next } = self;
        let is_written = save(&shared, &state);
        // Whoever waits for the end may want to open the journal anew, and so nothing may hold it then.
        drop(shared);
        // The writer may be gone.
        let _ = ended.send(is_written);
        next.begin();
    }

    fn write_on_a_thread(self) {
        let spawned = std::thread::Builder::new().name("snapshot".into()).spawn(move || self.write());
        if let Err(error) = spawned {
            tracing::warn!(%error, "no thread for the snapshot; the next one will do");
        }
    }
}

/// Tells everybody when the writer ends, however it ends.
struct DeathNotice(Arc<Shared>);

impl Drop for DeathNotice {
    fn drop(&mut self) {
        self.0.feed.end();
        if std::thread::panicking() {
            let reason = "the writer broke down: reads go on; restart the server to write again";
            self.0.health.send_replace(Health::ReadOnly(reason.into()));
        }
    }
}
