//! Lengths that are announced and never sent, fragments without end, and compression that was never agreed on.

use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::fixture::Server;
use crate::raw::{CONTINUATION, FIN, PING, Raw, TEXT, frame, header};
use crate::sockets::{exchange, statuses};

#[tokio::test]
async fn a_length_beyond_the_limit_is_refused_at_the_header() {
    let server = Server::start().await;
    let begun = frame(TEXT, b"{");
    let table: [(&str, Vec<u8>, u16); 8] = [
        ("2^63-1 bytes", header(FIN | TEXT, (1 << 63) - 1), 1009),
        ("2^64-1 bytes, which no frame may have", header(FIN | TEXT, u64::MAX), 1009),
        ("4 GiB", header(FIN | TEXT, 1 << 32), 1009),
        ("16 MiB", header(FIN | TEXT, 16 << 20), 1009),
        ("4 GiB in fragments", header(TEXT, 1 << 32), 1009),
        ("4 GiB more", [begun.clone(), header(CONTINUATION, 1 << 32)].concat(), 1009),
        ("2^63-1 bytes more", [begun, header(FIN | CONTINUATION, (1 << 63) - 1)].concat(), 1009),
        ("a ping of 4 GiB", header(FIN | PING, 1 << 32), 1009),
    ];
    for (what, bytes, code) in table {
        let mut peer = Raw::connect(&server).await;
        peer.send(&bytes).await;
        assert_eq!(peer.closed_with().await, code, "{what}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_before_it_is_read() {
    let server = Server::start().await;
    let post = "POST /books HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let table = [
        ("Content-Length: 4294967296", "413"),
        ("Content-Length: 9223372036854775807", "413"),
        ("Content-Length: 18446744073709551615", "431"),
        ("Content-Length: 99999999999999999999", "400"),
        ("Content-Length: -1", "400"),
        ("Content-Length: +5", "400"),
        ("Content-Length: 0x10", "400"),
    ];
    for (length, status) in table {
        let received = exchange(&server, &format!("{post}{length}\r\n\r\n")).await;
        assert_eq!(statuses(&received), [status], "{length}: {received}");
    }
    for chunk in ["ffffffffffffffff", "fffffffffffffffff", "-1", "0x5", " "] {
        let request = format!("{post}Transfer-Encoding: chunked\r\n\r\n{chunk}\r\n{{}}");
        let mut stream = server.raw().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let received = crate::sockets::rest(&mut stream).await;
        assert_eq!(statuses(&received), ["400"], "{chunk:?}: {received}");
    }
}

#[tokio::test]
async fn fragments_of_nothing_take_no_memory_and_others_are_served() {
    let server = Server::start().await;
    let mut peer = Raw::connect(&server).await;
    peer.send(&frame(TEXT, b"")).await;
    let mut client = server.client().await;
    for _ in 0..20 {
        peer.send(&frame(CONTINUATION, b"").repeat(10_000)).await;
        peer.send(&frame(FIN | PING, b"")).await;
        client.add("Saman").await;
        assert_eq!(peer.frame().await.unwrap().payload, b"", "a pong: all before it was read");
    }
    let metrics = exchange(&server, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(metrics.contains("\nbookstore_bytes_in_flight 0\n"), "{metrics}");
    assert_eq!(client.call("server.info", json!({})).await["books"], 20);
}

#[tokio::test]
async fn compression_is_not_agreed_on_and_what_looks_compressed_is_a_breach() {
    let server = Server::start().await;
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-webkit-deflate-frame\r\n";
    let (mut peer, head) = Raw::connect_with(&server, offer).await;
    assert!(!head.to_ascii_lowercase().contains("sec-websocket-extensions"), "{head}");
    peer.send(&frame(FIN | 0x40 | TEXT, &[0xaa, 0x56, 0x4a, 0x2d])).await;
    assert_eq!(peer.closed_with().await, 1002);
}

#[tokio::test]
async fn a_compressed_body_is_not_inflated() {
    let server = Server::start().await;
    for coding in ["gzip", "br", "deflate", "zstd", "gzip, gzip", "x-gzip", "GZIP"] {
        let request = format!(
            "POST /books HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Encoding: {coding}\r\n\
             Content-Length: 2\r\nConnection: close\r\n\r\n{{}}"
        );
        assert_eq!(statuses(&exchange(&server, &request).await), ["415"], "{coding}");
    }
}
