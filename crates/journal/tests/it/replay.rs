//! Every state that a power cut may leave of a recorded piece of work, opened again.
//!
//! The work's operations are recorded once. After each of them, every combination of what was not yet durable may have
//! come through or not: each page of each file, each length, each name. Where they are few all are tried, else a fixed
//! number of them. `BOOKSTORE_SEEDS=20 cargo test -p journal replay` tries that many times as many.

mod crash;
mod recorder;
mod work;

use std::collections::BTreeSet;
use std::path::Path;

use catalogue::Catalogue;
use journal::testing::FaultyDisk;
use journal::{Access, Disk, OpenError};

use self::crash::Moment;
use self::recorder::{Image, Promised, Recording, Step};
use self::work::{
    ORIGINAL, a_discard_and_a_batch, a_start_and_a_batch, a_takeover_and_a_batch, an_adoption_and_a_batch,
    days_of_a_shop, edited,
};
use crate::files::{self, adopt, discard, text};
use crate::history::{History, go_on, open, seeds};

/// How many states of one moment are tried.
const STATES_OF_A_MOMENT: usize = 384;

/// What a start makes of a state; an error says what is wrong with that.
type Judge<'j> = &'j dyn Fn(&FaultyDisk, &Promised) -> Result<(), String>;

#[test]
fn the_recorded_days_change_files_in_every_way() {
    let steps = days_of_a_shop(&FaultyDisk::new(), &History::default()).steps;
    let count = |is_meant: &dyn Fn(&Step) -> bool| steps.iter().filter(|step| is_meant(step)).count();
    let ends = |path: &Path, end: &str| path.to_string_lossy().ends_with(end);
    let begun = count(&|step| matches!(step, Step::Create { path, .. } if ends(path, ".jsonl")));
    let dropped = count(&|step| matches!(step, Step::Remove { path } if ends(path, ".jsonl")));
    let bases = count(&|step| matches!(step, Step::Rename { to, .. } if ends(to, "base.json")));
    let snapshots = count(&|step| matches!(step, Step::Rename { to, .. } if ends(to, "books.json")));
    let marks = count(&|step| matches!(step, Step::Write { bytes, .. } if bytes.starts_with(b"{\"durable\"")));
    assert!(
        begun > 3 && dropped > 1 && bases > 1 && snapshots > 3 && marks > 5,
        "{:?}",
        (begun, dropped, bases, snapshots, marks)
    );
}

#[test]
fn whatever_a_power_cut_leaves_of_a_shops_days_holds_what_was_acknowledged_and_nothing_unsent() {
    let recording = days_of_a_shop(&FaultyDisk::new(), &History::default());
    let tried = replay(&recording, STATES_OF_A_MOMENT, &holds_the_history).unwrap();
    assert!(tried > 6_000, "only {tried} states");
}

/// A start after a power cut moves torn ends aside and writes anew: the power may fail in that too.
#[test]
fn whatever_a_power_cut_leaves_of_a_start_after_a_power_cut_holds_it_too() {
    let recording = days_of_a_shop(&FaultyDisk::new(), &History::default());
    let mut tried = 0;
    for (disk, promised) in torn(&recording, 24) {
        let start = a_start_and_a_batch(&disk, &promised.history);
        tried += replay(&start, STATES_OF_A_MOMENT / 4, &holds_the_history).unwrap();
    }
    assert!(tried > 2_000, "only {tried} states");
}

#[test]
fn whatever_a_power_cut_leaves_of_a_takeover_has_every_book_and_the_original_file() {
    let tried = replay(&a_takeover_and_a_batch(), STATES_OF_A_MOMENT, &holds_what_was_taken_over).unwrap();
    assert!(tried > 500, "only {tried} states");
}

#[test]
fn whatever_a_power_cut_leaves_of_an_adoption_has_the_edit_or_can_adopt_it() {
    let expected = settled(adopt);
    let judge = |disk: &FaultyDisk, promised: &Promised| holds_what_was_settled(disk, promised, &expected, adopt);
    let tried = replay(&an_adoption_and_a_batch(), STATES_OF_A_MOMENT, &judge).unwrap();
    assert!(tried > 300, "only {tried} states");
}

#[test]
fn whatever_a_power_cut_leaves_of_a_discard_has_the_journal_and_the_file_put_aside() {
    let (expected, file) = (settled(discard), text(&edited(), "books.json"));
    let judge = |disk: &FaultyDisk, promised: &Promised| {
        holds_what_was_settled(disk, promised, &expected, discard)?;
        match text(disk, "books.json.discarded") == file {
            true => Ok(()),
            false => Err("the edited file is gone".into()),
        }
    };
    let tried = replay(&a_discard_and_a_batch(), STATES_OF_A_MOMENT, &judge).unwrap();
    assert!(tried > 300, "only {tried} states");
}

/// The tests above can fail: of programs that forget to sync, or of disks that lie, each is found out.
#[test]
fn a_program_that_forgets_to_sync_is_found_out() {
    let files = |step: &Step| matches!(step, Step::Sync { .. });
    let names = |step: &Step| matches!(step, Step::SyncFolder { .. });
    let expected = settled(adopt);
    let adopted = |disk: &FaultyDisk, promised: &Promised| holds_what_was_settled(disk, promised, &expected, adopt);
    let shop = days_of_a_shop(&FaultyDisk::new(), &History::default());
    let recordings: [(Recording, Judge<'_>); 3] = [
        (shop, &holds_the_history),
        (a_takeover_and_a_batch(), &holds_what_was_taken_over),
        (an_adoption_and_a_batch(), &adopted),
    ];
    for (number, (recording, judge)) in recordings.iter().enumerate() {
        let is_found =
            |is_forgotten: &dyn Fn(&Step) -> bool| replay(&without(recording, is_forgotten), 16, *judge).is_err();
        assert!(is_found(&files), "recording {number}: no file is synced");
        assert!(is_found(&names), "recording {number}: no name is synced");
        assert!(is_found(&|step| files(step) || names(step)), "recording {number}: nothing is synced");
    }
}

#[test]
fn a_program_that_answers_before_it_syncs_is_found_out() {
    let shop = hasty(&days_of_a_shop(&FaultyDisk::new(), &History::default()));
    let problem = replay(&shop, 16, &holds_the_history).unwrap_err();
    assert!(problem.contains("acknowledged"), "{problem}");
}

/// Tries every moment of a recording; says at which one, and in which state, something is wrong, else how many states
/// there were.
fn replay(recording: &Recording, states: usize, judge: Judge<'_>) -> Result<usize, String> {
    let mut tried = 0;
    each_moment(recording, |number, moment| {
        for image in moment.survivors(states * seeds(1).end as usize, number as u64) {
            tried += 1;
            judge(&disk_of(&image), &moment.promised)
                .map_err(|problem| format!("after step {number}, with {}: {problem}", sizes(&image)))?;
        }
        Ok(())
    })?;
    Ok(tried)
}

/// Visits each moment after which something is different on the disk, or was promised.
fn each_moment(
    recording: &Recording,
    mut visit: impl FnMut(usize, &Moment) -> Result<(), String>,
) -> Result<(), String> {
    let mut moment = Moment::first(recording);
    for (number, step) in recording.steps.iter().enumerate() {
        moment.take(step);
        visit(number, &moment)?;
    }
    Ok(())
}

/// Some states of a recording in which a start finds a half-written end.
fn torn(recording: &Recording, most: usize) -> Vec<(FaultyDisk, Promised)> {
    let mut found = Vec::new();
    each_moment(recording, |number, moment| {
        let is_torn = |image: &Image| {
            let opened = open(&disk_of(image)).map_err(|error| error.to_string())?;
            Ok::<_, String>(opened.notices.iter().any(|notice| notice.contains("half-written")))
        };
        for image in moment.survivors(6, number as u64) {
            if is_torn(&image)? {
                found.push((disk_of(&image), moment.promised.clone()));
                break;
            }
        }
        Ok(())
    })
    .unwrap();
    assert!(found.len() >= most, "only {} ends are torn", found.len());
    let stride = found.len() / most;
    found.into_iter().step_by(stride).collect()
}

fn holds_the_history(disk: &FaultyDisk, promised: &Promised) -> Result<(), String> {
    let opened = open(disk).map_err(|error| format!("opening: {error}"))?;
    let found = promised.history.check(&opened)?;
    // Every state would take long, and adds little.
    if disk.bytes().is_multiple_of(7) {
        go_on(disk, &opened, &promised.history, found)?;
    }
    Ok(())
}

fn holds_what_was_taken_over(disk: &FaultyDisk, promised: &Promised) -> Result<(), String> {
    let is_there = |name| text(disk, name).as_deref() == Some(ORIGINAL);
    if !is_there("books.json") && !is_there("books.json.original") {
        return Err("the original's file is gone".into());
    }
    let opened = files::open(disk).map_err(|error| format!("opening: {error}"))?;
    let whole = files::opened(&files::disk_with(&[("books.json", ORIGINAL.as_bytes())])).catalogue;
    is_one_of(&opened.catalogue, whole, &promised.history)?;
    match is_there("books.json.original") {
        true => Ok(()),
        false => Err("the original's file was not kept".into()),
    }
}

/// What `settle` makes of the edited directory.
fn settled<T, E: std::fmt::Debug>(settle: fn(&FaultyDisk) -> Result<T, E>) -> Catalogue {
    let disk = edited();
    settle(&disk).unwrap();
    files::opened(&disk).catalogue
}

fn holds_what_was_settled<T, E: ToString>(
    disk: &FaultyDisk,
    promised: &Promised,
    expected: &Catalogue,
    settle: fn(&FaultyDisk) -> Result<T, E>,
) -> Result<(), String> {
    if matches!(files::open(disk), Err(OpenError::Edited(_))) {
        if promised.is_answered {
            return Err("it was answered, and is to be done again".into());
        }
        settle(disk).map_err(|error| format!("once more: {}", error.to_string()))?;
    }
    let opened = files::open(disk).map_err(|error| format!("opening: {error}"))?;
    is_one_of(&opened.catalogue, expected.clone(), &promised.history)
}

/// Checks that a state is one between all that was acknowledged and all that was sent, `first` being before them.
fn is_one_of(found: &Catalogue, first: Catalogue, history: &History) -> Result<(), String> {
    let mut state = first;
    history.acknowledged.iter().for_each(|entry| state.apply(entry));
    let mut states = vec![state.clone()];
    for entry in &history.unanswered {
        state.apply(entry);
        states.push(state.clone());
    }
    match states.contains(found) {
        true => Ok(()),
        false => Err(format!("another state, at revision {}", found.revision())),
    }
}

/// The recording of a program that leaves some operations out.
fn without(recording: &Recording, is_forgotten: &dyn Fn(&Step) -> bool) -> Recording {
    let steps = recording.steps.iter().filter(|step| !is_forgotten(step)).cloned().collect();
    Recording { start: recording.start.clone(), steps }
}

/// The recording of a program that answers each batch before it is synced.
fn hasty(recording: &Recording) -> Recording {
    let mut hasty = recording.clone();
    for place in 1..hasty.steps.len() {
        if let [Step::Sync { .. }, Step::Promise(_)] = &hasty.steps[place - 1..=place] {
            hasty.steps.swap(place - 1, place);
        }
    }
    hasty
}

/// A disk with these files and nothing else, all of it durable.
fn disk_of(image: &Image) -> FaultyDisk {
    let disk = FaultyDisk::new();
    let folders: BTreeSet<&Path> = image.keys().flat_map(|path| path.ancestors().skip(1)).collect();
    for folder in folders.iter().filter(|folder| **folder != Path::new("/")) {
        disk.create_dir(folder).unwrap();
    }
    for (path, bytes) in image {
        disk.open(path, Access::Create).unwrap();
        disk.tamper(path, |contents| contents.clone_from(bytes));
    }
    folders.into_iter().for_each(|folder| disk.sync_dir(folder).unwrap());
    disk
}

fn sizes(image: &Image) -> String {
    let sizes: Vec<String> =
        image.iter().map(|(path, bytes)| format!("{} ({})", path.display(), bytes.len())).collect();
    sizes.join(", ")
}
