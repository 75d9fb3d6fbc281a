//! The checksum that ends every line and every snapshot.

use std::ops::Range;

/// `,"crc":"xxxxxxxx"}`
pub(crate) const SEAL_BYTES: usize = 18;
const HEAD: &[u8] = br#","crc":""#;
const TAIL: &[u8] = br#""}"#;
const DIGITS: Range<usize> = HEAD.len()..HEAD.len() + 8;

/// The end of a JSON object whose bytes before it have that CRC-32C: put in the place of its last brace.
pub(crate) fn seal(crc: u32) -> [u8; SEAL_BYTES] {
    let mut text = *b",\"crc\":\"00000000\"}";
    for (place, digit) in DIGITS.zip((0..8).rev()) {
        text[place] = b"0123456789abcdef"[(crc >> (4 * digit)) as usize & 0xf];
    }
    text
}

/// The CRC-32C that a seal names; `None` where the bytes are no seal, to the letter.
pub(crate) fn crc_named_by(seal: &[u8]) -> Option<u32> {
    let digits = seal.strip_prefix(HEAD)?.strip_suffix(TAIL)?;
    let lower_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() != DIGITS.len() || !digits.iter().all(lower_hex) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Turns the JSON object that `out` holds from `start` on into a sealed one.
pub(crate) fn seal_object(out: &mut Vec<u8>, start: usize) {
    let brace = out.pop();
    debug_assert_eq!(brace, Some(b'}'), "only an object can be sealed");
    let crc = crc32c::crc32c(&out[start..]);
    out.extend_from_slice(&seal(crc));
}

/// Whether an object is exactly what was sealed.
pub(crate) fn is_sealed(object: &[u8]) -> bool {
    let Some((content, seal)) = object.split_last_chunk::<SEAL_BYTES>() else { return false };
    crc_named_by(seal) == Some(crc32c::crc32c(content))
}
