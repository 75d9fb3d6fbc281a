//! From HTTP to a WebSocket: who may, and what is said to who may not.

use expect_test::expect;
use futures_util::{SinkExt, StreamExt};
use server::Options;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::fixture::{Server, app_with};

/// Status and headers of an attempt with one more header.
async fn attempt(server: &Server, header: &'static str, value: &str) -> String {
    let mut request = format!("ws://{}/ws", server.address).into_client_request().unwrap();
    request.headers_mut().insert(header, value.parse().unwrap());
    match tokio_tungstenite::connect_async(request).await {
        Ok((mut socket, response)) => {
            socket.send(Message::text("[]")).await.unwrap();
            assert!(socket.next().await.unwrap().unwrap().to_text().unwrap().contains("-32600"));
            let protocol = response.headers().get("sec-websocket-protocol").map(|name| name.to_str().unwrap());
            format!("101 {}", protocol.unwrap_or("-"))
        }
        // The client refuses to go on without the protocol it asked for, but was served.
        Err(Error::Protocol(protocol)) => format!("101, but {protocol}"),
        Err(Error::Http(response)) => {
            let body = String::from_utf8(response.body().clone().unwrap_or_default()).unwrap();
            format!("{} {body}", response.status().as_u16())
        }
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn our_subprotocol_is_confirmed_and_others_are_served_without() {
    let server = Server::start().await;
    let header = "sec-websocket-protocol";
    assert_eq!(attempt(&server, header, "bookstore.v1+json").await, "101 bookstore.v1+json");
    assert_eq!(attempt(&server, header, "soap, bookstore.v1+json").await, "101 bookstore.v1+json");
    expect!["101, but SubProtocol error: Server sent no subprotocol"]
        .assert_eq(&attempt(&server, header, "soap").await);
    assert_eq!(attempt(&server, "x-nothing", "special").await, "101 -");
}

#[tokio::test]
async fn a_page_of_another_site_is_refused_before_the_upgrade() {
    let options = Options {
        allow_hosts: vec!["shop.example".into()],
        allow_origins: vec!["https://till.example".parse().unwrap()],
        ..Options::default()
    };
    let server = Server::serve(app_with(Default::default(), Default::default(), options)).await;
    let own = format!("http://{}", server.address);
    assert_eq!(attempt(&server, "origin", &own).await, "101 -");
    assert_eq!(attempt(&server, "origin", "https://till.example").await, "101 -");
    let refused = ["https://evil.example", "null", "https://till.example:444", "http://till.example", "file://", "x"];
    for origin in refused {
        let answer = attempt(&server, "origin", origin).await;
        assert!(answer.starts_with(r#"403 {"type":"/problems/forbidden""#), "{origin}: {answer}");
    }
    assert_eq!(attempt(&server, "host", "shop.example").await, "101 -");
    let answer = attempt(&server, "host", "evil.example").await;
    assert!(answer.starts_with(r#"421 {"type":"/problems/misdirected""#), "{answer}");
}

#[tokio::test]
async fn who_asks_wrongly_is_told_how() {
    let server = Server::start().await;
    let table = [("upgrade", "h2c", "426"), ("connection", "close", "426"), ("sec-websocket-version", "8", "426")];
    for (header, value, status) in table {
        let answer = attempt(&server, header, value).await;
        assert!(answer.starts_with(status), "{header}: {answer}");
    }
}
