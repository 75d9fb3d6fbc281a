//! Snapshots that are larger than what is read at once.

use std::path::Path;

use catalogue::{Book, BookId, Catalogue, Details, Revision, Timestamp};

use super::{Found, Snapshot, read, write};
use crate::StoreId;
use crate::file::disk::{Access, Disk, write_all_at};
use crate::file::faulty_disk::FaultyDisk;
use crate::file::seal::seal_object;

const FOLDER: &str = "/shop";
const PATH: &str = "/shop/books.json";

fn disk() -> FaultyDisk {
    let disk = FaultyDisk::new();
    disk.create_dir(Path::new(FOLDER)).unwrap();
    disk
}

/// So many books with a title of that length, and a deleted one.
fn state(books: u64, title_chars: usize) -> Catalogue {
    let book = |id| {
        let details = Details { title: format!("{id} {}", "ü".repeat(title_chars)).into(), ..Details::default() };
        Book::new(BookId(id), &details, Revision(id), Timestamp(id as i64))
    };
    Catalogue::restore(Revision(books), BookId(books + 9), (1..=books).map(book), [BookId(books + 5)])
}

fn written(state: &Catalogue) -> Vec<u8> {
    let disk = disk();
    write(&disk, Path::new(PATH), &StoreId("shop".into()), state).unwrap();
    disk.contents(Path::new(PATH)).unwrap()
}

fn read_back(bytes: &[u8]) -> Found<Snapshot> {
    let disk = disk();
    let file = disk.open(Path::new(PATH), Access::Create).unwrap();
    write_all_at(file.as_ref(), bytes, 0).unwrap();
    read(&disk, Path::new(PATH)).unwrap()
}

#[test]
fn a_snapshot_of_any_size_is_read_as_it_was_written() {
    // None, one, as many as fill some blocks, and such that fill some blocks each.
    for (books, title_chars) in [(0, 0), (1, 1), (8_000, 50), (3, 1_500_000)] {
        let state = state(books, title_chars);
        let Found::Sound(snapshot) = read_back(&written(&state)) else { panic!("{books} books are not read") };
        assert!(snapshot.state == state, "{books} books are others");
    }
}

#[test]
fn a_flipped_bit_anywhere_in_a_large_snapshot_is_found() {
    let sound = written(&state(8_000, 50));
    for place in (0..sound.len() - 1).step_by(sound.len() / 31).chain([sound.len() - 2, sound.len() - 30]) {
        let mut damaged = sound.clone();
        damaged[place] ^= 4;
        assert!(matches!(read_back(&damaged), Found::Unsealed), "byte {place} of {}", sound.len());
    }
    for length in [sound.len() / 3, sound.len() - 5] {
        assert!(matches!(read_back(&sound[..length]), Found::Unsealed), "cut to {length} bytes");
    }
}

/// A checksum says only that the file is as its writer left it.
#[test]
fn a_large_snapshot_that_is_laid_out_otherwise_is_read_all_the_same() {
    let state = state(8_000, 50);
    let text = String::from_utf8(written(&state)).unwrap();
    let (content, _) = text.rsplit_once(",\"crc\"").unwrap();
    let swapped = content.replacen("{\"id\":2,", "{ \"id\" : 2,", 1).replacen("],\n\"deleted\"", "]\n,\"deleted\"", 1);
    let one_line = content.replace('\n', " ");
    let twice = content.replacen("\"deleted\":[", "\"deleted\":[],\n\"other\":[", 1);
    for (other, is_same) in [(swapped, true), (one_line, true), (twice, false)] {
        let mut object = format!("{other}}}").into_bytes();
        seal_object(&mut object, 0);
        let Found::Sound(snapshot) = read_back(&object) else { panic!("it is not read") };
        assert_eq!(snapshot.state == state, is_same);
        assert_eq!(snapshot.state.len(), 8_000);
    }
}
