//! Many connections at once, each subscribed; some never read.

mod reader;
mod sleeper;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures_util::{StreamExt, stream};
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::args::{self, Target};
use crate::books;
use crate::clock::Plan;
use crate::latencies::{Spread, median};
use crate::link::{Link, ReceiveBuffer};
use crate::process::{self, Process};
use crate::report::{Report, note};
use crate::server::Server;
use reader::{Reader, Readers};
use sleeper::Fate;

/// Connections made at the same time.
const CONNECTING_MAX: usize = 128;
/// From the last connection to the first write.
const SETTLING: Duration = Duration::from_secs(3);
/// How long the last change may take to reach everybody.
const LAST_CHANGE_MAX: Duration = Duration::from_secs(30);
/// The memory that a server may hold for so many connections: some for each, and what does not depend on them.
const CONNECTION_BYTES_MAX: u64 = 32 * 1024;
const FIXED_BYTES_MAX: u64 = 96 * 1024 * 1024;
/// What the system may hold for a connection whose peer does not read.
const SLEEPER_BYTES_MAX: u64 = 256 * 1024;
/// How much longer others may wait for a change because of the sleepers.
const RATIO_MAX: f64 = 1.5;

/// One run: how many read, how many sleep.
#[derive(Clone, Copy, Debug)]
struct Run {
    name: &'static str,
    readers: usize,
    sleepers: usize,
}

/// What came of a run.
struct Outcome {
    run: Run,
    spread: Spread,
    expected: u64,
    faults: Vec<String>,
    memory_idle: u64,
    memory_connected: u64,
    memory_peak: u64,
    socket_memory_peak: u64,
    processor_s: f64,
    fate: Option<Fate>,
}

/// Does all runs and compares them.
pub(crate) async fn run(target: &Target, args: &args::Crowd) -> anyhow::Result<Report> {
    let settings = json!({
        "clients": args.clients, "sleepers": args.sleepers, "rounds": args.rounds, "seconds": args.seconds,
        "rate": args.rate, "filters": args.filters, "books": args.books,
    });
    let mut report = Report::new("crowd", settings);
    let mut outcomes = Vec::new();
    for run in runs(args) {
        note(format_args!("{}: {} readers, {} sleepers", run.name, run.readers, run.sleepers));
        let outcome = one_run(target, args, run).await.with_context(|| format!("the run {:?}", run.name))?;
        outcome.tell(&mut report);
        outcomes.push(outcome);
    }
    if !args.untimed {
        compare(&mut report, &outcomes);
    }
    Ok(report)
}

/// The runs with and without sleepers take turns, so that what else the machine does falls on both.
fn runs(args: &args::Crowd) -> Vec<Run> {
    let awake = args.clients.saturating_sub(args.sleepers);
    let with = Run { name: "with sleepers", readers: awake, sleepers: args.sleepers };
    if args.untimed {
        return vec![with];
    }
    let without = Run { name: "without", readers: awake, sleepers: 0 };
    let everybody = Run { name: "everybody reads", readers: args.clients, sleepers: 0 };
    let rounds = std::iter::repeat_n([without, with], args.rounds).flatten();
    std::iter::once(everybody).chain(rounds).collect()
}

fn compare(report: &mut Report, outcomes: &[Outcome]) {
    let p99 = |name: &str| {
        let times = outcomes.iter().filter(|outcome| outcome.run.name == name).map(|outcome| outcome.spread.p99);
        median(times.collect())
    };
    let (without, with) = (p99("without"), p99("with sleepers"));
    let ratio = with / without;
    report.figure("p99 with sleepers by p99 without", ratio, "");
    report.check(
        format!("who reads does not notice who does not: p99 within {RATIO_MAX}"),
        ratio <= RATIO_MAX,
        format!("{with:.1} ms by {without:.1} ms, medians"),
    );
}

async fn one_run(target: &Target, args: &args::Crowd, run: Run) -> anyhow::Result<Outcome> {
    let server = Server::start(target).await?;
    let address = server.address;
    let mut link = Link::connect(address, ReceiveBuffer::Usual).await?;
    if target.server.is_none() {
        books::fill(&mut link, args.books).await?;
    }
    let memory_idle = server.process.memory()?;
    let writes = (args.rate * args.seconds as f64) as u64;
    let readers = Readers::new(writes, args.filters);
    let began = Instant::now();
    let connecting = (0..run.readers).map(|who| Reader::connect(address, who, Arc::clone(&readers)));
    let connected: Vec<_> = stream::iter(connecting).buffer_unordered(CONNECTING_MAX).collect().await;
    let reading: Vec<_> = connected.into_iter().map(|reader| reader.map(|reader| tokio::spawn(reader.run()))).collect();
    let reading = reading.into_iter().collect::<Result<Vec<_>, _>>().context("a reader could not connect")?;
    note(format_args!("{} readers are subscribed after {:.1} s", run.readers, began.elapsed().as_secs_f64()));
    let memory_connected = server.process.memory()?;

    let sleepers = sleeper::fall_asleep(address, run.sleepers).await?;
    let peaks = Peaks::watch(server.process);
    // Coming is work for the server whether who comes reads later or not.
    sleep(SETTLING).await;
    let processor_s = server.process.processor_s()?;
    let plan = Plan::from_now(args.rate);
    readers.begin(plan);
    writer::write(&mut link, plan, writes).await.context("the writer")?;
    let all_told = timeout(LAST_CHANGE_MAX, readers.all_done(run.readers)).await;
    let processor_s = server.process.processor_s()? - processor_s;
    let fate = match sleepers {
        sleepers if sleepers.is_empty() => None,
        sleepers => Some(sleeper::wake(sleepers, plan, run.readers, address, args.untimed).await?),
    };
    let (memory_peak, socket_memory_peak) = peaks.stop().await?;
    let mut faults = readers.stop(reading).await;
    if all_told.is_err() {
        faults.push(format!("not everybody has the last change after {} s", LAST_CHANGE_MAX.as_secs()));
    }
    let (spread, expected) = (readers.spread(), readers.expected(run.readers));
    Ok(Outcome {
        run,
        spread,
        expected,
        faults,
        memory_idle,
        memory_connected,
        memory_peak,
        socket_memory_peak,
        processor_s,
        fate,
    })
}

impl Outcome {
    fn tell(&self, report: &mut Report) {
        let Outcome { run, spread, .. } = self;
        let mib = |bytes: u64| bytes as f64 / 1024.0 / 1024.0;
        let mut figure = |name: &str, value, unit| report.figure(format!("{}: {name}", run.name), value, unit);
        figure("deliveries", spread.count as f64, "");
        figure("delivery p50", spread.p50, "ms");
        figure("delivery p99", spread.p99, "ms");
        figure("delivery max", spread.max, "ms");
        figure("server's processor time a delivery", self.processor_s * 1e6 / spread.count.max(1) as f64, "us");
        let each = self.memory_connected.saturating_sub(self.memory_idle) as f64 / run.readers.max(1) as f64;
        figure("server's memory a connection", each / 1024.0, "KiB");
        figure("server's memory, most", mib(self.memory_peak), "MiB");
        figure("system's memory for sockets, most", mib(self.socket_memory_peak), "MiB");
        self.judge(report);
    }

    fn judge(&self, report: &mut Report) {
        let Outcome { run, spread, expected, faults, .. } = self;
        let found = match faults.first() {
            None => format!("{} deliveries", spread.count),
            Some(first) => format!("{} faults, such as: {first}", faults.len()),
        };
        let is_complete = faults.is_empty() && spread.count == *expected;
        report.check(format!("{}: each gets every change once, in order", run.name), is_complete, found);
        let connections = (run.readers + run.sleepers) as u64;
        let memory_max = FIXED_BYTES_MAX + connections * CONNECTION_BYTES_MAX;
        report.check(
            format!("{}: memory within {} MiB", run.name, memory_max / 1024 / 1024),
            self.memory_peak <= memory_max,
            format!("{} MiB", self.memory_peak / 1024 / 1024),
        );
        if let Some(fate) = &self.fate {
            let sockets_max = FIXED_BYTES_MAX + run.sleepers as u64 * SLEEPER_BYTES_MAX;
            report.check(
                format!("{}: the system's memory for sockets within {} MiB", run.name, sockets_max / 1024 / 1024),
                self.socket_memory_peak <= sockets_max,
                format!("{} MiB", self.socket_memory_peak / 1024 / 1024),
            );
            fate.judge(report);
        }
    }
}

/// The most memory seen.
struct Peaks {
    stop: watch::Sender<()>,
    watching: tokio::task::JoinHandle<anyhow::Result<(u64, u64)>>,
}

impl Peaks {
    fn watch(process: Process) -> Peaks {
        let (stop, mut stopped) = watch::channel(());
        let watching = tokio::spawn(async move {
            let mut peaks = (0, 0);
            loop {
                peaks.0 = process.memory()?.max(peaks.0);
                peaks.1 = process::socket_memory()?.max(peaks.1);
                tokio::select! {
                    _ = stopped.changed() => return Ok(peaks),
                    () = sleep(Duration::from_millis(250)) => {}
                }
            }
        });
        Peaks { stop, watching }
    }

    async fn stop(self) -> anyhow::Result<(u64, u64)> {
        drop(self.stop);
        self.watching.await?
    }
}
