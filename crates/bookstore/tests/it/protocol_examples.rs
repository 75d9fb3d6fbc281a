//! Every example of PROTOCOL.md, run in the order of the page against a fresh server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use crate::server::Server;

#[tokio::test]
async fn every_example_of_the_protocol_page_is_true() {
    let page = include_str!("../../../../PROTOCOL.md");
    let server = Server::start();
    let url = format!("ws://{}/ws", server.address());
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.expect("the server answers");
    let mut run = 0;
    for example in examples(page) {
        match example {
            Example::WebSocket(lines) => {
                for line in lines {
                    if let Some(frame) = line.strip_prefix("--> ") {
                        socket.send(Message::text(frame)).await.expect("the socket is open");
                    } else if let Some(expected) = line.strip_prefix("<-- ") {
                        let received = socket.next().await.expect("the socket is open").expect("a frame comes");
                        check(expected, received.to_text().expect("frames are text"));
                        run += 1;
                    }
                }
            }
            Example::Http(text) => {
                check_http(text, server.address());
                run += 1;
            }
            Example::Events(text) => {
                check_events(text, server.address());
                run += 1;
            }
        }
    }
    assert!(run > 20, "the page's examples were not found: only {run}");
}

enum Example<'a> {
    WebSocket(Vec<&'a str>),
    Http(&'a str),
    Events(&'a str),
}

fn examples(page: &str) -> impl Iterator<Item = Example<'_>> {
    page.split("\n```").skip(1).step_by(2).filter_map(|block| {
        let (language, text) = block.split_once('\n')?;
        match language {
            "ws" => Some(Example::WebSocket(text.lines().collect())),
            "http" => Some(Example::Http(text)),
            "events" => Some(Example::Events(text)),
            _ => None,
        }
    })
}

/// An HTTP example: request line, headers, body and answer, each behind an empty line.
fn check_http(example: &str, address: &str) {
    let parts: Vec<&str> = example.split("\n\n").collect();
    let (head, rest) = parts.split_first().expect("an example has a head");
    let has_body = rest.first().is_some_and(|part| !part.starts_with(|c: char| c.is_ascii_digit()));
    let (body, answer) = if has_body { (rest[0], &rest[1..]) } else { ("", rest) };

    let (request_line, headers) = head.split_once('\n').unwrap_or((head, ""));
    let headers: String = headers.lines().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    let request = format!(
        "{request_line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.write_all(request.as_bytes()).expect("the request is sent");
    let mut received = String::new();
    stream.read_to_string(&mut received).expect("an answer comes");
    let (received_head, received_body) = received.split_once("\r\n\r\n").expect("an answer has a head");

    let (status, expected_headers) = answer[0].split_once('\n').unwrap_or((answer[0], ""));
    assert!(received_head.starts_with(&format!("HTTP/1.1 {status}")), "{request_line}: {received}");
    for header in expected_headers.lines() {
        let found = received_head.lines().any(|line| line.eq_ignore_ascii_case(header));
        assert!(found, "{request_line}: no {header} in\n{received_head}");
    }
    if let Some(expected) = answer.get(1) {
        check(expected, received_body);
    }
}

/// An event stream: request line, answer, and the lines of its first events. By HTTP/1.0 they come without chunks between.
fn check_events(example: &str, address: &str) {
    let parts: Vec<&str> = example.split("\n\n").collect();
    let [request_line, answer, expected] = parts[..] else { panic!("three parts: {example}") };
    let mut stream = TcpStream::connect(address).expect("the server listens");
    write!(stream, "{request_line} HTTP/1.0\r\nHost: {address}\r\n\r\n").expect("the request is sent");
    let mut lines = BufReader::new(stream).lines().map(|line| line.expect("the stream goes on"));
    let (status, headers) = answer.split_once('\n').expect("an answer has a header");
    let head: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    assert!(head[0].contains(status), "{head:?}");
    for header in headers.lines() {
        assert!(head.iter().any(|line| line.eq_ignore_ascii_case(header)), "no {header} in {head:?}");
    }
    let mut told = lines.filter(|line| !line.is_empty() && !line.starts_with("retry:"));
    for expected in expected.lines() {
        let line = told.next().expect("the stream goes on");
        match expected.strip_prefix("data: ") {
            Some(expected) => check(expected, line.strip_prefix("data: ").unwrap_or_else(|| panic!("{line}"))),
            None => assert!(line.starts_with(expected.trim_end_matches('*')), "{line}"),
        }
    }
}

/// Compares as JSON; `"*"` stands for anything.
fn check(expected: &str, received: &str) {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let (wanted, found) = (parse(expected), parse(received));
    assert!(matches(&wanted, &found), "expected\n{expected}\nreceived\n{received}");
}

fn matches(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::String(any), _) if any == "*" => true,
        (Value::Object(wanted), Value::Object(found)) => {
            wanted.len() == found.len()
                && wanted.iter().all(|(name, value)| found.get(name).is_some_and(|other| matches(value, other)))
        }
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.len() == found.len() && wanted.iter().zip(found).all(|(value, other)| matches(value, other))
        }
        _ => wanted == found,
    }
}
