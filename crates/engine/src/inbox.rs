//! The answers of many writes of one asker, without a channel for each.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use catalogue::Answer;

use crate::WriteError;

/// An inbox without a write under way has room for no more, about 2 KiB.
const KEPT: usize = 16;

/// What a write is answered.
pub(crate) type Answered = Result<Answer, WriteError>;

/// Where the answers of one asker's writes come in. They come out in the order in which the writes were submitted.
#[derive(Debug, Default)]
pub struct Inbox {
    /// Made with the first write: most who connect never write.
    slot: Option<Arc<Slot>>,
    /// What each write that is under way was answered, as far as it was taken out of the slot.
    under_way: VecDeque<Option<Answered>>,
    /// The number of the first of them.
    first: u64,
}

/// Where the writer puts answers.
#[derive(Debug, Default)]
struct Slot(Mutex<Letters>);

#[derive(Debug, Default)]
struct Letters {
    /// Each with the number of its write. Whoever waits was woken, or is about to be, where there is one.
    list: Vec<(u64, Answered)>,
    waiting: Option<Waker>,
}

/// The right to one answer. It is given an answer whatever happens: one that is dropped says that the writer is gone.
#[derive(Debug)]
pub(crate) struct Ticket {
    slot: Option<Arc<Slot>>,
    number: u64,
}

impl Inbox {
    /// Without a write under way.
    pub fn new() -> Self {
        Inbox::default()
    }

    /// The answer of the first write under way, which is pending where there is none either.
    pub fn poll_first(&mut self, cx: &mut Context<'_>) -> Poll<Result<Answer, WriteError>> {
        self.take_first(|letters| letters.wait(cx)).map_or(Poll::Pending, Poll::Ready)
    }

    /// The same, if it is there already.
    pub fn try_first(&mut self) -> Option<Result<Answer, WriteError>> {
        self.take_first(|_| {})
    }

    /// A place behind those that were given out before.
    pub(crate) fn ticket(&mut self) -> Ticket {
        let number = self.first + self.under_way.len() as u64;
        self.under_way.push_back(None);
        Ticket { slot: Some(Arc::clone(self.slot.get_or_insert_default())), number }
    }

    /// Gives back the room that many writes at once took.
    fn let_go(&mut self) {
        if self.under_way.capacity() > KEPT {
            self.under_way.shrink_to(KEPT);
            self.slot.iter().for_each(|slot| slot.letters().list.shrink_to(KEPT));
        }
    }

    /// Takes the first answer out; `otherwise` sees the empty slot where it is not there.
    fn take_first(&mut self, otherwise: impl FnOnce(&mut Letters)) -> Option<Answered> {
        if self.under_way.front()?.is_none() {
            let mut letters = self.slot.as_ref()?.letters();
            for (number, answer) in letters.list.drain(..) {
                let place = usize::try_from(number - self.first).expect("what is under way is in memory");
                self.under_way[place] = Some(answer);
            }
            if self.under_way.front()?.is_none() {
                otherwise(&mut letters);
            }
        }
        let answer = self.under_way.front_mut()?.take()?;
        self.under_way.pop_front();
        self.first += 1;
        if self.under_way.is_empty() {
            self.let_go();
        }
        Some(answer)
    }
}

impl Slot {
    /// Puts answers in; gives who waits for them and is to be woken.
    fn put(&self, number: u64, answer: Answered) -> Option<Waker> {
        let mut letters = self.letters();
        letters.list.push((number, answer));
        letters.waiting.take()
    }

    fn letters(&self) -> MutexGuard<'_, Letters> {
        self.0.lock().expect("nothing panics while it holds the letters")
    }
}

impl Letters {
    fn wait(&mut self, cx: &Context<'_>) {
        match &mut self.waiting {
            Some(waiting) => waiting.clone_from(cx.waker()),
            None => self.waiting = Some(cx.waker().clone()),
        }
    }
}

impl Ticket {
    /// Gives the answer; gives back who waits for it and is to be woken.
    pub(crate) fn answer(mut self, answer: Answered) -> Option<Waker> {
        let slot = self.slot.take()?;
        slot.put(self.number, answer)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take()
            && let Some(waiting) = slot.put(self.number, Err(WriteError::stopped()))
        {
            waiting.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use catalogue::Revision;

    use super::*;

    fn done(revision: u64) -> Answered {
        Ok(Answer { revision: Revision(revision), results: Vec::new() })
    }

    fn is_pending(inbox: &mut Inbox) -> bool {
        inbox.poll_first(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    #[test]
    fn answers_come_out_in_the_order_of_the_writes() {
        let mut inbox = Inbox::new();
        assert!(is_pending(&mut inbox));
        let (first, second) = (inbox.ticket(), inbox.ticket());
        second.answer(done(2));
        assert!(is_pending(&mut inbox));
        first.answer(done(1));
        assert_eq!([inbox.try_first(), inbox.try_first()], [Some(done(1)), Some(done(2))]);
        inbox.ticket().answer(done(3));
        assert_eq!([inbox.try_first(), inbox.try_first()], [Some(done(3)), None]);
    }

    #[test]
    fn who_waits_is_woken_once_for_all_that_came_since() {
        let mut inbox = Inbox::new();
        let (first, second) = (inbox.ticket(), inbox.ticket());
        assert!(is_pending(&mut inbox));
        assert!(first.answer(done(1)).is_some());
        assert!(second.answer(done(2)).is_none());
    }

    #[test]
    fn what_many_writes_at_once_took_is_given_back() {
        let mut inbox = Inbox::new();
        let tickets: Vec<_> = (0..256).map(|_| inbox.ticket()).collect();
        tickets.into_iter().for_each(|ticket| drop(ticket.answer(done(1))));
        while inbox.try_first().is_some() {}
        let letters = inbox.slot.as_ref().unwrap().letters().list.capacity();
        assert!(inbox.under_way.capacity() <= KEPT && letters <= KEPT, "room for {letters} letters");
    }

    #[test]
    fn a_write_that_nobody_answers_is_told_that_the_writer_is_gone() {
        let mut inbox = Inbox::new();
        drop(inbox.ticket());
        assert!(matches!(inbox.try_first(), Some(Err(WriteError::Unavailable(_)))));
    }
}
