//! Calls and answers: what a call costs the server, beside servers that do less, in turns under the same load.

mod calls;
mod client;
mod contestant;
mod field;
mod framing;
mod goals;
mod replies;
mod turn;

use std::time::Duration;

use anyhow::Context;
use serde_json::json;

use crate::args::{self, Target, Work};
use crate::latencies::median;
use crate::report::{Percentiles, Report, Row, note, number};
pub(crate) use calls::{Calls, Subject};
pub(crate) use client::{Connection, Load};
pub(crate) use contestant::{Contestant, write_books};
use field::Field;
#[cfg(test)]
pub(crate) use framing::Wire;
pub(crate) use replies::Replies;
pub(crate) use turn::percentiles;
use turn::{Turn, take_turn};

/// What is measured at once: everybody takes turns at it.
#[derive(Clone, Copy, Debug)]
struct Event {
    work: Work,
    pipeline: usize,
}

/// The turns of one server.
struct Entrant<'a> {
    contestant: &'a Contestant,
    turns: Vec<Turn>,
}

/// Measures each work at each depth and size.
pub(crate) async fn run(target: &Target, args: &args::Requests) -> anyhow::Result<Report> {
    let settings = json!({"connections": args.connections, "rounds": args.rounds, "seconds": args.seconds});
    let mut report = Report::new("requests", settings);
    let mut field = Field::start(target, args).await?;
    for work in &args.work {
        for pipeline in args.pipeline.iter().filter(|pipeline| **pipeline <= work.pipeline_max()) {
            if *work == Work::Create {
                // What the last ones created is no catalogue of that size any more.
                field.renew(target).await?;
            }
            measure(&mut report, &field, args, Event { work: *work, pipeline: *pipeline }).await?;
        }
    }
    Ok(report)
}

async fn measure(report: &mut Report, field: &Field, args: &args::Requests, event: Event) -> anyhow::Result<()> {
    let entrant = |contestant| Entrant { contestant, turns: Vec::new() };
    let mut entrants: Vec<_> = field.entrants(event).into_iter().map(entrant).collect();
    for round in 1..=args.rounds {
        for Entrant { contestant, turns } in &mut entrants {
            let turn = one_turn(contestant, args, event).await;
            let turn = turn.with_context(|| format!("{} under {}", contestant.name, event.work.name()))?;
            tell(contestant, event, round, &turn);
            turns.push(turn);
        }
    }
    for entrant in &entrants {
        report.row(row(event, entrant)?);
    }
    goals::compare(report, event, &entrants);
    Ok(())
}

async fn one_turn(contestant: &Contestant, args: &args::Requests, event: Event) -> anyhow::Result<Turn> {
    let load = Load {
        address: contestant.address,
        subject: Subject { work: event.work, wire: contestant.wire, books: contestant.books },
        connections: args.connections,
        pipeline: event.pipeline,
    };
    let (process, counts) = (contestant.process, contestant.is_ours());
    let seconds = Duration::from_secs_f64(args.seconds);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || take_turn(load, process, seconds, counts.then_some(&runtime))).await?
}

fn tell(contestant: &Contestant, event: Event, round: usize, turn: &Turn) {
    let Event { work, pipeline } = event;
    let Contestant { name, books, .. } = contestant;
    let (cpu, rate) = (number(turn.cpu_us), number(turn.rate));
    note(format_args!("{} p={pipeline}, {name} with {books}, turn {round}: {cpu} us, {rate}/s", work.name()));
}

fn row(event: Event, Entrant { contestant, turns }: &Entrant<'_>) -> anyhow::Result<Row> {
    let of = |value: fn(&Turn) -> f64| median(turns.iter().map(value).collect());
    let maybe = |value: fn(&Turn) -> Option<f64>| {
        let values: Option<Vec<f64>> = turns.iter().map(value).collect();
        values.map(median)
    };
    Ok(Row {
        work: event.work.name().to_owned(),
        pipeline: event.pipeline,
        books: contestant.books,
        server: contestant.name.to_owned(),
        cpu_us: of(|turn| turn.cpu_us),
        rate: of(|turn| turn.rate),
        latency: Some(Percentiles {
            p50_us: of(|turn| turn.latency.p50_us),
            p99_us: of(|turn| turn.latency.p99_us),
            p999_us: of(|turn| turn.latency.p999_us),
        }),
        memory_mib: contestant.process.memory()? as f64 / 1024.0 / 1024.0,
        writes_per_sync: maybe(|turn| turn.writes_per_sync),
        disk_idle: maybe(|turn| turn.disk_idle),
    })
}
