//! The program as a process: started, waited for by its own words, killed.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use tempfile::TempDir;

/// A running server; dropped, it is killed.
pub(crate) struct Server {
    child: Child,
    url: String,
    data: PathBuf,
    folder: Option<TempDir>,
}

impl Server {
    /// A server on a free port, with a new data directory of its own.
    pub(crate) fn start() -> Server {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Server::start_on(&folder.path().join("data"), &[]);
        server.folder = Some(folder);
        server
    }

    /// A server on a free port with that data directory.
    pub(crate) fn start_on(data: &Path, options: &[&str]) -> Server {
        Server::start_at("127.0.0.1:0", data, options)
    }

    /// A server whose files cannot grow beyond so many blocks of 512 bytes: to the journal, a full disk.
    pub(crate) fn start_cramped(data: &Path, blocks: u32) -> Server {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("ulimit -f {blocks} && exec \"$0\" \"$@\"")).arg(env!("CARGO_BIN_EXE_bookstore"));
        Server::begin(command, "127.0.0.1:0", data, &[])
    }

    /// A server that listens there.
    pub(crate) fn start_at(listen: &str, data: &Path, options: &[&str]) -> Server {
        Server::begin(bookstore(data.parent().unwrap()), listen, data, options)
    }

    /// A server by that command, which takes the program's arguments.
    pub(crate) fn begin(mut command: Command, listen: &str, data: &Path, options: &[&str]) -> Server {
        let log = log_of(data);
        command.args(["serve", "--listen", listen]).arg("--data").arg(data).args(options);
        let mut child = command.stdout(Stdio::piped()).stderr(File::create(&log).unwrap()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let url = ready.trim().strip_prefix("bookstore: listening on ").map(str::to_owned);
        let url = url.unwrap_or_else(|| {
            // It is on its way out; its reasons are in the log.
            child.wait().unwrap();
            panic!("not ready: {ready:?}\n{}", std::fs::read_to_string(&log).unwrap())
        });
        Server { child, url, data: data.to_owned(), folder: None }
    }

    /// `http://127.0.0.1:…/`, or https
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// `127.0.0.1:…`
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/')
    }

    /// `ws://127.0.0.1:…/ws`
    pub(crate) fn websocket(&self) -> String {
        format!("ws://{}/ws", self.address())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// What it wrote to stderr so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(log_of(&self.data)).unwrap()
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGKILL, then a new one on the same port and directory.
    pub(crate) fn kill_and_restart(&mut self) {
        self.kill();
        let address = self.address().to_owned();
        let mut next = Server::start_at(&address, &self.data, &[]);
        next.folder = self.folder.take();
        *self = next;
    }

    /// SIGTERM, then a new one on the same port and directory.
    pub(crate) fn restart(&mut self) {
        assert!(self.stop().success());
        let address = self.address().to_owned();
        let mut next = Server::start_at(&address, &self.data, &[]);
        next.folder = self.folder.take();
        *self = next;
    }

    /// SIGTERM, and the end.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.ended()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.pid())).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// The command line against this server, logged in.
    pub(crate) fn run_as<S: AsRef<OsStr>>(&self, token: &str, arguments: impl IntoIterator<Item = S>) -> Ended {
        let mut command = bookstore(self.data.parent().unwrap());
        command.env("BOOKSTORE_SERVER", &self.url).env("BOOKSTORE_TOKEN", token).args(arguments);
        Ended::of(&mut command)
    }

    /// The command line against this server.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ended {
        let mut command = bookstore(self.data.parent().unwrap());
        command.env("BOOKSTORE_SERVER", &self.url).args(arguments);
        Ended::of(&mut command)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that has ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    pub(crate) fn of(command: &mut Command) -> Ended {
        let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: status.code().expect("no signal ends it"), out: text(stdout), err: text(stderr) }
    }

    /// Its stdout, where it did all it was asked.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }

    /// Its stdout as JSON.
    pub(crate) fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// Its stderr, where it ended with that code.
    pub(crate) fn fails_with(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        self.err
    }
}

/// The program, in that working directory, without the settings of whoever runs the tests.
pub(crate) fn bookstore(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bookstore"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("BOOKSTORE_")) {
        command.env_remove(name);
    }
    command.current_dir(folder);
    command
}

/// Runs the program to its end.
pub(crate) fn run<S: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = S>) -> Ended {
    Ended::of(bookstore(folder).args(arguments))
}

fn log_of(data: &Path) -> PathBuf {
    data.with_extension("log")
}
