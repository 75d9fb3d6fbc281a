//! The catalogue through its public doors.

mod drafts;
mod entries;
mod fields;
mod filtering;
mod fixture;
mod folding;
mod indexing;
mod isbns;
mod languages;
mod merge_patches;
mod model;
mod operations;
mod paging;
mod prices;
mod properties;
mod requests;
mod sorting;
mod texts;
mod transactions;
