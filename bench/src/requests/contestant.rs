//! Servers that take turns under the same load.

use std::io::{BufWriter, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use super::framing::Wire;
use crate::args::{Target, YardstickKind};
use crate::generated;
use crate::process::Process;
use crate::server::Server;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server under load.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) process: Process,
    pub(crate) wire: Wire,
    _own: Own,
}

/// What ends with it.
enum Own {
    Server { _server: Box<Server> },
    Child { _child: Child, _folder: Option<TempDir> },
}

impl Contestant {
    /// Ours, with so many books.
    pub(crate) async fn ours(target: &Target, books: u64) -> anyhow::Result<Contestant> {
        let server = Server::start_on(target, |data| write_books(data, books)).await?;
        Ok(Contestant {
            name: OURS,
            address: server.address,
            process: server.process,
            wire: Wire::WebSocket,
            _own: Own::Server { _server: Box::new(server) },
        })
    }

    pub(crate) async fn yardstick(kind: YardstickKind, books: u64) -> anyhow::Result<Contestant> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["yardstick", kind.name(), "--books", &books.to_string()]);
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let mut ready = String::new();
        let mut out = BufReader::new(child.stdout.take().context("its output is ours")?);
        timeout(PATIENCE, out.read_line(&mut ready)).await.context("the yardstick did not get ready")??;
        let process = Process(child.id().context("the yardstick has ended already")?);
        let own = Own::Child { _child: child, _folder: None };
        Ok(Contestant { name: kind.name(), address: ready.trim().parse()?, process, wire: Wire::WebSocket, _own: own })
    }

    /// Redis that syncs each write; `None` where it is not installed.
    pub(crate) async fn redis() -> anyhow::Result<Option<Contestant>> {
        let folder = tempfile::tempdir()?;
        // The system has just given this port to us, and gives it to nobody else for a while.
        let address = tokio::net::TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
        let mut command = Command::new("redis-server");
        command.args(["--port", &address.port().to_string(), "--bind", "127.0.0.1", "--loglevel", "warning"]);
        command.args(["--appendonly", "yes", "--appendfsync", "always", "--save", ""]);
        command.arg("--dir").arg(folder.path()).stdout(Stdio::null()).kill_on_drop(true);
        let Ok(child) = command.spawn() else { return Ok(None) };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).await.is_err() {
            anyhow::ensure!(Instant::now() < deadline, "redis-server did not get ready");
            sleep(Duration::from_millis(20)).await;
        }
        let process = Process(child.id().context("redis-server has ended already")?);
        let own = Own::Child { _child: child, _folder: Some(folder) };
        Ok(Some(Contestant { name: REDIS, address, process, wire: Wire::Resp, _own: own }))
    }
}

/// What ours is called in a report.
pub(crate) const OURS: &str = "bookstore";
/// What Redis is called.
pub(crate) const REDIS: &str = "redis";

/// A list of books as the first start takes it over.
fn write_books(data: &Path, books: u64) -> anyhow::Result<()> {
    std::fs::create_dir(data)?;
    let mut file = BufWriter::new(std::fs::File::create(data.join("books.json"))?);
    file.write_all(b"[")?;
    for number in 1..=books {
        let comma = if number == 1 { "" } else { "," };
        write!(file, "{comma}\n{}", generated::book(number))?;
    }
    file.write_all(b"\n]\n")?;
    Ok(file.flush()?)
}
