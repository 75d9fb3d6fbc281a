//! The HTTP routes of books.

mod list;
mod one;
mod transact;

pub(crate) use list::list;
pub(crate) use one::{IdText, book_id, create, delete, patch, read, replace};
pub(crate) use transact::transact;
