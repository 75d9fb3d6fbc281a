//! The server under load.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::args::Target;
use crate::process::Process;

/// How long a start or an end may take.
const PATIENCE: Duration = Duration::from_secs(180);
/// The data directory in a server's folder.
const DATA: &str = "data";

/// A server: a process of ours on a directory that goes with it, or one that was there before.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) process: Process,
    own: Option<Own>,
}

struct Own {
    binary: PathBuf,
    child: Child,
    folder: TempDir,
}

/// How a server is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Term,
    Kill,
}

impl Server {
    /// The server of the command line; its own ones are new and empty.
    pub(crate) async fn start(target: &Target) -> anyhow::Result<Server> {
        Server::start_on(target, |_| Ok(())).await
    }

    /// The same, but its own ones find in their data directory, which is not there yet, what `prepare` puts there.
    pub(crate) async fn start_on(
        target: &Target,
        prepare: impl FnOnce(&Path) -> anyhow::Result<()>,
    ) -> anyhow::Result<Server> {
        if let (Some(address), Some(pid)) = (target.server, target.pid) {
            return Ok(Server { address, process: Process(pid), own: None });
        }
        let binary = Server::binary(target)?;
        let folder = tempfile::tempdir()?;
        prepare(&folder.path().join(DATA))?;
        let (child, address) = spawn(&binary, folder.path(), "127.0.0.1:0").await?;
        let process = Process(child.id().context("the server has ended already")?);
        Ok(Server { address, process, own: Some(Own { binary, child, folder }) })
    }

    /// The program that is started.
    pub(crate) fn binary(target: &Target) -> anyhow::Result<PathBuf> {
        match &target.binary {
            Some(path) => Ok(path.clone()),
            None => Ok(std::env::current_exe()?.with_file_name("bookstore")),
        }
    }

    /// The data directory of one of its own.
    pub(crate) fn data(&self) -> Option<PathBuf> {
        self.own.as_ref().map(|own| own.folder.path().join(DATA))
    }

    /// The program that one of its own runs.
    pub(crate) fn running(&self) -> anyhow::Result<&Path> {
        Ok(&self.own.as_ref().context("the program of a server that runs already is not known")?.binary)
    }

    /// Ends the process; gives how it ended.
    pub(crate) async fn end(&mut self, signal: Signal) -> anyhow::Result<ExitStatus> {
        let Some(own) = &mut self.own else {
            bail!("only a server that was started here can be ended: leave --server out")
        };
        match signal {
            Signal::Kill => own.child.start_kill()?,
            Signal::Term => {
                // The shell's own kill: not every machine has it as a program.
                let sent = Command::new("sh").arg("-c").arg(format!("kill -TERM {}", self.process.0)).status().await?;
                anyhow::ensure!(sent.success(), "the server could not be told to stop");
            }
        }
        Ok(timeout(PATIENCE, own.child.wait()).await.context("the server did not end")??)
    }

    /// Starts it again where it was.
    pub(crate) async fn start_again(&mut self) -> anyhow::Result<()> {
        let Some(own) = &mut self.own else { bail!("only a server that was started here can be started again") };
        let (child, _) = spawn(&own.binary, own.folder.path(), &self.address.to_string()).await?;
        self.process = Process(child.id().context("the server has ended already")?);
        own.child = child;
        Ok(())
    }
}

async fn spawn(binary: &Path, folder: &Path, listen: &str) -> anyhow::Result<(Child, SocketAddr)> {
    let mut command = Command::new(binary);
    command.args(["serve", "--log", "warn", "--listen", listen]).arg("--data").arg(folder.join(DATA));
    let mut child =
        command.current_dir(folder).stdout(Stdio::piped()).kill_on_drop(true).spawn().with_context(|| {
            format!(
                "{} cannot be started: build it with `cargo build --release`, or name it with --binary",
                binary.display()
            )
        })?;
    let mut ready = String::new();
    let mut out = BufReader::new(child.stdout.take().context("its output is ours")?);
    timeout(PATIENCE, out.read_line(&mut ready)).await.context("the server did not get ready")??;
    let url =
        ready.trim().strip_prefix("bookstore: listening on http://").context("the server did not start; see above")?;
    Ok((child, url.trim_end_matches('/').parse()?))
}
