//! Stores made from backups: they go on where no revision of the lost time comes again, and no crash leaves half of one.

use std::fs;
use std::io::{Cursor, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use catalogue::{Catalogue, Revision, Timestamp};
use expect_test::{expect, expect_file};
use journal::testing::{Failure, FaultyDisk, Survivors};
use journal::{
    AppendError, FileJournal, Journal, Occupied, OpenError, OpenOptions, Opened, Prepared, RESTORE_GAP, RestoreError,
    Restored, StoreId, restore, restore_on, verify, verify_on,
};
use rand::RngExt;

use crate::backup::backup;
use crate::fixture::{Author, create, options, read, rng, set};
use crate::golden;
use crate::history::{DATA, open_whole};

/// A store of some segments, and its backup.
fn shop(store: &str, entries: usize) -> (FaultyDisk, Author, Vec<u8>) {
    let disk = FaultyDisk::new();
    let (opened, journal) = open_as(&disk, store);
    let mut author = Author::default();
    for _ in 0..entries {
        let after = author.state.revision();
        let entry = author.request(&format!("till-1/{after}"), vec![create(&"Book ".repeat(40))]);
        opened.journal.append(after, &[entry]).unwrap();
    }
    opened.journal.rest();
    opened.journal.save(&author.state).unwrap();
    let bytes = backup(&journal, &author.state);
    (disk, author, bytes)
}

fn named(store: &str) -> OpenOptions {
    OpenOptions { store: Some(StoreId(store.into())), ..options() }
}

fn open_as(disk: &FaultyDisk, store: &str) -> (Opened, Arc<FileJournal>) {
    FileJournal::open_whole_on(Arc::new(disk.clone()), Path::new(DATA), named(store)).unwrap()
}

fn restore_to(disk: &FaultyDisk, bytes: &[u8], occupied: Occupied) -> Result<Restored, RestoreError> {
    let source = Cursor::new(bytes.to_vec());
    restore_on(Arc::new(disk.clone()), Path::new(DATA), source, occupied, &named("restored"))
}

fn restored(bytes: &[u8]) -> FaultyDisk {
    let disk = FaultyDisk::new();
    restore_to(&disk, bytes, Occupied::Refuse).unwrap();
    disk
}

fn books(state: &Catalogue) -> Vec<String> {
    state.books().map(|book| serde_json::to_string(book).unwrap()).collect()
}

#[test]
fn the_first_versions_store_is_restored_to_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let options = OpenOptions {
        segment_bytes: 1_500,
        store: Some(StoreId("fedcba9876543210fedcba9876543210".into())),
        ..OpenOptions::default()
    };
    let source = fs::File::open(golden::golden("first.backup.jsonl")).unwrap();
    restore(&data, source, Occupied::Refuse, &options).unwrap();
    let mut names: Vec<_> = fs::read_dir(data.join("journal")).unwrap().map(|name| name.unwrap().file_name()).collect();
    names.sort();
    expect![[r#"["00000000000000000005.jsonl", "00000000000000000008.jsonl", "00000000000000000011.jsonl", "00000000001000000011.jsonl", "base.json"]"#]]
        .assert_eq(&format!("{names:?}"));
    for name in names {
        let written = fs::read_to_string(data.join("journal").join(&name)).unwrap();
        expect_file![golden::golden("from_backup/journal").join(name)].assert_eq(&written);
    }
    expect_file![golden::golden("from_backup/books.json")]
        .assert_eq(&fs::read_to_string(data.join("books.json")).unwrap());
    assert_eq!(verify(&data).unwrap().damage, Vec::<String>::new());
    drop(FileJournal::open(&data, options).unwrap());
    assert_eq!(verify(&data).unwrap().damage, Vec::<String>::new());
}

#[test]
fn the_next_write_comes_a_thousand_million_revisions_later() {
    let (_, mut author, bytes) = shop("lost", 40);
    let disk = restored(&bytes);
    let (opened, journal) = open_as(&disk, "unused");
    assert_eq!(opened.journal.store().to_string(), "restored");
    assert_eq!(opened.catalogue.revision(), Revision(40 + RESTORE_GAP - 1));
    assert_eq!(books(&opened.catalogue), books(&author.state));
    assert_eq!(opened.notices, Vec::<String>::new());

    author.state = opened.catalogue;
    let next = author.entry(vec![create("Behind the gap")]);
    assert_eq!(next.revision, Revision(40 + RESTORE_GAP));
    opened.journal.append(author_before(&next), &[next]).unwrap();
    drop((opened.journal, journal));
    let (opened, _) = open_as(&disk, "unused");
    assert_eq!(opened.catalogue, author.state);
    assert_eq!(verify_on(Arc::new(disk), Path::new(DATA)).unwrap().damage, Vec::<String>::new());
}

fn author_before(entry: &catalogue::Entry) -> Revision {
    Revision(entry.revision.0 - 1)
}

#[test]
fn history_and_receipts_remain_also_after_the_first_write_behind_the_gap() {
    let (_, mut author, bytes) = shop("lost", 40);
    let disk = restored(&bytes);
    let (opened, _) = open_as(&disk, "unused");
    author.state = opened.catalogue;
    opened.journal.append(author.state.revision(), &author.books(1)).unwrap();
    drop(opened.journal);
    let (opened, _) = open_as(&disk, "unused");
    let kept = read(opened.journal.as_ref(), 0);
    assert_eq!(
        kept.iter().map(|entry| entry.revision.0).collect::<Vec<_>>(),
        (1..=40).chain([40 + RESTORE_GAP]).collect::<Vec<_>>()
    );
    assert_eq!(opened.receipts.len(), 40);
    assert_eq!(opened.receipts[0].revision, Revision(1));
}

#[test]
fn no_revision_of_the_lost_time_is_known() {
    let (_, _, bytes) = shop("lost", 40);
    let disk = restored(&bytes);
    let check = |journal: &dyn Journal| {
        for (revision, known) in [
            (0, true),
            (40, true),
            (41, false),
            (1_000, false),
            (40 + RESTORE_GAP - 2, false),
            (40 + RESTORE_GAP - 1, true),
        ] {
            assert_eq!(journal.knows(Revision(revision)), known, "{revision}");
        }
    };
    let (opened, _) = open_as(&disk, "unused");
    check(opened.journal.as_ref());
    // So it stays when the gap is no longer near the end.
    let mut author = Author::on(&opened.catalogue);
    for _ in 0..100 {
        opened.journal.append(author.state.revision(), &author.books(10)).unwrap();
    }
    opened.journal.save(&author.state).unwrap();
    drop(opened.journal);
    check(open_reading_little(&disk).journal.as_ref());
}

#[test]
fn a_store_restored_twice_knows_nothing_of_either_lost_time() {
    for between in [0, 2] {
        let (_, _, bytes) = shop("lost", 4);
        let disk = restored(&bytes);
        let (opened, journal) = open_as(&disk, "unused");
        let mut author = Author::on(&opened.catalogue);
        let first_end = author.state.revision();
        if between > 0 {
            opened.journal.append(first_end, &author.books(between)).unwrap();
        }
        let disk = restored(&backup(&journal, &author.state));
        let (opened, _) = open_as(&disk, "unused");
        let mut author = Author::on(&opened.catalogue);
        // The gaps are no longer near the end.
        for _ in 0..100 {
            opened.journal.append(author.state.revision(), &author.books(10)).unwrap();
        }
        opened.journal.save(&author.state).unwrap();
        drop(opened);
        let journal = open_reading_little(&disk).journal;
        let second = first_end.0 + between as u64;
        for revision in [5, first_end.0 - 1, second + 1, second + RESTORE_GAP - 2] {
            assert!(!journal.knows(Revision(revision)), "{between}: {revision}");
        }
        assert!(journal.knows(Revision(second)), "{between}");
        assert_eq!(verify_on(Arc::new(disk), Path::new(DATA)).unwrap().damage, Vec::<String>::new());
    }
}

/// A start that reads no more than the snapshot leaves it to read, and the last segments.
fn open_reading_little(disk: &FaultyDisk) -> Opened {
    let options = OpenOptions { entries_kept_min: 30, ..named("unused") };
    FileJournal::open_on(Arc::new(disk.clone()), Path::new(DATA), options).unwrap()
}

#[test]
fn an_empty_store_and_one_that_was_restored_before_can_be_restored() {
    for entries in [0, 1] {
        let (_, author, mut bytes) = shop("lost", entries);
        for times in 1..=3 {
            let disk = restored(&bytes);
            let (opened, journal) = open_as(&disk, "unused");
            let written = opened.catalogue.revision();
            assert_eq!(written, Revision(entries as u64 + times * (RESTORE_GAP - 1)), "{entries}, {times}");
            assert_eq!(books(&opened.catalogue), books(&author.state));
            assert_eq!(verify_on(Arc::new(disk.clone()), Path::new(DATA)).unwrap().damage, Vec::<String>::new());
            bytes = backup(&journal, &opened.catalogue);
        }
    }
}

#[test]
fn old_entries_are_dropped_in_a_restored_store_as_in_any_other() {
    let (_, _, bytes) = shop("lost", 40);
    let disk = restored(&bytes);
    let options = || OpenOptions {
        keep: Some(std::time::Duration::ZERO),
        entries_kept_min: 30,
        segment_bytes: 2_000,
        now: || Timestamp(i64::MAX),
        ..options()
    };
    let open = || FileJournal::open_on(Arc::new(disk.clone()), Path::new(DATA), options()).unwrap();
    let opened = open();
    opened.journal.save(&opened.catalogue).unwrap();
    assert!(opened.journal.oldest() <= Revision(10), "the gap is no entries: {}", opened.journal.oldest());
    let mut author = Author::on(&opened.catalogue);
    for _ in 0..100 {
        opened.journal.append(author.state.revision(), &author.books(1)).unwrap();
    }
    opened.journal.save(&author.state).unwrap();
    assert!(opened.journal.oldest() > Revision(RESTORE_GAP));
    drop(opened);
    assert_eq!(open().catalogue, author.state);
    assert_eq!(verify_on(Arc::new(disk.clone()), Path::new(DATA)).unwrap().damage, Vec::<String>::new());
}

#[test]
fn lines_that_are_missing_before_the_gap_are_found() {
    let (_, _, bytes) = shop("lost", 40);
    let disk = restored(&bytes);
    let segments: Vec<_> =
        disk.files().into_iter().filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect();
    let with_gap = &segments[segments.len() - 2];
    disk.tamper(with_gap, |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let mut lines: Vec<_> = text.lines().collect();
        lines.retain(|line| !line.starts_with("{\"revision\":40,"));
        *bytes = (lines.join("\n") + "\n").into_bytes();
    });
    assert_ne!(verify_on(Arc::new(disk), Path::new(DATA)).unwrap().damage, Vec::<String>::new());
}

#[test]
fn a_directory_with_a_store_is_refused_and_stays_as_it_is() {
    let (_, _, bytes) = shop("lost", 4);
    let (disk, ..) = shop("present", 3);
    let before = contents(&disk);
    let message = restore_to(&disk, &bytes, Occupied::Refuse).unwrap_err().to_string();
    expect![[r#"/shop/data is not empty: it has books.json. Name a new directory with --data, or say --replace: what is there is then moved aside, and nothing is deleted"#]].assert_eq(&message);
    assert_eq!(contents(&disk), before);
}

fn contents(disk: &FaultyDisk) -> Vec<(String, Option<Vec<u8>>)> {
    disk.files().into_iter().map(|path| (path.display().to_string(), disk.contents(&path))).collect()
}

#[test]
fn what_was_there_is_set_aside_as_a_directory_in_itself() {
    let (_, author, bytes) = shop("lost", 4);
    let (disk, former, _) = shop("present", 30);
    let restored = restore_to(&disk, &bytes, Occupied::SetAside).unwrap();
    assert_eq!(restored.aside.as_deref(), Some(Path::new("/shop/data/replaced-1")));
    assert_eq!(books(&open_as(&disk, "unused").0.catalogue), books(&author.state));
    let aside = FileJournal::open_on(Arc::new(disk.clone()), Path::new("/shop/data/replaced-1"), options()).unwrap();
    assert_eq!((aside.journal.store().to_string(), aside.catalogue), ("present".into(), former.state));
    let again = restore_to(&disk, &bytes, Occupied::SetAside).unwrap();
    assert_eq!(again.aside.as_deref(), Some(Path::new("/shop/data/replaced-2")));
}

#[test]
fn a_disk_without_room_for_it_keeps_what_it_has() {
    let (_, _, bytes) = shop("lost", 40);
    let (disk, former, _) = shop("present", 3);
    let before = contents(&disk);
    for room in [0, 100, 5_000, bytes.len() as u64] {
        disk.set_room(Some(disk.bytes() + room));
        assert!(matches!(restore_to(&disk, &bytes, Occupied::SetAside), Err(RestoreError::Open(_))), "room for {room}");
        assert_eq!(contents(&disk), before, "room for {room}");
    }
    disk.set_room(None);
    assert_eq!(open_as(&disk, "unused").0.catalogue, former.state);
}

/// The power fails at each operation of a restore in turn; whatever survives, and should it fail again during the next
/// start: the store is the one or the other, whole, and once it was the new one it stays that.
#[test]
fn a_crash_at_any_step_leaves_the_old_or_the_new_store() {
    let restore = Interrupted::new();
    let (mut old, mut new) = (0, 0);
    for crash in 0..=restore.operations() {
        for found in restore.cut_at(crash, |_| {}) {
            match found {
                Ok(Which::Old) => old += 1,
                Ok(Which::New) => new += 1,
                Err(problem) => panic!("power off at operation {crash}: {problem}"),
            }
        }
    }
    assert!(old > 100 && new > 50, "{old} times the old one, {new} times the new one");
}

/// Each operation of a restore, and of the start that follows, fails in turn while everything else works.
#[test]
fn whichever_operation_fails_the_old_or_the_new_store_is_there_in_the_end() {
    let restore = Interrupted::new();
    for number in 0..=restore.operations() {
        let disk = restore.present.after_kill();
        disk.fail_at(number, Failure::Error(ErrorKind::Other));
        let told = restore_to(&disk, &restore.bytes, Occupied::SetAside);
        let found = restore.look(&disk.after_kill()).unwrap_or_else(|problem| panic!("operation {number}: {problem}"));
        assert!(told.is_err() || matches!(found, Which::New), "operation {number}: {found:?}, {told:?}");
    }
}

#[test]
fn a_restore_whose_plan_is_damaged_stops_the_start() {
    let restore = Interrupted::new();
    let plan = Path::new(DATA).join("restore.json");
    let disk = (0..restore.operations()).rev().find_map(|crash| {
        let disk = restore.present.after_kill();
        disk.power_off_at(crash);
        restore_to(&disk, &restore.bytes, Occupied::SetAside).unwrap_err();
        let disk = disk.after_power_cut(Survivors::Everything);
        disk.contents(&plan).is_some().then_some(disk)
    });
    let disk = disk.expect("it is there for a while");
    disk.tamper(&plan, |bytes| bytes[10] ^= 1);
    let message = FileJournal::open_on(Arc::new(disk), Path::new(DATA), options()).err().unwrap().to_string();
    expect![[r#"
        /shop/data/restore.json: its checksum does not hold
        Nothing was changed. It says how a restore is completed. If /shop/data/journal is there, move restore.json away, and restore the backup again; if not, restore it into a new directory"#]]
    .assert_eq(&message);
}

/// The test of crashes can fail: on a disk whose syncs do nothing, a restore loses what it said was there.
#[test]
fn a_disk_that_lies_about_syncs_loses_stores() {
    let restore = Interrupted::new();
    let cuts = (0..=restore.operations()).flat_map(|crash| restore.cut_at(crash, FaultyDisk::lie_about_syncs));
    assert!(cuts.filter(Result::is_err).count() > 10);
}

/// A restore in the place of a store, to be cut short.
struct Interrupted {
    present: FaultyDisk,
    former: Catalogue,
    bytes: Vec<u8>,
    books: Vec<String>,
}

#[derive(Debug)]
enum Which {
    Old,
    New,
}

impl Interrupted {
    fn new() -> Self {
        let (_, author, bytes) = shop("lost", 40);
        let (present, former, _) = shop("present", 30);
        Interrupted { present, former: former.state, bytes, books: books(&author.state) }
    }

    fn operations(&self) -> u64 {
        let trial = self.present.after_kill();
        restore_to(&trial, &self.bytes, Occupied::SetAside).unwrap();
        trial.operations()
    }

    /// What is there when the power failed at that operation, for some choices of what survived.
    fn cut_at(&self, crash: u64, prepare: impl Fn(&FaultyDisk)) -> Vec<Result<Which, String>> {
        let disk = self.present.after_kill();
        disk.power_off_at(crash);
        prepare(&disk);
        let acknowledged = restore_to(&disk, &self.bytes, Occupied::SetAside).is_ok();
        let mut rng = rng(crash);
        let mut found = Vec::new();
        for number in 0..6 {
            let disk = match number {
                0 => disk.after_power_cut(Survivors::Nothing),
                1 => disk.after_power_cut(Survivors::Everything),
                _ => disk.after_power_cut(Survivors::Chosen(&mut |count| rng.random_range(0..count))),
            };
            let disk = if number < 3 { disk } else { crash_during_start(&disk, &mut rng) };
            found.push(self.look(&disk).and_then(|which| match which {
                Which::Old if acknowledged => Err("it was told that the new store is there".into()),
                which => Ok(which),
            }));
        }
        found
    }

    fn look(&self, disk: &FaultyDisk) -> Result<Which, String> {
        let open = |path| FileJournal::open_on(Arc::new(disk.clone()), Path::new(path), options());
        let opened = open(DATA).map_err(|error| error.to_string())?;
        if opened.journal.store().to_string() == "present" {
            return if opened.catalogue == self.former { Ok(Which::Old) } else { Err("half of the old store".into()) };
        }
        let revision = Revision(40 + RESTORE_GAP - 1);
        if books(&opened.catalogue) != self.books || opened.catalogue.revision() != revision {
            return Err("half of the new store".into());
        }
        let aside = open("/shop/data/replaced-1").map_err(|error| error.to_string())?;
        if aside.catalogue == self.former { Ok(Which::New) } else { Err("half of what was set aside".into()) }
    }
}

fn crash_during_start(disk: &FaultyDisk, rng: &mut rand::rngs::SmallRng) -> FaultyDisk {
    let trial = disk.after_kill();
    drop(open_whole(&trial));
    let disk = disk.after_kill();
    disk.power_off_at(rng.random_range(0..trial.operations()));
    drop(open_whole(&disk));
    disk.after_power_cut(Survivors::Chosen(&mut |count| rng.random_range(0..count)))
}

#[test]
fn a_restore_that_was_cut_short_is_told_by_verify_and_by_the_start_that_completes_it() {
    let (_, _, bytes) = shop("lost", 4);
    let (present, ..) = shop("present", 3);
    let trial = present.after_kill();
    restore_to(&trial, &bytes, Occupied::SetAside).unwrap();
    let disk = present.after_kill();
    disk.power_off_at(trial.operations() - 3);
    restore_to(&disk, &bytes, Occupied::SetAside).unwrap_err();
    let disk = disk.after_power_cut(Survivors::Everything);
    let report = verify_on(Arc::new(disk.clone()), Path::new(DATA)).unwrap();
    expect![
        "a restore is under way, or was cut short: the restored store counts, and the next start puts it in its place"
    ]
    .assert_eq(&report.lines.join("\n"));
    let notices = open_as(&disk, "unused").0.notices;
    expect!["a restore was completed; the store that was here before is in /shop/data/replaced-1"]
        .assert_eq(&notices.join("\n"));
}

#[test]
fn what_a_restore_left_that_came_to_nothing_goes_at_the_next_start() {
    let (_, _, bytes) = shop("lost", 40);
    let (present, former, _) = shop("present", 3);
    let disk = present.after_kill();
    let trial = present.after_kill();
    restore_to(&trial, &bytes[..bytes.len() - 1], Occupied::SetAside).unwrap_err();
    disk.power_off_at(trial.operations() / 2);
    restore_to(&disk, &bytes, Occupied::SetAside).unwrap_err();
    let disk = disk.after_power_cut(Survivors::Everything);
    assert!(disk.files().len() > present.files().len());
    assert_eq!(open_as(&disk, "unused").0.catalogue, former.state);
    assert_eq!(disk.files(), present.files());
}

#[test]
fn a_store_that_is_replaced_writes_nothing_more_and_its_directory_is_never_free() {
    let (_, author, bytes) = shop("lost", 4);
    let folder = tempfile::tempdir().unwrap();
    let (opened, journal) = FileJournal::open_whole(folder.path(), named("present")).unwrap();
    let mut former = Author::default();
    opened.journal.append(Revision(0), &former.books(3)).unwrap();
    let prepared = Prepared::beside(folder.path(), Cursor::new(bytes), &named("restored")).unwrap();
    let (next, _) = journal.replace(prepared, options()).unwrap();
    assert_eq!((next.journal.store().to_string(), books(&next.catalogue)), ("restored".into(), books(&author.state)));
    let refused = opened.journal.append(Revision(3), &former.books(1));
    assert!(matches!(refused, Err(AppendError::Poisoned(_))), "{refused:?}");
    opened.journal.save(&former.state).unwrap();
    // The lock went from the one to the other.
    drop((opened, journal));
    assert!(matches!(FileJournal::open(folder.path(), options()), Err(OpenError::Locked { .. })));
    drop(next);
    assert_eq!(books(&FileJournal::open(folder.path(), options()).unwrap().catalogue), books(&author.state));
}

#[test]
fn books_can_be_changed_and_adopted_in_a_restored_store() {
    let (_, mut author, bytes) = shop("lost", 4);
    let disk = restored(&bytes);
    let (opened, _) = open_as(&disk, "unused");
    author.state = opened.catalogue;
    let entry = author.entry(vec![set(1, serde_json::json!({"year": 1998}))]);
    opened.journal.append(author_before(&entry), &[entry]).unwrap();
    drop(opened.journal);
    disk.tamper(&Path::new(DATA).join("books.json"), |bytes| {
        *bytes = String::from_utf8(bytes.clone()).unwrap().replacen("\"pages\":null", "\"pages\":7", 1).into_bytes();
    });
    let said = journal::adopt_on(Arc::new(disk.clone()), Path::new(DATA), options()).unwrap();
    assert!(said.join("\n").contains(&format!("adopted as revision {}", 4 + RESTORE_GAP + 1)), "{said:?}");
    assert_eq!(open_as(&disk, "unused").0.catalogue.books().next().unwrap().details().pages, Some(7));
}
