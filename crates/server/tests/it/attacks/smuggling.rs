//! Requests that two servers in a row might part at different places: there is never a second answer.

use crate::fixture::Server;
use crate::sockets::{exchange, statuses};

/// What is to be taken for a request of its own by one of the two.
const HIDDEN: &str = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
const POST: &str = "POST /books HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

#[tokio::test]
async fn a_request_of_unclear_length_is_400_and_the_end() {
    let server = Server::start().await;
    let table = [
        ("two lengths", format!("{POST}Content-Length: 2\r\nContent-Length: 30\r\n\r\n{{}}")),
        ("a list of lengths", format!("{POST}Content-Length: 2, 30\r\n\r\n{{}}")),
        ("a length and chunks", format!("{POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")),
        ("chunks and a length", format!("{POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")),
        ("chunks that are compressed", format!("{POST}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n")),
        ("two codings", format!("{POST}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")),
        ("chunks that are not last", format!("{POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")),
        ("chunks twice", format!("{POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n")),
        ("a coding nobody knows", format!("{POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")),
        ("a space before the colon", format!("{POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n")),
        ("a folded line", format!("{POST}Content-Length: 2\r\nTransfer-Encoding:\r\n chunked\r\n\r\n{{}}")),
        ("chunks in HTTP/1.0", POST.replace("1.1", "1.0") + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("a null byte", format!("{POST}X: a\0b\r\nContent-Length: 2\r\n\r\n{{}}")),
        ("a bare return", format!("{POST}X: a\rTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{{}}")),
        ("two hosts", POST.replace("\r\nContent", "\r\nHost: evil.example\r\nContent") + "Content-Length: 2\r\n\r\n{}"),
        ("no version", "GET /books\r\nHost: localhost\r\n\r\n".to_owned()),
        ("a version nobody knows", "GET /books HTTP/9.9\r\nHost: localhost\r\n\r\n".to_owned()),
        ("a space too many", "GET /books x HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned()),
        ("no request at all", "\x16\x03\x01\x02\0\x01\0\x01\r\n\r\n".to_owned()),
    ];
    for (what, request) in table {
        let received = exchange(&server, &format!("{request}{HIDDEN}")).await;
        assert_eq!(statuses(&received), ["400"], "{what}: {received}");
        assert!(!received.contains("bookstore_books"), "{what}: {received}");
    }
}

#[tokio::test]
async fn a_target_elsewhere_is_not_served_from_here() {
    let server = Server::start().await;
    let table = [
        ("GET http://evil.example/books HTTP/1.1\r\nHost: localhost", "421"),
        ("GET http://localhost/books HTTP/1.1\r\nHost: evil.example", "421"),
        ("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443", "421"),
        ("CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443", "404"),
        ("GET books HTTP/1.1\r\nHost: localhost", "421"),
        ("GET http://user@localhost/ HTTP/1.1\r\nHost: localhost", "400"),
    ];
    for (head, status) in table {
        let received = exchange(&server, &format!("{head}\r\nConnection: close\r\n\r\n")).await;
        assert_eq!(statuses(&received), [status], "{head}: {received}");
    }
}

#[tokio::test]
async fn a_line_that_ends_in_a_bare_line_feed_parts_no_request_in_two() {
    let server = Server::start().await;
    let bare = "GET /health HTTP/1.1\nHost: localhost\nContent-Length: 47\nConnection: close\n\n";
    let received = exchange(&server, &format!("{bare}{HIDDEN}")).await;
    assert_eq!(statuses(&received).len(), 1, "{received}");
    assert!(!received.contains("bookstore_books"), "{received}");
}
