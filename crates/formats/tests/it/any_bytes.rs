//! Whatever a file holds: no panic, and an end.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use formats::Format;
use proptest::prelude::*;

use crate::fixture::file;

/// Pieces of what files are made of, right and wrong.
const PIECES: [&[u8]; 40] = [
    b"title",
    b"judul",
    b"id",
    b"author",
    b"isbn",
    b"price",
    b"tahun",
    b"extra.a",
    b",",
    b";",
    b"\t",
    b"|",
    b"\"",
    b"\n",
    b"\r",
    b"\r\n",
    b"'",
    b"=",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"\"books\"",
    b"\"title\"",
    b"\\u",
    b"\\",
    b"null",
    b"1e9",
    b"9789793062792",
    b"Rp 79.000",
    b"[1850?]",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xc3",
    b"\xe9",
    b"\0",
    b"\x1f\x8b",
    b"<",
    b"@a{",
];

fn content() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec(prop::sample::select(&PIECES[..]), 0..80).prop_map(|pieces| pieces.concat());
    let table = pieces.clone().prop_map(|rest| [b"id,title,author,isbn,price,tahun\n", &rest[..]].concat());
    let document = pieces.clone().prop_map(|rest| [b"{\"books\":[{\"title\":\"a\"", &rest[..]].concat());
    prop_oneof![pieces, table, document, prop::collection::vec(any::<u8>(), 0..300)]
}

fn packed(content: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(content).unwrap();
    packed.finish().unwrap()
}

/// Reads all there is; how many turns that took.
fn turns(content: &[u8], name: &str, format: Option<Format>) -> usize {
    let file = file(name, content);
    match formats::open(&file.path, format) {
        Err(error) => {
            assert!(!error.0.is_empty());
            0
        }
        Ok(import) => import.map(|turn| drop(turn.map(|row| row.map(|row| row.draft.check())))).count(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_bytes_come_to_an_end(content in content(), cut in any::<prop::sample::Index>(), flip in any::<prop::sample::Index>()) {
        for format in [None, Some(Format::Json), Some(Format::JsonLines), Some(Format::Csv), Some(Format::Tsv)] {
            prop_assert!(turns(&content, "a.csv", format) <= content.len() + 1);
        }
        let mut packed = packed(&content);
        prop_assert!(turns(&packed[..cut.index(packed.len())], "a.json.gz", None) <= content.len() + 1);
        let flipped = flip.index(packed.len());
        packed[flipped] ^= 0x10;
        turns(&packed, "a.csv.gz", None);
    }
}
