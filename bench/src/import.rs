//! A large file is imported into a running server, while somebody else asks for books.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::{interval, sleep};

use crate::args::{self, Target};
use crate::bystander::{Bystander, Times};
use crate::generated;
use crate::latencies::median;
use crate::link::{Link, ReceiveBuffer};
use crate::process::Process;
use crate::report::{Reach, Report, note};
use crate::server::Server;

/// How long the bystander is watched without an import.
const QUIET: Duration = Duration::from_secs(3);
/// How often processes are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What an import took.
pub(crate) struct Imported {
    pub(crate) seconds: f64,
    /// What it says of itself.
    pub(crate) counts: String,
    pub(crate) server_cpu_s: f64,
    pub(crate) client_cpu_s: f64,
    /// The most memory that was seen, in bytes.
    pub(crate) server_memory: u64,
    pub(crate) client_memory: u64,
}

/// Imports as often as asked for, each time into a new server.
pub(crate) async fn run(target: &Target, args: &args::Import) -> anyhow::Result<Report> {
    ensure!(target.server.is_none(), "each import goes into a new server: leave --server out");
    let settings = json!({"books": args.books, "rounds": args.rounds, "gets": args.gets});
    let mut report = Report::new("import", settings);
    let folder = tempfile::tempdir()?;
    let file = write_file(folder.path(), args.books)?;
    let (mut all, mut quiet, mut beside) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=args.rounds {
        let server = Server::start(target).await?;
        fill_a_little(&server, folder.path()).await?;
        let nothing = async {
            sleep(QUIET).await;
            Ok(())
        };
        quiet.push(watch(server.address, args.gets, nothing).await?.1);
        let (imported, times) = watch(server.address, args.gets, import(&server, &file)).await?;
        let books = info(server.address).await?["books"].as_u64();
        let rate = args.books as f64 / imported.seconds;
        note(format_args!("round {round}: {rate:.0} books/s, gets p99 {:.2} ms", times.p99));
        report.check(format!("round {round}: every book is there"), books == Some(args.books), &imported.counts);
        all.push(imported);
        beside.push(times);
    }
    tell(&mut report, &all, args.books as f64);
    tell_times(&mut report, "gets before", &quiet);
    report.figure("gets before: p99", median(quiet.iter().map(|times| times.p99).collect()), "ms");
    tell_times(&mut report, "gets beside the import", &beside);
    let p99 = median(beside.iter().map(|times| times.p99).collect());
    report.goal("a get's p99 while books are imported", p99, "ms", Reach::AtMost(10.0));
    Ok(report)
}

/// Runs the program's own import to its end.
pub(crate) async fn import(server: &Server, file: &Path) -> anyhow::Result<Imported> {
    let before = server.process.processor_s()?;
    let began = Instant::now();
    let mut command = Command::new(server.running()?);
    command.arg("import").arg(file).args(["--server", &format!("http://{}", server.address)]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn()?;
    let process = Process(child.id().context("the import has ended already")?);
    let ending = child.wait_with_output();
    tokio::pin!(ending);
    let (mut client_cpu_s, mut client_memory, mut server_memory) = (0.0, 0, 0);
    let mut look = interval(LOOK_EVERY);
    let output = loop {
        tokio::select! {
            output = &mut ending => break output?,
            _ = look.tick() => {
                // Of one that has just ended, the last look counts.
                client_cpu_s = process.processor_s().unwrap_or(client_cpu_s);
                client_memory = process.memory().unwrap_or_default().max(client_memory);
                server_memory = server.process.memory()?.max(server_memory);
            }
        }
    };
    let seconds = began.elapsed().as_secs_f64();
    ensure!(output.status.success(), "the import failed: {}", output.status);
    let counts = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let server_cpu_s = server.process.processor_s()? - before;
    Ok(Imported { seconds, counts, server_cpu_s, client_cpu_s, server_memory, client_memory })
}

/// A file of JSON Lines in `folder`, of so many generated books.
pub(crate) fn write_file(folder: &Path, books: u64) -> anyhow::Result<PathBuf> {
    let path = folder.join(format!("{books}.jsonl"));
    generated::write_lines(&path, 1..=books)?;
    Ok(path)
}

/// What the server says of itself.
pub(crate) async fn info(address: SocketAddr) -> anyhow::Result<Value> {
    let mut link = Link::connect(address, ReceiveBuffer::Usual).await?;
    Ok(serde_json::from_str(link.call("server.info", json!({})).await?.get())?)
}

/// How long somebody who asks for books waits meanwhile.
async fn watch<T>(
    address: SocketAddr,
    rate: f64,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<(T, Times)> {
    let bystander = Bystander::begin(address, rate, ("books.get", Box::new(get)));
    let done = work.await;
    let asked = bystander.end().await?;
    Ok((done?, Times::of(&asked)))
}

fn get(number: u64) -> Value {
    json!({"id": number % BOOKS_FIRST + 1})
}

/// Books that are there before, for the bystander.
const BOOKS_FIRST: u64 = 1_000;

async fn fill_a_little(server: &Server, folder: &Path) -> anyhow::Result<()> {
    let few = write_file(folder, BOOKS_FIRST)?;
    import(server, &few).await.map(drop)
}

fn tell(report: &mut Report, all: &[Imported], books: f64) {
    let mid = |value: fn(&Imported) -> f64| median(all.iter().map(value).collect());
    let mib = 1024.0 * 1024.0;
    report.goal("imported", books / mid(|one| one.seconds), "books/s", Reach::AtLeast(60_000.0));
    report.figure("server's processor time", mid(|one| one.server_cpu_s) / books * 1e6, "us/book");
    report.figure("client's processor time", mid(|one| one.client_cpu_s) / books * 1e6, "us/book");
    report.figure("server's memory, most", mid(|one| one.server_memory as f64) / mib, "MiB");
    report.figure("client's memory, most", mid(|one| one.client_memory as f64) / mib, "MiB");
}

/// Medians of the rounds; their p99 is for the caller to tell.
pub(crate) fn tell_times(report: &mut Report, what: &str, rounds: &[Times]) {
    let mid = |value: fn(&Times) -> f64| median(rounds.iter().map(value).collect());
    report.figure(format!("{what}: p50"), mid(|times| times.p50), "ms");
    report.figure(format!("{what}: p99.9"), mid(|times| times.p999), "ms");
    report.figure(format!("{what}: longest"), mid(|times| times.max), "ms");
}
