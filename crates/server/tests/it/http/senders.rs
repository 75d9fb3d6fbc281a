//! Who comes without a token, and from where.

use std::net::IpAddr;

use access::{Access, FAILURES_FREE, Reading, Tokens};
use server::{Options, Peer, Transport};

use super::Http;
use crate::fixture::guarded;

fn from(address: &str) -> Option<Peer> {
    let address: IpAddr = address.parse().unwrap();
    Some(Peer { address: (address, 50_000).into(), transport: Transport::Plain })
}

#[tokio::test]
async fn while_there_is_no_token_this_machine_alone_is_served() {
    let http = Http::new();
    for local in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
        assert_eq!(http.ask_from(from(local), "GET /tokens", &[]).await.outcome(), "200", "{local}");
    }
    for other in ["10.0.0.1", "192.168.1.7", "0.0.0.0", "::", "fe80::1", "::ffff:10.0.0.1", "2001:db8::1"] {
        let answer = http.ask_from(from(other), "GET /books", &[]).await;
        assert_eq!(answer.outcome(), "401 unauthenticated", "{other}");
        assert!(answer.text().contains("bookstore token create"), "{}", answer.text());
        assert_eq!(http.ask_from(from(other), "GET /health", &[]).await.outcome(), "200", "{other}");
    }
    assert_eq!(http.ask_from(None, "GET /books", &[]).await.outcome(), "401 unauthenticated", "who knows from where");
}

#[tokio::test]
async fn a_proxy_in_front_does_not_make_the_world_local() {
    let proxies: [IpAddr; 1] = ["127.0.0.1".parse().unwrap()];
    for trusted_proxies in [Vec::new(), proxies.to_vec()] {
        let http = Http::with_options(Options { trusted_proxies, ..Options::default() });
        let headers = [
            ("forwarded", "for=203.0.113.7"),
            ("x-forwarded-for", "203.0.113.7"),
            ("x-forwarded-for", "127.0.0.1"),
            ("x-forwarded-for", ""),
            ("x-real-ip", "203.0.113.7"),
            ("via", "1.1 proxy"),
            ("x-forwarded-host", "books.example"),
            ("x-forwarded-proto", "https"),
        ];
        for header in headers {
            let answer = http.ask_from(from("127.0.0.1"), "GET /books", &[header]).await;
            assert_eq!(answer.outcome(), "401 unauthenticated", "{header:?}");
        }
    }
}

#[tokio::test]
async fn where_reading_is_public_the_world_looks_and_no_more() {
    let access = Access::new(Tokens::default(), Reading::Public).into();
    let http = Http::with_options(Options { access, ..Options::default() });
    let far = || from("203.0.113.7");
    assert_eq!(http.ask_from(far(), "GET /books", &[]).await.outcome(), "200");
    for line in ["POST /books", "DELETE /books/1", "GET /tokens", "POST /tokens"] {
        assert_eq!(http.ask_from(far(), line, &[]).await.outcome(), "403 forbidden", "{line}");
    }
}

#[tokio::test]
async fn failures_count_for_whom_a_trusted_proxy_names_last_and_for_nobody_it_does_not() {
    let (app, _) = guarded(Reading::LoggedIn);
    let options = Options { trusted_proxies: vec!["10.0.0.1".parse().unwrap()], ..Options::clone(&app.options) };
    let http = Http::of(server::App::new(app.engine, options));
    let wrong = ("authorization", "Bearer wrong");
    for _ in 0..FAILURES_FREE + 1 {
        let headers = [wrong, ("x-forwarded-for", "198.51.100.9, 203.0.113.7")];
        assert_eq!(http.ask_from(from("10.0.0.1"), "GET /books", &headers).await.outcome(), "401 unauthenticated");
    }
    let ask = async |peer: &str, forwarded: &str| {
        let headers = [wrong, ("x-forwarded-for", forwarded)];
        http.ask_from(from(peer), "GET /books", &headers).await.status.as_u16()
    };
    assert_eq!(ask("10.0.0.1", "203.0.113.7").await, 429);
    assert_eq!(ask("10.0.0.1", "127.0.0.1, 203.0.113.7").await, 429);
    assert_eq!(ask("10.0.0.1", "203.0.113.7, 198.51.100.9").await, 401, "another client of that proxy");
    assert_eq!(ask("10.0.0.2", "203.0.113.7").await, 401, "who is no proxy of ours names nobody");
    let slowed = http.ask_from(from("203.0.113.7"), "GET /books", &[wrong]).await;
    assert_eq!(slowed.outcome(), "429 too_many_requests", "it is the same one without the proxy");
    assert_eq!(slowed.header("retry-after"), "1");
}

#[tokio::test]
async fn failed_logins_are_counted() {
    let (app, keys) = guarded(Reading::LoggedIn);
    let http = Http::of(app);
    for _ in 0..3 {
        http.ask("GET /books", &[("authorization", "Bearer wrong")], "").await;
    }
    let metrics = http.ask("GET /metrics", &[("authorization", &format!("Bearer {}", keys.reader))], "").await;
    assert!(metrics.text().contains("\nbookstore_failed_logins_total 3\n"), "{}", metrics.text());
}
