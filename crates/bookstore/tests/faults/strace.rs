//! A disk that fails: strace answers system calls in the system's place.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::server::Server;

/// strace on a running server; dropped, it lets go of it.
pub(crate) struct Strace {
    child: Child,
    folder: TempDir,
}

impl Strace {
    /// Has calls of the server that concern `path`, all of them where there is none, answered as `inject` says, from now on.
    pub(crate) fn attach(server: &Server, path: Option<&Path>, inject: &str) -> Strace {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("strace");
        command.args(["-f", "-y", "-e", "trace=pwrite64,fdatasync,fsync,ftruncate,rename,renameat,renameat2"]);
        command.arg("-e").arg(format!("inject={inject}")).arg("-o").arg(folder.path().join("log"));
        if let Some(path) = path {
            command.arg("-P").arg(path);
        }
        let mut child = command.arg("-p").arg(server.pid().to_string()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        while !said.contains(" attached") {
            let before = said.len();
            lines.read_line(&mut said).unwrap();
            assert!(said.len() > before, "strace does not work here: {said}");
        }
        // It goes on to say which threads come and go.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Strace { child, folder }
    }

    /// The calls up to now, in order, one a line.
    pub(crate) fn calls(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
        // Threads come and go, and signals arrive: no calls.
        log.lines().filter(|line| !line.contains("+++") && !line.contains("---")).map(str::to_owned).collect()
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        // It may be gone already, with the server.
        let interrupt = format!("kill -INT {}", self.child.id());
        let _ = Command::new("sh").args(["-c", &interrupt]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}
