//! Files in and out, through `open` and `export`, on files made here.

mod any_bytes;
mod encodings;
mod export;
mod files;
mod fixture;
mod headers;
mod isbns;
mod json;
mod numbers;
mod prices;
mod quotes;
mod round_trip;
mod tables;
mod texts;
