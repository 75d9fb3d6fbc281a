//! How a file's letters are encoded.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::ImportError;
use super::decoded::{Decoded, Malformed};
use super::source::Source;

/// An encoding, and how it was found out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Charset {
    encoding: &'static Encoding,
    mark_bytes: usize,
    guessed: bool,
}

impl Charset {
    pub(super) const UTF_8: Charset = Charset { encoding: UTF_8, mark_bytes: 0, guessed: false };

    /// What the first bytes say beyond doubt: a byte order mark, or every other byte zero.
    pub(super) fn from_start(start: &[u8]) -> Option<Charset> {
        if let Some((encoding, mark_bytes)) = Encoding::for_bom(start) {
            return Some(Charset { encoding, mark_bytes, guessed: false });
        }
        utf16_without_mark(start).map(|encoding| Charset { encoding, mark_bytes: 0, guessed: true })
    }

    /// Reads a whole file to see whether it is UTF-8; if it is not, guesses.
    pub(super) fn of(source: &Source) -> Result<Charset, ImportError> {
        let mut text = Charset::UTF_8.read(source)?;
        loop {
            match text.fill_buf() {
                Ok([]) => return Ok(Charset::UTF_8),
                Ok(more) => {
                    let bytes = more.len();
                    text.consume(bytes);
                }
                Err(error) => match error.get_ref().and_then(|error| error.downcast_ref::<Malformed>()) {
                    Some(malformed) => return guess(source, *malformed),
                    None => return Err(error.into()),
                },
            }
        }
    }

    pub(super) fn read(&self, source: &Source) -> io::Result<Decoded> {
        Decoded::new(source.stream()?, self.encoding, self.mark_bytes)
    }

    /// The beginning of a file as text, for a look at it.
    pub(super) fn lossy<'a>(&self, start: &'a [u8]) -> Cow<'a, str> {
        self.encoding.decode_without_bom_handling(&start[self.mark_bytes..]).0
    }
}

impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.encoding == WINDOWS_1252 { "Windows-1252" } else { self.encoding.name() })?;
        if self.guessed { f.write_str(" (guessed)") } else { Ok(()) }
    }
}

/// Latin letters and signs in UTF-16 have a zero in every other byte; no other text has zeros.
fn utf16_without_mark(start: &[u8]) -> Option<&'static Encoding> {
    let pairs = || start.chunks_exact(2).take(512);
    let first = pairs().filter(|pair| pair[0] == 0).count();
    let second = pairs().filter(|pair| pair[1] == 0).count();
    let enough = pairs().count().max(4) / 2;
    match (first, second) {
        (0, second) if second > enough => Some(UTF_16LE),
        (first, 0) if first > enough => Some(UTF_16BE),
        _ => None,
    }
}

/// The encoding of a file that is not UTF-8 from `malformed` on.
fn guess(source: &Source, malformed: Malformed) -> Result<Charset, ImportError> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut census = Census::default();
    let mut stream = source.stream()?;
    let mut raw = vec![0; 64 * 1024];
    loop {
        let bytes = stream.read(&mut raw)?;
        detector.feed(&raw[..bytes], bytes == 0);
        census.feed(&raw[..bytes]);
        if bytes == 0 {
            break;
        }
    }
    // A few letters fit many encodings. The one that nearly every program in Latin letters saves is the likeliest.
    let few = census.unlike < LETTERS_TO_GUESS_MIN;
    let encoding = if few { WINDOWS_1252 } else { detector.guess(None, Utf8Detection::Deny) };
    let undefined = encoding == WINDOWS_1252 && census.has_undefined;
    if undefined || census.is_broken_utf8() || !encoding.is_single_byte() {
        return Err(ImportError(format!(
            "{malformed}, and no other encoding fits; save the file as UTF-8 and try again"
        )));
    }
    Ok(Charset { encoding, mark_bytes: 0, guessed: true })
}

/// Fewer letters beyond ASCII than this say too little about their encoding.
const LETTERS_TO_GUESS_MIN: u64 = 16;

/// What the bytes above ASCII look like: letters of one byte each, or UTF-8 that was damaged.
///
/// In a text of one byte a letter, accented letters stand alone or in twos, and hardly ever look like UTF-8. Text that
/// was UTF-8 once must not be read as such a text: every good letter of it would turn into two wrong ones.
#[derive(Default)]
struct Census {
    run: Vec<u8>,
    like_utf8: u64,
    unlike: u64,
    /// A byte that Windows-1252 has no letter for.
    has_undefined: bool,
}

impl Census {
    const RUN_BYTES_MAX: usize = 4096;

    /// Takes in more bytes; none at the end.
    fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if byte.is_ascii() || self.run.len() == Self::RUN_BYTES_MAX {
                self.close_run();
            }
            if !byte.is_ascii() {
                self.run.push(*byte);
            }
            self.has_undefined |= matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d);
        }
        if bytes.is_empty() {
            self.close_run();
        }
    }

    fn close_run(&mut self) {
        if is_shaped_like_utf8(&self.run) {
            self.like_utf8 += 1;
        } else {
            for chunk in self.run.utf8_chunks() {
                self.like_utf8 += chunk.valid().chars().count() as u64;
                self.unlike += chunk.invalid().len() as u64;
            }
        }
        self.run.clear();
    }

    fn is_broken_utf8(&self) -> bool {
        self.like_utf8 * 10 > self.unlike
    }
}

/// Leading bytes with as many bytes behind them as they announce, even if they spell what UTF-8 forbids.
fn is_shaped_like_utf8(run: &[u8]) -> bool {
    let mut rest = run;
    while let Some((lead, behind)) = rest.split_first() {
        let announced = match lead {
            0xc0..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf7 => 3,
            _ => return false,
        };
        let follows = behind.get(..announced).is_some_and(|bytes| bytes.iter().all(|byte| byte & 0xc0 == 0x80));
        if !follows {
            return false;
        }
        rest = &behind[announced..];
    }
    !run.is_empty()
}
