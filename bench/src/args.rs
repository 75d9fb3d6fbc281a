//! The command line.

mod costs;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::fanout::Concerned;
use crate::report::Format;
pub(crate) use costs::{Figures, OpenLoop, Plots, Requests, Tables, Work, Yardstick, YardstickKind};

/// Load on a whole server.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Report as JSON on stdout instead of a table
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { Format::Table }
    }
}

/// The server under load.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The program to start [default: `bookstore` beside this one]
    #[arg(long, global = true, value_name = "PATH", conflicts_with = "server")]
    pub(crate) binary: Option<PathBuf>,
    /// A server that runs already, instead of starting one; its books are written to
    #[arg(long, global = true, value_name = "ADDRESS:PORT", requires = "pid")]
    pub(crate) server: Option<SocketAddr>,
    /// The process of that server, whose memory and descriptors are looked at
    #[arg(long, global = true, requires = "server")]
    pub(crate) pid: Option<u32>,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Load(Load),
    /// All figures of docs/performance.md, in one run and one file
    Figures(Figures),
    /// The tables of docs/performance.md from such files
    Tables(Tables),
    /// Its plots
    Plots(Plots),
    /// One of the servers that do less
    #[command(hide = true)]
    Yardstick(Yardstick),
}

/// The kinds of load.
#[derive(Debug, Subcommand)]
pub(crate) enum Load {
    /// Many connections at once, each subscribed, with and without some that never read
    Crowd(Crowd),
    /// Many clients come back at once after the server was stopped or killed
    Storm(Storm),
    /// Coming and going for a long time
    Soak(Soak),
    /// Changes to many subscribers, beside a server that only hands out ready frames
    Fanout(Fanout),
    /// A large file is imported while somebody else asks for books
    Import(Import),
    /// The server starts on many books: a snapshot, and entries behind it
    Start(Start),
    /// Snapshots are written while the server serves
    Snapshot(Snapshot),
    /// Calls and answers, beside servers that do less
    Requests(Requests),
    /// Calls at a fixed rate, whatever the answers do
    OpenLoop(OpenLoop),
    /// Lists by every sort, with and without filters, the first page and a far one
    List(List),
    /// Connections that are subscribed and silent: their memory
    Idle(Idle),
}

#[derive(Debug, Args)]
pub(crate) struct Idle {
    #[arg(long, default_value_t = 10_000)]
    pub(crate) connections: usize,
    /// How often each server has its turn
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Books in the catalogue
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) books: u64,
    /// How often each page is asked for
    #[arg(long, default_value_t = 20)]
    pub(crate) rounds: usize,
    /// Writes before the second half, so that some books are in no order yet [0: no second half]
    #[arg(long, default_value_t = 3_000)]
    pub(crate) writes: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Crowd {
    /// Connections in all
    #[arg(long, default_value_t = 10_000)]
    pub(crate) clients: usize,
    /// Of these, how many never read in the runs with sleepers
    #[arg(long, default_value_t = 1_000)]
    pub(crate) sleepers: usize,
    /// How often each kind of run is done
    #[arg(long, default_value_t = 3)]
    pub(crate) rounds: usize,
    /// How long is written in each run
    #[arg(long, default_value_t = 40)]
    pub(crate) seconds: u64,
    /// Writes a second
    #[arg(long, default_value_t = 4.0)]
    pub(crate) rate: f64,
    /// Each subscriber filters by one of so many languages, of at most ten [default: no filter]
    #[arg(long, default_value_t = 1, hide_default_value = true, value_parser = clap::value_parser!(u64).range(1..=10))]
    pub(crate) filters: u64,
    /// Books in the catalogue
    #[arg(long, default_value_t = 2_000)]
    pub(crate) books: usize,
    /// Judge only what must hold however busy the machine is: one run with sleepers, no comparison of times
    #[arg(long)]
    pub(crate) untimed: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Storm {
    /// Clients that come back
    #[arg(long, default_value_t = 5_000)]
    pub(crate) clients: usize,
    /// How often the server is ended: by SIGTERM and SIGKILL in turn
    #[arg(long, default_value_t = 6)]
    pub(crate) rounds: usize,
    /// Writes at full speed before each end, so that most clients have something to catch up with
    #[arg(long, default_value_t = 300)]
    pub(crate) burst: usize,
    /// Books in the catalogue
    #[arg(long, default_value_t = 2_000)]
    pub(crate) books: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Soak {
    /// How long
    #[arg(long, default_value_t = 30.0)]
    pub(crate) minutes: f64,
    /// Clients at any time
    #[arg(long, default_value_t = 300)]
    pub(crate) clients: usize,
    /// Books in the catalogue
    #[arg(long, default_value_t = 2_000)]
    pub(crate) books: usize,
    /// Writes before the soak, so that what grows to a limit (recent entries, 100,000 receipts and their table) is there
    /// already
    #[arg(long, default_value_t = 250_000)]
    pub(crate) warm_up: usize,
    /// Judge only what must hold however short the run is: no trend of memory
    #[arg(long)]
    pub(crate) untimed: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Fanout {
    /// Connections, each subscribed
    #[arg(long, default_value_t = 1_000)]
    pub(crate) subscribers: usize,
    /// Changes sent together; the next ones follow when all these have reached everybody
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) burst: u64,
    /// Bursts in each run; more where few subscribers are told of a change
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) bursts: u64,
    /// How often each case is run
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Only subscribers with so many different filters, 0 for none [default: none, 1, 10, and one each]
    #[arg(long, value_parser = clap::value_parser!(u64).range(..=1_000))]
    pub(crate) filters: Option<u64>,
    /// Which of these filters a change concerns
    #[arg(long = "match", value_enum, default_value = "all", requires = "filters")]
    pub(crate) concerned: Concerned,
    /// Books in the catalogue, at least 1,000; with further numbers whoever has no filter is told by those catalogues as well
    #[arg(long, default_value = "1000", value_delimiter = ',')]
    pub(crate) books: Vec<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Books in the file
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) books: u64,
    /// Imports, each into a new server
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Books that somebody else asks for a second
    #[arg(long, default_value_t = 500.0)]
    pub(crate) gets: f64,
}

#[derive(Debug, Args)]
pub(crate) struct Start {
    /// Books in the snapshot; several numbers are compared
    #[arg(long, value_delimiter = ',', default_value = "100000,1000000")]
    pub(crate) books: Vec<u64>,
    /// Entries behind the snapshot
    #[arg(long, default_value_t = 100_000)]
    pub(crate) entries: u64,
    /// Starts on each number of books
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Snapshot {
    /// Books in the catalogue
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) books: u64,
    /// Snapshots, each with a time without one before it
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Gets a second
    #[arg(long, default_value_t = 2_000.0)]
    pub(crate) gets: f64,
    /// Writes a second, of about 12 kB
    #[arg(long, default_value_t = 500.0)]
    pub(crate) writes: f64,
}
