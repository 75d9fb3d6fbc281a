//! A store from a backup.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::ArgMatches;
use journal::{Occupied, OpenError, OpenOptions, RestoreError, Restored};
use protocol::method::RestoreResult;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::args::RestoreArgs;
use crate::client::{CallError, Client, Login, Server, http};
use crate::failure::{Ended, Failure, Outcome};
use crate::output;
use crate::store::{has_store, server_of};
use crate::target::Place;

/// How long a server may take to begin anew with the restored store.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(100);
const PIECE_BYTES: usize = 64 * 1024;

/// Puts the store of a backup in the place of a running server's, or of a directory's.
pub(crate) async fn restore(args: RestoreArgs, matches: Option<&ArgMatches>, login: &Login) -> Ended {
    let file = args.file.clone();
    if file != Path::new("-") {
        check(&file).await?;
    }
    match Place::choose(&args.target, matches, login).await {
        Place::Server(server) => on_server(&server, &args).await,
        Place::Directory(path) => in_directory(path, args).await,
    }
}

/// Says what the backup holds, or fails with what is wrong with it before anything else is touched.
async fn check(file: &Path) -> Result<(), Failure> {
    let path = file.to_owned();
    let checking = tokio::task::spawn_blocking(move || journal::verify_backup(&path));
    let report = checking.await.map_err(anyhow::Error::from)?.map_err(anyhow::Error::from)?;
    if !report.damage.is_empty() {
        return Err(Failure::Failed(anyhow!("{}", report.damage.join("\n"))));
    }
    report.lines.iter().try_for_each(output::line)?;
    Ok(())
}

async fn in_directory(path: PathBuf, args: RestoreArgs) -> Ended {
    let occupied = match args.replace || (has_store(&path) && is_to_be_replaced(&path.display().to_string())?) {
        true => Occupied::SetAside,
        false => Occupied::Refuse,
    };
    let source = open(&args.file)?;
    let directory = path.clone();
    let restoring = move || journal::restore(&directory, source, occupied, &OpenOptions::default());
    let restored = tokio::task::spawn_blocking(restoring).await.map_err(anyhow::Error::from)?;
    let Restored { store, revision, contents, aside } = match restored {
        Err(RestoreError::Open(OpenError::Locked { .. })) => return on_server(&server_of(&path)?, &args).await,
        restored => restored.map_err(anyhow::Error::from)?,
    };
    if let Some(aside) = aside {
        output::line(format_args!("what was there before is in {}", aside.display()))?;
    }
    output::line(format_args!(
        "restored: {} has {} books; its store is {store} now, at revision {revision}",
        path.display(),
        contents.books
    ))?;
    Ok(Outcome::Done)
}

async fn on_server(server: &Server, args: &RestoreArgs) -> Ended {
    let is_asked = io::stdin().is_terminal() && !args.replace;
    if is_asked && !is_to_be_replaced(&server.to_string())? {
        return Err(Failure::Failed(anyhow!("nothing was changed")));
    }
    let restored: RestoreResult = http::post(server, "/restore", pieces(open(&args.file)?)).await?;
    wait_for(server, &restored).await?;
    let RestoreResult { store, revision, books, aside } = restored;
    if let Some(aside) = aside {
        output::line(format_args!("what was there before is in {aside}, in the server's data directory"))?;
    }
    output::line(format_args!(
        "restored: {server} has {books} books; its store is {store} now, at revision {revision}"
    ))?;
    Ok(Outcome::Done)
}

/// Waits until the server has begun anew.
async fn wait_for(server: &Server, restored: &RestoreResult) -> anyhow::Result<()> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        if store_of(server).await.is_ok_and(|store| store == restored.store) {
            return Ok(());
        }
        if Instant::now() > give_up {
            let seconds = PATIENCE.as_secs();
            return Err(anyhow!("{server} took the backup, and does not serve it after {seconds} s: see its log"));
        }
        sleep(PAUSE).await;
    }
}

async fn store_of(server: &Server) -> Result<String, CallError> {
    let info: Value = Client::connect(server).await?.call("server.info", json!({})).await?;
    Ok(info["store"].as_str().unwrap_or_default().into())
}

fn is_to_be_replaced(what: &str) -> io::Result<bool> {
    output::confirmed(format_args!("Put the backup in the place of what {what} has? That is moved aside, not deleted."))
}

fn open(file: &Path) -> anyhow::Result<Box<dyn Read + Send>> {
    if file == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    let opened = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(Box::new(opened))
}

fn pieces(mut source: Box<dyn Read + Send>) -> server::Pieces {
    Box::new(std::iter::from_fn(move || {
        let mut piece = vec![0; PIECE_BYTES];
        match source.read(&mut piece) {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                Some(Ok(piece))
            }
            Err(error) => Some(Err(error)),
        }
    }))
}
