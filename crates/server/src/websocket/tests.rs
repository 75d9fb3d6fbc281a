//! What takes time, in no time: the clock of these tests stands still and jumps. And how often is written.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::SystemTime;

use access::{Access, Clock, Lifetime, Reading, Tokens};
use engine::{Config, Engine, Limits, SystemClock};
use futures_util::{SinkExt, StreamExt};
use journal::MemoryJournal;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex};
use tokio::time::{Duration, Instant};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::Visitor;
use crate::app::{App, Options};
use crate::caller::Sender;
use crate::peer::Transport;
use crate::rates::{Allowance, Source};

/// What the stream between the two holds.
const STREAM_BYTES: usize = 64 * 1024;

fn app() -> App {
    let config = Config { rules: Default::default(), limits: Limits::default(), clock: Arc::new(SystemClock) };
    App::new(Engine::start(MemoryJournal::new("store").open(), config), Options::default())
}

/// Serves a conversation with somebody on this machine.
async fn converse<IO: AsyncRead + AsyncWrite + Unpin>(io: IO, app: App, allowance: Allowance) {
    let address = std::net::Ipv4Addr::LOCALHOST.into();
    let sender = Sender { address, transport: Transport::Plain, is_local: true };
    let caller = app.options.access.local();
    super::converse(io, app, Visitor { caller, sender }, allowance).await;
}

/// That of a client without an address.
fn unlimited(app: &App) -> Allowance {
    Allowance::new(Arc::clone(&app.buckets), Source::default())
}

/// The client's end of a conversation.
fn connect(app: &App) -> DuplexStream {
    let (ours, theirs) = duplex(STREAM_BYTES);
    tokio::spawn(converse(ours, app.clone(), unlimited(app)));
    theirs
}

async fn client(app: &App) -> WebSocketStream<DuplexStream> {
    WebSocketStream::from_raw_socket(connect(app), Role::Client, None).await
}

fn call(method: &str) -> Message {
    Message::text(format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}"}}"#))
}

/// The next event.
async fn event(client: &mut WebSocketStream<DuplexStream>) -> Value {
    loop {
        let message = client.next().await.expect("the conversation lasts").expect("frames are right");
        let Message::Text(text) = message else { continue };
        let mut value: Value = serde_json::from_str(&text).unwrap();
        if value["method"] == "books.changed" {
            return value["params"]["result"].take();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn current_comes_again_within_fifteen_seconds() {
    let app = app();
    let mut client = client(&app).await;
    client.send(call("books.subscribe")).await.unwrap();
    assert_eq!(event(&mut client).await["type"], "current");
    for _ in 0..10 {
        let before = Instant::now();
        assert_eq!(event(&mut client).await["type"], "current");
        let silence = before.elapsed();
        assert!(silence > Duration::from_secs(10) && silence < Duration::from_secs(15), "{silence:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_ping_comes_after_twenty_seconds_of_silence() {
    let app = app();
    let mut client = client(&app).await;
    let begun = Instant::now();
    for minute in 1..=3_u64 {
        assert!(matches!(client.next().await, Some(Ok(Message::Ping(_)))));
        assert_eq!(begun.elapsed().as_secs(), 20 * minute, "the pong that goes back by itself breaks the silence");
    }
}

#[tokio::test(start_paused = true)]
async fn who_answers_no_ping_is_dropped_after_two() {
    let app = app();
    let mut peer = connect(&app);
    let begun = Instant::now();
    let mut received = Vec::new();
    peer.read_to_end(&mut received).await.unwrap();
    assert_eq!(begun.elapsed().as_secs(), 60);
    assert_eq!(received[..4], [0x89, 0, 0x89, 0]);
    assert_eq!((received[4], u16::from_be_bytes([received[6], received[7]])), (0x88, 1002));
    assert_eq!(app.clients.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_reads_nothing_for_thirty_seconds_is_closed_with_4008() {
    let app = app();
    let mut client = client(&app).await;
    for _ in 0..100 {
        client.send(call("rpc.discover")).await.unwrap();
    }
    assert!(client.next().await.unwrap().unwrap().is_text());
    let begun = Instant::now();
    while app.clients.count() == 1 {
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    assert!((30..32).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    let code = loop {
        if let Message::Close(frame) = client.next().await.expect("last words come").expect("frames are right") {
            break frame.expect("with a code").code;
        }
    };
    assert_eq!(u16::from(code), 4008);
}

#[tokio::test(start_paused = true)]
async fn who_reads_slowly_but_reads_is_kept() {
    let app = app();
    let (ours, mut theirs) = duplex(1_024);
    tokio::spawn(converse(ours, app.clone(), unlimited(&app)));
    let payload = br#"{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}"#;
    let mut frame = vec![0x81, 0x80 | payload.len() as u8, 0, 0, 0, 0];
    frame.extend(payload);
    theirs.write_all(&frame).await.unwrap();
    let mut some = [0; 1_024];
    let mut read = 0;
    while read < 10 * 1_024 {
        tokio::time::advance(Duration::from_secs(15)).await;
        read += theirs.read(&mut some).await.unwrap();
        assert_eq!(app.clients.count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn who_never_reads_the_last_words_is_cut() {
    let app = app();
    let mut client = client(&app).await;
    for _ in 0..100 {
        client.send(call("rpc.discover")).await.unwrap();
    }
    let (stream, begun) = (client.get_mut(), Instant::now());
    // Writing fails once the other end is dropped.
    while stream.write_all(&[0x89, 0x80, 0, 0, 0, 0]).await.is_ok() {
        tokio::time::advance(Duration::from_millis(500)).await;
    }
    assert!((60..65).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

/// A frame of a client with a mask of zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    [&[first, 0x80 | payload.len() as u8, 0, 0, 0, 0], payload].concat()
}

/// The code of the close frame at the end, and after how many seconds it came.
async fn closed(mut peer: impl AsyncRead + Unpin, begun: Instant) -> (u16, u64) {
    let mut received = Vec::new();
    peer.read_to_end(&mut received).await.unwrap();
    let at = received.iter().rposition(|byte| *byte == 0x88).expect("a close frame");
    (u16::from_be_bytes([received[at + 2], received[at + 3]]), begun.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_never_finished_is_ended_also_among_pings() {
    let app = app();
    for more in [frame(0x00, b""), frame(0x00, b"x"), [frame(0x00, b""), frame(0x89, b"?")].concat(), Vec::new()] {
        let (mut peer, begun) = (connect(&app), Instant::now());
        peer.write_all(&frame(0x01, b"{")).await.unwrap();
        let (reading, mut writing) = tokio::io::split(peer);
        let sending = tokio::spawn(async move {
            // A pong each time: this peer is not silent.
            while writing.write_all(&[&more[..], &frame(0x8a, b"")].concat()).await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let ended = closed(reading, begun).await;
        assert_eq!(ended, (1009, 120));
        sending.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_for_a_message_begins_with_it_and_not_with_the_silence_before() {
    let app = app();
    let mut client = client(&app).await;
    for _ in 0..20 {
        client.send(Message::Pong("".into())).await.unwrap();
        tokio::time::sleep(Duration::from_secs(15)).await;
    }
    client.send(call("books.frobnicate")).await.unwrap();
    assert!(client.next().await.unwrap().unwrap().is_text());
}

#[tokio::test]
async fn a_burst_of_calls_is_answered_by_one_write() {
    let (ours, theirs) = duplex(STREAM_BYTES);
    let writes = Arc::new(AtomicUsize::new(0));
    let mut client = WebSocketStream::from_raw_socket(theirs, Role::Client, None).await;
    for _ in 0..50 {
        client.feed(call("books.frobnicate")).await.unwrap();
    }
    client.flush().await.unwrap();
    let app = app();
    let allowance = unlimited(&app);
    tokio::spawn(converse(Counted { io: ours, writes: Arc::clone(&writes) }, app, allowance));
    for _ in 0..50 {
        assert!(client.next().await.unwrap().unwrap().is_text());
    }
    assert_eq!(writes.load(Ordering::Relaxed), 1);
}

/// A stream that counts how often it is written to: each is a call of the system on a socket.
struct Counted {
    io: DuplexStream,
    writes: Arc<AtomicUsize>,
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// A clock that goes with the one of the tests.
struct TestClock(Instant, SystemTime);

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        self.1 + self.0.elapsed()
    }
}

/// An app in which only tokens let in.
fn guarded_app() -> App {
    let access = Access::new(Tokens::default(), Reading::LoggedIn);
    let access = access.with_clock(Arc::new(TestClock(Instant::now(), SystemTime::UNIX_EPOCH)));
    token(&access, "admin", Lifetime::Endless);
    let options = Options { access: Arc::new(access), ..Options::default() };
    App::new(app().engine, options)
}

/// A new editor's token of that name.
fn token(access: &Access, name: &str, lifetime: Lifetime) -> String {
    let (_, secret) = access.tokens().create(name, ::access::Role::Editor, lifetime, access.now()).unwrap();
    secret.reveal().to_owned()
}

fn for_seconds(seconds: u64) -> Lifetime {
    Lifetime::Limited(Duration::from_secs(seconds))
}

async fn log_in(client: &mut WebSocketStream<DuplexStream>, token: &str) {
    let params = format!(r#"{{"jsonrpc":"2.0","id":7,"method":"session.login","params":{{"token":"{token}"}}}}"#);
    client.send(Message::text(params)).await.unwrap();
    let answer = said(client).await;
    assert_eq!((&answer["id"], &answer["result"]["role"]), (&7.into(), &"editor".into()), "{answer}");
}

/// The next message; of a close frame its code.
async fn said(client: &mut WebSocketStream<DuplexStream>) -> Value {
    loop {
        match client.next().await.expect("something is said").expect("frames are right") {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Close(frame) => return u16::from(frame.unwrap().code).into(),
            _ => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_not_log_in_has_ten_seconds() {
    let app = guarded_app();
    let mut client = client(&app).await;
    let begun = Instant::now();
    client.send(call("books.list")).await.unwrap();
    assert_eq!(said(&mut client).await["error"]["code"], -32003);
    assert_eq!(said(&mut client).await, 4001);
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn who_logs_in_in_time_stays() {
    let app = guarded_app();
    let mut client = client(&app).await;
    tokio::time::sleep(Duration::from_secs(9)).await;
    log_in(&mut client, &token(&app.options.access, "ani", Lifetime::Endless)).await;
    client.send(call("books.subscribe")).await.unwrap();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(3_600) {
        assert_eq!(event(&mut client).await["type"], "current");
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_token_is_told_a_minute_before_and_then_closes_with_4001() {
    let app = guarded_app();
    let mut client = client(&app).await;
    log_in(&mut client, &token(&app.options.access, "ani", for_seconds(3_610))).await;
    let begun = Instant::now();
    let notice = said(&mut client).await;
    assert_eq!(
        (&notice["method"], &notice["params"]["expires"]),
        (&"session.expiring".into(), &"1970-01-01T01:00:10Z".into())
    );
    assert_eq!(begun.elapsed().as_secs(), 3_550);
    assert_eq!(said(&mut client).await, 4001, "it is told once");
    assert_eq!(begun.elapsed().as_secs(), 3_610);
}

#[tokio::test(start_paused = true)]
async fn who_has_less_than_a_minute_left_is_told_at_once_and_may_log_in_again() {
    let app = guarded_app();
    let mut client = client(&app).await;
    log_in(&mut client, &token(&app.options.access, "ani", for_seconds(30))).await;
    let begun = Instant::now();
    assert_eq!(said(&mut client).await["method"], "session.expiring");
    assert_eq!(begun.elapsed().as_secs(), 0);
    log_in(&mut client, &token(&app.options.access, "budi", for_seconds(205))).await;
    assert_eq!(said(&mut client).await["method"], "session.expiring");
    assert_eq!(begun.elapsed().as_secs(), 145, "of the second login");
    assert_eq!(said(&mut client).await, 4001);
    assert_eq!(begun.elapsed().as_secs(), 205);
}

#[tokio::test(start_paused = true)]
async fn who_is_logged_out_while_not_reading_is_let_go_of_at_once() {
    let app = guarded_app();
    let mut client = client(&app).await;
    log_in(&mut client, &token(&app.options.access, "ani", Lifetime::Endless)).await;
    // More answers than the stream holds, none of them read.
    let call = call("rpc.discover");
    for _ in 0..10 {
        client.send(call.clone()).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(app.clients.count(), 1);
    app.options.access.tokens().revoke("ani", app.options.access.now()).unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(app.clients.count(), 0, "what it held is given back, whether the peer reads or not");
}
