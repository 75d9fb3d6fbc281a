//! Many clients lose their server and come back at once.

mod follower;

use std::collections::BTreeMap;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::args::{self, Target};
use crate::books;
use crate::latencies::{Latencies, median};
use crate::link::{Ended, Link, ReceiveBuffer};
use crate::report::{Report, note};
use crate::server::{Server, Signal};
use follower::{Follower, Told};

/// How long all may take to be live again.
const BACK_MAX: Duration = Duration::from_secs(60);
/// How far into a burst of writes the server is ended.
const INTO_THE_BURST: Duration = Duration::from_millis(20);

/// The followers and the server they follow.
struct Storm {
    server: Server,
    told: mpsc::Receiver<Told>,
    /// When the server was ready; nobody is live before.
    ready: watch::Sender<Instant>,
    /// The revision at which all may stop.
    end: watch::Sender<Option<u64>>,
    following: Vec<JoinHandle<()>>,
    faults: Vec<String>,
    written: u64,
}

/// What came of one end of the server.
struct Round {
    signal: Signal,
    status: ExitStatus,
    start_s: f64,
    back: Latencies,
    back_with: Back,
}

/// Who came back.
#[derive(Default)]
struct Back {
    live: usize,
    /// Changes that they had to catch up with, together.
    missed: u64,
    endings: BTreeMap<String, usize>,
}

/// Does all rounds.
pub(crate) async fn run(target: &Target, args: &args::Storm) -> anyhow::Result<Report> {
    let settings = json!({"clients": args.clients, "rounds": args.rounds, "burst": args.burst, "books": args.books});
    let mut report = Report::new("storm", settings);
    let mut storm = Storm::gather(target, args).await?;
    let (mut starts, mut p50s, mut lasts, mut missed) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for number in 0..args.rounds {
        let signal = if number % 2 == 0 { Signal::Term } else { Signal::Kill };
        let round = storm.round(signal, args.burst).await?;
        let spread = round.back.spread();
        note(format_args!("round {}: {} live after {:.0} ms", number + 1, round.back_with.live, spread.max));
        missed += round.back_with.missed;
        starts.push(round.start_s * 1_000.0);
        p50s.push(spread.p50);
        lasts.push(spread.max);
        round.judge(&mut report, number + 1, args.clients);
    }
    report.figure("server ready again, median", median(starts), "ms");
    report.figure("half of the clients live after it is ready, median", median(p50s), "ms");
    report.figure("the last client live, median", median(lasts.clone()), "ms");
    report.figure("the last client live, slowest round", lasts.iter().copied().fold(0.0, f64::max), "ms");
    report.figure("changes that a client had to catch up with, mean", missed as f64 / all_returns(args), "");
    storm.finish(&mut report).await?;
    Ok(report)
}

fn all_returns(args: &args::Storm) -> f64 {
    (args.clients * args.rounds) as f64
}

impl Storm {
    /// Starts a server and has everybody subscribed.
    async fn gather(target: &Target, args: &args::Storm) -> anyhow::Result<Storm> {
        anyhow::ensure!(target.server.is_none(), "a storm ends its server: leave --server out");
        let server = Server::start(target).await?;
        let mut link = Link::connect(server.address, ReceiveBuffer::Usual).await?;
        books::fill(&mut link, args.books).await?;
        let (tell, told) = mpsc::channel(2 * args.clients + 1);
        let (ready, end) = (watch::Sender::new(Instant::now()), watch::Sender::new(None));
        let address = server.address;
        let follow = |_| {
            let follower = Follower::new(address, tell.clone(), ready.subscribe(), end.subscribe());
            tokio::spawn(follower.run())
        };
        let following = (0..args.clients).map(follow).collect();
        let mut storm = Storm { server, told, ready, end, following, faults: Vec::new(), written: 0 };
        let all = storm.wait_until_live(args.clients, &Latencies::new()).await.live;
        anyhow::ensure!(all == args.clients, "only {all} clients could subscribe: {:?}", storm.faults.first());
        note(format_args!("{all} clients are live"));
        Ok(storm)
    }

    async fn round(&mut self, signal: Signal, burst: usize) -> anyhow::Result<Round> {
        let writing = tokio::spawn(burst_of_writes(self.server.address, self.written..self.written + burst as u64));
        self.written += burst as u64;
        sleep(INTO_THE_BURST).await;
        let status = self.server.end(signal).await?;
        let began = Instant::now();
        self.server.start_again().await?;
        let start_s = began.elapsed().as_secs_f64();
        self.ready.send_replace(Instant::now());
        let back = Latencies::new();
        let back_with = self.wait_until_live(self.following.len(), &back).await;
        // The server's end has ended it too, if it was not done before.
        let _ = writing.await;
        Ok(Round { signal, status, start_s, back, back_with })
    }

    /// Waits until so many are live, no longer than patience lasts; gives who is.
    async fn wait_until_live(&mut self, clients: usize, back: &Latencies) -> Back {
        let mut all = Back::default();
        let waiting = async {
            while all.live < clients {
                match self.told.recv().await {
                    Some(Told::Live(after, missed)) => {
                        back.add(all.live, after);
                        all.live += 1;
                        all.missed += missed;
                    }
                    Some(Told::Ended(ended)) => *all.endings.entry(ended.to_string()).or_insert(0) += 1,
                    Some(Told::Fault(fault)) => self.faults.push(fault),
                    None => return,
                }
            }
        };
        if timeout(BACK_MAX, waiting).await.is_err() {
            note(format_args!("only {} of {clients} are live after {} s", all.live, BACK_MAX.as_secs()));
        }
        all
    }

    /// Lets everybody read to the end.
    async fn finish(mut self, report: &mut Report) -> anyhow::Result<()> {
        let mut link = Link::connect(self.server.address, ReceiveBuffer::Usual).await?;
        books::write_all(&mut link, self.written..self.written + 1).await?;
        let (_, revision) = books::position(&mut link).await?;
        self.end.send_replace(Some(revision));
        let clients = self.following.len();
        let all = async {
            for follower in &mut self.following {
                follower.await?;
            }
            Ok::<_, tokio::task::JoinError>(())
        };
        let reached = timeout(BACK_MAX, all).await.context("not everybody reached the end")?;
        reached.context("a follower broke down")?;
        while let Ok(told) = self.told.try_recv() {
            if let Told::Fault(fault) = told {
                self.faults.push(fault);
            }
        }
        let found = self.faults.first().map_or_else(|| format!("revision {revision}, all {clients}"), String::clone);
        report.check("nobody misses a change or sees one twice", self.faults.is_empty(), found);
        Ok(())
    }
}

impl Round {
    fn judge(&self, report: &mut Report, number: usize, clients: usize) {
        let name = format!("round {number} ({:?})", self.signal);
        let Back { live, endings, .. } = &self.back_with;
        report.check(format!("{name}: all are live again"), *live == clients, live);
        if self.signal == Signal::Term {
            report.check(format!("{name}: the server ends with 0"), self.status.success(), self.status);
            let told = endings.get(&Ended::Closed(1001).to_string()).copied().unwrap_or(0);
            report.check(format!("{name}: all are told 1001"), told == clients, format!("{endings:?}"));
        }
    }
}

/// Writes until the server ends.
async fn burst_of_writes(address: std::net::SocketAddr, numbers: std::ops::Range<u64>) -> Result<(), Arc<Ended>> {
    let mut link = Link::connect(address, ReceiveBuffer::Usual).await?;
    Ok(books::write_all(&mut link, numbers).await?)
}
