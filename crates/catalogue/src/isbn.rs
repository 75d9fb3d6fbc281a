//! ISBN, ISO 2108: ten or thirteen digits in any usual spelling, kept as thirteen.

use std::fmt;
use std::str::FromStr;

/// A right ISBN-13: thirteen digits, prefix 978 or 979, check digit proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Isbn([u8; 13]);

/// Why a text is no ISBN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IsbnError {
    /// Neither ten nor thirteen digits.
    #[error("an ISBN has 10 or 13 digits, this has {0}")]
    Length(usize),
    /// Something that is no digit, no hyphen and no known prefix.
    #[error("{0:?} does not belong into an ISBN")]
    Character(char),
    /// Thirteen digits of another trade.
    #[error("an ISBN of 13 digits begins with 978 or 979")]
    Prefix,
    /// The digits do not prove each other.
    #[error("the check digit is wrong: {0} would be right; compare with the book")]
    CheckDigit(char),
}

impl Isbn {
    /// The thirteen digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("an ISBN holds only ASCII digits")
    }

    /// Whether a text is one as it is kept: its thirteen digits.
    pub(crate) fn is_kept(text: &str) -> bool {
        text.bytes().all(|byte| byte.is_ascii_digit()) && Isbn::from_thirteen(text.as_bytes()).is_ok()
    }
}

impl FromStr for Isbn {
    type Err = IsbnError;

    /// Reads any usual spelling: hyphens, spaces and Unicode dashes anywhere, "ISBN", "ISBN-13:" or "urn:isbn:" before
    /// it, a remark in brackets or a colon behind it, full-width digits, ten digits with a check digit `x`. The numbers of
    /// printed music (ISMN, 979-0) are let in: shops sell both, and both prove themselves the same way.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = digits(text)?;
        match digits.len() {
            10 => Isbn::from_ten(&digits),
            13 => Isbn::from_thirteen(&digits),
            other => Err(IsbnError::Length(other)),
        }
    }
}

impl Isbn {
    fn from_ten(digits: &[u8]) -> Result<Self, IsbnError> {
        let weighted: u32 = (2..=10).rev().zip(digits).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
        let right = match (11 - weighted % 11) % 11 {
            10 => b'X',
            digit => b'0' + digit as u8,
        };
        if digits[9] != right {
            return Err(IsbnError::CheckDigit(char::from(right)));
        }
        let mut thirteen = *b"9780000000000";
        thirteen[3..12].copy_from_slice(&digits[..9]);
        thirteen[12] = check_digit(&thirteen);
        Ok(Isbn(thirteen))
    }

    fn from_thirteen(digits: &[u8]) -> Result<Self, IsbnError> {
        let thirteen: [u8; 13] = digits.try_into().map_err(|_| IsbnError::Length(digits.len()))?;
        if !thirteen.starts_with(b"978") && !thirteen.starts_with(b"979") {
            return Err(IsbnError::Prefix);
        }
        match check_digit(&thirteen) {
            right if right == thirteen[12] => Ok(Isbn(thirteen)),
            right => Err(IsbnError::CheckDigit(char::from(right))),
        }
    }
}

impl fmt::Display for Isbn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The digit that proves the first twelve: weights 1, 3, 1, 3, …, sum divisible by 10.
fn check_digit(thirteen: &[u8; 13]) -> u8 {
    let every_second = |from: usize| thirteen[from..12].iter().step_by(2).map(|d| u32::from(d - b'0')).sum::<u32>();
    let sum = every_second(0) + 3 * every_second(1);
    b'0' + ((10 - sum % 10) % 10) as u8
}

/// The digits of a text in ASCII, the last of ten possibly `X`; whatever else belongs to no ISBN is an error.
fn digits(text: &str) -> Result<Vec<u8>, IsbnError> {
    let mut digits = Vec::with_capacity(13);
    for c in without_surroundings(text).chars() {
        match c {
            '0'..='9' => digits.push(c as u8),
            '\u{ff10}'..='\u{ff19}' => digits.push(b'0' + (u32::from(c) - 0xff10) as u8),
            'x' | 'X' | '\u{ff38}' | '\u{ff58}' if digits.len() == 9 => digits.push(b'X'),
            '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' => {}
            c if c.is_whitespace() => {}
            other => return Err(IsbnError::Character(other)),
        }
    }
    // An X that was not the last of ten stands for no digit.
    let misplaced = digits.len() != 10 && digits.contains(&b'X');
    if misplaced { Err(IsbnError::Character('X')) } else { Ok(digits) }
}

/// A text without "ISBN-13:" before it and a remark such as "(pbk.)" behind it.
fn without_surroundings(text: &str) -> &str {
    let text = text.split(['(', '[']).next().unwrap_or(text);
    let text = text.trim().trim_end_matches([':', ';', ',', '.']);
    let named = strip(strip(text, "urn:"), "isbn").trim_start();
    if named.len() == text.len() {
        return text;
    }
    let kind = ["-13", "-10", "13", "10"].into_iter().find_map(|kind| named.strip_prefix(kind));
    let labelled = kind.filter(|behind| behind.starts_with([':', ' '])).unwrap_or(named);
    labelled.trim_start_matches([':', ' '])
}

fn strip<'a>(text: &'a str, prefix: &str) -> &'a str {
    match text.get(..prefix.len()) {
        Some(start) if start.eq_ignore_ascii_case(prefix) => &text[prefix.len()..],
        _ => text,
    }
}
