//! A snapshot is written while the server serves: what those who read and write notice of it.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::args::{self, Target};
use crate::bystander::{Asked, Bystander, Times};
use crate::import::{import, tell_times, write_file};
use crate::latencies::median;
use crate::process::Process;
use crate::report::{Reach, Report, note};
use crate::server::{Server, Signal};

/// How often it is looked whether a snapshot is under way.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// How long the disk may be busy with what it was given last.
const FELT: Duration = Duration::from_millis(100);
/// Writes that are this long make a snapshot due every few seconds.
const DESCRIPTION_BYTES: usize = 12_000;

/// Not every book becomes that long, for the catalogue is to stay what it is.
const CHANGED_MAX: u64 = 10_000;

/// A time in which a snapshot was under way, or none.
struct Span {
    from: Instant,
    to: Instant,
    cpu_s: f64,
}

/// Times with and without a snapshot, in turns, under the same load.
pub(crate) async fn run(target: &Target, args: &args::Snapshot) -> anyhow::Result<Report> {
    ensure!(target.server.is_none(), "the server's directory is looked at: leave --server out");
    let settings = json!({"books": args.books, "rounds": args.rounds, "gets": args.gets, "writes": args.writes});
    let mut report = Report::new("snapshot", settings);
    let folder = tempfile::tempdir()?;
    let mut server = Server::start(target).await?;
    import(&server, &write_file(folder.path(), args.books)?).await?;
    // What the import left without a snapshot is none of the measurement.
    server.end(Signal::Term).await?;
    server.start_again().await?;

    let books = args.books;
    let gets = move |number: u64| json!({"id": number * 7_919 % books + 1});
    let gets = Bystander::begin(server.address, args.gets, ("books.get", Box::new(gets)));
    let writes = move |number: u64| update(number, books);
    let writes = Bystander::begin(server.address, args.writes, ("books.update", Box::new(writes)));
    let data = server.data().context("a server of ours has a directory")?;
    let (quiet, under_way) = spans(&data.join("books.json.tmp"), server.process, args.rounds).await?;
    let (gets, writes) = (gets.end().await?, writes.end().await?);

    for (what, asked) in [("gets", &gets), ("writes", &writes)] {
        let (without, with) = (times(asked, &quiet), times(asked, &under_way));
        tell_times(&mut report, &format!("{what} without a snapshot"), &without);
        tell_times(&mut report, &format!("{what} beside a snapshot"), &with);
        let p99 = |times: &[Times]| median(times.iter().map(|times| times.p99).collect());
        report.figure(format!("{what} without a snapshot: p99"), p99(&without), "ms");
        report.figure(format!("{what} beside a snapshot: p99"), p99(&with), "ms");
        let ratios = with.iter().zip(&without).map(|(with, without)| with.p99 / without.p99).collect();
        report.goal(format!("{what}: p99 with by without, median"), median(ratios), "", Reach::AtMost(2.0));
    }
    let lasting = |spans: &[Span]| median(spans.iter().map(Span::seconds).collect());
    let busy = |spans: &[Span]| median(spans.iter().map(|span| 100.0 * span.cpu_s / span.seconds()).collect());
    report.figure("a snapshot takes", lasting(&under_way), "s");
    report.figure("processor time without a snapshot", busy(&quiet), "% of a core");
    report.figure("processor time beside a snapshot", busy(&under_way), "% of a core");
    report.figure("memory", server.process.memory()? as f64 / 1024.0 / 1024.0, "MiB");
    Ok(report)
}

/// Waits for so many snapshots, each with the time without one before it.
async fn spans(draft: &Path, process: Process, rounds: usize) -> anyhow::Result<(Vec<Span>, Vec<Span>)> {
    let (mut quiet, mut under_way) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        quiet.push(Span::until(process, || draft.exists(), Duration::ZERO).await?);
        // The one before it is given back to the file system after the new one took its place, and felt a little longer.
        let is_over = || !draft.exists() && process.nameless_bytes().is_ok_and(|bytes| bytes == 0);
        under_way.push(Span::until(process, is_over, FELT).await?);
        note(format_args!("snapshot {round} took {:.2} s", under_way[round - 1].seconds()));
    }
    Ok((quiet, under_way))
}

impl Span {
    /// From now until that is so, and `more`.
    async fn until(process: Process, is_over: impl Fn() -> bool, more: Duration) -> anyhow::Result<Span> {
        let (from, before) = (Instant::now(), process.processor_s()?);
        while !is_over() {
            sleep(LOOK_EVERY).await;
        }
        sleep(more).await;
        Ok(Span { from, to: Instant::now(), cpu_s: process.processor_s()? - before })
    }

    fn seconds(&self) -> f64 {
        self.to.duration_since(self.from).as_secs_f64()
    }
}

/// The calls of each span.
fn times(asked: &[Asked], spans: &[Span]) -> Vec<Times> {
    let within = |span: &Span| Times::of(asked.iter().filter(|one| (span.from..span.to).contains(&one.at)));
    spans.iter().map(within).collect()
}

fn update(number: u64, books: u64) -> Value {
    let description = format!("{number} {}", "tide ".repeat(DESCRIPTION_BYTES / 5));
    json!({"id": number * 7_919 % books.min(CHANGED_MAX) + 1, "set": {"description": description}})
}
