//! What wakes who follows the feed.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

/// Rung when there may be something new for one of the subscriptions that it is for. Clones are the same bell; one task
/// listens to it.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    has_rung: AtomicBool,
    listener: AtomicWaker,
}

impl Bell {
    /// Whether it has rung since it was last asked. What was published before it rang can be read after this.
    pub fn has_rung(&self) -> bool {
        self.0.has_rung.load(Ordering::Relaxed) && self.0.has_rung.swap(false, Ordering::AcqRel)
    }

    /// Waits until it rings; at once if it has since it was last asked.
    pub async fn rings(&self) {
        poll_fn(|cx| self.poll_rings(cx)).await;
    }

    /// The same for who waits for several things.
    pub fn poll_rings(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.has_rung() {
            return Poll::Ready(());
        }
        self.0.listener.register(cx.waker());
        // It may have rung in between.
        if self.has_rung() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Who has not listened since it last rang is awake already; says whether he was woken.
    pub(crate) fn ring(&self) -> bool {
        let wakes = !self.0.has_rung.swap(true, Ordering::AcqRel);
        if wakes {
            self.0.listener.wake();
        }
        wakes
    }
}
