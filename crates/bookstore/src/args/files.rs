//! Files of books: import, export.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{JsonArg, TargetArgs};

/// The formats by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// One JSON document
    Json,
    /// One JSON object a line
    #[value(alias = "ndjson", alias = "json-lines")]
    Jsonl,
    /// Comma-separated
    Csv,
    /// Tab-separated
    Tsv,
}

impl From<FormatName> for formats::Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Json => formats::Format::Json,
            FormatName::Jsonl => formats::Format::JsonLines,
            FormatName::Csv => formats::Format::Csv,
            FormatName::Tsv => formats::Format::Tsv,
        }
    }
}

const IMPORT_HELP: &str = "\
Which store: --server if given; else the directory of --data, through the server that runs on it if one does; else the \
server at http://127.0.0.1:8080 if one answers; else ./bookstore-data. With both --server and --data on the command \
line, the directory is used where no server answers.

What a row matches: a row with an id is that book where title or ISBN agrees. A row without is a book of the same ISBN \
and title or, without a valid ISBN, of the same year, title, author and publisher. What matches nothing is added. A \
known book takes the row's values; empty cells leave it. Importing a file twice changes nothing.

Refused rows go to FILE.rejected.csv with line and reason; the exit code is then 3.";

#[derive(Args, Debug)]
#[command(after_help = IMPORT_HELP)]
pub(crate) struct ImportArgs {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The files' format, where name and content do not tell
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<FormatName>,
    /// Do everything but write
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Let a row with an id be that book even where neither title nor ISBN agrees
    #[arg(long)]
    pub(crate) by_id: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) json: JsonArg,
}

#[derive(Args, Debug)]
pub(crate) struct ExportArgs {
    /// The file to write; - or none is stdout
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The format [default: by the file's name, else json]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<FormatName>,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
