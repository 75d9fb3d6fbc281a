//! Clients that write: what they ask for, and whether the answer is the right one.

use std::io::ErrorKind;

use catalogue::Answer;
use engine::WriteError;
use futures_util::FutureExt;
use journal::testing::Failure;
use tokio::sync::oneshot::error::TryRecvError;

use super::World;
use crate::disk::{Trouble, What, When};
use crate::model::{self, No, Verdict};
use crate::wish::{Call, Fields, Wish};

/// How many requests are remembered for retries.
const REQUESTS_MAX: usize = 24;

impl World {
    /// Some client asks for something new.
    pub(super) fn call(&mut self) -> Result<(), String> {
        let call = self.draw_call();
        if call.request.is_some() {
            if self.requests.len() == REQUESTS_MAX {
                self.requests.remove(0);
            }
            self.requests.push(call.clone());
        }
        self.send(call)
    }

    /// A client asks once more with a request id that was used before, for the same or for something else.
    pub(super) fn retry(&mut self) -> Result<(), String> {
        if let Some(call) = self.unanswered.pop() {
            return self.send(call);
        }
        if self.requests.is_empty() {
            return Ok(());
        }
        let first = self.chance.one(&self.requests).clone();
        let call = match self.chance.percent(80) {
            true => first,
            false => Call { wishes: self.draw_wishes(), ..first },
        };
        self.send(call)
    }

    fn send(&mut self, call: Call) -> Result<(), String> {
        let Some(life) = &self.life else { return Ok(()) };
        // Who finds the queue full gives up.
        if let Some(pending) = life.engine.submit(call.write()).now_or_never() {
            self.say(format!("{call:?}"));
            self.waiting.push_back((call, pending));
        }
        Ok(())
    }

    /// Takes the answers that came.
    pub(super) fn collect(&mut self) -> Result<(), String> {
        while let Some((_, pending)) = self.waiting.front_mut() {
            // What is said once the power is off nobody hears.
            if self.disk.is_off() {
                return Ok(());
            }
            let reply = match pending.try_recv() {
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Closed) => return Err("a call was dropped without an answer".into()),
                Ok(reply) => reply,
            };
            let (call, _) = self.waiting.pop_front().expect("there is a front");
            self.settle(call, reply)?;
        }
        self.check_unconfirmed()
    }

    fn settle(&mut self, call: Call, reply: Result<Answer, WriteError>) -> Result<(), String> {
        let given: Verdict = match reply {
            Ok(answer) => return self.answered(&call, &answer),
            Err(WriteError::Unavailable(reason)) => return self.unavailable(call, &reason),
            Err(WriteError::Fault(reason)) => return self.fault(&reason),
            Err(WriteError::TooLarge(_)) => Err(No::TooLarge),
            Err(WriteError::RequestIdReused) => Err(No::RequestIdReused),
            Err(WriteError::Refused(refused)) => {
                Err(model::refused(&refused).ok_or_else(|| format!("{call:?}: refused for {refused:?}"))?)
            }
        };
        self.tally.count(match &given {
            Err(No::Invalid(_)) => "refused: invalid",
            Err(No::NotFound(_)) => "refused: not found",
            Err(No::Conflict(..)) => "refused: conflict",
            Err(No::TooLarge) => "refused: too large",
            Err(No::RequestIdReused) => "refused: request id reused",
            Ok(_) => "answered",
        });
        if self.life().is_poisoned && self.model.remembered(&call).is_none() {
            return Err(format!("{call:?} was decided although a sync had failed: {given:?}"));
        }
        let must = match self.model.remembered(&call).filter(|_| !self.may_be_forgotten(&call)) {
            Some(remembered) => remembered,
            None if given == Err(No::RequestIdReused) => self.model.remembered(&call).ok_or("a new id is reused")?,
            None => self.model.carry_out(&call),
        };
        self.compare(&call, &given, &must)
    }

    fn answered(&mut self, call: &Call, answer: &Answer) -> Result<(), String> {
        let given = Ok(model::answered(answer));
        let remembered = self.model.remembered(call);
        let key = call.request.clone().map(|request| (call.by.clone(), request));
        if remembered.as_ref() == Some(&given) {
            self.tally.count("a retry was answered as the first time");
            if key.as_ref().is_some_and(|key| !self.first_answers.contains_key(key)) {
                self.tally.count("a retry of an unanswered call found it done");
            }
            let first = key.and_then(|key| self.first_answers.get(&key));
            return match first {
                Some(first) if first != answer => Err(format!("{call:?}: answered {answer:?}, first {first:?}")),
                _ => Ok(()),
            };
        }
        if remembered.is_some() && !self.may_be_forgotten(call) {
            return Err(format!("{call:?}: answered {given:?}, the first time it was {remembered:?}"));
        }
        if self.life().is_poisoned {
            return Err(format!("{call:?} was carried out although a sync had failed"));
        }
        if remembered.is_some() {
            self.tally.count("a forgotten request id was used anew");
        }
        let must = self.model.carry_out(call);
        self.compare(call, &given, &must)?;
        self.count_call(call);
        if std::mem::take(&mut self.was_full) {
            self.tally.count("written again after a lack of room");
        }
        if let Some(key) = key {
            self.first_answers.insert(key, answer.clone());
        }
        Ok(())
    }

    fn compare(&mut self, call: &Call, given: &Verdict, must: &Verdict) -> Result<(), String> {
        self.say(format!("  {given:?}"));
        if given == must { Ok(()) } else { Err(format!("{call:?}: answered {given:?}, must be {must:?}")) }
    }

    /// Nothing was carried out; where it was a failure of the disk that the batch met, it may be found all the same.
    fn unavailable(&mut self, call: Call, reason: &str) -> Result<(), String> {
        self.say(format!("  unavailable: {reason}"));
        let is_poisoned = reason.contains("cannot be trusted");
        let has_failed_now = self.disk.failed_writes() > self.life().failed_writes;
        self.tally.count(match (is_poisoned, reason.contains("no space")) {
            (true, _) => "a write was refused after a failure",
            (_, true) => "a write was refused for want of room",
            _ => "a write was refused by a stop",
        });
        if reason.contains("no space") {
            self.was_full = true;
            // What a refusal takes back must be taken back for good before it is told, and what is tried next can fail.
            if self.chance.percent(15) {
                let when = When::After(self.chance.below(3));
                let what = *self.chance.one(&[What::Cut, What::Fail(Failure::Error(ErrorKind::Other))]);
                self.disk.arrange(Some(Trouble { when, what }));
            }
        }
        if is_poisoned && has_failed_now {
            self.doubtful.push(call);
        }
        if let Some(life) = &mut self.life {
            life.is_poisoned |= is_poisoned;
        }
        Ok(())
    }

    /// A first answer that could not be read back.
    fn fault(&mut self, reason: &str) -> Result<(), String> {
        let has_failed = self.disk.failures() > self.life().failures;
        self.tally.count("a first answer could not be read");
        if has_failed { Ok(()) } else { Err(format!("a fault on a sound disk: {reason}")) }
    }

    /// Whether the request is so old that its id may be used anew.
    pub(super) fn may_be_forgotten(&self, call: &Call) -> bool {
        let recent = self.plan.limits.receipts_min as u64;
        let first = self.model.answered_at(call);
        first.is_some_and(|first| first + recent <= self.model.revision())
    }

    fn count_call(&mut self, call: &Call) {
        let kind = match call.wishes.as_slice() {
            [Wish::Create { .. }] => "created",
            [Wish::Update { .. }] => "updated",
            [Wish::Replace { .. }] => "replaced",
            [Wish::Delete { .. }] => "deleted",
            _ => "transacted",
        };
        self.tally.count(kind);
        let names_revision = |wish: &Wish| match wish {
            Wish::Create { .. } => false,
            Wish::Update { seen, .. } | Wish::Replace { seen, .. } | Wish::Delete { seen, .. } => seen.is_some(),
        };
        if call.wishes.iter().any(names_revision) {
            self.tally.count("carried out at the named revision");
        }
        if call.request.is_some() {
            self.tally.count("carried out with a request id");
        }
    }

    fn draw_call(&mut self) -> Call {
        self.calls += 1;
        let plan = &self.plan;
        let request = self.chance.percent(plan.request_percent).then(|| match self.chance.percent(90) {
            true => format!("request-{}", self.calls),
            // The same id of somebody else is another one.
            false => "request".to_owned(),
        });
        let by = format!("till-{}", self.chance.below(plan.clients));
        let is_tight = self.chance.percent(2);
        let wishes = self.draw_wishes();
        Call { by, request, is_single: wishes.len() == 1, wishes, is_tight }
    }

    fn draw_wishes(&mut self) -> Vec<Wish> {
        let percent = self.plan.transact_percent;
        let count = if self.chance.percent(percent) { self.chance.between(2, 4) } else { 1 };
        (0..count).map(|_| self.draw_wish()).collect()
    }

    fn draw_wish(&mut self) -> Wish {
        let id = self.draw_id();
        let seen = self.draw_seen(id);
        let books = self.model.books().len() as u64;
        let creating = if books < 4 { 8 } else { 3 };
        match self.chance.weighted(&[(creating, 0), (6, 1), (2, 2), (u64::from(books > 2), 3)]) {
            0 => Wish::Create { id: self.chance.percent(10).then_some(id), fields: self.draw_book() },
            1 => self.draw_update(id, seen),
            2 => Wish::Replace { id, fields: self.draw_book(), seen },
            _ => Wish::Delete { id, seen },
        }
    }

    fn draw_update(&mut self, id: u64, seen: Option<u64>) -> Wish {
        let add = self.chance.percent(30).then(|| self.chance.between(0, 5) as i64 - 3);
        let mut set = self.draw_fields();
        if add.is_some() {
            set.stock = None;
        }
        let set = (add.is_none() || self.chance.percent(30)).then_some(set);
        Wish::Update { id, set, add, seen }
    }

    /// Usually the id of a book, sometimes one that is gone or never was.
    fn draw_id(&mut self) -> u64 {
        let most = self.model.next_id() + u64::from(self.chance.percent(5));
        let ids: Vec<u64> = self.model.books().keys().copied().collect();
        if ids.is_empty() || self.chance.percent(5) { self.chance.between(1, most) } else { *self.chance.one(&ids) }
    }

    /// Usually the book's revision, sometimes an old one.
    fn draw_seen(&mut self, id: u64) -> Option<u64> {
        let percent = self.plan.seen_percent;
        let current = self.model.books().get(&id)?.revision;
        self.chance.percent(percent).then(|| current.saturating_sub(u64::from(self.chance.percent(20))))
    }

    fn draw_book(&mut self) -> Fields {
        let title = match self.chance.percent(3) {
            true => String::new(),
            false => format!("Book {}", self.chance.below(50)),
        };
        Fields { title: Some(title), ..self.draw_fields() }
    }

    fn draw_fields(&mut self) -> Fields {
        let percent = self.plan.long_percent;
        let chance = &mut self.chance;
        Fields {
            title: chance.percent(20).then(|| format!("Book {}", chance.below(50))),
            stock: chance.percent(60).then(|| match chance.percent(3) {
                true => Some(-1),
                false => *chance.one(&[None, Some(0), Some(1), Some(5), Some(5)]),
            }),
            shelf: chance.percent(50).then(|| *chance.one(&[None, Some('A'), Some('B')])),
            length: chance.percent(percent).then(|| chance.between(1, 9_000) as usize),
        }
    }
}
