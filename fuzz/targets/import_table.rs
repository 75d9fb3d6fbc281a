//! A table, of commas, of tabs, or of what its reader finds out.
#![no_main]

use bookstore_fuzz::files::check;
use formats::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    match first % 3 {
        0 => check("a.csv", rest, Some(Format::Csv), first / 3),
        1 => check("a.tsv", rest, Some(Format::Tsv), first / 3),
        _ => check("a.csv", rest, None, first / 3),
    }
});
