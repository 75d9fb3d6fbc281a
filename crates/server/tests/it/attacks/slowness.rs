//! Who sends a byte now and then, or nothing at all.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Request;
use engine::Limits;
use futures_util::stream;
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

use crate::fixture::{Server, app, peer, soon};
use crate::sockets::{rest, statuses};

/// Sends a byte again and again until the server has had enough, and gives what it said.
async fn trickle(server: &Server, beginning: &str) -> String {
    let mut stream = server.raw().await;
    stream.write_all(beginning.as_bytes()).await.unwrap();
    let (mut ticks, mut received) = (tokio::time::interval(Duration::from_millis(10)), Vec::new());
    soon(async {
        loop {
            tokio::select! {
                read = stream.read_buf(&mut received) => if !matches!(read, Ok(bytes) if bytes > 0) { break },
                // The answer may be on its way already.
                _ = ticks.tick() => drop(stream.write_all(b"x").await),
            }
        }
    })
    .await;
    String::from_utf8(received).unwrap()
}

#[tokio::test]
async fn a_head_that_trickles_is_cut_off_in_time_and_so_is_a_handshake() {
    let limits = Limits { header_timeout: Duration::from_millis(200), ..Limits::default() };
    let server = Server::start_with(limits).await;
    for beginning in [
        "",
        "GET /health HTTP/1.1\r\nX-Slow: ",
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ",
    ] {
        let received = trickle(&server, beginning).await;
        assert_eq!(statuses(&received), ["408"], "{received}");
    }
}

#[tokio::test]
async fn sockets_that_say_nothing_are_closed_in_time() {
    let limits = Limits { header_timeout: Duration::from_millis(200), ..Limits::default() };
    let server = Server::start_with(limits).await;
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.push(server.raw().await);
    }
    for stream in &mut idle {
        let received = rest(stream).await;
        assert_eq!(received, "");
    }
    server.client().await.add("Saman").await;
}

/// A body of which a byte comes every so often, for ever.
fn trickling(every: Duration) -> Body {
    Body::from_stream(stream::unfold((), move |()| async move {
        sleep(every).await;
        Some((Ok::<_, Infallible>(Bytes::from_static(b" ")), ()))
    }))
}

#[tokio::test(start_paused = true)]
async fn a_body_that_trickles_is_cut_off_in_time() {
    let router = server::router(app());
    // Seconds between two bytes, and after how many seconds it is over.
    for (every, over) in [(1, 120), (29, 120), (31, 30), (3_600, 30)] {
        let request = Request::post("/books").header("host", "localhost").header("content-type", "application/json");
        let request = request.extension(peer());
        let begun = Instant::now();
        let response =
            router.clone().oneshot(request.body(trickling(Duration::from_secs(every))).unwrap()).await.unwrap();
        assert_eq!(response.status(), 400);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&body).contains("took too long"), "{body:?}");
        assert_eq!(begun.elapsed().as_secs(), over, "a byte every {every} s");
    }
}
