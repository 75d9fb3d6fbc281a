//! Random secrets, and what is kept of them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

/// 256 bits: nobody guesses them.
const BYTES: usize = 32;

/// A secret text: 256 random bits of the system behind a prefix that says what it is for, so that one that got into a
/// log or a repository is recognised. It shows itself only where it is asked to.
#[derive(Clone)]
pub struct Secret(Box<str>);

impl Secret {
    /// A new token.
    pub fn token() -> Self {
        Secret::random("bks_")
    }

    /// A new secret for who works through the data directory.
    pub fn operator() -> Self {
        Secret::random("bko_")
    }

    /// A new one-time ticket.
    pub(crate) fn ticket() -> Self {
        Secret::random("bkt_")
    }

    fn random(prefix: &str) -> Self {
        let mut bytes = [0; BYTES];
        SysRng.try_fill_bytes(&mut bytes).expect("the system has randomness from its start on");
        Secret(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)).into())
    }

    /// The secret itself, to be handed to who shall have it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What may be kept of it.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The SHA-256 of a secret. A secret of 256 random bits cannot be found from it, so that nothing slower is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Digest([u8; BYTES]);

impl Digest {
    /// The digest of a text as it came.
    pub(crate) fn of(text: &str) -> Self {
        Digest(Sha256::digest(text.as_bytes()).into())
    }

    /// Whether both are the same, in a time that does not tell how far they are.
    pub(crate) fn is(&self, other: &Digest) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// 64 hex digits.
    pub(crate) fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// From 64 hex digits in lower case.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let lower = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 2 * BYTES || !text.bytes().all(lower) {
            return None;
        }
        let mut bytes = [0; BYTES];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Digest(bytes))
    }
}
