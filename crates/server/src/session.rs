//! A login that lasts longer than one answer: it ends when its token does, whatever its connection is about.

use std::future::{self, Future};
use std::sync::Arc;
use std::time::Duration;

use ::access::{Access, Principal};
use catalogue::Timestamp;
use tokio::sync::watch;
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
    told: watch::Sender<Option<Principal>>,
    /// The end that was announced.
    announced: Option<Timestamp>,
}

impl Session {
    /// A session of `caller`, who may be nobody in particular yet.
    pub(crate) fn new(access: Arc<Access>, caller: Option<Principal>) -> Self {
        Session { access, told: watch::Sender::new(caller.clone()), caller, announced: None }
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
        self.told.send_replace(Some(principal.clone()));
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
        let (access, mut caller) = (Arc::clone(&self.access), self.told.subscribe());
        let mut changes = access.changes();
        let deadline = Instant::now() + login_timeout;
        async move {
            loop {
                let rest = match &*caller.borrow_and_update() {
                    Some(principal) => principal.remaining(access.now()),
                    None => Some(deadline.saturating_duration_since(Instant::now())),
                };
                if rest.is_some_and(|rest| rest.is_zero()) {
                    return;
                }
                tokio::select! {
                    // Both senders live as long as who waits here; without them nothing ends any more.
                    changed = changes.changed() => if changed.is_err() { future::pending().await },
                    changed = caller.changed() => if changed.is_err() { future::pending().await },
                    () = sleep(rest.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN)), if rest.is_some() => {}
                }
            }
        }
    }
}
