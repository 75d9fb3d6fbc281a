//! A packed file: whole, or with one byte changed, or whatever the bytes are.
#![no_main]

use std::io::Write;

use bookstore_fuzz::files::{check, read};
use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(([first, place], rest)) = bytes.split_first_chunk::<2>() else { return };
    match first % 3 {
        0 => check("a.csv.gz", &[&[0x1f, 0x8b], rest].concat(), None, first / 3),
        1 => check_same_as_unpacked(rest),
        _ => {
            let mut packed = packed(rest);
            let place = *place as usize % packed.len();
            packed[place] ^= first | 1;
            check("a.csv.gz", &packed, None, first / 3);
        }
    }
});

/// A packed file says what it says unpacked.
fn check_same_as_unpacked(content: &[u8]) {
    // Not what is packed twice: that is no table.
    if content.starts_with(&[0x1f, 0x8b]) {
        return;
    }
    let (packed, plain) = (read("a.csv.gz", &packed(content), None), read("a.csv", content, None));
    assert_eq!(format!("{packed:?}"), format!("{plain:?}"));
}

fn packed(content: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(content).expect("memory does not fail");
    packed.finish().expect("memory does not fail")
}
