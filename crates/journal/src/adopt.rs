//! A `books.json` of ours that was edited by hand: its difference becomes entries, or it is put aside.

mod difference;
mod edited;
mod entries;
mod plan;

#[cfg(test)]
mod tests;
