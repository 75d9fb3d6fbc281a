//! What was durable and is no more as it was written: it is found, or has no effect, and never leads to an empty store.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalogue::{Catalogue, Entry, Revision};
use journal::testing::{FaultyDisk, Survivors};
use journal::{OpenError, OpenOptions, Opened, Receipt, verify_on};
use serde_json::{Value, json};

use crate::fixture::{ALL, Author, create, delete, rng, set};
use crate::history::{DATA, busy_options, open_with, seeds};

fn tiny() -> OpenOptions {
    OpenOptions { segment_bytes: 600, entries_kept_min: 4, ..busy_options() }
}

fn open(disk: &FaultyDisk) -> Result<Opened, OpenError> {
    open_with(disk, tiny())
}

fn data(name: &str) -> PathBuf {
    Path::new(DATA).join(name)
}

/// A directory with every kind of file, at rest: a base, three segments, a snapshot of a state in the middle.
fn directory() -> FaultyDisk {
    let disk = FaultyDisk::new();
    let mut author = Author::default();
    let journal = open(&disk).unwrap().journal;
    for number in 0..4 {
        let after = author.state.revision();
        let batch =
            [author.entry(vec![create("Saman")]), author.request(&format!("r{number}"), vec![create("Larung")])];
        journal.append(after, &batch).unwrap();
        journal.rest();
    }
    journal.save(&author.state).unwrap();
    for operations in [vec![create("Pulang")], vec![delete(1), set(2, json!({"year": 2005}))]] {
        let after = author.state.revision();
        journal.append(after, &[author.entry(operations)]).unwrap();
        journal.rest();
    }
    disk.after_power_cut(Survivors::Everything)
}

/// The segments, first to last.
fn segments(disk: &FaultyDisk) -> Vec<PathBuf> {
    disk.files().into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "jsonl")).collect()
}

/// All that can be seen of an open directory.
#[derive(Debug, PartialEq)]
struct Seen {
    state: Catalogue,
    entries: Vec<Arc<Entry>>,
    receipts: Vec<Receipt>,
}

/// What a start and a reader of everything see; where something is found to be wrong, what that is.
fn look(disk: &FaultyDisk) -> Result<Seen, String> {
    let opened = open(disk).map_err(|error| error.to_string())?;
    let entries = opened.journal.read(opened.journal.oldest(), ALL).map_err(|error| error.to_string())?;
    Ok(Seen { state: opened.catalogue, entries, receipts: opened.receipts })
}

fn damage_found_by_verify(disk: &FaultyDisk) -> Vec<String> {
    verify_on(Arc::new(disk.clone()), Path::new(DATA)).expect("there is something to check").damage
}

#[test]
fn the_directory_of_these_tests_has_every_kind_of_file() {
    let disk = directory();
    let names: Vec<_> = disk.files().iter().map(|path| path.strip_prefix(DATA).unwrap().to_owned()).collect();
    let expected = [
        "books.json",
        "journal/00000000000000000005.jsonl",
        "journal/00000000000000000007.jsonl",
        "journal/00000000000000000009.jsonl",
        "journal/base.json",
    ];
    assert_eq!(names, expected.map(PathBuf::from));
    let opened = open(&disk).unwrap();
    assert_eq!((opened.journal.oldest(), opened.catalogue.revision()), (Revision(4), Revision(10)));
    assert_eq!(damage_found_by_verify(&disk), Vec::<String>::new());
}

/// Every bit of every file, one at a time.
#[test]
fn a_flipped_bit_below_a_witness_is_found_or_harmless() {
    let whole = directory();
    let expected = look(&whole).unwrap();
    let mut found = 0;
    for path in whole.files() {
        for bit in 0..whole.contents(&path).unwrap().len() * 8 {
            let disk = whole.after_kill();
            disk.tamper(&path, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
            let seen = look(&disk.after_kill());
            match &seen {
                Ok(seen) => assert!(*seen == expected, "{}, bit {bit}: silently another catalogue", path.display()),
                Err(_) => found += 1,
            }
            if bit % 11 == 0 && seen.is_err() {
                assert_ne!(damage_found_by_verify(&disk), Vec::<String>::new(), "{}, bit {bit}", path.display());
            }
        }
    }
    assert!(found > 10_000, "only {found} flips were found");
}

/// The test above can fail: were it not for the checksums, many a flip would go through.
#[test]
fn without_checksums_flipped_bits_would_give_another_catalogue() {
    let whole = directory();
    let expected = look(&whole).unwrap();
    let path = segments(&whole).pop().unwrap();
    let bits = whole.contents(&path).unwrap().len() * 8;
    let flipped = (0..bits).step_by(7).map(|bit| {
        let disk = whole.after_kill();
        disk.tamper(&path, |bytes| {
            bytes[bit / 8] ^= 1 << (bit % 8);
            reseal(bytes);
        });
        look(&disk)
    });
    let silent = flipped.filter(|seen| seen.as_ref().is_ok_and(|seen| *seen != expected)).count();
    assert!(silent > 100, "only {silent} flips went through");
}

/// Puts the right checksum into each line, whatever it says.
fn reseal(segment: &mut Vec<u8>) {
    let lines = segment.split_inclusive(|byte| *byte == b'\n');
    let resealed = lines.flat_map(|line| match line.windows(8).rposition(|window| window == b",\"crc\":\"") {
        Some(place) => sealed(&String::from_utf8_lossy(&line[..place])),
        None => line.to_vec(),
    });
    *segment = resealed.collect();
}

/// A journal of a hundred entries in one segment, with a mark at its end where it is at rest.
fn hundred_entries(is_at_rest: bool) -> FaultyDisk {
    let disk = FaultyDisk::new();
    let journal = open_with(&disk, hundred()).unwrap().journal;
    let (mut author, mut rng) = (Author::default(), rng(100));
    while author.state.revision() < Revision(100) {
        let after = author.state.revision();
        let batch: Vec<_> = (0..5).map(|_| author.any(&mut rng)).collect();
        journal.append(after, &batch).unwrap();
        // In the end nothing but the mark claims the last batch.
        if after < Revision(95) || is_at_rest {
            journal.rest();
        }
        if after == Revision(50) {
            journal.save(&author.state).unwrap();
        }
    }
    disk.after_power_cut(Survivors::Everything)
}

fn hundred() -> OpenOptions {
    OpenOptions { keep: None, segment_bytes: u64::MAX, ..busy_options() }
}

/// All entries of the hundred that a start on that disk gives, or what it says.
fn entries_of_the_hundred(disk: &FaultyDisk) -> Result<Vec<Arc<Entry>>, String> {
    let opened = open_with(disk, hundred()).map_err(|error| error.to_string())?;
    let entries = opened.journal.read(Revision::ZERO, ALL).map_err(|error| error.to_string())?;
    let mut state = Catalogue::default();
    entries.iter().for_each(|entry| state.apply(entry));
    assert_eq!(opened.catalogue, state, "the state is not that of the entries");
    Ok(entries)
}

/// Some bits of a hundred entries; `BOOKSTORE_SEEDS=199 cargo test --release -p journal a_flipped_bit` flips each of them.
#[test]
fn a_flipped_bit_among_a_hundred_entries_leaves_all_of_them_or_stops_the_start() {
    let whole = hundred_entries(true);
    let expected = entries_of_the_hundred(&whole.after_kill()).unwrap();
    for (path, bit) in some_bits(&whole) {
        match entries_of_the_hundred(&flipped(&whole, &path, bit)) {
            Ok(entries) => assert!(entries == expected, "{}, bit {bit}: other entries", path.display()),
            Err(message) => assert!(message.contains(DATA), "{message}"),
        }
    }
}

/// Above the last witness a flip looks like a torn end: it costs no entry before it, and makes none.
#[test]
fn a_flipped_bit_above_the_last_witness_leaves_a_prefix_of_the_entries() {
    let whole = hundred_entries(false);
    let expected = entries_of_the_hundred(&whole.after_kill()).unwrap();
    let mut lengths = BTreeSet::new();
    for (path, bit) in some_bits(&whole) {
        if let Ok(entries) = entries_of_the_hundred(&flipped(&whole, &path, bit)) {
            assert!(expected.starts_with(&entries), "{}, bit {bit}: other entries", path.display());
            lengths.insert(entries.len());
        }
    }
    assert_eq!(lengths.first(), Some(&95), "the last witness claims the first ninety-five");
}

fn flipped(whole: &FaultyDisk, path: &Path, bit: usize) -> FaultyDisk {
    let disk = whole.after_kill();
    disk.tamper(path, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
    disk
}

/// Every 199th bit of each file, from as many places on as there are seeds.
fn some_bits(disk: &FaultyDisk) -> Vec<(PathBuf, usize)> {
    let bits = |path: &PathBuf| disk.contents(path).unwrap().len() * 8;
    let some = |path: PathBuf| {
        let all = 0..bits(&path);
        all.filter(|bit| ((*bit % 199) as u64) < seeds(1).end).map(move |bit| (path.clone(), bit))
    };
    disk.files().into_iter().flat_map(some).collect()
}

/// The last segment cut at every byte: the start says so exactly where a witness that is left claims more than is left.
#[test]
fn a_cut_segment_is_found_wherever_a_witness_is_left() {
    let saved_before = directory();
    let saved_after = saved_before.after_kill();
    let opened = open(&saved_after).unwrap();
    opened.journal.save(&opened.catalogue).unwrap();
    assert_eq!(cut_everywhere(&saved_before), (0, 2), "without a later witness what is left is believed");
    let (found, _) = cut_everywhere(&saved_after);
    assert!(found > 700, "the snapshot is a witness: {found}");
}

/// How many cuts of the last segment were found, and in how many ways entries were missing where none was.
fn cut_everywhere(whole: &FaultyDisk) -> (usize, usize) {
    let expected = look(&whole.after_kill()).unwrap();
    let last = segments(whole).pop().unwrap();
    let (mut found, mut ends) = (0, BTreeSet::new());
    for length in 0..whole.contents(&last).unwrap().len() {
        let disk = whole.after_kill();
        disk.tamper(&last, |bytes| bytes.truncate(length));
        let (end, witnessed) = witnesses(&disk);
        match look(&disk) {
            Ok(seen) => {
                assert!(end >= witnessed, "cut at {length}: {witnessed} was durable, and the start goes on at {end}");
                assert_eq!(seen.state.revision().0, end);
                assert!(expected.entries.starts_with(&seen.entries));
                ends.insert(end);
            }
            Err(message) => {
                assert!(end < witnessed, "cut at {length}: {message}");
                found += 1;
            }
        }
    }
    ends.remove(&expected.state.revision().0);
    (found, ends.len())
}

/// The last whole entry, and the largest revision that a whole line or the snapshot says was durable; read in another way
/// than the journal does.
fn witnesses(disk: &FaultyDisk) -> (u64, u64) {
    let snapshot: Value = serde_json::from_slice(&disk.contents(&data("books.json")).unwrap()).unwrap();
    let (mut end, mut witnessed) = (0, snapshot["revision"].as_u64().unwrap());
    for segment in segments(disk) {
        let bytes = disk.contents(&segment).unwrap();
        for line in bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")) {
            let line: Value = serde_json::from_slice(line).unwrap();
            end = line["revision"].as_u64().unwrap_or(end);
            witnessed = witnessed.max(line["durable"].as_u64().unwrap());
        }
    }
    (end, witnessed)
}

#[test]
fn every_other_file_cut_at_any_byte_is_found_unless_only_a_mark_is_gone() {
    let whole = directory();
    let expected = look(&whole).unwrap();
    let last = segments(&whole).pop();
    for path in whole.files().into_iter().filter(|path| Some(path) != last.as_ref()) {
        let length = whole.contents(&path).unwrap().len();
        for cut in 0..length {
            let disk = whole.after_kill();
            disk.tamper(&path, |bytes| bytes.truncate(cut));
            match look(&disk) {
                Ok(seen) => assert!(seen == expected && length - cut < 40, "{} cut at {cut}", path.display()),
                Err(message) => assert!(message.starts_with(DATA), "{message}"),
            }
        }
    }
}

/// The last segments gone: what no witness claims is missed by nobody, and nothing else appears.
#[test]
fn missing_last_segments_leave_a_prefix_or_stop_the_start() {
    let whole = directory();
    let expected = look(&whole).unwrap();
    for count in 1..=segments(&whole).len() {
        let disk = whole.after_kill();
        for segment in segments(&whole).iter().rev().take(count) {
            journal::Disk::remove(&disk, segment).unwrap();
        }
        match look(&disk.after_kill()) {
            Ok(seen) => assert!(count == 1 && seen.entries[..] == expected.entries[..4], "{count} missing"),
            Err(message) => assert!(message.starts_with(DATA), "{message}"),
        }
    }
}

#[test]
fn a_missing_file_is_found_or_made_again() {
    let whole = directory();
    let expected = look(&whole).unwrap();
    let without = |path: &Path| {
        let disk = whole.after_kill();
        journal::Disk::remove(&disk, path).unwrap();
        disk
    };
    let disk = without(&data("books.json"));
    let opened = open(&disk).unwrap();
    assert!(opened.notices[0].contains("books.json was missing"), "{:?}", opened.notices);
    assert_eq!(look(&disk).unwrap(), expected);
    assert_eq!(open(&disk).unwrap().notices, Vec::<String>::new());

    look(&without(&data("journal/base.json"))).unwrap_err();
    for segment in &segments(&whole)[..2] {
        let disk = without(segment);
        look(&disk).unwrap_err();
        assert_ne!(damage_found_by_verify(&disk), Vec::<String>::new());
    }
}

#[test]
fn lines_taken_out_doubled_or_exchanged_are_found() {
    let whole = directory();
    let change = |change: fn(&mut Vec<&[u8]>)| {
        let disk = whole.after_kill();
        disk.tamper(&segments(&whole)[2], |bytes| {
            let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
            change(&mut lines);
            *bytes = lines.concat();
        });
        look(&disk).unwrap_err()
    };
    for message in [
        change(|lines| *lines = lines.split_off(1)),
        change(|lines| lines.insert(0, lines[0])),
        change(|lines| lines.swap(0, 2)),
    ] {
        assert!(message.contains("00000000000000000009.jsonl"), "{message}");
    }
}

/// An object without its last brace, with the seal that makes a line or snapshot of it.
fn sealed(object: &str) -> Vec<u8> {
    format!("{object},\"crc\":\"{:08x}\"}}\n", crc32c::crc32c(object.as_bytes())).into_bytes()
}

/// An entry with that change, in which BOOK stands for book 11.
fn changing(entry: &str, change: &str) -> String {
    let book = r#"{"id":11,"title":"Saman","author":"","publisher":"","year":null,"pages":null,"edition":"","description":"","status":"Available","revision":11,"updated_at":"2026-11-23T05:00:00Z"}"#;
    entry.replace("[]", &format!("[{}]", change.replace("BOOK", book)))
}

/// A checksum that holds makes no sense of nonsense.
#[test]
fn sealed_nonsense_is_damage() {
    let entry = |revision: &str, members: &str| {
        format!(r#"{{"revision":{revision},"at":"2026-11-23T05:00:00Z","by":"x","durable":10,{members}"changes":[]"#)
    };
    let lines = [
        entry("12", ""),
        entry("10", ""),
        entry("18446744073709551615", ""),
        entry("-1", ""),
        entry("\"11\"", ""),
        entry("11", r#""at":"again","#),
        entry("11", r#""request":{"id":1},"#),
        entry("11", "").replace("2026-11-23T05:00:00Z", "yesterday"),
        entry("11", "").replace("changes", "charges"),
        changing(&entry("11", ""), r#"{"kind":"created","id":4,"book":BOOK}"#),
        changing(&entry("11", ""), r#"{"kind":"updated","id":0,"book":BOOK}"#),
        changing(&entry("11", ""), r#"{"kind":"created","id":11}"#),
        changing(&entry("11", ""), r#"{"kind":"deleted","id":0}"#),
        r#"{"durable":11"#.into(),
        r#"{"durable":18446744073709551615"#.into(),
        r#"{"durable":10,"next":10"#.into(),
        r#"{"durable":10,"next":0"#.into(),
        r#"{"mark":10"#.into(),
        "[10".into(),
        "".into(),
    ];
    for line in lines {
        let disk = directory();
        disk.tamper(&segments(&disk)[2], |bytes| bytes.extend(sealed(&line)));
        let message = look(&disk).expect_err(&line);
        assert!(message.starts_with("/shop/data/journal/00000000000000000009.jsonl"), "{line}: {message}");
        assert_ne!(damage_found_by_verify(&disk), Vec::<String>::new());
    }
    let snapshot = r#"{"store":"store","revision":8,"next_id":9,"books":[]"#;
    for text in ["", "[1", "{\"a\":1", &snapshot.replace('8', "18446744073709551615"), &snapshot.replace('8', "1e3")] {
        for name in ["books.json", "journal/base.json"] {
            let disk = directory();
            disk.tamper(&data(name), |bytes| *bytes = sealed(text));
            let message = look(&disk).expect_err(text);
            assert!(message.contains(name), "{text}: {message}");
        }
    }
}
