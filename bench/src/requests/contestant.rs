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
use crate::args::{Target, Work, YardstickKind};
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
    /// Books that it began with; 0 where it has none.
    pub(crate) books: u64,
    own: Own,
}

/// What ends with it.
enum Own {
    Server { _server: Server },
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
            books,
            own: Own::Server { _server: server },
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
        let (name, address) = (kind.name(), ready.trim().parse()?);
        let wire = if kind == YardstickKind::Echo { Wire::Echo } else { Wire::WebSocket };
        Ok(Contestant { name, address, process, wire, books, own })
    }

    /// Redis that syncs each write; `None` where it is not installed.
    pub(crate) async fn redis() -> anyhow::Result<Option<Contestant>> {
        let folder = tempfile::tempdir()?;
        let address = free_address().await?;
        let mut command = Command::new("redis-server");
        command.args(["--port", &address.port().to_string(), "--bind", "127.0.0.1", "--loglevel", "warning"]);
        command.args(["--appendonly", "yes", "--appendfsync", "always", "--save", ""]);
        command.arg("--dir").arg(folder.path()).stdout(Stdio::null()).kill_on_drop(true);
        let Ok(child) = command.spawn() else { return Ok(None) };
        Ok(Some(Contestant::listening("redis", child, folder, address, Wire::Resp, 0).await?))
    }

    /// json-server as its users run it, with the books in its file; `None` where npm is not installed.
    pub(crate) async fn json_server(books: u64) -> anyhow::Result<Option<Contestant>> {
        let folder = tempfile::tempdir()?;
        let mut install = Command::new("npm");
        install.args(["install", "--silent", "--no-audit", "--no-fund", JSON_SERVER, "--prefix"]).arg(folder.path());
        match install.stdout(Stdio::null()).status().await {
            Ok(status) if status.success() => {}
            _ => return Ok(None),
        }
        let file = folder.path().join("db.json");
        let all: Vec<_> = (1..=books).map(generated::book).collect();
        std::fs::write(&file, serde_json::json!({ "books": all }).to_string())?;
        let address = free_address().await?;
        let mut command = Command::new("node");
        command.arg(folder.path().join("node_modules/json-server/lib/cli/bin.js"));
        command.args(["--quiet", "--host", "127.0.0.1", "--port", &address.port().to_string()]).arg(&file);
        let child = command.stdout(Stdio::null()).kill_on_drop(true).spawn()?;
        Ok(Some(Contestant::listening("json-server", child, folder, address, Wire::Http, books).await?))
    }

    /// Another's program, as soon as it accepts connections.
    async fn listening(
        name: &'static str,
        child: Child,
        folder: TempDir,
        address: SocketAddr,
        wire: Wire,
        books: u64,
    ) -> anyhow::Result<Contestant> {
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).await.is_err() {
            anyhow::ensure!(Instant::now() < deadline, "{name} did not get ready");
            sleep(Duration::from_millis(20)).await;
        }
        let process = Process(child.id().with_context(|| format!("{name} has ended already"))?);
        let own = Own::Child { _child: child, _folder: Some(folder) };
        Ok(Contestant { name, address, process, wire, books, own })
    }

    pub(crate) fn is_ours(&self) -> bool {
        matches!(self.own, Own::Server { .. })
    }

    /// Whether it can do that work, so deep.
    pub(crate) fn takes_part(&self, work: Work, pipeline: usize) -> bool {
        match self.wire {
            Wire::WebSocket | Wire::Echo => self.is_ours() || work == Work::Get,
            Wire::Resp => work.is_durable(),
            Wire::Http => work == Work::Get && pipeline == 1,
        }
    }
}

/// The system has just given its port to us, and gives it to nobody else for a while.
async fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(tokio::net::TcpListener::bind("127.0.0.1:0").await?.local_addr()?)
}

/// What ours is called in a report.
const OURS: &str = "bookstore";
/// The one that the original's users would run.
const JSON_SERVER: &str = "json-server@0.17.4";

/// A list of books as the first start takes it over.
pub(crate) fn write_books(data: &Path, books: u64) -> anyhow::Result<()> {
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
