//! Power cuts on a disk that keeps what was synced and of the rest what it likes.

use journal::testing::{FaultyDisk, Survivors};
use rand::RngExt;
use rand::rngs::SmallRng;

use crate::fixture::rng;
use crate::history::{History, go_on, live, open, seeds};

/// The power fails after each operation of a day in turn: opening, appending, marking, saving, beginning and dropping
/// segments. Whatever part of the unsynced survives, and should it fail again during the next start: all that was
/// acknowledged is there, beside it only what was sent, whole and in order; and writing goes on.
///
/// `BOOKSTORE_SEEDS=1000 cargo test --release -p journal crash` lives through that many days.
#[test]
fn a_crash_at_any_operation_recovers_what_was_acknowledged() {
    for seed in seeds(2) {
        let operations = operations_of_a_day(seed);
        assert!(operations > 150, "the day is too quiet to show anything: {operations} operations");
        for crash in 0..=operations {
            if let Err(problem) = crash_and_recover(seed, crash, |_| {}) {
                panic!("seed {seed}, power off at operation {crash}: {problem}");
            }
        }
    }
}

/// The test above can fail: on a disk whose syncs do nothing, acknowledged entries are lost.
#[test]
fn a_disk_that_lies_about_syncs_is_found_out() {
    let operations = operations_of_a_day(0);
    let problems =
        (0..=operations).step_by(5).filter_map(|crash| crash_and_recover(0, crash, FaultyDisk::lie_about_syncs).err());
    let lost = problems.filter(|problem| problem.contains("acknowledged") || problem.contains("opening")).count();
    assert!(lost > 10, "only {lost} crashes lost something");
}

fn operations_of_a_day(seed: u64) -> u64 {
    let disk = FaultyDisk::new();
    let history = live(&disk, seed);
    assert!(history.unanswered.is_empty());
    disk.operations()
}

fn crash_and_recover(seed: u64, crash: u64, prepare: impl Fn(&FaultyDisk)) -> Result<(), String> {
    let disk = FaultyDisk::new();
    disk.power_off_at(crash);
    prepare(&disk);
    let history = live(&disk, seed);
    recover(&disk.after_power_cut(Survivors::Nothing), &history).map_err(|problem| format!("{problem} (nothing)"))?;
    recover(&disk.after_power_cut(Survivors::Everything), &history)
        .map_err(|problem| format!("{problem} (everything)"))?;
    let mut rng = rng(seed << 32 | crash);
    for _ in 0..2 {
        let later = cut(&disk, &mut rng);
        recover(&later.after_kill(), &history).map_err(|problem| format!("{problem} (some)"))?;
        let again = crash_during_start(&later, &mut rng);
        recover(&again, &history).map_err(|problem| format!("{problem} (some, and again during the start)"))?;
    }
    Ok(())
}

fn cut(disk: &FaultyDisk, rng: &mut SmallRng) -> FaultyDisk {
    disk.after_power_cut(Survivors::Chosen(&mut |count| rng.random_range(0..count)))
}

/// The power fails once more somewhere in the start after a crash.
fn crash_during_start(disk: &FaultyDisk, rng: &mut SmallRng) -> FaultyDisk {
    let trial = disk.after_kill();
    drop(open(&trial));
    let disk = disk.after_kill();
    disk.power_off_at(rng.random_range(0..trial.operations()));
    drop(open(&disk));
    cut(&disk, rng)
}

fn recover(disk: &FaultyDisk, history: &History) -> Result<(), String> {
    let opened = open(disk).map_err(|error| format!("opening: {error}"))?;
    let found = history.check(&opened)?;
    go_on(disk, &opened, history, found)
}
