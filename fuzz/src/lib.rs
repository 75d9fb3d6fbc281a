//! What the targets share.

pub mod books;
pub mod directory;
pub mod files;
