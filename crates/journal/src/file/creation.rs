//! Making a journal where there is none.

use catalogue::Catalogue;

use super::OpenOptions;
use super::directory::Directory;
use super::error::OpenError;
use super::snapshot;
use crate::StoreId;

/// Begins a journal in a directory that has none, and no `books.json`: only its base, with the name of the store. The
/// rest is what every start makes where it is missing: see [`crate::FileJournal::open`].
pub(crate) fn begin(directory: &Directory, options: &OpenOptions) -> Result<(), OpenError> {
    make_folder(directory)?;
    let store = options.store.clone().unwrap_or_else(random_store);
    write_base(directory, &store, &Catalogue::default())
}

/// Makes the journal's folder, durable with its name.
pub(crate) fn make_folder(directory: &Directory) -> Result<(), OpenError> {
    let folder = directory.journal();
    directory.disk.create_dir(&folder).map_err(OpenError::io("make", &folder))?;
    directory.disk.sync_dir(directory.root()).map_err(OpenError::io("sync", directory.root()))
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
