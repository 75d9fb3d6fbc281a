//! Durable order: a journal keeps entries by revision and gives them back; what it acknowledged is on the disk.
//!
//! Two implementations pass one contract suite: [`MemoryJournal`] for tests, [`FileJournal`] for one machine.

mod file;
mod journal;
mod memory;

pub use file::adopt::{AdoptError, adopt, adopt_on, discard, discard_on};
pub use file::backup::{Backup, BackupError, ClosingCheck, Contents};
pub use file::disk::{Access, Disk, DiskFile, SystemDisk};
pub use file::error::{Damage, Edited, OpenError};
pub use file::gap::RESTORE_GAP;
pub use file::lock::Lock;
pub use file::restore::{Occupied, Prepared, RestoreError, Restored, restore, restore_on};
pub use file::verify::{Report, is_backup, verify, verify_backup, verify_on};
pub use file::{FileJournal, OpenOptions};
pub use journal::{AppendError, Journal, Listener, Opened, ReadError, ReadLimit, Receipt, SnapshotError, StoreId};
pub use memory::MemoryJournal;

/// What tests need that is no part of a journal.
pub mod testing {
    pub use crate::file::faulty_disk::{Failure, FaultyDisk, Survivors};
}
