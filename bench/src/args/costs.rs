//! What measures costs, and what is made of the figures.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct Requests {
    /// What is asked for
    #[arg(long, value_enum, value_delimiter = ',', default_value = "get,mix,update,transact,create")]
    pub(crate) work: Vec<Work>,
    /// Calls of a connection under way at once
    #[arg(long, value_delimiter = ',', default_value = "1,16")]
    pub(crate) pipeline: Vec<usize>,
    /// Books in the catalogue at the start
    #[arg(long, value_delimiter = ',', default_value = "1000")]
    pub(crate) books: Vec<u64>,
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: u64,
    /// How often each server has its turn
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// How long a turn is
    #[arg(long, default_value_t = 2.0)]
    pub(crate) seconds: f64,
    /// Leave out the other servers
    #[arg(long)]
    pub(crate) alone: bool,
    /// Beside `get` also json-server, fetched by npm
    #[arg(long)]
    pub(crate) json_server: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OpenLoop {
    /// Gets a second
    #[arg(long, default_value_t = 20_000.0)]
    pub(crate) gets: f64,
    /// Durable updates a second
    #[arg(long, default_value_t = 1_000.0)]
    pub(crate) writes: f64,
    /// Connections that get
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: u64,
    /// Books in the catalogue
    #[arg(long, default_value_t = 1_000)]
    pub(crate) books: u64,
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// How long a round is
    #[arg(long, default_value_t = 5.0)]
    pub(crate) seconds: f64,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Work {
    /// `books.get` of random books
    Get,
    /// `books.create` of some 400 bytes
    Create,
    /// `books.update` of one field of random books
    Update,
    /// Nine times `get`, then `update`
    Mix,
    /// `books.transact` of 100 updates
    Transact,
}

impl Work {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Work::Get => "get",
            Work::Create => "create",
            Work::Update => "update",
            Work::Mix => "mix",
            Work::Transact => "transact",
        }
    }

    /// The most calls of a connection under way at once: more transactions would be more than the server has memory for.
    pub(crate) fn pipeline_max(self) -> usize {
        if self == Work::Transact { 1 } else { usize::MAX }
    }

    /// Whether each call is one write, as Redis' `SET` is.
    pub(crate) fn is_durable(self) -> bool {
        matches!(self, Work::Create | Work::Update)
    }
}

#[derive(Debug, Args)]
pub(crate) struct Figures {
    /// In minutes instead of half an hour: fewer and shorter rounds, nothing of a million books
    #[arg(long, conflicts_with = "smoke")]
    pub(crate) quick: bool,
    /// In seconds: everything once and tiny, for whether it works, not for its figures
    #[arg(long)]
    pub(crate) smoke: bool,
    /// Only these loads
    #[arg(long, value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Where the figures go, as JSON
    #[arg(long, default_value = "target/figures.json")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Tables {
    /// What `figures` wrote; of a load that is in several, the last counts
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Put them into this page, between its markers, instead of on stdout
    #[arg(long)]
    pub(crate) into: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Plots {
    /// What `figures` wrote; of a load that is in several, the last counts
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The folder they go into
    #[arg(long, default_value = "docs/performance")]
    pub(crate) into: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Yardstick {
    #[arg(value_enum)]
    pub(crate) kind: YardstickKind,
    /// Books that it has
    #[arg(long, default_value_t = 0)]
    pub(crate) books: u64,
}

/// Servers that do less than ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum YardstickKind {
    /// What came goes back
    Echo,
    /// Parses a call and answers from memory
    Limit,
    /// Hands each frame that comes to everybody else
    Frames,
}

impl YardstickKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            YardstickKind::Echo => "echo",
            YardstickKind::Limit => "limit",
            YardstickKind::Frames => "frames",
        }
    }
}
