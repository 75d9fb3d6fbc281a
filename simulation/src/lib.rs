//! One seed, one history: clients, crashes and a faulty disk around the real engine and the real file journal, all on one
//! thread and by a simulated clock, so that the same seed is the same history on every machine.
//!
//! What happens is drawn from the seed (`plan`); what must come of it is known to a model that shares no code with the
//! catalogue (`model`). The engine's writer works step by step when its turn comes, and between any two operations of the
//! disk others may read, write and listen (`disk`). A crash keeps any part of what was not synced.
//!
//! Five bugs can be planted ([`Plant`]): a simulation that finds nothing must be able to find something.

mod chance;
mod clock;
mod disk;
mod model;
mod plan;
mod plant;
mod seeds;
mod subscriber;
mod tally;
mod trace;
mod wish;
mod world;

use std::fmt;

pub use plant::Plant;
pub use seeds::{Lived, Seeds};
pub use tally::Tally;

/// What came of one seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The same for the same seed: everything that happened, in short.
    pub hash: u64,
    /// How often each kind of thing happened.
    pub tally: Tally,
}

/// A promise that was not kept.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The seed by which it happens again.
    pub seed: u64,
    /// Which promise, and how.
    pub problem: String,
    /// What happened just before.
    pub last: Vec<String>,
}

/// How much is told while a history goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Nothing.
    Silent,
    /// Every event, on standard output.
    Everything,
}

/// Lives through the history of a seed.
pub fn run(seed: u64, plant: Plant, telling: Telling) -> Result<History, Box<Broken>> {
    world::live(seed, plant, telling)
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.last.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
        writeln!(f, "seed {}: {}", self.seed, self.problem)?;
        write!(f, "To see it again: cargo run --release -p simulation -- --seed {} --verbose", self.seed)
    }
}
