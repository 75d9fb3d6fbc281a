//! Pages of other sites, names that are made to point here, and headers that a proxy would set.

use access::{Access, Reading, Tokens};
use server::Options;

use crate::fixture::{Server, app_with};
use crate::sockets::{exchange, statuses};

const UPGRADE: &str = "GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

#[tokio::test]
async fn a_page_of_another_site_gets_no_websocket_with_a_cookie_or_without() {
    let server = Server::start().await;
    for more in ["", "Cookie: session=stolen\r\n", "Authorization: Bearer stolen\r\n"] {
        let request =
            format!("{UPGRADE}Host: localhost\r\nOrigin: https://evil.example\r\n{more}Connection: close\r\n\r\n");
        let received = exchange(&server, &request).await;
        assert_eq!(statuses(&received), ["403"], "{received}");
    }
}

#[tokio::test]
async fn a_name_that_points_here_but_is_not_ours_is_refused_everywhere() {
    let server = Server::start().await;
    for path in ["/", "/books", "/books/changes", "/ws", "/metrics", "/health", "/assets/x/app.css", "/nowhere"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n");
        let received = exchange(&server, &request).await;
        assert_eq!(statuses(&received), ["421"], "{path}: {received}");
    }
}

#[tokio::test]
async fn what_a_proxy_would_say_is_not_believed() {
    let access = Access::new(Tokens::default(), Reading::Public).into();
    let options = Options { allow_hosts: vec!["shop.example".into()], access, ..Options::default() };
    let server = Server::serve(app_with(Default::default(), Default::default(), options)).await;
    let forwarded = "X-Forwarded-Host: shop.example\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 127.0.0.1\r\n\
                     Forwarded: host=shop.example;proto=https\r\nX-Original-URL: /metrics\r\nX-HTTP-Method-Override: DELETE\r\n";
    let misdirected = format!("GET /books HTTP/1.1\r\nHost: evil.example\r\n{forwarded}Connection: close\r\n\r\n");
    assert_eq!(statuses(&exchange(&server, &misdirected).await), ["421"]);
    let foreign = format!(
        "POST /books HTTP/1.1\r\nHost: localhost\r\nOrigin: https://shop.example\r\n{forwarded}\
         Content-Type: application/json\r\nContent-Length: 13\r\nConnection: close\r\n\r\n{{\"title\":\"x\"}}"
    );
    assert_eq!(statuses(&exchange(&server, &foreign).await), ["403"]);
    let passed_on = format!("GET /books HTTP/1.1\r\nHost: shop.example\r\n{forwarded}Connection: close\r\n\r\n");
    let received = exchange(&server, &passed_on).await;
    assert_eq!(statuses(&received), ["200"], "{received}");
    assert!(received.ends_with("[]"), "the path of the request line is served: {received}");
}
