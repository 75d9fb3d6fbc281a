//! TLS: which versions, which certificate, and what else may come to such a port.

use std::time::Duration;

use engine::Limits;
use expect_test::expect;
use futures_util::{SinkExt, StreamExt};
use server::{App, Listening, Tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ProtocolVersion;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::fixture::{app, app_with, soon};
use crate::secure::{BOTH, Secure, certificate, roots, shake_hands, tls};

fn app_with_limits(limits: Limits) -> App {
    app_with(limits, Default::default(), Default::default())
}

async fn rest(mut stream: impl tokio::io::AsyncRead + Unpin) -> String {
    let mut received = Vec::new();
    // A connection may be cut; what came before counts.
    let _ = soon(stream.read_to_end(&mut received)).await;
    String::from_utf8_lossy(&received).into_owned()
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_spoken() {
    let certified = certificate();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = crate::fixture::Server::serve_on(Listening::with_tls(listener, tls(&certified)), app());
    for (version, name) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)] {
        let stream = shake_hands(server.raw().await, &roots([&certified]), &[version], &["http/1.1"]).await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(name));
    }
}

#[tokio::test]
async fn tls_1_1_is_refused() {
    let secure = Secure::start().await;
    let mut stream = secure.server.raw().await;
    // A ClientHello of version 3.2, TLS 1.1: 32 bytes of chance, no session, one suite, no compression, and ECDSA.
    let hello = [&[3, 2][..], &[7; 32], &[0, 0, 2, 0xc0, 0x09, 1, 0], &[0, 8, 0, 0x0d, 0, 4, 0, 2, 4, 3]].concat();
    let handshake = [&[1, 0, 0, hello.len() as u8][..], &hello].concat();
    let record = [&[22, 3, 1, 0, handshake.len() as u8][..], &handshake].concat();
    stream.write_all(&record).await.unwrap();
    let mut alert = [0; 7];
    soon(stream.read_exact(&mut alert)).await.unwrap();
    assert_eq!((alert[0], &alert[5..]), (21, &[2, 70][..]), "fatal: protocol_version");
}

#[tokio::test]
async fn answers_under_tls_bind_browsers_to_it() {
    let secure = Secure::start().await;
    let mut stream = secure.connect(&["http/1.1"]).await;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let received = rest(stream).await;
    assert!(received.starts_with("HTTP/1.1 200 "), "{received}");
    assert!(received.contains("strict-transport-security: max-age=31536000\r\n"), "{received}");

    let plain = crate::fixture::Server::start().await;
    let mut stream = plain.raw().await;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    assert!(!rest(stream).await.contains("strict-transport-security"));
}

#[tokio::test]
async fn who_speaks_plain_http_is_told_to_speak_tls() {
    let secure = Secure::start().await;
    let mut stream = secure.server.raw().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let received = rest(stream).await;
    let (head, body) = received.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n") && head.contains("application/problem+json"), "{head}");
    expect![[r#"{"type":"/problems/invalid_request","title":"Not a request","status":400,"detail":"this port speaks TLS: write https:// or wss://"}"#]]
        .assert_eq(body);
}

#[tokio::test]
async fn a_handshake_must_be_complete_in_time() {
    let limits = Limits { header_timeout: Duration::from_millis(100), ..Limits::default() };
    let secure = Secure::serve(app_with_limits(limits)).await;
    for beginning in [&[][..], &[22, 3, 1, 1, 0, 1], b"GET / HTT"] {
        let mut stream = secure.server.raw().await;
        stream.write_all(beginning).await.unwrap();
        rest(stream).await;
    }
}

#[tokio::test]
async fn a_handshake_takes_a_place_and_who_finds_none_is_told_under_tls() {
    let limits = Limits { connections_max: 1, ..Limits::default() };
    let secure = Secure::serve(app_with_limits(limits)).await;
    let mut silent = secure.server.raw().await;
    silent.write_all(&[22]).await.unwrap();
    let received = rest(secure.connect(&["h2", "http/1.1"]).await).await;
    assert!(received.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{received}");
    assert!(received.contains("too many connections"), "{received}");
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_from_the_next_handshake_on() {
    let secure = Secure::start().await;
    let mut before = secure.connect(&["http/1.1"]).await;
    let next = certificate();
    secure.tls.renew(next.cert.pem().as_bytes(), next.signing_key.serialize_pem().as_bytes()).unwrap();
    assert_eq!(secure.tls.certificate(), next.cert.der().to_vec());

    let only_next = roots([&next]);
    let after = shake_hands(secure.server.raw().await, &only_next, BOTH, &["http/1.1"]).await.unwrap();
    assert_eq!(after.get_ref().1.peer_certificates().unwrap()[0].to_vec(), next.cert.der().to_vec());
    before.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    assert!(rest(before).await.starts_with("HTTP/1.1 200 "), "what is open stays open");

    let other = certificate();
    secure.tls.renew(other.cert.pem().as_bytes(), next.signing_key.serialize_pem().as_bytes()).unwrap_err();
    shake_hands(secure.server.raw().await, &only_next, BOTH, &["http/1.1"]).await.expect("the old one is kept");
}

#[test]
fn what_is_no_certificate_with_its_key_is_named() {
    let (one, other) = (certificate(), certificate());
    let (chain, key) = (one.cert.pem(), one.signing_key.serialize_pem());
    let check = |chain: &str, key: &str, expected: expect_test::Expect| {
        expected.assert_eq(&Tls::from_pem(chain.as_bytes(), key.as_bytes()).unwrap_err().to_string());
    };
    check(
        "",
        &key,
        expect![
            "the certificate file has no certificate in it: it must hold PEM, `-----BEGIN CERTIFICATE-----`, leaf first"
        ],
    );
    check(
        &key,
        &key,
        expect![
            "the certificate file has no certificate in it: it must hold PEM, `-----BEGIN CERTIFICATE-----`, leaf first"
        ],
    );
    check(
        &chain[..chain.len() - 10],
        &key,
        expect![
            "the certificate file is no PEM that can be read: missing section end marker: [67, 69, 82, 84, 73, 70, 73, 67, 65, 84, 69]"
        ],
    );
    check(
        &chain,
        "",
        expect![
            "the key file has no private key that can be read: it must hold PEM, `-----BEGIN PRIVATE KEY-----` (no items found)"
        ],
    );
    check(
        &chain,
        &chain,
        expect![
            "the key file has no private key that can be read: it must hold PEM, `-----BEGIN PRIVATE KEY-----` (no items found)"
        ],
    );
    check(
        &chain,
        &other.signing_key.serialize_pem(),
        expect![
            "the key does not fit the certificate: give the key that the first certificate was made for (keys may not be consistent: KeyMismatch)"
        ],
    );
    Tls::from_pem([chain.as_str(), &key].concat().as_bytes(), [key.as_str(), &chain].concat().as_bytes())
        .expect("both may stand in one file");
}

#[tokio::test]
async fn a_server_that_starts_answers_under_tls_too() {
    let certified = certificate();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listening = Listening::with_tls(listener, tls(&certified));
    let asking = async {
        let stream = TcpStream::connect(listening.address().unwrap()).await.unwrap();
        let mut stream = shake_hands(stream, &roots([&certified]), BOTH, &["h2", "http/1.1"]).await.unwrap();
        stream.write_all(b"GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let received = rest(stream).await;
        assert!(received.starts_with("HTTP/1.1 503 ") && received.contains("the server is starting"), "{received}");
    };
    tokio::select! {
        () = server::starting(&listening) => unreachable!("it never ends by itself"),
        () = asking => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_a_long_answer_under_tls_is_cut() {
    let limits = Limits { stalled_max: Duration::from_millis(200), ..Limits::default() };
    let secure = Secure::serve(app_with_limits(limits)).await;
    let mut socket = secure.websocket().await;
    for _ in 0..300 {
        let book = serde_json::json!({"title": "x", "description": "本".repeat(19_000)});
        let call = serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": "books.create", "params": {"book": book}});
        socket.send(Message::text(call.to_string())).await.unwrap();
        soon(socket.next()).await.unwrap().unwrap();
    }
    let mut deaf = secure.connect(&["http/1.1"]).await;
    deaf.write_all(b"GET /books HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let metrics = async || {
        let mut stream = secure.connect(&["http/1.1"]).await;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
        rest(stream).await
    };
    // The WebSocket, and who asks.
    soon(async { while !metrics().await.contains("bookstore_connections 2\n") {} }).await;
    assert!(!rest(deaf).await.ends_with("0\r\n\r\n"), "the list is cut");
}

#[tokio::test]
async fn a_websocket_under_tls_reads_why_it_ends() {
    let mut secure = Secure::start().await;
    let (mut idle, mut wrong) = (secure.websocket().await, secure.websocket().await);
    wrong.send(Message::binary("{}")).await.unwrap();
    assert_eq!(close_code(&mut wrong).await, 1003);
    let mut long = secure.websocket().await;
    // It is still sending when it is refused, and reads the reason all the same.
    let _ = long.send(Message::text(" ".repeat(4 * 1024 * 1024))).await;
    assert_eq!(close_code(&mut long).await, 1009);
    let stopped = secure.server.stop();
    assert_eq!(close_code(&mut idle).await, 1001);
    soon(stopped).await.unwrap().unwrap();
}

async fn close_code(socket: &mut WebSocketStream<TlsStream<TcpStream>>) -> u16 {
    loop {
        match soon(socket.next()).await.expect("a close frame comes before the end") {
            Ok(Message::Close(frame)) => return frame.expect("with a code").code.into(),
            other => drop(other.expect("frames are right")),
        }
    }
}
