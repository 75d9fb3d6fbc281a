//! The program: the only crate that wires the others together.
//!
//! `main` decides nothing: [`run`] reads the command line and says with which code the process ends.

mod add;
mod adopt;
mod archive;
mod args;
mod backup;
mod client;
mod config;
mod days;
mod delete;
mod edit;
mod export;
mod failure;
mod fields;
mod filters;
mod get;
mod import;
mod list;
mod matching;
mod output;
mod panics;
mod rates;
mod restore;
mod run;
mod serve;
mod store;
mod table;
mod target;
mod token;
mod verify;
mod watch;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A write is made on one thread and given back on another, at which the C library's allocator has them wait for each
/// other (docs/decisions/0020).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    run::run(std::env::args_os())
}
