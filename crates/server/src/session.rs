//! A login that lasts longer than one answer: it ends when its token does, whatever its connection is about.

use std::future::{self, Future};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::access::{Access, Principal};
use catalogue::Timestamp;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

/// So long before its end a client is told of it.
pub(crate) const NOTICE: Duration = Duration::from_secs(60);
/// How often an end is looked for that a clock may have moved nearer.
const LOOK_AGAIN: Duration = Duration::from_secs(20);

/// Who is logged in on a connection.
pub(crate) struct Session {
    access: Arc<Access>,
    caller: Option<Principal>,
    /// The same, for who waits for its end.
    told: Arc<Told>,
    /// The end that was announced.
    announced: Option<Timestamp>,
}

impl Session {
    /// A session of `caller`, who may be nobody in particular yet.
    pub(crate) fn new(access: Arc<Access>, caller: Option<Principal>) -> Self {
        let told = Told { caller: Mutex::new(caller.clone()), changed: Notify::new() };
        Session { access, told: Arc::new(told), caller, announced: None }
    }

    /// Who is logged in.
    pub(crate) fn caller(&self) -> Option<&Principal> {
        self.caller.as_ref()
    }

    /// Who writes, once it was found to be allowed.
    pub(crate) fn writer(&self) -> &Principal {
        self.caller.as_ref().expect("only somebody may write")
    }

    /// Another login takes the place of this one.
    pub(crate) fn log_in(&mut self, principal: Principal) {
        self.announced = None;
        self.told.tell(&principal);
        self.caller = Some(principal);
    }

    /// Whether what it has may be told.
    pub(crate) fn holds(&self) -> bool {
        self.caller.as_ref().is_some_and(|principal| self.access.holds(principal))
    }

    /// When the end is to be announced, if it has not been.
    pub(crate) fn notice_due(&self) -> Option<Instant> {
        let principal = self.caller.as_ref().filter(|principal| principal.expires() != self.announced)?;
        let remaining = principal.remaining(self.access.now())?;
        Some(Instant::now() + remaining.saturating_sub(NOTICE))
    }

    /// The end that is to be announced now; it counts as announced then.
    pub(crate) fn announce(&mut self) -> Option<Timestamp> {
        self.notice_due().filter(|due| *due <= Instant::now())?;
        self.announced = self.caller.as_ref().and_then(Principal::expires);
        self.announced
    }

    /// Waits until the token of who is logged in has ended or, where nobody is, `login_timeout` is over. Waits beside the
    /// conversation, so that a peer that does not read cannot put the end off.
    pub(crate) fn ended(&self, login_timeout: Duration) -> impl Future<Output = ()> + Send + 'static {
        let (access, told) = (Arc::clone(&self.access), Arc::clone(&self.told));
        ended(access, told, Instant::now() + login_timeout)
    }
}

async fn ended(access: Arc<Access>, told: Arc<Told>, deadline: Instant) {
    let mut changes = access.changes();
    loop {
        let rest = match &*told.caller() {
            Some(principal) => principal.remaining(access.now()),
            None => Some(deadline.saturating_duration_since(Instant::now())),
        };
        if rest.is_some_and(|rest| rest.is_zero()) {
            return;
        }
        tokio::select! {
            // The sender lives as long as who waits here; without it nothing ends any more.
            changed = changes.changed() => if changed.is_err() { future::pending().await },
            () = told.changed.notified() => {}
            () = sleep(rest.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN)), if rest.is_some() => {}
        }
    }
}

/// Who is logged in, for the one who waits for its end.
struct Told {
    caller: Mutex<Option<Principal>>,
    changed: Notify,
}

impl Told {
    fn caller(&self) -> MutexGuard<'_, Option<Principal>> {
        self.caller.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, principal: &Principal) {
        *self.caller() = Some(principal.clone());
        // One waits, or will: it is remembered for him.
        self.changed.notify_one();
    }
}
