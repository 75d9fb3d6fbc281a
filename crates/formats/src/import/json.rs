//! JSON: one document, or one object a line.

mod book;
mod document;
mod lines;
mod scanner;

pub(super) use document::Document;
pub(super) use lines::Lines;
