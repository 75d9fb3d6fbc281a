//! What a token may be called.

use crate::principal::{ANYONE, LOCAL};

/// The longest name, in characters.
pub const NAME_CHARS_MAX: usize = 64;

/// Who changed `books.json` by hand stands under this name in the journal.
const BY_HAND: &str = "file";

/// Why a text cannot be a token's name; `None` where it can.
pub(crate) fn what_is_wrong_with(name: &str) -> Option<String> {
    let is_fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
    if [LOCAL, BY_HAND, ANYONE].iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
        return Some(format!("{name:?} is what the journal calls somebody without a token: choose another name"));
    }
    if name.is_empty() || name.len() > NAME_CHARS_MAX {
        return Some(format!("a name has 1 to {NAME_CHARS_MAX} characters, e.g. till-1"));
    }
    if !name.chars().all(is_fit) || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Some("a name is made of letters A to Z, digits and . _ - @, and begins with a letter or digit".into());
    }
    None
}
