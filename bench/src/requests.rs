//! Calls and answers: what a call costs the server, beside servers that do less, in turns under the same load.

mod calls;
mod client;
mod contestant;
mod framing;

use std::time::Duration;

use anyhow::Context;
use serde_json::json;

use crate::args::{self, Target, Work, YardstickKind};
use crate::latencies::median;
use crate::report::{Report, Row, note};
use calls::Subject;
use client::{Crew, Load};
use contestant::Contestant;

/// Before each turn, for so long, what is not counted.
const WARM_UP: Duration = Duration::from_millis(200);

/// One turn of one server.
struct Turn {
    cpu_us: f64,
    rate: f64,
    p50_us: f64,
    p99_us: f64,
    p999_us: f64,
}

/// Measures each work at each depth and size.
pub(crate) async fn run(target: &Target, args: &args::Requests) -> anyhow::Result<Report> {
    let settings = json!({"connections": args.connections, "rounds": args.rounds, "seconds": args.seconds});
    let mut report = Report::new("requests", settings);
    for books in &args.books {
        for work in &args.work {
            for pipeline in &args.pipeline {
                compare(&mut report, target, args, (*work, *pipeline, *books)).await?;
            }
        }
    }
    Ok(report)
}

async fn compare(
    report: &mut Report,
    target: &Target,
    args: &args::Requests,
    (work, pipeline, books): (Work, usize, u64),
) -> anyhow::Result<()> {
    let mut contestants = vec![Contestant::ours(target, books).await?];
    if !args.alone {
        contestants.extend(yardsticks(work, books).await?);
    }
    let mut turns: Vec<Vec<Turn>> = contestants.iter().map(|_| Vec::new()).collect();
    for _ in 0..args.rounds {
        for (contestant, turns) in contestants.iter().zip(&mut turns) {
            let load = Load {
                address: contestant.address,
                subject: Subject { work, wire: contestant.wire, books },
                connections: args.connections,
                pipeline,
                echoes: contestant.name == YardstickKind::Echo.name(),
            };
            let process = contestant.process;
            let seconds = Duration::from_secs_f64(args.seconds);
            let turn = tokio::task::spawn_blocking(move || take_turn(load, process, seconds));
            let turn = turn.await?.with_context(|| format!("{} under {}", contestant.name, work.name()))?;
            note(format_args!("{} {} p={pipeline}: {:.2} us", contestant.name, work.name(), turn.cpu_us));
            turns.push(turn);
        }
    }
    for (contestant, turns) in contestants.iter().zip(&turns) {
        let of = |value: fn(&Turn) -> f64| median(turns.iter().map(value).collect());
        report.row(Row {
            work: work.name(),
            pipeline,
            books,
            server: contestant.name,
            cpu_us: of(|turn| turn.cpu_us),
            rate: of(|turn| turn.rate),
            p50_us: of(|turn| turn.p50_us),
            p99_us: of(|turn| turn.p99_us),
            p999_us: of(|turn| turn.p999_us),
            memory_mib: contestant.process.memory()? as f64 / 1024.0 / 1024.0,
        });
    }
    Ok(())
}

async fn yardsticks(work: Work, books: u64) -> anyhow::Result<Vec<Contestant>> {
    match work {
        Work::Get => Ok(vec![
            Contestant::yardstick(YardstickKind::Limit, books).await?,
            Contestant::yardstick(YardstickKind::Echo, 0).await?,
        ]),
        Work::Create | Work::Update => match Contestant::redis().await? {
            Some(redis) => Ok(vec![redis]),
            None => {
                note("redis-server is not installed: left out");
                Ok(Vec::new())
            }
        },
        Work::Mix | Work::Transact => Ok(Vec::new()),
    }
}

fn take_turn(load: Load, process: crate::process::Process, seconds: Duration) -> anyhow::Result<Turn> {
    let mut crew = Crew::connect(load)?;
    crew.run(WARM_UP)?;
    let before = process.processor_s()?;
    let seen = crew.run(seconds)?;
    let processor_s = process.processor_s()? - before;
    let messages = seen.latencies.len() as f64;
    let at = |quantile| seen.latencies.value_at_quantile(quantile) as f64 / 1_000.0;
    Ok(Turn {
        cpu_us: processor_s * 1e6 / messages,
        rate: messages / seen.took.as_secs_f64(),
        p50_us: at(0.5),
        p99_us: at(0.99),
        p999_us: at(0.999),
    })
}
