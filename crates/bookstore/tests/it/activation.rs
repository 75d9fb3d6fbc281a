//! A socket that somebody else keeps: systemd, or here the test.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::server::{Ended, Server};

const RESTARTS: usize = 3;

/// The program, with `listener` as its file 3, as `sd_listen_fds(3)` describes it.
fn lent(listener: &TcpListener) -> Command {
    let mut command = Command::new("sh");
    let script = "exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\"";
    command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_bookstore"));
    command.stdin(Stdio::from(OwnedFd::from(listener.try_clone().unwrap())));
    command
}

fn start(listener: &TcpListener, data: &Path) -> Server {
    // The address does not count: nobody could listen there.
    Server::begin(lent(listener), "127.0.0.1:1", data, &[])
}

fn ask(stream: &mut TcpStream) {
    stream.write_all(b"GET /books HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
}

fn answer(mut stream: TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut received = String::new();
    stream.read_to_string(&mut received).unwrap();
    received
}

#[test]
fn who_connects_while_no_server_runs_is_answered_by_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut server = start(&listener, &data);
    assert_eq!(server.address(), address.to_string());
    server.run(["add", "--title", "Saman"]).ok();
    assert!(server.stop().success());

    let waiting: Vec<TcpStream> = (0..20)
        .map(|_| {
            let mut stream = TcpStream::connect(address).unwrap();
            ask(&mut stream);
            stream
        })
        .collect();
    let _server = start(&listener, &data);
    for stream in waiting {
        let received = answer(stream);
        assert!(received.starts_with("HTTP/1.1 200 ") && received.contains("Saman"), "{received}");
    }
}

#[test]
fn a_restart_refuses_no_connection() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut server = start(&listener, &data);
    let (is_over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let ask_on = || {
            while !is_over.load(Ordering::Relaxed) {
                let mut stream = TcpStream::connect(address).unwrap();
                ask(&mut stream);
                let received = answer(stream);
                assert!(received.starts_with("HTTP/1.1 200 "), "{received:?}");
                answered.fetch_add(1, Ordering::Relaxed);
            }
        };
        let asking: Vec<_> = (0..4).map(|_| scope.spawn(ask_on)).collect();
        for restart in 1..=RESTARTS {
            while answered.load(Ordering::Relaxed) < restart * 50 {
                assert!(!asking.iter().any(|one| one.is_finished()), "one was not answered");
                std::thread::yield_now();
            }
            assert!(server.stop().success());
            server = start(&listener, &data);
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn what_is_lent_must_be_one_listening_socket() {
    let folder = tempfile::tempdir().unwrap();
    let serve = ["serve", "--data", "data"];
    let mut file = Command::new("sh");
    file.arg("-c").arg("exec 3</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\"");
    let refused = Ended::of(file.arg(env!("CARGO_BIN_EXE_bookstore")).args(serve).current_dir(&folder)).fails_with(1);
    assert!(refused.contains("no TCP socket that listens"), "{refused}");
    let mut two = Command::new("sh");
    two.arg("-c").arg("exec 3</dev/null 4</dev/null; LISTEN_PID=$$ LISTEN_FDS=2 exec \"$0\" \"$@\"");
    let refused = Ended::of(two.arg(env!("CARGO_BIN_EXE_bookstore")).args(serve).current_dir(&folder)).fails_with(1);
    assert!(refused.contains("2 sockets were handed over"), "{refused}");
}

#[test]
fn the_service_manager_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let told = || {
        let mut text = [0; 100];
        let length = manager.recv(&mut text).unwrap();
        String::from_utf8(text[..length].to_vec()).unwrap()
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_bookstore"));
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "20000");
    let mut server = Server::begin(command, "127.0.0.1:0", &folder.path().join("data"), &[]);
    assert_eq!(told().trim(), "READY=1");
    for _ in 0..3 {
        assert_eq!(told().trim(), "WATCHDOG=1");
    }
    server.signal("TERM");
    while told().trim() != "STOPPING=1" {}
    assert!(server.ended().success());
}
