//! Heads of requests beyond all bounds, and paths that lead out.

use tokio::io::AsyncWriteExt;

use crate::fixture::{Server, soon};
use crate::sockets::{exchange, rest, statuses};

/// What the sockets of both sides hold, roughly, besides what the server reads.
const SOCKET_BYTES: usize = 16 * 1024 * 1024;

#[tokio::test]
async fn too_many_headers_and_too_long_ones_are_431_and_the_end() {
    let server = Server::start().await;
    let get = "GET /health HTTP/1.1\r\nHost: localhost\r\n";
    let table = [
        ("2,000 headers", "X-Many: x\r\n".repeat(2_000)),
        ("2,000 empty headers", "X:\r\n".repeat(2_000)),
        ("a header of 1 MiB", format!("X-Long: {}\r\n", "x".repeat(1024 * 1024))),
        ("a name of 1 MiB", format!("{}: x\r\n", "x".repeat(1024 * 1024))),
        ("cookies of 100 KiB", format!("Cookie: {}\r\n", "a=b;".repeat(25 * 1024))),
    ];
    for (what, lines) in table {
        // A request behind it is never looked at.
        let received = exchange(&server, &format!("{get}{lines}\r\n{get}\r\n")).await;
        assert!(["431", "400"].contains(&statuses(&received)[0]), "{what}: {received}");
        assert_eq!(statuses(&received).len(), 1, "{what}: {received}");
    }
    let long_path = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(70_000));
    let received = exchange(&server, &long_path).await;
    assert!(["414", "431"].contains(&statuses(&received)[0]), "{received}");
}

#[tokio::test]
async fn a_head_that_cannot_be_read_is_refused_by_a_problem_as_everything_is() {
    let server = Server::start().await;
    let many = format!("GET /health HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X-Many: x\r\n".repeat(101));
    let long = format!("GET /health HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(70_000));
    for (request, status, name) in [
        ("nonsense\r\n\r\n".to_owned(), 400, "invalid_request"),
        ("GET /health HTTP/1.1\r\nContent-Length: x\r\n\r\n".to_owned(), 400, "invalid_request"),
        ("GET /health HTTP/1.1\r\nHost: localhost\r\nB\u{0}d: x\r\n\r\n".to_owned(), 400, "invalid_request"),
        (many, 431, "headers_too_large"),
        (long, 431, "headers_too_large"),
    ] {
        let received = exchange(&server, &request).await;
        let (head, body) = received.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{received}");
        assert!(head.contains("\r\nconnection: close\r\n"), "{received}");
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{received}");
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(problem["type"], format!("/problems/{name}"));
        assert_eq!(problem["status"], status);
    }
}

#[tokio::test]
async fn headers_without_end_are_cut_off_early() {
    let server = Server::start().await;
    let mut stream = server.raw().await;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Endless: ").await.unwrap();
    let piece = vec![b'x'; 64 * 1024];
    let mut sent = 0;
    while soon(stream.write_all(&piece)).await.is_ok() {
        sent += piece.len();
        assert!(sent < 64 * SOCKET_BYTES, "it is read on and on");
    }
    let received = rest(&mut stream).await;
    assert!(received.is_empty() || statuses(&received) == ["431"], "{received}");
}

#[tokio::test]
async fn no_path_leads_out_of_the_assets() {
    let server = Server::start().await;
    for path in [
        "/assets/../../etc/passwd",
        "/assets/x/../../../../etc/passwd",
        "/assets/x/..%2f..%2f..%2fetc%2fpasswd",
        "/assets/x/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%5c..%5cwindows/win.ini",
        "/assets/x/....//....//etc/passwd",
        "/assets/x//etc/passwd",
        "/assets/x/%00",
        "/assets/x/app.js%00.css",
        "/assets/x/%c0%ae%c0%ae%c0%afpasswd",
        "//etc/passwd",
        "/../books.json",
        "/books/../books.json",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let received = exchange(&server, &request).await;
        assert!(["404", "400"].contains(&statuses(&received)[0]), "{path}: {received}");
        assert!(!received.contains("root:"), "{path}: {received}");
    }
}

#[tokio::test]
async fn health_is_cheap_and_says_nothing() {
    let server = Server::start().await;
    server.client().await.add("Saman").await;
    for (path, body) in [("/health", r#"{"status":"ok"}"#), ("/ready", r#"{"status":"ready"}"#)] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let received = exchange(&server, &request).await;
        assert_eq!(received.split_once("\r\n\r\n").unwrap().1, body);
    }
}
