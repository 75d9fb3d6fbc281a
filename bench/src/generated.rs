//! Books made up of words: the same number is always the same book.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};

const WORDS: [&str; 32] = [
    "island",
    "teacher",
    "school",
    "river",
    "journey",
    "garden",
    "history",
    "silent",
    "winter",
    "mountain",
    "letters",
    "daughter",
    "night",
    "market",
    "ocean",
    "dream",
    "kitchen",
    "revolution",
    "forest",
    "railway",
    "stars",
    "harbour",
    "painter",
    "orchard",
    "village",
    "lamp",
    "monsoon",
    "bridge",
    "café",
    "shadow",
    "tide",
    "bread",
];
const NAMES: [&str; 16] = [
    "Andrea",
    "Hirata",
    "Ayu",
    "Utami",
    "Pramoedya",
    "Toer",
    "Hervé",
    "Simmons",
    "Lauren",
    "Horn",
    "Olive",
    "Friedman",
    "Dee",
    "Lestari",
    "Eka",
    "Kurniawan",
];
const LANGUAGES: [&str; 10] = ["id", "en", "de", "fr", "es", "it", "nl", "pt", "ja", "zh"];
const STATUSES: [&str; 4] = ["Available", "Checked Out", "Reserved", "Lost"];

/// Book `number`, from 1: some 400 bytes of JSON.
pub(crate) fn book(number: u64) -> Value {
    let mut chance = Chance(number);
    let title = capital(&words(&mut chance, 4));
    let author = format!("{} {}", chance.one(&NAMES), chance.one(&NAMES));
    let description = capital(&words(&mut chance, 14));
    json!({
        "id": number,
        "title": title,
        "author": author,
        "publisher": format!("{} Press", capital(chance.one(&WORDS))),
        "year": 1950 + chance.below(75),
        "pages": 60 + chance.below(700),
        "edition": format!("{}th", 4 + chance.below(5)),
        "description": format!("{description}."),
        "status": chance.one(&STATUSES),
        "isbn": isbn(number),
        "language": chance.one(&LANGUAGES),
        "subjects": [capital(chance.one(&WORDS)), capital(chance.one(&WORDS))],
        "stock": chance.below(9),
        "price": {"amount": format!("{}.00", 1_000 * (20 + chance.below(200))), "currency": "IDR"},
    })
}

/// Books as JSON Lines.
pub(crate) fn write_lines(path: &Path, numbers: impl IntoIterator<Item = u64>) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for number in numbers {
        writeln!(out, "{}", book(number))?;
    }
    out.flush()
}

/// Chance that comes out the same each time (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one(&mut self, of: &[&'static str]) -> &'static str {
        of[self.below(of.len() as u64) as usize]
    }
}

fn words(chance: &mut Chance, many: usize) -> String {
    (0..many).map(|_| chance.one(&WORDS)).collect::<Vec<_>>().join(" ")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// A valid ISBN-13 of that number.
fn isbn(number: u64) -> String {
    let twelve = format!("978{:09}", number % 1_000_000_000);
    let weighed =
        twelve.bytes().zip([1, 3].into_iter().cycle()).map(|(digit, weight)| u64::from(digit - b'0') * weight);
    let check = (10 - weighed.sum::<u64>() % 10) % 10;
    format!("{twelve}{check}")
}
