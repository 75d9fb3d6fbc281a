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
}

impl FromStr for Isbn {
    type Err = IsbnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let _ = text;
        todo!()
    }
}

impl fmt::Display for Isbn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
