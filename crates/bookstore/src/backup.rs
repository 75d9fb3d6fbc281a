//! The whole store into one file.

mod draft;

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, anyhow};
use clap::ArgMatches;
use journal::{FileJournal, OpenError, OpenOptions};

use self::draft::{Checked, Draft};
use crate::archive::now;
use crate::args::BackupArgs;
use crate::client::{Login, Server, http};
use crate::failure::{Ended, Failure, Outcome};
use crate::output;
use crate::store::{has_store, server_of};
use crate::target::{Place, no_directory};

/// Backs a store up at one revision: a running server's, or a directory's.
pub(crate) async fn backup(args: BackupArgs, matches: Option<&ArgMatches>, login: &Login) -> Ended {
    if args.file == Path::new("-") {
        let mut out = Checked::new(io::stdout());
        let name = write(&args, matches, login, &mut out).await?;
        out.finish().context("what was written to stdout is no backup")?;
        eprintln!("a backup of {name} is written to stdout");
        return Ok(Outcome::Done);
    }
    if args.file.exists() && !args.force && !is_to_be_replaced(&args.file)? {
        let file = args.file.display();
        return Err(Failure::Failed(anyhow!("{file} is there already: name another file, or say --force")));
    }
    let mut draft = Draft::beside(&args.file)?;
    let name = write(&args, matches, login, &mut draft).await?;
    let said = tokio::task::spawn_blocking(move || draft.finish()).await.map_err(anyhow::Error::from)??;
    for line in said {
        output::line(line)?;
    }
    output::line(format_args!("{name} is backed up in {}", args.file.display()))?;
    Ok(Outcome::Done)
}

fn is_to_be_replaced(file: &Path) -> io::Result<bool> {
    output::confirmed(format_args!("Replace {}?", file.display()))
}

/// Writes the backup to `out`, and says what it is of.
async fn write(
    args: &BackupArgs,
    matches: Option<&ArgMatches>,
    login: &Login,
    out: &mut dyn Write,
) -> Result<String, Failure> {
    match Place::choose(&args.target, matches, login).await {
        Place::Server(server) => download(&server, out).await,
        Place::Directory(path) => from_directory(&path, out).await,
    }
}

async fn download(server: &Server, out: &mut dyn Write) -> Result<String, Failure> {
    http::get(server, "/backup", &mut |piece| out.write_all(piece)).await?;
    Ok(server.to_string())
}

async fn from_directory(path: &Path, out: &mut dyn Write) -> Result<String, Failure> {
    if !has_store(path) {
        return Err(no_directory(path));
    }
    let opened = match FileJournal::open_whole(path, OpenOptions::default()) {
        Err(OpenError::Locked { .. }) => return download(&server_of(path)?, out).await,
        opened => opened.map_err(anyhow::Error::from)?,
    };
    let (opened, journal) = opened;
    for notice in &opened.notices {
        tracing::warn!("{notice}");
    }
    for piece in journal.backup(opened.catalogue, now()).map_err(anyhow::Error::from)? {
        out.write_all(&piece.map_err(anyhow::Error::from)?)?;
    }
    Ok(path.display().to_string())
}
