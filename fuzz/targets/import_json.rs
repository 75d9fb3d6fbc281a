//! A JSON document, or JSON by lines.
#![no_main]

use bookstore_fuzz::files::check;
use formats::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    match first % 3 {
        0 => check("a.json", rest, Some(Format::Json), first / 3),
        1 => check("a.jsonl", rest, Some(Format::JsonLines), first / 3),
        _ => check("a.json", rest, None, first / 3),
    }
});
