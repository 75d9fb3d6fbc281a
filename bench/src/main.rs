//! Load on a whole server: a crowd of connections, a storm of clients that come back at once, a soak of coming and going.
//!
//! Each kind of load starts the program as a process of its own, does what many clients would do, judges what must hold
//! and reports what it measured; see README.md.

mod args;
mod books;
mod clock;
mod crowd;
mod generated;
mod latencies;
mod link;
mod metrics;
mod process;
mod report;
mod requests;
mod sequence;
mod server;
mod soak;
mod storm;
mod yardstick;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use crate::args::{Arguments, Load};
use crate::report::Report;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Load::Yardstick(yardstick) = &arguments.load {
        return yardstick::serve(yardstick).map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS);
    }
    let ended = run(&arguments).and_then(|report| {
        report.print(arguments.format())?;
        Ok(report.holds())
    });
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("bench: {error:#}");
    ExitCode::from(2)
}

fn run(arguments: &Arguments) -> anyhow::Result<Report> {
    rlimit::increase_nofile_limit(rlimit::INFINITY).context("the limit of open files cannot be raised")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let target = &arguments.target;
    let report = runtime.block_on(async {
        match &arguments.load {
            Load::Crowd(crowd) => crowd::run(target, crowd).await,
            Load::Storm(storm) => storm::run(target, storm).await,
            Load::Soak(soak) => soak::run(target, soak).await,
            Load::Requests(requests) => requests::run(target, requests).await,
            Load::Yardstick(_) => unreachable!("it has been served"),
        }
    });
    // Thousands of clients need not say goodbye one by one.
    runtime.shutdown_background();
    report
}
