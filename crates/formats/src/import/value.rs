//! Values as people write them.

pub(super) mod isbn;
pub(super) mod language;
pub(super) mod number;
pub(super) mod price;
pub(super) mod year;
