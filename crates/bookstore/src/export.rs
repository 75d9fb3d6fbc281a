//! All books into a file.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use catalogue::Book;
use clap::ArgMatches;
use formats::Format;

use crate::args::ExportArgs;
use crate::client::{Login, snapshot};
use crate::failure::{Ended, Outcome};
use crate::target::{Missing, Target};

/// Writes every book at one revision, by id.
pub(crate) async fn export(args: ExportArgs, matches: Option<&ArgMatches>, login: &Login) -> Ended {
    let file = args.file.filter(|file| file != Path::new("-"));
    let format = args.format.map_or_else(|| format_of(file.as_deref()), Format::from);
    let target = Target::open(&args.target, matches, Missing::Refuse, login).await?;
    let taken = async { snapshot(&target.link.client().await?).await }.await;
    let name = target.name.clone();
    target.close().await;
    let snapshot = taken?;
    match &file {
        Some(file) => write_file(file, &snapshot.books, format)?,
        None => write_stdout(&snapshot.books, format)?,
    }
    eprintln!("{} books of {name} at revision {}", snapshot.books.len(), snapshot.revision);
    Ok(Outcome::Done)
}

/// The format that a file's name says; JSON if it says none.
fn format_of(file: Option<&Path>) -> Format {
    let extension = file.and_then(Path::extension).map(|extension| extension.to_ascii_lowercase());
    match extension.as_deref().and_then(|extension| extension.to_str()) {
        Some("jsonl" | "ndjson") => Format::JsonLines,
        Some("csv") => Format::Csv,
        Some("tsv" | "tab") => Format::Tsv,
        _ => Format::Json,
    }
}

/// The file is whole or not there: it is written beside and then put in place.
fn write_file(file: &Path, books: &[Book], format: Format) -> anyhow::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".tmp");
    let beside = PathBuf::from(beside);
    let writing = || -> anyhow::Result<()> {
        let mut out = BufWriter::new(File::create(&beside)?);
        write(books, format, &mut out)?;
        out.into_inner()?.sync_all()?;
        Ok(fs::rename(&beside, file)?)
    };
    writing().with_context(|| format!("cannot write {}", file.display())).inspect_err(|_| {
        // Half a file is of no use; that it cannot be removed changes nothing of what is told.
        let _ = fs::remove_file(&beside);
    })
}

fn write_stdout(books: &[Book], format: Format) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    write(books, format, &mut out)?;
    Ok(out.flush()?)
}

fn write(books: &[Book], format: Format, out: &mut dyn Write) -> anyhow::Result<()> {
    formats::export(books, format, out).map_err(|error| anyhow!("{error}"))
}
