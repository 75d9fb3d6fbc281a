//! Changes to many subscribers, beside a server that only hands ready frames to the same subscribers.

mod case;
mod follower;
mod publisher;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use futures_util::{StreamExt, stream};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::args::{self, Target, YardstickKind};
use crate::latencies::{Spread, median};
use crate::link::{Link, ReceiveBuffer};
use crate::report::{Percentiles, Reach, Report, Row, note, short};
use crate::requests::Contestant;
use case::Case;
pub(crate) use case::Concerned;
use follower::{Deliveries, Follower};
use publisher::Publisher;

/// Connections made at the same time.
const CONNECTING_MAX: usize = 64;
/// How much more a delivery may cost with the most books than with the fewest.
const FLAT: f64 = 1.25;
/// Bursts before those that are measured.
const WARM_UP: u64 = 5;

/// What one run of one case came to.
struct Outcome {
    /// The server's processor time.
    processor_s: f64,
    took_s: f64,
    memory: u64,
    changes: u64,
    deliveries: u64,
    spread: Spread,
    faults: Vec<String>,
}

/// The servers, one of ours for each size, and what the changes that they make look like.
struct Field {
    ours: Vec<Contestant>,
    ready: Contestant,
    /// Writes so far: no two write the same.
    written: u64,
    frame: String,
}

/// Does all cases in turn, as often as wanted.
pub(crate) async fn run(target: &Target, args: &args::Fanout) -> anyhow::Result<Report> {
    let settings = json!({
        "subscribers": args.subscribers, "burst": args.burst, "bursts": args.bursts, "rounds": args.rounds,
        "books": args.books,
    });
    let mut report = Report::new("fanout", settings);
    let cases = Case::all(args);
    let mut field = Field::prepare(target, args).await?;
    let mut outcomes: Vec<Vec<Outcome>> = cases.iter().map(|_| Vec::new()).collect();
    for round in 1..=args.rounds {
        note(format_args!("round {round} of {}", args.rounds));
        for (case, outcomes) in cases.iter().zip(&mut outcomes) {
            let outcome = field.one_run(args, case).await.with_context(|| format!("the case {:?}", case.name()))?;
            note(format_args!("{}: {:.3} us a delivery", case.name(), outcome.us_per_delivery()));
            outcomes.push(outcome);
        }
    }
    let yardstick: Vec<f64> = outcomes[0].iter().map(Outcome::us_per_delivery).collect();
    for (case, outcomes) in cases.iter().zip(&outcomes) {
        tell(&mut report, case, args, outcomes);
        compare(&mut report, args, (case, outcomes), &yardstick);
    }
    compare_sizes(&mut report, args, (&cases, &outcomes));
    Ok(report)
}

fn tell(report: &mut Report, case: &Case, args: &args::Fanout, outcomes: &[Outcome]) {
    let of = |value: fn(&Outcome) -> f64| median(outcomes.iter().map(value).collect());
    report.row(Row {
        work: format!("fan-out to {}, {}", args.subscribers, case.name()),
        pipeline: args.burst as usize,
        books: case.catalogue(args),
        server: if matches!(case, Case::Ready) { "ready frames" } else { "bookstore" }.to_owned(),
        cpu_us: of(Outcome::us_per_delivery),
        rate: of(|outcome| outcome.deliveries as f64 / outcome.took_s),
        latency: Some(Percentiles {
            p50_us: of(|outcome| outcome.spread.p50 * 1_000.0),
            p99_us: of(|outcome| outcome.spread.p99 * 1_000.0),
            p999_us: of(|outcome| outcome.spread.p999 * 1_000.0),
        }),
        memory_mib: of(|outcome| outcome.memory as f64 / 1024.0 / 1024.0),
        writes_per_sync: None,
        disk_idle: None,
    });
    let faults: Vec<_> = outcomes.iter().flat_map(|outcome| &outcome.faults).collect();
    let deliveries: u64 = outcomes.iter().map(|outcome| outcome.deliveries).sum();
    let found = match faults.first() {
        None => format!("{deliveries} deliveries"),
        Some(first) => format!("{} faults, such as: {first}", faults.len()),
    };
    let what =
        format!("{}, {} books: each gets every change once, in order", case.name(), short(case.catalogue(args) as f64));
    report.check(what, faults.is_empty(), found);
}

fn compare(report: &mut Report, args: &args::Fanout, (case, outcomes): (&Case, &[Outcome]), yardstick: &[f64]) {
    let Case::Ours { filters, .. } = case else { return };
    let ratios = outcomes.iter().zip(yardstick).map(|(outcome, ready)| outcome.us_per_delivery() / ready);
    let (case_name, books, ratio) = (case.name(), short(case.catalogue(args) as f64), median(ratios.collect()));
    let name = format!("{case_name}, {books} books: CPU a delivery by that of ready frames");
    match case.is_for_all() {
        true => report.goal(name, ratio, "", Reach::AtMost(if *filters == 0 { 1.3 } else { 2.0 })),
        // There a burst is no burst for anybody, and what counts is the change.
        false => {
            let each = median(outcomes.iter().map(Outcome::us_per_change).collect());
            report.figure(format!("{}: CPU a change", case.name()), each, "us");
        }
    }
}

/// What telling everybody costs with the most books by what it costs with the fewest, round by round.
fn compare_sizes(report: &mut Report, args: &args::Fanout, (cases, outcomes): (&[Case], &[Vec<Outcome>])) {
    let for_all = |case: &Case| matches!(case, Case::Ours { filters: 0, .. });
    let by_size = || cases.iter().zip(outcomes).filter(|(case, _)| for_all(case));
    let few = by_size().min_by_key(|(case, _)| case.catalogue(args));
    let many = by_size().max_by_key(|(case, _)| case.catalogue(args));
    let (Some((few, cheap)), Some((many, dear))) = (few, many) else { return };
    let [least, most] = [few, many].map(|case| case.catalogue(args));
    if least < most {
        let ratios = dear.iter().zip(cheap).map(|(dear, cheap)| dear.us_per_delivery() / cheap.us_per_delivery());
        let [least, most] = [least, most].map(|books| short(books as f64));
        let name = format!("no filter: CPU a delivery with {most} books by that with {least}");
        report.goal(name, median(ratios.collect()), "", Reach::AtMost(FLAT));
    }
}

impl Outcome {
    fn us_per_delivery(&self) -> f64 {
        self.processor_s * 1e6 / self.deliveries.max(1) as f64
    }

    fn us_per_change(&self) -> f64 {
        self.processor_s * 1e6 / self.changes.max(1) as f64
    }
}

impl Field {
    /// Starts the servers; the first change of ours is what the yardstick's frames look like.
    async fn prepare(target: &Target, args: &args::Fanout) -> anyhow::Result<Field> {
        let (mut ours, mut frame) = (Vec::new(), String::new());
        for books in &args.books {
            let contestant = Contestant::ours(target, (*books).max(case::SHELVES as u64)).await?;
            frame = first_change(contestant.address).await?;
            ours.push(contestant);
        }
        note(format_args!("{} bytes a change", frame.len()));
        Ok(Field { ours, ready: Contestant::yardstick(YardstickKind::Frames, 0).await?, written: 1, frame })
    }

    async fn one_run(&mut self, args: &args::Fanout, case: &Case) -> anyhow::Result<Outcome> {
        let (address, process) = match case {
            Case::Ready => (self.ready.address, self.ready.process),
            Case::Ours { size, .. } => (self.ours[*size].address, self.ours[*size].process),
        };
        let mut publisher = Publisher::connect(address, case, self.written, &self.frame).await?;
        let bursts = args.bursts * case.prolonged(args.subscribers);
        let deliveries = Deliveries::new(publisher.begins_behind().await?, args.burst, bursts + WARM_UP);
        let following = follow(args.subscribers, address, case, &deliveries).await?;
        for burst in 0..WARM_UP {
            publisher.publish(burst, &deliveries).await?;
        }
        deliveries.forget_times();
        let (before, began) = (process.processor_s()?, Instant::now());
        for burst in WARM_UP..WARM_UP + bursts {
            publisher.publish(burst, &deliveries).await?;
        }
        let (processor_s, took_s) = (process.processor_s()? - before, began.elapsed().as_secs_f64());
        if !matches!(case, Case::Ready) {
            self.written += deliveries.changes();
        }
        let mut faults = Vec::new();
        for follower in following {
            faults.extend(follower.await.unwrap_or_else(|panic| Err(panic.to_string())).err());
        }
        let spread = deliveries.spread();
        let (changes, memory) = (args.burst * bursts, process.memory()?);
        Ok(Outcome { processor_s, took_s, memory, changes, deliveries: spread.count, spread, faults })
    }
}

/// Puts the books on their shelves, makes a change, and gives what a subscriber is sent of it.
async fn first_change(address: SocketAddr) -> anyhow::Result<String> {
    let mut link = Link::connect(address, ReceiveBuffer::Usual).await?;
    case::put_on_shelves(&mut link).await?;
    let mut listener = Link::connect(address, ReceiveBuffer::Usual).await?;
    listener.call("books.subscribe", json!({})).await?;
    link.call("books.update", case::update(0, 0)).await?;
    loop {
        let frame = listener.text().await?;
        if follower::revision(&frame).is_some() {
            return Ok(frame.to_string());
        }
    }
}

async fn follow(
    subscribers: usize,
    address: SocketAddr,
    case: &Case,
    deliveries: &Arc<Deliveries>,
) -> anyhow::Result<Vec<JoinHandle<Result<(), String>>>> {
    let connecting = (0..subscribers).map(|who| Follower::connect(address, who, case, Arc::clone(deliveries)));
    let connected: Vec<_> = stream::iter(connecting).buffer_unordered(CONNECTING_MAX).collect().await;
    let followers = connected.into_iter().collect::<Result<Vec<_>, _>>().context("a subscriber could not connect")?;
    deliveries.expect_from(followers.iter().map(Follower::share).collect());
    Ok(followers.into_iter().map(|follower| tokio::spawn(follower.run())).collect())
}
