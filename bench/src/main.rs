//! Load on a whole server: what must hold under many clients, and what its work costs.
//!
//! Each kind of load starts the program as a process of its own, does what many clients would do, judges what must hold
//! and reports what it measured; see README.md.

mod args;
mod books;
mod bystander;
mod clock;
mod crowd;
mod fanout;
mod figures;
mod generated;
mod idle;
mod import;
mod latencies;
mod link;
mod list;
mod machine;
mod metrics;
mod open_loop;
mod plots;
mod process;
mod report;
mod requests;
mod sequence;
mod server;
mod snapshot;
mod soak;
mod start;
mod storm;
mod tables;
mod yardstick;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use mimalloc::MiMalloc;

use crate::args::{Arguments, Command, Load, Target};
use crate::report::Report;

/// The program's own: the yardsticks are to differ from it in what they do.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = match &arguments.command {
        Command::Load(load) => waited(carry_out(&arguments.target, load)).and_then(|report| {
            report.print(arguments.format())?;
            Ok(report.holds())
        }),
        Command::Figures(args) => waited(figures::run(&arguments.target, args)),
        Command::Tables(args) => tables::run(args).map(|()| true),
        Command::Plots(args) => plots::run(args).map(|()| true),
        Command::Yardstick(args) => yardstick::serve(args).map(|()| true),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn carry_out(target: &Target, load: &Load) -> anyhow::Result<Report> {
    match load {
        Load::Crowd(crowd) => crowd::run(target, crowd).await,
        Load::Storm(storm) => storm::run(target, storm).await,
        Load::Soak(soak) => soak::run(target, soak).await,
        Load::Fanout(fanout) => fanout::run(target, fanout).await,
        Load::Import(import) => import::run(target, import).await,
        Load::Start(start) => start::run(target, start).await,
        Load::Snapshot(snapshot) => snapshot::run(target, snapshot).await,
        Load::Requests(requests) => requests::run(target, requests).await,
        Load::OpenLoop(open_loop) => open_loop::run(target, open_loop).await,
        Load::List(list) => list::run(target, list).await,
        Load::Idle(idle) => idle::run(target, idle).await,
    }
}

/// Carries out what thousands of clients do.
fn waited<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    rlimit::increase_nofile_limit(rlimit::INFINITY).context("the limit of open files cannot be raised")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(work);
    // Thousands of clients need not say goodbye one by one.
    runtime.shutdown_background();
    done
}
