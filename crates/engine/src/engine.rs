//! The engine as the doors see it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use catalogue::{Catalogue, Command, Filter, RequestNote, Revision, Rules, Timestamp};
use journal::{Journal, Opened, StoreId};
use tokio::sync::{mpsc, oneshot, watch};

use crate::appends::Counted;
use crate::failures::Counting;
use crate::feed::Feed;
use crate::index::{Index, Lists};
use crate::receipts::{self, Receipts};
use crate::steps::Steps;
use crate::waking::Waking;
use crate::writer::{Job, QueuedWrite, Reply, Writer};
use crate::{
    Appends, Clock, Failures, Following, Inbox, Limits, PendingWrite, Start, SubscribeError, Subscription, Write,
    WriteError,
};

/// What an engine is started with.
pub struct Config {
    /// The operator's rules for writes.
    pub rules: Rules,
    /// The limits.
    pub limits: Limits,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
}

/// A running engine; clones are the same engine.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Job>,
}

/// What an engine leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A snapshot of everything, so that the next start reads little.
    Saved,
    /// What is there: the journal has everything.
    AsItIs,
}

/// Whether the engine can do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Writes are accepted.
    Ready,
    /// Writes are refused; the text says why and what to do.
    ReadOnly(String),
    /// The engine is stopping.
    Stopping,
}

/// What the writer publishes and everybody else reads.
pub(crate) struct Shared {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) limits: Limits,
    pub(crate) view: ArcSwap<Catalogue>,
    /// Of its own, so that who tells of it holds no journal.
    pub(crate) feed: Arc<Feed>,
    pub(crate) published: watch::Sender<Revision>,
    pub(crate) health: watch::Sender<Health>,
    pub(crate) failures: Counting,
    pub(crate) index: Arc<Index>,
    pub(crate) appends: Counted,
}

impl Engine {
    /// Starts the writer on an opened journal. Called in a runtime of several threads, it has one of its tasks wake those who
    /// wait for answers.
    pub fn start(opened: Opened, config: Config) -> Engine {
        let (engine, mut steps) = Engine::stepped(opened, config);
        steps.wake_by(Waking::by_a_task());
        engine.shared.feed.tell_on_a_thread();
        std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || steps.run())
            .expect("the system gives a program one more thread at its start");
        engine
    }

    /// An engine on an opened journal, with the writer's work for the caller to carry out.
    pub fn stepped(opened: Opened, config: Config) -> (Engine, Steps) {
        let Opened { journal, catalogue, saved, receipts, .. } = opened;
        let (queue, jobs) = mpsc::channel(config.limits.writes_queued_max);
        let revision = catalogue.revision();
        let shared = Arc::new(Shared {
            feed: Arc::new(Feed::filled(journal.as_ref(), revision, &config.limits)),
            journal,
            view: ArcSwap::from_pointee(catalogue.clone()),
            published: watch::Sender::new(revision),
            health: watch::Sender::new(Health::Ready),
            failures: Counting::default(),
            index: Arc::default(),
            appends: Counted::default(),
            limits: config.limits,
        });
        let receipts = Receipts::new(receipts, shared.limits.receipts_min);
        let mut writer = Writer::new(Arc::clone(&shared), catalogue, receipts, config.rules, config.clock, saved);
        writer.listen(queue.downgrade());
        let steps = Steps::new(Arc::clone(&shared), writer, jobs);
        (Engine { shared, queue }, steps)
    }

    /// The store's random name.
    pub fn store(&self) -> &StoreId {
        self.shared.journal.store()
    }

    /// The limits it was started with.
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// The state that everybody may see: durable, immutable. Never waits.
    pub fn view(&self) -> Arc<Catalogue> {
        self.shared.view.load_full()
    }

    /// The same for a look that is over at once: it leaves no mark that other processors would have to see.
    pub fn glance<T>(&self, look: impl FnOnce(&Catalogue) -> T) -> T {
        look(&self.shared.view.load())
    }

    /// What lists are answered from.
    pub fn lists(&self) -> Lists {
        Lists::new(self.view(), Arc::clone(&self.shared.index))
    }

    /// Puts a write into the queue, waiting for room. Writes submitted one after the other take effect in that order.
    /// The receiver errs only when the writer has stopped without an answer.
    pub async fn submit(&self, write: Write) -> PendingWrite {
        match self.queue.reserve().await {
            Ok(place) => {
                let (asker, pending) = oneshot::channel();
                enqueue(place, write, Reply::Alone(asker));
                pending
            }
            Err(_) => self.refuse(),
        }
    }

    /// [`submit`](Engine::submit) for who has many writes under way: the answer comes into his inbox.
    pub async fn submit_for(&self, inbox: &mut Inbox, write: Write) {
        match self.queue.reserve().await {
            Ok(place) => enqueue(place, write, Reply::Among(inbox.ticket())),
            Err(_) => self.refuse_for(inbox),
        }
    }

    /// The same without waiting: gives the write back where there is no room.
    pub fn try_submit_for(&self, inbox: &mut Inbox, write: Write) -> Result<(), Write> {
        match self.queue.try_reserve() {
            Ok(place) => enqueue(place, write, Reply::Among(inbox.ticket())),
            Err(mpsc::error::TrySendError::Full(())) => return Err(write),
            Err(mpsc::error::TrySendError::Closed(())) => self.refuse_for(inbox),
        }
        Ok(())
    }

    /// The answer where there is no writer any more.
    fn refuse(&self) -> PendingWrite {
        let (reply, pending) = oneshot::channel();
        // It is read in a moment.
        let _ = reply.send(Err(self.shared.refusing()));
        pending
    }

    fn refuse_for(&self, inbox: &mut Inbox) {
        // Nobody waits there who is not just submitting.
        let _ = inbox.ticket().answer(Err(self.shared.refusing()));
    }

    /// The last published revision; changes with every batch. By the time it shows a revision, the answers of the
    /// writes up to it can be taken from their [`PendingWrite`] or [`Inbox`] without waiting.
    pub fn published(&self) -> watch::Receiver<Revision> {
        self.shared.published.subscribe()
    }

    /// Begins a subscription: in force when this returns.
    pub fn subscribe(&self, filter: Filter, start: Start) -> Result<Subscription, SubscribeError> {
        Subscription::begin(Arc::clone(&self.shared), filter, start)
    }

    /// How subscribers are told of changes.
    pub fn following(&self) -> Following {
        self.shared.feed.audience.following()
    }

    /// What [`health`](Engine::health) says, and when it changes.
    pub fn health_changes(&self) -> watch::Receiver<Health> {
        self.shared.health.subscribe()
    }

    /// Whether writes are accepted.
    pub fn health(&self) -> Health {
        self.shared.health.borrow().clone()
    }

    /// How often the journal could not do what it was asked.
    pub fn failures(&self) -> Failures {
        self.shared.failures.so_far()
    }

    /// What the journal took since the start.
    pub fn appends(&self) -> Appends {
        self.shared.appends.so_far()
    }

    /// Begins a snapshot in the background if there is something that has none; done by itself where much was written.
    pub async fn save(&self) {
        // An engine that has stopped has left its snapshot.
        let _ = self.queue.send(Job::Save).await;
    }

    /// Finds out whether the journal has room for writes, and has them accepted or refused; done by itself at the next write.
    pub async fn look_for_room(&self) {
        // An engine that has stopped accepts none.
        let _ = self.queue.send(Job::LookForRoom).await;
    }

    /// Refuses further writes, finishes those accepted, writes a snapshot if that is wanted, and ends the writer.
    pub async fn stop(&self, ending: Ending) {
        let (done, stopped) = oneshot::channel();
        if self.queue.send(Job::Stop { ending, done }).await.is_ok() {
            // An error means that the writer is gone, which is what was asked for.
            let _ = stopped.await;
        }
    }
}

impl Shared {
    /// Why a write cannot be taken now.
    pub(crate) fn refusing(&self) -> WriteError {
        match &*self.health.borrow() {
            Health::ReadOnly(reason) => WriteError::Unavailable(reason.clone()),
            Health::Ready | Health::Stopping => WriteError::stopped(),
        }
    }
}

/// Puts a write into a place in the queue.
fn enqueue(place: mpsc::Permit<'_, Job>, write: Write, reply: Reply) {
    let Write { by, request_id, kind, operations, answer_bytes_max } = write;
    let request = request_id.map(|id| RequestNote {
        id: id.into(),
        hash: receipts::fingerprint(kind, &operations),
        answer: None,
    });
    // The writer puts in the time at which it decides.
    let command = Command { at: Timestamp::default(), by, request, operations };
    place.send(Job::Write(QueuedWrite { command, answer_bytes_max, reply }));
}

#[cfg(test)]
mod tests;
