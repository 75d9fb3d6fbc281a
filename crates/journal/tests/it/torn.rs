//! What a crash can leave at the end of a journal: it was never acknowledged, and is moved aside.

use std::path::{Path, PathBuf};

use catalogue::Revision;
use expect_test::expect;
use journal::testing::{FaultyDisk, Survivors};

use crate::fixture::{Author, read};
use crate::history::{DATA, open};

fn segment() -> PathBuf {
    Path::new(DATA).join("journal/00000000000000000001.jsonl")
}

/// A journal of three acknowledged entries and two that were not, each its own line and no mark anywhere.
fn five_books() -> FaultyDisk {
    let disk = FaultyDisk::new();
    let journal = open(&disk).unwrap().journal;
    let mut author = Author::default();
    journal.append(Revision(0), &author.books(3)).unwrap();
    journal.append(Revision(3), &author.books(2)).unwrap();
    disk.after_power_cut(Survivors::Everything)
}

/// What a start makes of the last segment after `change`: the revision it goes on from, and what it says.
fn start(change: impl FnOnce(&mut Vec<u8>)) -> (FaultyDisk, u64, Vec<String>) {
    let disk = five_books();
    disk.tamper(&segment(), change);
    let opened = open(&disk).unwrap();
    let revision = opened.catalogue.revision();
    assert_eq!(read(opened.journal.as_ref(), 0).len() as u64, revision.0);
    assert_eq!(disk.contents(&segment()).unwrap().iter().filter(|byte| **byte == b'\n').count() as u64, revision.0);
    (disk, revision.0, opened.notices)
}

/// Where the line of that number begins, from 0.
fn line(bytes: &[u8], number: usize) -> usize {
    bytes.split_inclusive(|byte| *byte == b'\n').take(number).map(<[u8]>::len).sum()
}

#[test]
fn whole_lines_that_were_not_acknowledged_may_stay() {
    assert_eq!(start(|_| {}).1, 5);
    assert_eq!(start(|bytes| bytes.truncate(line(bytes, 4))).1, 4);
}

/// What is moved aside bears witness no more; damage to what it spoke of would then pass for one more half-written end.
#[test]
fn a_witness_that_is_moved_aside_with_a_half_written_end_is_replaced() {
    let disk = five_books();
    disk.tamper(&segment(), |bytes| {
        let fourth = line(bytes, 3);
        bytes[fourth + 20] ^= 1;
    });
    let opened = open(&disk).unwrap();
    assert_eq!(opened.catalogue.revision(), Revision(3), "the fifth line alone says that the third was durable");
    opened.journal.rest();
    drop(opened);
    disk.tamper(&segment(), |bytes| {
        let third = line(bytes, 2);
        bytes[third + 20] ^= 1;
    });
    let error = open(&disk).err().expect("an acknowledged entry is damaged");
    assert!(error.to_string().contains("line 3"), "{error}");
}

#[test]
fn a_disk_too_full_to_keep_half_a_line_stops_the_start_and_says_what_to_do() {
    let disk = five_books();
    disk.tamper(&segment(), |bytes| bytes.truncate(line(bytes, 4) + 100));
    let files = disk.files();
    disk.set_room(Some(disk.bytes()));
    let told = open(&disk).err().expect("it has to be kept somewhere").to_string();
    assert!(told.contains("half-written") && told.contains("Free some space"), "{told}");
    assert_eq!(disk.files(), files, "an empty file would say that something is kept in it");
    disk.set_room(None);
    assert_eq!(open(&disk).unwrap().catalogue.revision(), Revision(4));
}

#[test]
fn half_a_line_is_moved_aside_and_reported() {
    let (disk, revision, notices) = start(|bytes| bytes.truncate(line(bytes, 4) + 100));
    assert_eq!(revision, 4);
    expect!["/shop/data/journal/00000000000000000001.jsonl ended in 100 bytes that were half-written when the program or the machine stopped, from line 5 on. They were never acknowledged, and are kept in /shop/data/journal/00000000000000000001.jsonl.torn-1232"]
    .assert_eq(&notices.join("\n"));
    let aside = segment().with_extension("jsonl.torn-1232");
    let later = disk.after_power_cut(Survivors::Nothing);
    assert!(later.contents(&aside).unwrap().starts_with(br#"{"revision":5,"#), "it outlasts a power cut");
    assert_eq!(open(&disk).unwrap().notices, Vec::<String>::new());
}

#[test]
fn zeros_at_the_end_are_moved_aside() {
    let (_, revision, notices) = start(|bytes| bytes.extend([0; 4096]));
    assert_eq!((revision, notices.len()), (5, 1));
}

/// Of a batch's pages any may reach the disk and any not: a later line does not make an earlier one whole.
#[test]
fn a_batch_that_lacks_its_beginning_is_moved_aside_as_a_whole() {
    let (disk, revision, notices) = start(|bytes| {
        let place = line(bytes, 3);
        bytes[place..place + 64].fill(0);
    });
    assert_eq!((revision, notices.len()), (3, 1));
    let aside = disk.files().into_iter().find(|path| path.to_str().unwrap().contains("torn")).unwrap();
    assert!(String::from_utf8_lossy(&disk.contents(&aside).unwrap()).contains(r#"{"revision":5,"#));
}

#[test]
fn torn_twice_at_one_place_keeps_both_pieces() {
    let (disk, ..) = start(|bytes| bytes.truncate(line(bytes, 4) + 10));
    disk.tamper(&segment(), |bytes| bytes.extend(b"{\"revision\":5,\"by"));
    assert_eq!(open(&disk).unwrap().notices.len(), 1);
    let aside = disk.files().into_iter().filter(|path| path.to_str().unwrap().contains("torn"));
    assert_eq!(aside.map(|path| disk.contents(&path).unwrap().len()).collect::<Vec<_>>(), [10, 17]);
}

#[test]
fn a_segment_that_was_just_begun_may_be_empty_or_torn() {
    for first_line in [&b""[..], b"{\"revis", &[0; 300]] {
        let disk = five_books();
        let next = Path::new(DATA).join("journal/00000000000000000006.jsonl");
        journal::Disk::open(&disk, &next, journal::Access::Create).unwrap();
        disk.tamper(&next, |bytes| bytes.extend(first_line));
        let opened = open(&disk).unwrap();
        assert_eq!(opened.notices.len(), usize::from(!first_line.is_empty()));
        let mut author = Author::on(&opened.catalogue);
        let batch = author.books(1);
        opened.journal.append(Revision(5), &batch).unwrap();
        assert_eq!(open(&disk.after_power_cut(Survivors::Nothing)).unwrap().catalogue, author.state);
        assert!(disk.contents(&next).unwrap().starts_with(br#"{"revision":6,"#));
    }
}

#[test]
fn a_bad_line_that_a_later_one_claims_is_damage_and_nothing_is_changed() {
    let disk = five_books();
    disk.tamper(&segment(), |bytes| {
        let place = line(bytes, 1) + 30;
        bytes[place] ^= 1;
    });
    let before = disk.contents(&segment());
    let Err(error) = open(&disk) else { panic!("it is damaged") };
    expect![[r#"
        /shop/data/journal/00000000000000000001.jsonl, line 2: the line cannot be read, and line 4 of 00000000000000000001.jsonl says that revision 3 was durable
        Nothing was changed. Bring /shop/data back from a backup; or begin a new store with the last snapshot: bookstore import /shop/data/books.json --data NEW-DIRECTORY"#]]
    .assert_eq(&error.to_string());
    assert_eq!(disk.contents(&segment()), before);
    assert!(!disk.files().iter().any(|path| path.to_str().unwrap().contains("torn")));
}
