//! Files into a store: read, match, write in batches, say what became of every row.

mod batch;
mod progress;
mod rejected;
mod report;
mod writer;

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use clap::ArgMatches;
use formats::{Format, Import, Row, RowError};

use crate::args::ImportArgs;
use crate::client::{Login, snapshot};
use crate::failure::{Ended, Failure, Outcome};
use crate::matching::{Matching, Trust};
use crate::output;
use crate::target::{Missing, Target};
use progress::Progress;
use rejected::Rejected;
use report::{Counts, Report};
use writer::{Mode, Writer};

/// Imports the files one after the other, none of them unless all can be read.
pub(crate) async fn import(args: ImportArgs, matches: Option<&ArgMatches>, login: &Login) -> Ended {
    let format = args.format.map(Format::from);
    let mut read = Vec::new();
    for file in &args.files {
        read.push(read_through(file, format)?);
    }
    let missing = if args.dry_run { Missing::Imagine } else { Missing::Make };
    let target = Target::open(&args.target, matches, missing, login).await?;
    eprintln!("importing into {}", target.name);
    let imported = import_all(&args, format, &read, &target).await;
    target.close().await;
    let total = imported?;
    if args.json.json {
        output::json(&total)?;
    } else {
        let would = if args.dry_run { "nothing was written, it would be: " } else { "" };
        output::line(format_args!("{would}{total}"))?;
    }
    Ok(if total.refused > 0 { Outcome::Partial } else { Outcome::Done })
}

async fn import_all(
    args: &ImportArgs,
    format: Option<Format>,
    read: &[Read],
    target: &Target,
) -> Result<Counts, Failure> {
    let mut total = Counts::default();
    for (file, read) in args.files.iter().zip(read) {
        let counts = import_file(args, file, format, *read, target).await?;
        if args.files.len() > 1 {
            eprintln!("{}: {counts}", file.display());
        }
        total += counts;
    }
    Ok(total)
}

/// Reads a whole file and keeps nothing: an error anywhere in it must be known before anything is written.
fn read_through(file: &Path, format: Option<Format>) -> anyhow::Result<Read> {
    if journal::is_backup(file) {
        let file = file.display();
        bail!("{file} is a backup: bookstore restore {file} makes a store of it again; nothing was imported");
    }
    let progress = Progress::reading(file);
    let mut import = open(file, format)?;
    let mut read = Read::default();
    // A bad row is told about when its turn comes; a bad file ends here.
    while let Some(glance) = import.glance() {
        let glance = glance.map_err(|error| anyhow!("{error}")).with_context(|| unreadable(file))?;
        read.rows += 1;
        read.with_id += u64::from(glance.names_id);
        progress.at(read.rows);
    }
    progress.finish();
    let rows = if read.rows == 1 { "row" } else { "rows" };
    eprintln!("{}: {}, {} {rows}", file.display(), import.description(), read.rows);
    let unknown = import.unknown();
    if !unknown.is_empty() {
        eprintln!("{}: not known and left out: {}", file.display(), unknown.join(", "));
    }
    Ok(read)
}

fn open(file: &Path, format: Option<Format>) -> anyhow::Result<Import> {
    formats::open(file, format).map_err(|error| anyhow!("{error}")).with_context(|| unreadable(file))
}

fn unreadable(file: &Path) -> String {
    format!("{}: nothing was imported", file.display())
}

async fn import_file(
    args: &ImportArgs,
    file: &Path,
    format: Option<Format>,
    read: Read,
    target: &Target,
) -> Result<Counts, Failure> {
    let client = target.link.client().await?;
    let snapshot = snapshot(&client).await?;
    let trust = if args.by_id { Trust::IdAlone } else { Trust::Agreeing };
    let matching = Matching::new(&snapshot.books, trust);
    drop(snapshot);

    let mode = if args.dry_run { Mode::DryRun } else { Mode::Write };
    let import = open(file, format)?;
    let rejected = (mode == Mode::Write).then(|| Rejected::beside(file, import.header()));
    let report = Report::new(file, &import, Progress::importing(read.rows), rejected);
    let mut writer = Writer::new(&target.link, matching, report, mode);
    for turn in read.turns() {
        for row in open(file, format)? {
            let row = row.map_err(|error| anyhow!("{error}; importing the file again is safe"))?;
            if turn.takes(&row) {
                take(&mut writer, row).await?;
            }
        }
    }
    Ok(writer.finish().await?)
}

/// What the first reading of a file found.
#[derive(Clone, Copy, Default)]
struct Read {
    rows: u64,
    with_id: u64,
}

/// Rows that name their book come before rows that do not: else these could take a book, or a number, that a later row
/// names, and the file imported again would mean something else.
#[derive(Clone, Copy)]
enum Turn {
    All,
    WithId,
    WithoutId,
}

impl Read {
    fn turns(self) -> &'static [Turn] {
        if self.with_id == 0 || self.with_id == self.rows { &[Turn::All] } else { &[Turn::WithId, Turn::WithoutId] }
    }
}

impl Turn {
    fn takes(self, row: &Result<Row, RowError>) -> bool {
        match self {
            Turn::All => true,
            Turn::WithId => row.as_ref().is_ok_and(Row::names_id),
            Turn::WithoutId => !row.as_ref().is_ok_and(Row::names_id),
        }
    }
}

async fn take(writer: &mut Writer<'_>, row: Result<Row, RowError>) -> anyhow::Result<()> {
    match row {
        Ok(row) => writer.take(row).await,
        Err(RowError { line, reason, cells }) => writer.report.refuse(line, &reason, &cells),
    }
}
