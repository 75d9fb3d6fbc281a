//! A server starts on many books: a snapshot, and the entries written since.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::args::{self, Target};
use crate::books;
use crate::import::{import, info, write_file};
use crate::latencies::median;
use crate::link::{Link, ReceiveBuffer};
use crate::report::{Reach, Report, note};
use crate::server::{Server, Signal};

/// What a million books may take to be ready, and how often all books may be in memory.
const SECONDS_MAX: f64 = 6.0;
const JSON_MAX: f64 = 2.0;
const JSON_BYTES_MIN: f64 = 100e6;

/// A server's directory, as it was when it was killed.
struct Prepared {
    server: Server,
    books: u64,
    revision: u64,
    /// The snapshot from before the entries.
    kept: PathBuf,
}

/// What a start took.
struct Started {
    seconds: f64,
    cpu_s: f64,
    memory: u64,
}

/// Starts as often as asked for on each number of books, by turns.
pub(crate) async fn run(target: &Target, args: &args::Start) -> anyhow::Result<Report> {
    ensure!(target.server.is_none(), "the server is started again and again: leave --server out");
    let settings = json!({"books": args.books, "entries": args.entries, "rounds": args.rounds});
    let mut report = Report::new("start", settings);
    let folder = tempfile::tempdir()?;
    let mut prepared = Vec::new();
    for books in &args.books {
        prepared.push(prepare(target, folder.path(), *books, args.entries).await?);
    }
    let mut started: Vec<Vec<Started>> = prepared.iter().map(|_| Vec::new()).collect();
    for round in 1..=args.rounds {
        for (one, started) in prepared.iter_mut().zip(&mut started) {
            let start = start(one).await?;
            note(format_args!("round {round}: {} books in {:.2} s", one.books, start.seconds));
            started.push(start);
        }
    }
    let mut before: Option<(u64, f64)> = None;
    for (one, started) in prepared.iter().zip(&started) {
        let seconds = tell(&mut report, one, started)?;
        if let Some((fewer, less)) = before.replace((one.books, seconds)) {
            // A tenth more than linear.
            let most = 1.1 * one.books as f64 / fewer as f64;
            let name = format!("time of {} by {fewer} books", one.books);
            report.goal(name, seconds / less, "", Reach::AtMost(most));
        }
    }
    Ok(report)
}

fn tell(report: &mut Report, prepared: &Prepared, started: &[Started]) -> anyhow::Result<f64> {
    let books = prepared.books;
    let mid = |value: fn(&Started) -> f64| median(started.iter().map(value).collect());
    let (seconds, memory) = (mid(|start| start.seconds), mid(|start| start.memory as f64));
    let json = fs::metadata(&prepared.kept)?.len() as f64;
    report.goal(format!("{books} books: ready after"), seconds, "s", Reach::AtMost(SECONDS_MAX));
    report.figure(format!("{books} books: processor time"), mid(|start| start.cpu_s), "s");
    report.figure(format!("{books} books: memory"), memory / 1024.0 / 1024.0, "MiB");
    // What does not depend on the books is most of what a small catalogue takes.
    if json > JSON_BYTES_MIN {
        let name = format!("{books} books: memory by the bytes of their JSON");
        report.goal(name, memory / json, "", Reach::AtMost(JSON_MAX));
    }
    Ok(seconds)
}

/// Fills a directory: books in the snapshot, then entries behind it.
async fn prepare(target: &Target, folder: &Path, books: u64, entries: u64) -> anyhow::Result<Prepared> {
    let mut server = Server::start(target).await?;
    import(&server, &write_file(folder, books)?).await?;
    server.end(Signal::Term).await?;
    let kept = folder.join(format!("{books}.kept"));
    fs::copy(snapshot(&server)?, &kept)?;
    server.start_again().await?;
    let mut link = Link::connect(server.address, ReceiveBuffer::Usual).await?;
    books::write_each(&mut link, 0..entries, |number| update(number, books)).await?;
    let revision = books::position(&mut link).await?.1;
    server.end(Signal::Kill).await?;
    note(format_args!("{books} books and {entries} entries are there"));
    Ok(Prepared { server, books, revision, kept })
}

async fn start(prepared: &mut Prepared) -> anyhow::Result<Started> {
    let Prepared { server, books, revision, kept } = prepared;
    fs::copy(kept, snapshot(server)?)?;
    let began = Instant::now();
    server.start_again().await?;
    let seconds = began.elapsed().as_secs_f64();
    let started = Started { seconds, cpu_s: server.process.processor_s()?, memory: server.process.memory()? };
    let info = info(server.address).await?;
    ensure!(info["books"] == *books && info["revision"] == *revision, "not everything is there: {info}");
    server.end(Signal::Kill).await?;
    Ok(started)
}

fn snapshot(server: &Server) -> anyhow::Result<PathBuf> {
    Ok(server.data().context("a server of ours has a directory")?.join("books.json"))
}

/// Write `number` changes one of all the books, one far from the other.
fn update(number: u64, books: u64) -> Value {
    json!({"id": number * 7_919 % books + 1, "set": {"shelf": format!("shelf {number}")}})
}
