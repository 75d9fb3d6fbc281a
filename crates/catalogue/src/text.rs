//! The rules for any text: NFC, trimmed, line ends as \n, no other control characters but \t.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::Text;

/// `raw` as it is kept, at most `chars_max` code points long; else what is wrong with it.
pub(crate) fn clean(raw: &str, chars_max: usize) -> Result<Text, String> {
    // Most texts are so plain that nothing needs to be looked at letter by letter.
    if let Some(plain) = plain(raw) {
        return short_enough(plain, chars_max);
    }
    let unix =
        if raw.contains('\r') { Cow::from(raw.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::from(raw) };
    if let Some(control) = unix.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(format!("contains the control character U+{:04X}: remove it", u32::from(control)));
    }
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(&unix);
    short_enough(composed.trim(), chars_max)
}

/// A text as it is kept if it is ASCII with no control characters but \n and \t: then it is NFC as well.
fn plain(text: &str) -> Option<&str> {
    // Without a way out in the middle, this is done for many bytes at once.
    let is_plain = text.bytes().fold(true, |plain, byte| plain & (matches!(byte, b' '..=b'~' | b'\n' | b'\t')));
    is_plain.then(|| text.trim())
}

fn short_enough(trimmed: &str, chars_max: usize) -> Result<Text, String> {
    // Bytes are counted first: no text has more characters than bytes.
    if trimmed.len() > chars_max {
        let chars = trimmed.chars().count();
        if chars > chars_max {
            return Err(format!("has {chars} characters, at most {chars_max} are allowed"));
        }
    }
    Ok(trimmed.into())
}
