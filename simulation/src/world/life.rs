//! Starts, ends, and what the disk does to both.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use catalogue::{BookId, Catalogue, Revision, Rules};
use engine::{Config, Ending, Engine, Health, Steps};
use futures_util::FutureExt;
use journal::testing::{Failure, Survivors};
use journal::{FileJournal, OpenError, Opened, Receipt};

use super::flips::last_witness;
use super::{Life, World};
use crate::Plant;
use crate::clock::{self, Simulated};
use crate::disk::{Kind, Trouble, TroubledDisk, What, When};
use crate::wish::Call;

/// Where the data lie.
pub(super) const DATA: &str = "/shop/data";
/// How often a start may be cut short or fail before everything calms down.
const STARTS_MAX: u32 = 4;

impl World {
    /// Starts the program, again and again until it runs.
    pub(super) fn open(&mut self) -> Result<(), String> {
        for number in 0.. {
            let percent = self.plan.trouble_percent;
            if number < STARTS_MAX && !self.disk.has_trouble_ahead() && self.chance.percent(percent) {
                self.arrange_trouble();
            } else if number >= STARTS_MAX {
                self.disk.arrange(None);
                self.disk.inner().set_room(None);
            }
            let failures = self.disk.failures();
            let opened = FileJournal::open_on(Arc::new(self.disk.clone()), Path::new(DATA), self.plan.options.clone());
            match opened {
                _ if self.disk.is_off() => {
                    self.tally.count("a start was cut short");
                    self.crash();
                }
                Ok(opened) => return self.begin(opened),
                Err(error) => self.refused(&error, failures, number)?,
            }
        }
        Ok(())
    }

    /// A start may only fail where the disk does, and says with which file.
    fn refused(&mut self, error: &OpenError, failures: u64, number: u32) -> Result<(), String> {
        self.say(format!("the start fails: {error}"));
        let is_of_the_disk = matches!(error, OpenError::Io { .. }) && error.to_string().contains(" /");
        if !is_of_the_disk || number > STARTS_MAX {
            return Err(format!("the start is refused: {error}"));
        }
        self.tally.count(if failures < self.disk.failures() { "a start failed" } else { "a start found no room" });
        self.free()
    }

    /// Compares what a start found with what must be there, and lets the engine work on it.
    fn begin(&mut self, opened: Opened) -> Result<(), String> {
        let found = opened.catalogue.revision().0;
        self.say(format!("started at revision {found}, {} were answered", self.model.revision()));
        if found < self.model.revision() {
            return Err(format!("revision {} was acknowledged, and the start found {found}", self.model.revision()));
        }
        self.look_for_doubtful(&opened);
        self.check_found(&opened.catalogue)?;
        self.check_unconfirmed()?;
        if self.unconfirmed.iter().any(|view| view.revision().0 > found) {
            return Err(format!("somebody saw a revision that a crash took back to {found}"));
        }
        if let Some(subscriber) = self.subscribers.iter().find(|subscriber| subscriber.position > Some(found)) {
            return Err(format!("a subscriber was told of {:?}, and the start found {found}", subscriber.position));
        }
        if self.replayed.revision() < opened.journal.oldest() {
            self.replayed = opened.catalogue.clone();
        }
        if opened.notices.iter().any(|notice| notice.contains("half-written")) {
            self.tally.count("a torn end was moved aside");
        }
        self.life = Some(self.start_engine(opened));
        self.audit()
    }

    /// Of the calls without an answer, those up to some place may have been carried out.
    fn look_for_doubtful(&mut self, opened: &Opened) {
        for call in std::mem::take(&mut self.doubtful) {
            // Who heard nothing asks again.
            if call.request.is_some() && self.unanswered.len() < UNANSWERED_MAX {
                self.unanswered.push(call.clone());
            }
            if self.model.revision() < opened.catalogue.revision().0 && !self.was_a_retry(&call, &opened.receipts) {
                // A refusal leaves no trace, so that it does not matter which it was.
                let _ = self.model.carry_out(&call);
                // An old request id may have been used anew, and what it was answered then nobody heard.
                let request = call.request.unwrap_or_default();
                self.first_answers.remove(&(call.by, request));
                self.tally.count("an unanswered call was found");
            }
        }
    }

    fn check_found(&self, state: &Catalogue) -> Result<(), String> {
        if let Some(difference) = self.model.difference(state) {
            return Err(format!("the start found another catalogue: {difference}"));
        }
        let deleted = state.deleted().map(|id| id.0).eq(self.model.deleted().iter().copied());
        if !deleted || state.next_id() != BookId(self.model.next_id()) {
            return Err("the start found other ids used up".into());
        }
        Ok(())
    }

    fn start_engine(&self, mut opened: Opened) -> Life {
        if self.plant == Plant::LoseReceipt {
            opened.receipts.pop();
        }
        let journal = Arc::clone(&opened.journal);
        let limits = self.plan.limits.clone();
        let config = Config { rules: Rules::default(), limits, clock: Arc::new(Simulated) };
        let (engine, mut steps) = Engine::stepped(opened, config);
        if self.plant == Plant::PublishBeforeSync {
            steps.publish_before_sync();
        }
        Life {
            engine,
            steps: Some(steps),
            journal,
            saving: None,
            is_poisoned: false,
            is_stopping: false,
            failed_writes: self.disk.failed_writes(),
            failures: self.disk.failures(),
        }
    }

    /// Whether a call made no entry because it had been answered before. An old request id may have been used anew: that
    /// is seen by the entry only.
    fn was_a_retry(&self, call: &Call, receipts: &[Receipt]) -> bool {
        let next = Revision(self.model.revision() + 1);
        let is_entry = |receipt: &Receipt| {
            receipt.revision == next && *receipt.by == *call.by && Some(&*receipt.id) == call.request.as_deref()
        };
        match self.model.remembered(call) {
            None => false,
            Some(_) if self.may_be_forgotten(call) => !receipts.iter().any(is_entry),
            Some(_) => true,
        }
    }

    pub(super) fn life(&self) -> &Life {
        self.life.as_ref().expect("the program runs")
    }

    pub(super) fn take_steps(&mut self) -> Option<Steps> {
        let (failed_writes, failures) = (self.disk.failed_writes(), self.disk.failures());
        let life = self.life.as_mut()?;
        let steps = life.steps.take()?;
        (life.failed_writes, life.failures) = (failed_writes, failures);
        Some(steps)
    }

    pub(super) fn put_back(&mut self, mut steps: Steps) {
        let Some(life) = &mut self.life else { return };
        if let Some(saving) = steps.saving() {
            life.saving = Some(saving);
        }
        life.steps = Some(steps);
    }

    pub(super) fn ask_to_save(&mut self) -> Result<(), String> {
        let _ = self.life().engine.save().now_or_never();
        Ok(())
    }

    /// Puts a stop into the queue; `true` once the engine knows.
    pub(super) fn ask_to_stop(&mut self, ending: Ending) -> Result<bool, String> {
        if self.disk.is_off() || self.life().engine.health() == Health::Stopping {
            return Ok(true);
        }
        // Where the queue is full this is not sent; the next attempt will be.
        let _ = self.life().engine.stop(ending).now_or_never();
        self.life.as_mut().expect("the program runs").is_stopping = true;
        Ok(false)
    }

    pub(super) fn end_of_stop(&mut self) -> Result<(), String> {
        if self.disk.is_off() {
            return Ok(());
        }
        if let Some((call, _)) = self.waiting.front() {
            return Err(format!("the stop left {call:?} without an answer"));
        }
        self.tally.count("stopped");
        let revision = self.model.revision();
        let is_sound = self.disk.failures() == 0 && !self.disk.is_filled();
        if is_sound && last_witness(self.disk.inner()) < revision {
            return Err(format!("the stop left nothing that says that revision {revision} was durable"));
        }
        self.end_life();
        if self.chance.percent(30) { self.flip() } else { Ok(()) }
    }

    /// The program ends as it is, or the power does.
    pub(super) fn crash(&mut self) {
        self.end_life();
        let mut chance = self.chance.split();
        let disk = self.disk.inner();
        disk.set_page_bytes(self.plan.page_bytes);
        let (how, disk) = match chance.below(10) {
            0 => ("nothing unsynced survives", disk.after_power_cut(Survivors::Nothing)),
            1 => ("everything unsynced survives", disk.after_power_cut(Survivors::Everything)),
            2 | 3 => ("the machine runs on", disk.after_kill()),
            _ => {
                let mut choose = |count: usize| chance.below(count as u64) as usize;
                ("some of the unsynced survives", disk.after_power_cut(Survivors::Chosen(&mut choose)))
            }
        };
        self.say(format!("crash: {how}"));
        self.tally.count(format!("crash: {how}"));
        self.count_disk();
        self.disk = TroubledDisk::new(disk, self.plant);
    }

    fn end_life(&mut self) {
        self.subscribers.iter_mut().for_each(super::Subscriber::disconnect);
        self.doubtful.extend(self.waiting.drain(..).map(|(call, _)| call));
        self.life = None;
    }

    /// Everything that is wrong comes to an end.
    pub(super) fn calm(&mut self) -> Result<(), String> {
        self.disk.arrange(None);
        self.disk.inner().set_room(None);
        self.plan.trouble_percent = 0;
        self.plan.meanwhile_percent = 0;
        if self.life().is_poisoned || self.disk.is_off() {
            self.crash();
            self.open()?;
        }
        self.free()
    }

    /// With room and a sound disk writes are accepted; after a failure of the disk the operator is told to restart.
    pub(super) fn is_ready(&self) -> Result<(), String> {
        let has_failed = self.disk.failed_writes() > 0;
        match self.life().engine.health() {
            Health::Ready => Ok(()),
            Health::ReadOnly(reason) if has_failed && reason.contains("cannot be trusted") => Ok(()),
            health => Err(format!("all is well, and yet: {health:?}")),
        }
    }

    pub(super) fn arrange_trouble(&mut self) {
        let kind = *self.chance.one(&Kind::ALL);
        let when = match self.chance.percent(60) {
            true => When::At(kind, *self.chance.one(&[0, 0, 1, 3])),
            false => When::After(*self.chance.one(&[3, 10, 30, 100]) * self.chance.between(1, 3)),
        };
        let what = match self.chance.percent(50) {
            true => What::Cut,
            false => What::Fail(*self.chance.one(&FAILURES)),
        };
        self.say(format!("trouble ahead: {what:?} {when:?}"));
        self.disk.arrange(Some(Trouble { when, what }));
    }

    /// The disk becomes nearly full.
    pub(super) fn fill(&mut self) -> Result<(), String> {
        let room = *self.chance.one(&[0, 50, 300, 900, 2_000]);
        self.disk.fill(room);
        self.say(format!("room for {room} more bytes"));
        Ok(())
    }

    /// There is room again, and somebody looks.
    pub(super) fn free(&mut self) -> Result<(), String> {
        self.disk.inner().set_room(None);
        if let Some(life) = &self.life {
            let _ = life.engine.look_for_room().now_or_never();
        }
        Ok(())
    }

    pub(super) fn tick(&mut self) -> Result<(), String> {
        let seconds = *self.chance.one(&[1, 60, 1_500, -30]);
        self.now += seconds;
        clock::set(self.now);
        Ok(())
    }
}

/// How many clients remember that they heard nothing.
const UNANSWERED_MAX: usize = 8;

const FAILURES: [Failure; 8] = [
    Failure::Error(ErrorKind::Other),
    Failure::Error(ErrorKind::Other),
    Failure::Error(ErrorKind::StorageFull),
    Failure::Partial(ErrorKind::Other),
    Failure::Partial(ErrorKind::StorageFull),
    Failure::Error(ErrorKind::Interrupted),
    Failure::Short,
    Failure::Short,
];
