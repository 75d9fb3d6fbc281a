//! The one writer: takes what waits, decides it, makes it durable as one batch, publishes it, answers.

mod attempt;
mod health;
mod others;
mod pace;
mod reply;
mod saving;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use catalogue::{Answer, Catalogue, Command, Entry, Revision, Rules};
use journal::{AppendError, ReadError, ReadLimit, Receipt};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};

use self::attempt::{Attempt, Decided};
use self::pace::enough;
pub(crate) use self::reply::Reply;
pub(crate) use self::saving::{NextSaving, save};
use crate::engine::Shared;
use crate::feed::{Behind, FeedEntry};
use crate::receipts::Receipts;
use crate::steps::Saving;
use crate::waking::Waking;
use crate::{Clock, Ending, Health, WriteError};

/// What the writer is asked to do.
pub(crate) enum Job {
    /// Carry out a write.
    Write(QueuedWrite),
    /// Look at the journal: somebody else wrote.
    Wake,
    /// Try whether the journal has room for writes.
    LookForRoom,
    /// Write a snapshot of what has none yet.
    Save,
    /// Finish.
    Stop { ending: Ending, done: oneshot::Sender<()> },
}

/// A write in the queue, with where its answer goes.
pub(crate) struct QueuedWrite {
    pub(crate) command: Command,
    pub(crate) answer_bytes_max: usize,
    pub(crate) reply: Reply,
}

/// The state only the writer changes.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    /// The durable state; the published view is always a clone of it.
    catalogue: Catalogue,
    receipts: Receipts,
    rules: Rules,
    clock: Arc<dyn Clock>,
    waking: Waking,
    /// How many writes the last batch had, whose clients are about to ask again.
    batch_before: usize,
    /// Where the writes of a batch were, empty: for those of the next.
    room: Vec<Decided>,
    /// The end of the journal as others announce it, and what this engine's own appends account for.
    announced: Arc<AtomicU64>,
    expected: Arc<AtomicU64>,
    /// Why no write can be accepted until the next start.
    poisoned: Option<String>,
    unsaved_bytes: u64,
    /// A snapshot that was begun and that nobody has taken to write it yet.
    begun: Option<Saving>,
    /// Tells whether the snapshot under way was written.
    saving: Option<Receiver<bool>>,
    /// Another one that was asked for meanwhile.
    next: NextSaving,
    #[cfg(feature = "planted")]
    pub(crate) publishes_early: bool,
}

impl Writer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        catalogue: Catalogue,
        receipts: Receipts,
        rules: Rules,
        clock: Arc<dyn Clock>,
        saved: Revision,
    ) -> Self {
        let end = catalogue.revision().0;
        Writer {
            shared,
            catalogue,
            receipts,
            rules,
            clock,
            waking: Waking::at_once(),
            batch_before: 0,
            room: Vec::new(),
            announced: Arc::new(AtomicU64::new(end)),
            expected: Arc::new(AtomicU64::new(end)),
            poisoned: None,
            // How many they are is not known, only whether there are any.
            unsaved_bytes: u64::from(saved.0 < end),
            begun: None,
            saving: None,
            next: NextSaving::default(),
            #[cfg(feature = "planted")]
            publishes_early: false,
        }
    }

    /// Has whom it answers woken by `waking` from now on.
    pub(crate) fn wake_by(&mut self, waking: Waking) {
        self.waking = waking;
    }

    /// Takes what waits and carries it out as one batch. Returns the stop, if it met one.
    pub(crate) fn work(&mut self, first: Job, jobs: &mut mpsc::Receiver<Job>) -> Option<(Ending, oneshot::Sender<()>)> {
        self.catch_up_if_behind();
        let mut attempt = Attempt::new(&self.catalogue, self.clock.now(), std::mem::take(&mut self.room));
        let enough = enough(self.batch_before, jobs.len() + 1);
        let mut stop = None;
        let mut due = self.snapshot_due();
        let mut next = Some(first);
        while let Some(job) = next.take() {
            match job {
                Job::Write(write) => attempt.add(write, self),
                // Looked at before and after every batch.
                Job::Wake => {}
                Job::LookForRoom => self.look_for_room(),
                Job::Save => due = 1,
                Job::Stop { ending, done } => {
                    stop = Some((ending, done));
                    break;
                }
            }
            if attempt.decided.len() < enough && !attempt.is_full(&self.shared.limits) {
                next = jobs.try_recv().ok();
            }
        }
        self.batch_before = attempt.decided.len();
        self.commit(attempt);
        self.meet_others();
        if jobs.is_empty() {
            self.rest();
        }
        self.save_from(due);
        stop
    }

    /// Makes an attempt durable and answers it; begins anew where another writer was faster.
    fn commit(&mut self, mut attempt: Attempt) {
        #[cfg(feature = "planted")]
        if self.publishes_early {
            self.shared.view.store(Arc::new(attempt.working.clone()));
        }
        while !attempt.entries.is_empty() {
            match self.append(&attempt.entries) {
                Ok(()) => break,
                Err(AppendError::Behind { .. }) => attempt = self.again(attempt),
                Err(AppendError::Unknown(reason)) => match self.read_back(&attempt.entries) {
                    Some(true) => break,
                    Some(false) => attempt = self.again(attempt),
                    None => return self.refuse(attempt, reason),
                },
                Err(error @ AppendError::Full(_)) => return self.refuse(attempt, error.to_string()),
                Err(error @ AppendError::Poisoned(_)) => {
                    self.poisoned = Some(error.to_string());
                    return self.refuse(attempt, error.to_string());
                }
            }
        }
        let Attempt { working, entries, fed, mut decided, .. } = attempt;
        if !entries.is_empty() {
            self.tell_health(Health::Ready);
        }
        self.publish(working, fed, |waking| {
            waking.wake(decided.drain(..).filter_map(|(write, answer)| write.reply.give(answer)));
        });
        self.room = decided;
    }

    fn append(&self, entries: &[Arc<Entry>]) -> Result<(), AppendError> {
        let after = self.catalogue.revision();
        self.expected.store(after.0 + entries.len() as u64, Ordering::Release);
        let began = Instant::now();
        let appended = self.shared.journal.append(after, entries);
        self.shared.appends.append(began, entries.len(), &appended);
        appended.inspect_err(|error| self.shared.failures.append(error))
    }

    /// Decides the same writes again on the newest state.
    fn again(&mut self, attempt: Attempt) -> Attempt {
        self.catch_up();
        let mut again = Attempt::new(&self.catalogue, self.clock.now(), Vec::new());
        attempt.decided.into_iter().for_each(|(write, _)| again.add(write, self));
        again
    }

    /// Whether the journal holds exactly `entries` next; `None` where it cannot be asked.
    fn read_back(&self, entries: &[Arc<Entry>]) -> Option<bool> {
        let limit = ReadLimit { entries: entries.len(), bytes: usize::MAX };
        let kept = self.shared.journal.read(self.catalogue.revision(), limit).ok()?;
        Some(kept == entries)
    }

    /// Answers every write of an attempt with "not now".
    fn refuse(&mut self, attempt: Attempt, reason: String) {
        self.tell_health(Health::ReadOnly(reason.clone()));
        let refused = |write: QueuedWrite| write.reply.give(Err(WriteError::Unavailable(reason.clone())));
        self.waking.wake(attempt.decided.into_iter().filter_map(|(write, _)| refused(write)));
    }

    /// Shows durable entries to everybody: the view first, so that who is answered reads his own write; then the
    /// answers; the news last, so that on no connection a change overtakes the answer to the call that made it.
    fn publish(&mut self, state: Catalogue, entries: Vec<Arc<FeedEntry>>, answer: impl FnOnce(&Waking)) {
        if entries.is_empty() {
            return answer(&self.waking);
        }
        self.catalogue = state;
        self.unsaved_bytes += entries.iter().map(|entry| entry.bytes()).sum::<u64>();
        for receipt in entries.iter().filter_map(|entry| Receipt::of(&entry.entry)) {
            self.receipts.remember(receipt);
        }
        self.shared.view.store(Arc::new(self.catalogue.clone()));
        self.shared.feed.ring.push(entries);
        answer(&self.waking);
        self.shared.published.send_replace(self.catalogue.revision());
        self.shared.feed.announce(self.catalogue.revision());
    }

    /// The answer that the entry of that revision was given; `None` where it is no longer kept.
    fn recall(&self, revision: Revision) -> Option<Result<Answer, WriteError>> {
        let before = Revision(revision.0.saturating_sub(1));
        let entry = |entry: &Arc<FeedEntry>| Some(Arc::clone(&entry.entry));
        if let Behind::Entries { list, .. } = self.shared.feed.ring.behind(before, revision, 1, entry)
            && let Some(found) = list.first()
        {
            return Some(Ok(found.answer()));
        }
        let read = self.shared.journal.read(before, ReadLimit { entries: 1, bytes: usize::MAX });
        Some(match read.map(|entries| entries.into_iter().next()) {
            Ok(Some(entry)) => Ok(entry.answer()),
            Ok(None) => Err(WriteError::Fault(format!("entry {revision} of a receipt is not in the journal"))),
            Err(ReadError::Gone { .. }) => return None,
            Err(error) => Err(WriteError::Fault(error.to_string())),
        })
    }

    /// Refuses what came too late and leaves a snapshot.
    pub(crate) fn finish(&mut self, ending: Ending, jobs: &mut mpsc::Receiver<Job>) {
        self.shared.health.send_replace(Health::Stopping);
        jobs.close();
        let closed = Instant::now();
        while let Some(job) = last(jobs, closed) {
            match job {
                Job::Write(write) => drop(write.reply.give(Err(self.shared.refusing())).map(Waker::wake)),
                Job::Wake | Job::LookForRoom | Job::Save => {}
                Job::Stop { done, .. } => drop(done.send(())),
            }
        }
        self.shared.journal.rest();
        self.shared.journal.hurry();
        if let Some(begun) = self.begun() {
            begun.write();
        }
        if let Some(saving) = &self.saving {
            // An error means a panic there, which was reported by the thread itself; the journal has everything.
            let is_written = saving.recv().unwrap_or(false);
            self.saved(is_written);
        }
        if ending == Ending::Saved && self.unsaved_bytes > 0 && self.poisoned.is_none() {
            save(&self.shared, &self.catalogue);
        }
    }
}

/// The next job of a queue that was closed then, if there is one: whoever has got a place in it is about to use it.
fn last(jobs: &mut mpsc::Receiver<Job>, closed: Instant) -> Option<Job> {
    loop {
        match jobs.try_recv() {
            Ok(job) => return Some(job),
            Err(TryRecvError::Empty) if closed.elapsed() < PLACE_USED_WITHIN => thread::yield_now(),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => return None,
        }
    }
}

/// A moment's work; who has a place and uses it later or never must not hold up the end, and is answered when the last engine
/// is dropped.
const PLACE_USED_WITHIN: Duration = Duration::from_secs(1);
