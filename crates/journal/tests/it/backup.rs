//! Backups: what is in one, that it is of one moment, and that nothing in it can change unnoticed.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use catalogue::{Catalogue, Revision, Timestamp};
use expect_test::{expect, expect_file};
use flate2::Compression;
use flate2::write::GzEncoder;
use journal::testing::FaultyDisk;
use journal::{FileJournal, Journal, Occupied, OpenOptions, RestoreError, restore_on, verify};
use tempfile::NamedTempFile;

use crate::fixture::{Author, create, delete, options};
use crate::golden;
use crate::history::{DATA, open_whole};

/// The bytes of a backup made now.
pub(crate) fn backup(journal: &FileJournal, state: &Catalogue) -> Vec<u8> {
    let pieces = journal.backup(state.clone(), Timestamp(1_000)).unwrap();
    pieces.collect::<Result<Vec<_>, _>>().unwrap().concat()
}

/// A store of three entries, and its backup.
fn small() -> Vec<u8> {
    let (opened, journal) = open_whole(&FaultyDisk::new()).unwrap();
    let mut author = Author::default();
    let entries = [author.entry(vec![create("Saman")]), author.request("till-1/1", vec![create("Larung"), delete(1)])];
    opened.journal.append(Revision(0), &entries).unwrap();
    backup(&journal, &author.state)
}

fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn restore(bytes: Vec<u8>) -> Result<FaultyDisk, RestoreError> {
    let disk = FaultyDisk::new();
    let source = std::io::Cursor::new(bytes);
    restore_on(Arc::new(disk.clone()), Path::new(DATA), source, Occupied::Refuse, &options()).map(|_| disk)
}

fn damage(bytes: &[u8]) -> String {
    verify(file(bytes).path()).unwrap().damage.join("\n")
}

#[test]
fn a_backup_of_the_first_versions_directory_stays_as_it_is() {
    let folder = golden::copy_of("first");
    let (opened, journal) = FileJournal::open_whole(folder.path(), OpenOptions::default()).unwrap();
    let bytes = backup(&journal, &opened.catalogue);
    expect_file!["../golden/first.backup.jsonl"].assert_eq(std::str::from_utf8(&bytes).unwrap());
    expect![[r#"
        a backup of the store 0123456789abcdef0123456789abcdef, made at 1970-01-01T00:16:40Z
        revision 11; books: 3
        history: 7 entries behind revision 4"#]]
    .assert_eq(&verify(file(&bytes).path()).unwrap().lines.join("\n"));
}

#[test]
fn each_line_of_it_is_a_json_object_of_its_own() {
    for line in std::str::from_utf8(&small()).unwrap().lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).unwrap().is_object(), "{line}");
    }
}

#[test]
fn it_is_of_the_moment_at_which_it_was_begun_whatever_is_written_and_dropped_meanwhile() {
    let disk = FaultyDisk::new();
    let (opened, journal) = open_whole(&disk).unwrap();
    let mut author = Author::default();
    for after in (0..100).step_by(10) {
        opened.journal.append(Revision(after), &author.books(10)).unwrap();
    }
    let then = author.state.clone();
    let segments_then = disk.files().len();
    let mut pieces = journal.backup(then.clone(), Timestamp(0)).unwrap();
    let mut bytes = pieces.next().unwrap().unwrap();
    for after in (100..300).step_by(10) {
        opened.journal.append(Revision(after), &author.books(10)).unwrap();
        opened.journal.rest();
        journal.save(&author.state).unwrap();
    }
    assert!(journal.oldest() > Revision(100), "everything of it was dropped: {segments_then} files");
    pieces.for_each(|piece| bytes.extend(piece.unwrap()));
    assert_eq!(damage(&bytes), "");
    let restored = restore(bytes).unwrap();
    let (opened, _) = open_whole(&restored).unwrap();
    assert!(then.books().eq(opened.catalogue.books()));
}

#[test]
fn it_is_read_packed_as_well() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&small()).unwrap();
    let packed = packed.finish().unwrap();
    assert_eq!(damage(&packed), "");
    assert!(restore(packed.clone()).is_ok());
    for length in 0..packed.len() {
        assert_ne!(damage(&packed[..length]), "", "cut to {length} bytes");
    }
}

#[test]
fn every_flipped_bit_is_found_by_verify_and_by_restore() {
    let sound = small();
    assert_eq!(damage(&sound), "");
    for bit in 0..sound.len() * 8 {
        let mut bytes = sound.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(damage(&bytes), "", "bit {bit}");
        assert!(matches!(restore(bytes), Err(RestoreError::Backup(_))), "bit {bit}");
    }
}

#[test]
fn every_truncation_and_whatever_is_put_behind_is_found_by_verify_and_by_restore() {
    let sound = small();
    for length in 0..sound.len() {
        assert_ne!(damage(&sound[..length]), "", "cut to {length} bytes");
        assert!(matches!(restore(sound[..length].to_vec()), Err(RestoreError::Backup(_))), "cut to {length} bytes");
    }
    for more in ["\n", "{}", "\0"] {
        assert_ne!(damage(&[&sound, more.as_bytes()].concat()), "", "{more:?}");
    }
}

#[test]
fn a_line_that_is_missing_or_stands_elsewhere_is_found_though_each_by_itself_is_sound() {
    let text = String::from_utf8(small()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for missing in 0..lines.len() {
        let rest: Vec<_> =
            lines.iter().enumerate().filter(|(number, _)| *number != missing).map(|(_, line)| *line).collect();
        assert_ne!(damage((rest.join("\n") + "\n").as_bytes()), "", "without line {missing}");
    }
    for first in 1..lines.len() {
        let mut swapped = lines.clone();
        swapped.swap(first - 1, first);
        assert_ne!(damage((swapped.join("\n") + "\n").as_bytes()), "", "line {first} before the one before it");
    }
}

#[test]
fn damage_is_told_with_its_line_and_what_to_do() {
    let text = String::from_utf8(small()).unwrap().replacen("Larung", "Larong", 1);
    let file = file(text.as_bytes());
    let told = verify(file.path()).unwrap().damage.join("\n");
    expect![[r#"
        FILE, line 3: its checksum does not hold
        Nothing of it can be restored. Take another backup, and make a new one where the store still is"#]]
    .assert_eq(&told.replace(&file.path().display().to_string(), "FILE"));
}
