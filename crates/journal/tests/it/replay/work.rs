//! The work that is recorded: each kind of change that a journal makes to its files.

use std::path::Path;
use std::sync::Arc;

use catalogue::{Entry, Revision};
use journal::testing::FaultyDisk;
use journal::{FileJournal, Journal, OpenOptions, Opened, adopt_on, discard_on};
use serde_json::{Value, json};

use super::recorder::{Recorder, Recording};
use crate::files::{ROOT, disk_with, fixed, opened, path};
use crate::fixture::{Author, create, delete, rng, set};
use crate::history::{DATA, History, busy_options};

/// A shop writes on: batches of every size, marks, snapshots, new segments, old ones dropped, a restart.
pub(crate) fn days_of_a_shop(disk: &FaultyDisk, history: &History) -> Recording {
    let mut shop = Shop { recorder: Recorder::on(disk), history: history.clone() };
    let mut rng = rng(4);
    for day in 0..3 {
        let Opened { journal, catalogue, .. } = shop.open(Path::new(DATA), busy_options());
        let mut author = Author::on(&catalogue);
        for (number, size) in [1, 3, 9, 1, 1, 6, 2].into_iter().enumerate() {
            let batch: Vec<_> = (0..size).map(|_| author.any(&mut rng)).collect();
            shop.append(journal.as_ref(), batch);
            if number % 2 == 0 {
                journal.rest();
            }
            if number % 3 == day {
                journal.save(&author.state).unwrap();
            }
        }
    }
    shop.recorder.recording()
}

/// A start after a crash, and a little work.
pub(crate) fn a_start_and_a_batch(disk: &FaultyDisk, history: &History) -> Recording {
    let mut shop = Shop { recorder: Recorder::on(disk), history: history.clone() };
    shop.promise(false);
    let Opened { journal, catalogue, .. } = shop.open(Path::new(DATA), busy_options());
    let batch = Author::on(&catalogue).books(2);
    shop.append(journal.as_ref(), batch);
    journal.rest();
    shop.recorder.recording()
}

/// The file of the original student project.
pub(crate) const ORIGINAL: &str =
    r#"[{"id": 1, "title": "Laskar Pelangi", "status": "tersedia"}, {"id": 1, "title": "Saman", "rak": "A-3"}]"#;

/// It is taken over, and worked on with.
pub(crate) fn a_takeover_and_a_batch() -> Recording {
    let disk = disk_with(&[("books.json", ORIGINAL.as_bytes())]);
    let mut shop = Shop { recorder: Recorder::on(&disk), history: History::default() };
    let Opened { journal, catalogue, .. } = shop.open(Path::new(ROOT), fixed());
    let batch = Author::on(&catalogue).books(2);
    shop.append(journal.as_ref(), batch);
    shop.recorder.recording()
}

/// A snapshot that was edited by hand, behind it an entry.
pub(crate) fn edited() -> FaultyDisk {
    let disk = disk_with(&[]);
    let journal = opened(&disk).journal;
    let mut author = Author::default();
    let made = author.entry(["Saman", "Larung", "Laut Bercerita"].map(create).into());
    journal.append(Revision(0), &[made, author.entry(vec![delete(3)])]).unwrap();
    journal.save(&author.state).unwrap();
    journal.append(Revision(2), &[author.entry(vec![set(2, json!({"shelf": "A"}))])]).unwrap();
    disk.tamper(&path("books.json"), |bytes| {
        let mut file: Value = serde_json::from_slice(bytes).unwrap();
        file["books"][0]["title"] = json!("Saman, revised");
        file["books"].as_array_mut().unwrap().push(json!({"id": 9, "title": "Cantik Itu Luka"}));
        *bytes = serde_json::to_vec(&file).unwrap();
    });
    disk
}

/// It is adopted, and worked on with.
pub(crate) fn an_adoption_and_a_batch() -> Recording {
    after(|recorder| drop(adopt_on(Arc::new(recorder.clone()), Path::new(ROOT), fixed()).unwrap()))
}

/// It is put aside, and worked on with.
pub(crate) fn a_discard_and_a_batch() -> Recording {
    after(|recorder| drop(discard_on(Arc::new(recorder.clone()), Path::new(ROOT), fixed()).unwrap()))
}

fn after(call: impl FnOnce(&Recorder)) -> Recording {
    let mut shop = Shop { recorder: Recorder::on(&edited()), history: History::default() };
    call(&shop.recorder);
    shop.promise(true);
    let Opened { journal, catalogue, .. } = shop.open(Path::new(ROOT), fixed());
    let batch = Author::on(&catalogue).books(2);
    shop.append(journal.as_ref(), batch);
    shop.recorder.recording()
}

/// Who works, and what others may rely on.
struct Shop {
    recorder: Recorder,
    history: History,
}

impl Shop {
    fn promise(&self, is_answered: bool) {
        self.recorder.promise(&self.history, is_answered);
    }

    /// Opens the journal: what it shows then, everybody may rely on.
    fn open(&mut self, directory: &Path, options: OpenOptions) -> Opened {
        let opened = FileJournal::open_on(Arc::new(self.recorder.clone()), directory, options).unwrap();
        self.history = self.history.seen(opened.catalogue.revision());
        self.promise(true);
        opened
    }

    fn append(&mut self, journal: &dyn Journal, batch: Vec<Arc<Entry>>) {
        self.history.unanswered = batch;
        self.promise(true);
        let (first, batch) = (self.history.unanswered[0].revision, &self.history.unanswered);
        journal.append(Revision(first.0 - 1), batch).unwrap();
        self.history.acknowledged.append(&mut self.history.unanswered);
        self.promise(true);
    }
}
