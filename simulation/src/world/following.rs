//! Clients that follow the books.

use std::cell::OnceCell;

use engine::Subscription;
use tokio::runtime::{Builder, Runtime};

use super::World;
use crate::subscriber::Wanted;

thread_local! {
    /// Only what a subscription reads from the journal needs one.
    static RUNTIME: OnceCell<Runtime> = const { OnceCell::new() };
}

impl World {
    /// A client that follows nothing begins to, or goes on from where it was.
    pub(super) fn subscribe(&mut self) -> Result<(), String> {
        self.collect()?;
        let Some(number) = self.draw_subscriber(|subscription| subscription.is_none()) else { return Ok(()) };
        let snapshot = self.chance.percent(50);
        let subscriber = &mut self.subscribers[number];
        if subscriber.position.is_none() || self.chance.percent(10) {
            subscriber.forget();
            subscriber.wanted = *self.chance.one(&[Wanted::All, Wanted::InStock, Wanted::OnShelf('A')]);
        }
        self.connect(number, snapshot)
    }

    fn connect(&mut self, number: usize, snapshot: bool) -> Result<(), String> {
        let life = self.life.as_ref().expect("the program runs");
        let subscriber = &mut self.subscribers[number];
        let oldest = life.journal.oldest().0;
        let is_kept = subscriber.position.is_none_or(|position| position >= oldest);
        let is_resumed = subscriber.position.is_some() && is_kept;
        let begun = life.engine.subscribe(subscriber.wanted.filter(), subscriber.start(snapshot));
        let told = match (begun, subscriber.position) {
            (Ok(subscription), position) => {
                subscriber.begin(subscription, is_resumed, snapshot);
                match (position, is_resumed) {
                    (None, _) => "subscribed",
                    (_, true) => "resumed",
                    (_, false) => "could not resume, and is reset",
                }
            }
            (Err(_), Some(_)) if !is_kept && !snapshot => {
                subscriber.forget();
                "could not resume"
            }
            (Err(error), position) => return Err(format!("a subscriber at {position:?} is refused: {error}")),
        };
        self.tally.count(told);
        self.say(format!("subscriber {number} {told}"));
        Ok(())
    }

    pub(super) fn disconnect(&mut self) -> Result<(), String> {
        if let Some(number) = self.draw_subscriber(Option::is_some) {
            self.subscribers[number].disconnect();
            self.tally.count("disconnected");
        }
        Ok(())
    }

    /// Somebody takes in a little, or all that there is.
    pub(super) fn somebody_hears(&mut self) -> Result<(), String> {
        let Some(number) = self.draw_subscriber(Option::is_some) else { return Ok(()) };
        let most = *self.chance.one(&[1, 2, 5, u32::MAX]);
        self.hear(number, most)
    }

    pub(super) fn everybody_hears_all(&mut self) -> Result<(), String> {
        for number in 0..self.subscribers.len() {
            if self.subscribers[number].subscription.is_none() {
                self.connect(number, true)?;
            }
            self.hear(number, u32::MAX)?;
        }
        Ok(())
    }

    fn hear(&mut self, number: usize, most: u32) -> Result<(), String> {
        self.collect()?;
        let life = self.life.as_ref().expect("the program runs");
        let head = *life.engine.published().borrow();
        let oldest = life.journal.oldest().0;
        let subscriber = &mut self.subscribers[number];
        for _ in 0..most {
            let Some(subscription) = &mut subscriber.subscription else { return Ok(()) };
            let failures = self.disk.failures();
            let event = next(subscription, head);
            if self.disk.is_off() {
                return Ok(());
            }
            let Some(event) = event else {
                subscriber.is_up_to_date(head.0, &self.model)?;
                if let Some(current) = subscription_position(subscriber.subscription.as_ref()) {
                    subscriber.position = Some(current);
                }
                return Ok(());
            };
            let behind = head.0 - subscriber.position.unwrap_or(0).min(head.0);
            subscriber.may_be_reset = behind > self.plan.limits.behind_entries_max
                || subscriber.position.is_none_or(|position| position < oldest)
                || self.disk.failures() > failures;
            let told = subscriber.hear(&event, &self.model).map_err(|wrong| format!("subscriber {number}: {wrong}"))?;
            self.tally.count(told);
            self.trace.line(format!("subscriber {number} was {told}, now at {:?}", subscriber.position));
        }
        Ok(())
    }

    fn draw_subscriber(&mut self, is_meant: impl Fn(&Option<Subscription>) -> bool) -> Option<usize> {
        let count = self.subscribers.len();
        let meant: Vec<usize> = (0..count).filter(|number| is_meant(&self.subscribers[*number].subscription)).collect();
        (!meant.is_empty()).then(|| *self.chance.one(&meant))
    }
}

/// What `current` is made of from time to time.
fn subscription_position(subscription: Option<&Subscription>) -> Option<u64> {
    Some(subscription?.current()?.0)
}

fn next(subscription: &mut Subscription, head: catalogue::Revision) -> Option<engine::Event> {
    RUNTIME.with(|runtime| {
        let runtime = runtime.get_or_init(|| {
            Builder::new_current_thread().max_blocking_threads(1).build().expect("the system gives one more thread")
        });
        runtime.block_on(subscription.next(head))
    })
}
