//! Calls at a fixed rate, whatever the answers do: how long each takes from the moment it was meant to be sent.

mod disk;
mod pace;

use std::time::Duration;

use anyhow::Context;
use serde_json::json;

use crate::args::{self, Target, Work, YardstickKind};
use crate::latencies::median;
use crate::report::{Percentiles, Reach, Report, note, number};
use crate::requests::{Contestant, Load, Subject};
use pace::Paced;

/// Bytes that a write puts into the journal, about.
const ENTRY_BYTES: usize = 1024;
/// Who writes is not many.
const WRITERS: u64 = 16;

/// One round: ours under reads and writes, and what is to be known beside.
struct Round {
    gets: Percentiles,
    writes: Percentiles,
    cpu_us: f64,
    limit: Percentiles,
    disk: Percentiles,
}

/// Loads our server, then one that only reads, in turns; the disk is asked between them.
pub(crate) async fn run(target: &Target, args: &args::OpenLoop) -> anyhow::Result<Report> {
    let settings = json!({
        "gets": args.gets, "writes": args.writes, "books": args.books, "connections": args.connections,
        "rounds": args.rounds, "seconds": args.seconds,
    });
    let mut report = Report::new("open-loop", settings);
    let ours = Contestant::ours(target, args.books).await?;
    let limit = Contestant::yardstick(YardstickKind::Limit, args.books).await?;
    let mut rounds = Vec::new();
    for number in 1..=args.rounds {
        let round = one_round(&ours, &limit, args).await.with_context(|| format!("round {number}"))?;
        tell(number, &round);
        rounds.push(round);
    }
    sum_up(&mut report, &rounds);
    Ok(report)
}

async fn one_round(ours: &Contestant, limit: &Contestant, args: &args::OpenLoop) -> anyhow::Result<Round> {
    let disk = tokio::task::spawn_blocking(|| disk::sync_times(ENTRY_BYTES)).await??;
    let how_long = Duration::from_secs_f64(args.seconds);
    let load = |contestant: &Contestant, work, connections| Load {
        address: contestant.address,
        subject: Subject { work, wire: contestant.wire, books: contestant.books },
        connections,
        pipeline: 1,
    };
    let gets = |contestant| Paced { load: load(contestant, Work::Get, args.connections), rate: args.gets, how_long };
    let writes = Paced { load: load(ours, Work::Update, WRITERS), rate: args.writes, how_long };
    let processor_s = ours.process.processor_s()?;
    let read = gets(ours);
    let both = move || async move { tokio::try_join!(pace::run(read), pace::run(writes)) };
    let (read, written) = in_one_thread(both).await?;
    let processor_s = ours.process.processor_s()? - processor_s;
    let calls = (args.gets + args.writes) * (how_long + pace::WARM_UP).as_secs_f64();
    let limit = gets(limit);
    let limit = in_one_thread(move || pace::run(limit)).await?;
    Ok(Round { gets: read, writes: written, cpu_us: processor_s * 1e6 / calls, limit, disk })
}

/// Clients of one thread cost less than those of many, whose threads wake each other.
async fn in_one_thread<T, F>(work: impl FnOnce() -> F + Send + 'static) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<T>>,
    T: Send + 'static,
{
    let clients = move || tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work());
    tokio::task::spawn_blocking(clients).await?
}

fn tell(round: usize, Round { gets, writes, limit, disk, .. }: &Round) {
    let p99 = |of: &Percentiles| number(of.p99_us);
    let (gets, writes, limit, disk) = (p99(gets), p99(writes), p99(limit), p99(disk));
    note(format_args!("round {round}, p99: get {gets} us (limit {limit}), write {writes} us, fdatasync {disk} us"));
}

fn sum_up(report: &mut Report, rounds: &[Round]) {
    let of = |value: &dyn Fn(&Round) -> f64| median(rounds.iter().map(value).collect());
    let ms = |value: &dyn Fn(&Round) -> f64| of(value) / 1_000.0;
    report.figure("get p50", ms(&|round| round.gets.p50_us), "ms");
    report.goal("get p99", ms(&|round| round.gets.p99_us), "ms", Reach::AtMost(1.0));
    report.figure("get p99.9", ms(&|round| round.gets.p999_us), "ms");
    report.figure("the limit's get p50", ms(&|round| round.limit.p50_us), "ms");
    report.figure("the limit's get p99", ms(&|round| round.limit.p99_us), "ms");
    report.figure("the limit's get p99.9", ms(&|round| round.limit.p999_us), "ms");
    report.figure("durable write p50", ms(&|round| round.writes.p50_us), "ms");
    report.goal("durable write p99", ms(&|round| round.writes.p99_us), "ms", Reach::AtMost(5.0));
    report.figure("durable write p99.9", ms(&|round| round.writes.p999_us), "ms");
    report.figure("fdatasync p50", ms(&|round| round.disk.p50_us), "ms");
    report.figure("fdatasync p99", ms(&|round| round.disk.p99_us), "ms");
    let ratio = of(&|round| round.writes.p99_us / round.disk.p99_us);
    report.goal("durable write p99 by fdatasync p99", ratio, "", Reach::AtMost(3.0));
    report.figure("server's processor time a call", of(&|round| round.cpu_us), "us");
}
