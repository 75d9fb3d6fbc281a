#![allow(dead_code, missing_docs)]
pub use journal::*;
use std::path::Path;
pub(crate) struct FileJournal;
pub(crate) struct OpenOptions {
    pub(crate) keep: Option<std::time::Duration>,
}
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("x {pid}")]
    Locked { pid: u32 },
    #[error("y")]
    Other,
}
impl FileJournal {
    pub(crate) fn open(_: &Path, _: OpenOptions) -> Result<Opened, OpenError> {
        Ok(MemoryJournal::new("shim").open())
    }
}
pub(crate) struct Rep {
    pub(crate) lines: Vec<String>,
    pub(crate) damage: Vec<String>,
}
pub(crate) fn verify(_: &Path) -> Result<Rep, OpenError> {
    Err(OpenError::Other)
}
pub(crate) fn adopt(_: &Path) -> Result<Vec<String>, OpenError> {
    Err(OpenError::Other)
}
pub(crate) fn discard(_: &Path) -> Result<Vec<String>, OpenError> {
    Err(OpenError::Other)
}
