//! Streams without a connection, in no time: the clock of these tests stands still and jumps.

use std::future::pending;

use http_body_util::BodyExt;
use hyper::body::Body as _;
use hyper::rt::Executor;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::sync::oneshot;

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);

/// Ends when a stream does, which never does by itself; `begin` is what happens on it first.
async fn end_of(streams: &Streams, begin: impl Future<Output = ()> + Send + 'static) -> Instant {
    let (alive, ended) = oneshot::channel::<()>();
    streams.execute(async move {
        begin.await;
        pending::<()>().await;
        drop(alive);
    });
    ended.await.unwrap_err();
    Instant::now()
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_given_up_when_a_piece_has_waited_too_long_for_room() {
    let (streams, begun) = (Streams::new(PATIENCE), Instant::now());
    let ended = end_of(&streams, async {
        let mut body = Piecewise::new(Body::from("x"), Stream::current());
        body.frame().await.unwrap().unwrap();
    });
    assert_eq!((ended.await - begun).as_secs(), PATIENCE.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_has_nothing_to_send_is_not_given_up() {
    let (streams, begun) = (Streams::new(PATIENCE), Instant::now());
    let ended = end_of(&streams, async {
        let mut body = Piecewise::new(Body::from("x"), Stream::current());
        body.frame().await.unwrap().unwrap();
        // Asked for the next piece: there was room for the last one.
        assert!(body.frame().await.is_none());
    });
    assert!(timeout(100 * PATIENCE, ended).await.is_err(), "it waits as long as it likes");
    assert_eq!((Instant::now() - begun).as_secs(), 100 * PATIENCE.as_secs());
}

#[tokio::test(start_paused = true)]
async fn what_sends_for_a_websocket_ends_with_its_conversation() {
    let streams = Streams::new(PATIENCE);
    let (over, conversation) = oneshot::channel();
    let inner = streams.clone();
    streams.execute(async move {
        inner.execute(pending());
        let (ours, _theirs) = duplex(1);
        assert!(over.send(OnStream::new(ours, Stream::current())).is_ok());
    });
    let conversation = conversation.await.unwrap();
    assert!(timeout(100 * PATIENCE, streams.idle_for(PATIENCE)).await.is_err(), "it lasts as long as that");
    drop(conversation);
    let begun = Instant::now();
    streams.idle_for(PATIENCE).await;
    assert_eq!((Instant::now() - begun).as_secs(), PATIENCE.as_secs());
}

#[tokio::test]
async fn an_answer_is_handed_on_in_pieces_and_arrives_whole() {
    let text = "0123456789".repeat(10_000);
    let mut body = Piecewise::new(Body::from(text.clone()), Arc::default());
    assert_eq!(body.size_hint().exact(), Some(100_000));
    let mut received = String::new();
    while let Some(frame) = body.frame().await {
        let piece = frame.unwrap().into_data().unwrap();
        assert!(piece.len() <= PIECE_BYTES_MAX);
        received.push_str(std::str::from_utf8(&piece).unwrap());
        assert_eq!(body.size_hint().exact(), Some(100_000 - received.len() as u64));
        assert_eq!(body.is_end_stream(), received.len() == text.len());
    }
    assert_eq!(received, text);
}

#[tokio::test]
async fn a_websocket_hands_on_in_pieces_too() {
    let (ours, mut theirs) = duplex(1024 * 1024);
    let mut stream = OnStream::new(ours, Arc::default());
    let long = vec![b'x'; 3 * PIECE_BYTES_MAX];
    assert_eq!(stream.write(&long).await.unwrap(), PIECE_BYTES_MAX);
    stream.write_all(&long).await.unwrap();
    drop(stream);
    let mut received = Vec::new();
    theirs.read_to_end(&mut received).await.unwrap();
    assert_eq!(received.len(), PIECE_BYTES_MAX + long.len());
}
