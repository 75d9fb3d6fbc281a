//! Letting go of a file that has lost its name.

#[cfg(test)]
mod tests;

use std::io;
use std::time::Instant;

use super::disk::DiskFile;
use super::snapshot::{Pace, Rest};

/// So much is given back to the file system at once.
const PIECE_BYTES: u64 = 1024 * 1024;

/// Gives back a file piece by piece, in between which `rest` is called, where nobody can notice: a file system that tells its
/// disk of all that is free has every sync wait until that is done. What is left is given back when the file is closed.
pub(crate) fn give_back(file: &dyn DiskFile, rest: Rest<'_>) -> io::Result<()> {
    let mut length = file.length()?;
    while length > PIECE_BYTES && file.is_forgotten()? {
        let begun = Instant::now();
        length -= PIECE_BYTES;
        file.set_length(length)?;
        file.sync()?;
        if rest(begun.elapsed()) == Pace::Hurried {
            break;
        }
    }
    Ok(())
}
