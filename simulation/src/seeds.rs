//! Many seeds at once.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::{Broken, Plant, Tally, Telling, run};

/// Some seeds, lived through on as many threads as the machine has cores.
#[derive(Clone, Debug)]
pub struct Seeds(Range<u64>);

/// What came of many seeds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lived {
    /// How many histories there were.
    pub count: u64,
    /// The same for the same seeds.
    pub hash: u64,
    /// How often each kind of thing happened.
    pub tally: Tally,
}

impl From<Range<u64>> for Seeds {
    fn from(seeds: Range<u64>) -> Self {
        Seeds(seeds)
    }
}

impl Seeds {
    /// Lives through all of them, or up to the first that breaks a promise: of several, the one with the smallest seed.
    pub fn run(&self, plant: Plant, telling: Telling) -> Result<Lived, Box<Broken>> {
        let next = AtomicU64::new(self.0.start);
        let ended = Mutex::new((Lived::default(), None::<Box<Broken>>));
        let threads = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| self.run_some(&next, &ended, plant, telling));
            }
        });
        let (lived, broken) = ended.into_inner().expect("no history panics");
        broken.map_or(Ok(lived), Err)
    }

    fn run_some(&self, next: &AtomicU64, ended: &Mutex<(Lived, Option<Box<Broken>>)>, plant: Plant, telling: Telling) {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !self.0.contains(&seed) {
                return;
            }
            let history = run(seed, plant, telling);
            let (lived, broken) = &mut *ended.lock().expect("no history panics");
            match history {
                Ok(history) => {
                    lived.count += 1;
                    // In whatever order the threads come, the sum is the same.
                    lived.hash = lived.hash.wrapping_add(history.hash);
                    lived.tally.add(&history.tally);
                }
                Err(found) => {
                    // No later seed is begun; those before it are under way.
                    next.store(self.0.end, Ordering::Relaxed);
                    if broken.as_ref().is_none_or(|known| found.seed < known.seed) {
                        *broken = Some(found);
                    }
                }
            }
        }
    }
}
