//! The HTTP routes of books.

mod list;
mod one;
mod transact;

pub(crate) use list::list;
pub(crate) use one::{IdText, create, delete, patch, read, replace};
pub(crate) use transact::transact;
