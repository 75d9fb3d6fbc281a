//! Making a journal where there is none.

use std::io;
use std::path::Path;

use catalogue::Catalogue;

use super::OpenOptions;
use super::directory::Directory;
use super::disk::Disk;
use super::error::OpenError;
use super::snapshot;
use crate::StoreId;

/// Begins a journal in a directory that has none, and no `books.json`: only its base, with the name of the store. The
/// rest is what every start makes where it is missing: see [`crate::FileJournal::open`].
pub(crate) fn begin(directory: &Directory, options: &OpenOptions) -> Result<(), OpenError> {
    make_directory(directory.disk.as_ref(), &directory.journal())?;
    let store = options.store.clone().unwrap_or_else(random_store);
    write_base(directory, &store, &Catalogue::default())
}

/// Makes a directory, with those above it where they are missing, and its name durable.
pub(crate) fn make_directory(disk: &dyn Disk, path: &Path) -> Result<(), OpenError> {
    let parent = path.parent().unwrap_or(path);
    match disk.create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound && parent != path => {
            make_directory(disk, parent)?;
            disk.create_dir(path).map_err(OpenError::io("make", path))?;
        }
        // Whoever made those above may have been stopped before their names were durable, one after the other.
        Ok(()) => parent.ancestors().skip(1).try_for_each(|above| sync_names(disk, above))?,
        Err(error) => return Err(OpenError::io("make", path)(error)),
    }
    sync_names(disk, parent)
}

/// Makes the names in a directory durable, unless it is one that we may not even look into: that one is none of ours.
fn sync_names(disk: &dyn Disk, path: &Path) -> Result<(), OpenError> {
    match disk.sync_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        synced => synced.map_err(OpenError::io("sync", path)),
    }
}

/// A name that no other store has.
pub(crate) fn random_store() -> StoreId {
    StoreId(format!("{:032x}", rand::random::<u128>()).into())
}

/// Puts `state` in the place of the journal's base.
pub(crate) fn write_base(directory: &Directory, store: &StoreId, state: &Catalogue) -> Result<(), OpenError> {
    let path = directory.base();
    snapshot::write(directory.disk.as_ref(), &path, store, state).map_err(OpenError::io("write", &path))
}
