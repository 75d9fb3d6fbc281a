//! Coming and going for a long time: does anything grow, is anything left behind?

mod trend;
mod visitor;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use tokio::time::{Instant, interval, sleep, timeout};

use crate::args::{self, Target};
use crate::books;
use crate::link::{Link, ReceiveBuffer};
use crate::metrics;
use crate::process::Process;
use crate::report::{Report, note};
use crate::server::Server;
use trend::Trend;
use visitor::{Visitor, Visits};

/// Samples of a whole soak.
const SAMPLES: f64 = 360.0;
const SAMPLE_EVERY_MIN: Duration = Duration::from_millis(500);
/// The first part of a soak, in which the number of visitors and the allocator find their level.
const SETTLING: f64 = 0.2;
/// Growth of memory that counts as none. The allocator moves by some MiB with what else the machine does; 64 bytes, the
/// least that anything kept for a visit has, left behind by each of the 128,000 of half an hour, would be more.
const GROWTH_MAX: f64 = 0.05;
/// Descriptors for each client, at most: who goes without a goodbye is gone for the server too, and who stops reading is
/// kept for a while.
const DESCRIPTORS_EACH: usize = 2;
/// The server keeps who does not read for 30 s, and his goodbye as long again.
const GONE_MAX: Duration = Duration::from_secs(75);

/// Runs the soak.
pub(crate) async fn run(target: &Target, args: &args::Soak) -> anyhow::Result<Report> {
    let settings = json!({
        "minutes": args.minutes, "clients": args.clients, "books": args.books, "warm_up": args.warm_up,
    });
    let mut report = Report::new("soak", settings);
    let server = Server::start(target).await?;
    let mut link = Link::connect(server.address, ReceiveBuffer::Usual).await?;
    if target.server.is_none() {
        books::fill(&mut link, args.books).await?;
    }
    books::write_all(&mut link, 0..args.warm_up as u64).await.context("the writes before the soak")?;
    let position = books::position(&mut link).await?;
    link.close().await;
    wait_for_quiet(&server, 0).await?;
    let descriptors = server.process.descriptors()?;
    note(format_args!("{descriptors} descriptors, {} MiB, begin", server.process.memory()? / 1024 / 1024));

    let visits = Visits::new(server.address, position, args.warm_up as u64);
    let visiting: Vec<_> =
        (0..args.clients).map(|who| tokio::spawn(Visitor::new(who, Arc::clone(&visits)).run())).collect();
    let samples = sample(server.process, Duration::from_secs_f64(args.minutes * 60.0)).await?;
    visits.stop();
    for visitor in visiting {
        visitor.await.context("a visitor broke down")?;
    }
    visits.tell(&mut report);
    judge_memory(&mut report, &samples, args);
    judge_descriptors(&mut report, &samples, descriptors, args);
    let left = wait_for_quiet(&server, descriptors).await?;
    report.check("no connection, client or descriptor is left behind", left.is_none(), left.unwrap_or_default());
    Ok(report)
}

/// What the server holds at a moment.
struct Sample {
    /// Since the beginning.
    seconds: f64,
    memory: u64,
    descriptors: usize,
}

/// Looks at the server now and then.
async fn sample(process: Process, length: Duration) -> anyhow::Result<Vec<Sample>> {
    let began = Instant::now();
    let mut samples = Vec::new();
    let mut ticks = interval(length.div_f64(SAMPLES).max(SAMPLE_EVERY_MIN));
    while began.elapsed() < length {
        ticks.tick().await;
        let (memory, descriptors) = (process.memory()?, process.descriptors()?);
        samples.push(Sample { seconds: began.elapsed().as_secs_f64(), memory, descriptors });
        if samples.len() % (SAMPLES as usize / 30) == 0 {
            let (minutes, mib) = (began.elapsed().as_secs_f64() / 60.0, memory / 1024 / 1024);
            note(format_args!("{minutes:.1} min: {mib} MiB, {descriptors} descriptors"));
        }
    }
    Ok(samples)
}

fn judge_memory(report: &mut Report, samples: &[Sample], args: &args::Soak) {
    let memory: Vec<_> = samples.iter().map(|sample| (sample.seconds, sample.memory as f64)).collect();
    let settled = &memory[(memory.len() as f64 * SETTLING) as usize..];
    let Some(trend) = Trend::of(settled) else { return };
    let mib = |bytes: f64| bytes / 1024.0 / 1024.0;
    report.figure("memory, mean", mib(trend.mean), "MiB");
    report.figure("memory, most", mib(memory.iter().map(|(_, bytes)| *bytes).fold(0.0, f64::max)), "MiB");
    report.figure("memory, trend", mib(trend.slope * 3_600.0), "MiB an hour");
    let growth = trend.slope * trend.length;
    report.figure("memory, growth over the run", mib(growth), "MiB");
    if !args.untimed {
        let growth_max = trend.mean * GROWTH_MAX;
        let found = format!("{:.2} MiB of {:.1} MiB", mib(growth), mib(trend.mean));
        report.check(format!("memory grows by no more than {:.1} MiB", mib(growth_max)), growth <= growth_max, found);
    }
}

fn judge_descriptors(report: &mut Report, samples: &[Sample], before: usize, args: &args::Soak) {
    let most = samples.iter().map(|sample| sample.descriptors).max().unwrap_or_default();
    report.figure("descriptors, most", most as f64, "");
    if !args.untimed {
        let most_allowed = before + DESCRIPTORS_EACH * args.clients;
        report.check(format!("never more than {most_allowed} descriptors"), most <= most_allowed, most.to_string());
    }
}

/// The last snapshot is held open by the server, and what tells it of who opens it; at the beginning there is none.
const OF_A_SNAPSHOT: usize = 2;

/// Waits until the server holds nothing more for anybody, in its own words and the system's; else says what is left.
async fn wait_for_quiet(server: &Server, descriptors: usize) -> anyhow::Result<Option<String>> {
    let mut left = String::new();
    let waiting = async {
        loop {
            // One connection is the one that asks.
            let connections = metrics::gauge(server.address, "bookstore_connections").await? - 1.0;
            let clients = metrics::gauge(server.address, "bookstore_clients").await?;
            let open = server.process.descriptors()?;
            let is_as_before = descriptors == 0 || open <= descriptors + OF_A_SNAPSHOT;
            if connections <= 0.0 && clients <= 0.0 && is_as_before {
                return Ok::<_, anyhow::Error>(());
            }
            left = format!("{connections} connections, {clients} clients, {open} descriptors instead of {descriptors}");
            sleep(Duration::from_millis(200)).await;
        }
    };
    match timeout(GONE_MAX, waiting).await {
        Ok(quiet) => quiet.map(|()| None),
        Err(_) => Ok(Some(left)),
    }
}
