//! A history as it goes: what there is, and what happens next.

mod calls;
mod flips;
mod following;
mod life;
mod reading;

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use catalogue::{Answer, Catalogue};
use engine::{Engine, PendingWrite, Saving, Steps};
use journal::Journal;
use journal::testing::FaultyDisk;

use crate::chance::Chance;
use crate::disk::{self, TroubledDisk};
use crate::model::Model;
use crate::plan::{Event, Plan};
use crate::subscriber::Subscriber;
use crate::trace::Trace;
use crate::wish::Call;
use crate::{Broken, History, Plant, Tally, Telling, clock};

/// Everything there is. Shared with what others do while the disk works.
struct World {
    plan: Plan,
    chance: Chance,
    plant: Plant,
    trace: Trace,
    tally: Tally,
    disk: TroubledDisk,
    life: Option<Life>,
    model: Model,
    /// Calls without an answer so far, in the order in which they were sent.
    waiting: VecDeque<(Call, PendingWrite)>,
    /// Calls that were cut off, or refused when the disk failed: a start may find them or not, in this order.
    doubtful: Vec<Call>,
    /// Those of them whose clients are going to ask again.
    unanswered: Vec<Call>,
    /// The calls with a request id, for retries.
    requests: Vec<Call>,
    first_answers: HashMap<(String, String), Answer>,
    subscribers: Vec<Subscriber>,
    /// Views that showed more than was answered: a crash must not take that back.
    unconfirmed: Vec<Arc<Catalogue>>,
    /// The state that the entries in the journal make, as far as they were read.
    replayed: Catalogue,
    now: i64,
    calls: u64,
    /// How deep we are in what happens while the disk works.
    depth: u32,
    problem: Option<String>,
    /// Whether a write was refused for want of room, and none was carried out since.
    was_full: bool,
}

/// The program while it runs.
struct Life {
    engine: Engine,
    /// Away while they work.
    steps: Option<Steps>,
    journal: Arc<dyn Journal>,
    saving: Option<Saving>,
    /// Whether writes are refused until the next start.
    is_poisoned: bool,
    /// Whether a stop was asked for: it waits for the snapshot under way, so that it must not come during one here.
    is_stopping: bool,
    /// What the disk had failed in when the step under way began.
    failed_writes: u64,
    failures: u64,
}

type Shared = Rc<RefCell<World>>;

/// Lives through the history of a seed.
pub(crate) fn live(seed: u64, plant: Plant, telling: Telling) -> Result<History, Box<Broken>> {
    let world = Rc::new(RefCell::new(World::new(seed, plant, telling)));
    let others = Rc::clone(&world);
    disk::meanwhile(Some(Rc::new(move || meanwhile(&others))));
    let lived = catch_unwind(AssertUnwindSafe(|| history(&world)));
    disk::meanwhile(None);
    let problem = match lived {
        Ok(Ok(())) => world.borrow_mut().problem.take(),
        Ok(Err(problem)) => Some(problem),
        Err(_) => Some("something panicked".into()),
    };
    let mut world = world.borrow_mut();
    world.count_disk();
    match problem {
        None => Ok(History { hash: world.trace.hash(), tally: std::mem::take(&mut world.tally) }),
        Some(problem) => Err(Box::new(Broken { seed, problem, last: world.trace.last_lines() })),
    }
}

fn history(world: &Shared) -> Result<(), String> {
    world.borrow_mut().open()?;
    let events = world.borrow().plan.events;
    for _ in 0..events {
        let event = world.borrow_mut().next_event();
        happen(world, event)?;
        rise_again(world)?;
    }
    close(world)
}

/// Everything calms down, and everybody must know everything then.
fn close(world: &Shared) -> Result<(), String> {
    world.borrow_mut().calm()?;
    for _ in 0..2 {
        while work(world)? {}
        // Before this the queue may have been too full to ask.
        world.borrow_mut().free()?;
        while work(world)? {}
        write_snapshot(world)?;
        world.borrow_mut().everybody_hears_all()?;
        world.borrow().is_ready()?;
        stop(world, engine::Ending::Saved)?;
        rise_again(world)?;
    }
    let mut world = world.borrow_mut();
    world.read()?;
    world.everybody_hears_all()?;
    match world.unconfirmed.first() {
        Some(view) => Err(format!("revision {} was seen, and is not", view.revision())),
        None => Ok(()),
    }
}

fn happen(world: &Shared, event: Event) -> Result<(), String> {
    match event {
        Event::Work => work(world).map(drop),
        Event::WriteSnapshot => write_snapshot(world),
        Event::Stop => {
            let ending = *world.borrow_mut().chance.one(&[engine::Ending::Saved, engine::Ending::AsItIs]);
            stop(world, ending)
        }
        event => world.borrow_mut().act(event),
    }
}

/// What others do while the disk works.
fn meanwhile(world: &Shared) {
    let Ok(mut here) = world.try_borrow_mut() else { return };
    if here.problem.is_some() || here.life.is_none() {
        return;
    }
    let done = here.collect().and_then(|()| {
        let percent = here.plan.meanwhile_percent;
        if here.depth >= 2 || !here.chance.percent(percent) {
            return Ok(());
        }
        here.depth += 1;
        let working = if here.life().is_stopping { 0 } else { 4 };
        let others = [(4, Event::Read), (3, Event::Hear), (2, Event::Call), (1, Event::Retry), (working, Event::Work)];
        let event = here.chance.weighted(&others);
        here.tally.count(format!("{event:?} while the disk works"));
        drop(here);
        let done = happen(world, event);
        world.borrow_mut().depth -= 1;
        done
    });
    if let Err(problem) = done {
        world.borrow_mut().problem.get_or_insert(problem);
    }
}

/// One step of the writer; `false` where nothing waited, or the writer is at work already.
fn work(world: &Shared) -> Result<bool, String> {
    let Some(mut steps) = world.borrow_mut().take_steps() else { return Ok(false) };
    let worked = steps.step();
    let mut world = world.borrow_mut();
    world.put_back(steps);
    if worked && world.depth > 0 {
        world.tally.count("the writer worked during a snapshot");
    }
    world.collect()?;
    Ok(worked && !world.disk.is_off())
}

fn write_snapshot(world: &Shared) -> Result<(), String> {
    let saving = world.borrow_mut().life.as_mut().and_then(|life| life.saving.take());
    if let Some(saving) = saving {
        world.borrow_mut().say("a snapshot is written");
        saving.write();
    }
    world.borrow_mut().collect()
}

/// A stop in good order.
fn stop(world: &Shared, ending: engine::Ending) -> Result<(), String> {
    write_snapshot(world)?;
    world.borrow_mut().say(format!("stop, {ending:?}"));
    while !world.borrow_mut().ask_to_stop(ending)? {
        work(world)?;
        write_snapshot(world)?;
    }
    while work(world)? {}
    world.borrow_mut().end_of_stop()
}

/// A new start after whatever ended the life before.
fn rise_again(world: &Shared) -> Result<(), String> {
    let mut world = world.borrow_mut();
    if let Some(problem) = world.problem.take() {
        return Err(problem);
    }
    if world.disk.is_off() {
        world.crash();
    }
    if world.life.is_none() { world.open() } else { Ok(()) }
}

impl World {
    fn new(seed: u64, plant: Plant, telling: Telling) -> Self {
        let mut chance = Chance::of(seed);
        let plan = Plan::draw(&mut chance);
        clock::set(1_000_000);
        let mut trace = Trace::new(telling == Telling::Everything);
        trace.line(plan.to_string());
        World {
            chance,
            plant,
            trace,
            tally: Tally::default(),
            disk: TroubledDisk::new(FaultyDisk::new(), plant),
            life: None,
            model: Model::new(),
            waiting: VecDeque::new(),
            doubtful: Vec::new(),
            unanswered: Vec::new(),
            requests: Vec::new(),
            first_answers: HashMap::new(),
            subscribers: (0..plan.clients).map(|_| Subscriber::new(crate::subscriber::Wanted::All)).collect(),
            unconfirmed: Vec::new(),
            replayed: Catalogue::default(),
            now: 1_000_000,
            calls: 0,
            depth: 0,
            problem: None,
            was_full: false,
            plan,
        }
    }

    fn next_event(&mut self) -> Event {
        self.chance.weighted(&self.plan.weights)
    }

    fn act(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Call => self.call(),
            Event::Retry => self.retry(),
            Event::Read => self.read(),
            Event::Subscribe => self.subscribe(),
            Event::Hear => self.somebody_hears(),
            Event::Disconnect => self.disconnect(),
            Event::Save => self.ask_to_save(),
            Event::Fill => self.fill(),
            Event::Free => self.free(),
            Event::Tick => self.tick(),
            Event::Audit => self.audit(),
            Event::Crash => {
                self.crash();
                Ok(())
            }
            Event::Trouble => {
                self.arrange_trouble();
                Ok(())
            }
            Event::Flip => self.flip(),
            Event::Work | Event::WriteSnapshot | Event::Stop => Ok(()),
        }
    }

    fn say(&mut self, line: impl Into<String>) {
        self.trace.line(line.into());
    }

    fn count_disk(&mut self) {
        let tally = self.disk.take_tally();
        self.tally.add(&tally);
    }
}
