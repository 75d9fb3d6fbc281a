//! A snapshot whose place another one took, and who may still read it.

use std::path::Path;
use std::time::Duration;

use catalogue::{Book, BookId, Catalogue, Details, Revision, Timestamp};

use super::{PIECE_BYTES, give_back};
use crate::StoreId;
use crate::file::disk::{Access, Disk, DiskFile, SystemDisk, read_full_at};
use crate::file::faulty_disk::{FaultyDisk, Survivors};
use crate::file::snapshot::{Found, Pace, read, write_between};

const FOLDER: &str = "/shop";
const PATH: &str = "/shop/books.json";

fn polite(_: Duration) -> Pace {
    Pace::Polite
}

/// Some pieces large.
fn state(revision: u64) -> Catalogue {
    let book = |id| {
        let details = Details { title: "ü".repeat(PIECE_BYTES as usize / 3).into(), ..Details::default() };
        Book::new(BookId(id), &details, Revision(revision), Timestamp(0))
    };
    Catalogue::restore(Revision(revision), BookId(9), (1..=4).map(book), [])
}

fn write(disk: &dyn Disk, path: &Path, revision: u64) -> std::io::Result<Box<dyn DiskFile>> {
    write_between(disk, path, (&StoreId("shop".into()), &state(revision)), &polite, || ())
}

fn faulty() -> FaultyDisk {
    let disk = FaultyDisk::new();
    disk.set_page_bytes(4_096);
    disk.create_dir(Path::new(FOLDER)).unwrap();
    disk.sync_dir(Path::new("/")).unwrap();
    disk
}

fn bytes(file: &dyn DiskFile) -> Vec<u8> {
    let mut bytes = vec![0; file.length().unwrap() as usize];
    read_full_at(file, &mut bytes, 0).unwrap();
    bytes
}

#[test]
fn what_nobody_can_read_any_more_is_given_back_in_pieces() {
    let disk = faulty();
    let last = write(&disk, Path::new(PATH), 1).unwrap();
    give_back(last.as_ref(), &polite).unwrap();
    let whole = last.length().unwrap();
    assert!(whole > 2 * PIECE_BYTES, "what has a name is left alone");
    write(&disk, Path::new(PATH), 2).unwrap();
    give_back(last.as_ref(), &|_| Pace::Hurried).unwrap();
    assert_eq!(last.length().unwrap(), whole - PIECE_BYTES, "when hurried it is done after one piece");
    give_back(last.as_ref(), &polite).unwrap();
    assert!(last.length().unwrap() <= PIECE_BYTES);
}

#[test]
fn who_opened_the_last_snapshot_reads_it_to_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let disks: [(&dyn Disk, &Path); 2] = [(&faulty(), Path::new(FOLDER)), (&SystemDisk, directory.path())];
    for (disk, folder) in disks {
        let path = folder.join("books.json");
        let last = write(disk, &path, 1).unwrap();
        let expected = bytes(last.as_ref());
        let reader = disk.open(&path, Access::Read).unwrap();
        write(disk, &path, 2).unwrap();
        give_back(last.as_ref(), &polite).unwrap();
        drop(last);
        assert!(bytes(reader.as_ref()) == expected);
    }
}

#[test]
fn a_power_cut_while_a_snapshot_is_given_back_leaves_one_that_is_whole() {
    let until = {
        let disk = faulty();
        change(&disk);
        disk.operations()
    };
    // Before that, nothing is done that was not done when files were only closed.
    for operation in until - 12..until {
        let disk = faulty();
        disk.power_off_at(operation);
        change(&disk);
        for survivors in [Survivors::Nothing, Survivors::Everything] {
            let found = read(&disk.after_power_cut(survivors), Path::new(PATH)).unwrap();
            let Found::Sound(snapshot) = found else { panic!("at operation {operation}: {found:?}") };
            assert!([1, 2].contains(&snapshot.state.revision().0), "at operation {operation}");
        }
    }
}

/// Writes one snapshot over another and gives that back.
fn change(disk: &FaultyDisk) {
    let last = write(disk, Path::new(PATH), 1).unwrap();
    if write(disk, Path::new(PATH), 2).is_ok() {
        // Where the power is off nothing more is done.
        let _ = give_back(last.as_ref(), &polite);
    }
}
