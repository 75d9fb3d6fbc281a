//! Whether a backup that goes by came to its end.

use crate::file::seal::{SEAL_BYTES, crc_named_by};

/// Looks at a backup's bytes as they pass, keeps none but the last, and tells whether its closing line holds. What the
/// lines say is not looked at.
#[derive(Debug, Default)]
pub struct ClosingCheck {
    /// The checksum of everything before `end`.
    crc: u32,
    /// The last bytes: as many as a seal and a line's end have, once there were so many.
    end: Vec<u8>,
}

impl ClosingCheck {
    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        self.end.extend_from_slice(bytes);
        let before = self.end.len().saturating_sub(SEAL_BYTES + 1);
        self.crc = crc32c::crc32c_append(self.crc, &self.end[..before]);
        self.end.drain(..before);
    }

    /// Whether what passed was a whole backup.
    pub fn is_whole(&self) -> bool {
        self.end.strip_suffix(b"\n").and_then(crc_named_by) == Some(self.crc)
    }
}
