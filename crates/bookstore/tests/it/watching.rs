//! watch, through restarts.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

use serde_json::Value;

use crate::server::{Server, bookstore};

struct Watch {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watch {
    fn start(server: &Server, options: &[&str]) -> Watch {
        let mut command = bookstore(server.data().parent().unwrap());
        command.args(["watch", "--server", server.url()]).args(options);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Watch { child, lines }
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    fn event(&mut self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// The revision of the next change.
    fn change(&mut self) -> u64 {
        loop {
            let event = self.event();
            if event["type"] == "change" {
                return event["revision"].as_u64().unwrap();
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn watch_resumes_after_a_restart_without_loss_or_repeat() {
    let mut server = Server::start();
    let mut watch = Watch::start(&server, &["--json"]);
    assert_eq!(watch.event()["type"], "current");
    for round in 0..3 {
        server.run(["add", "--title", "Before"]).ok();
        assert_eq!(watch.change(), round * 2 + 1);
        server.kill_and_restart();
        server.run(["add", "--title", "After"]).ok();
        assert_eq!(watch.change(), round * 2 + 2);
    }
}

#[test]
fn watch_tells_time_who_what_and_title() {
    let server = Server::start();
    server.run(["add", "--title", "Saman", "--language", "id"]).ok();
    server.run(["edit", "1", "year=1998"]).ok();
    server.run(["add", "--title", "Beloved", "--language", "en"]).ok();
    server.run(["delete", "1"]).ok();
    let mut watch = Watch::start(&server, &["--since", "0", "--language", "id"]);
    let parts: Vec<String> = (0..3).map(|_| watch.line().split_once('\t').unwrap().1.to_owned()).collect();
    assert_eq!(parts, ["local\tcreated 1\tSaman", "local\tupdated 1 (year)\tSaman", "local\tdeleted 1"]);
}

#[test]
fn a_position_that_is_not_there_ends_the_watch() {
    let server = Server::start();
    let refused = server.run(["watch", "--since", "99"]).fails_with(1);
    assert!(refused.contains("-32010") && refused.contains("leave --since out"), "{refused}");
}
