//! Who may speak to this server from a browser.

use server::Options;

use super::Http;

fn options() -> Options {
    Options {
        allow_hosts: vec!["shop.example".into()],
        allow_origins: vec!["https://till.example".parse().unwrap(), "http://localhost:5173".parse().unwrap()],
        ..Options::default()
    }
}

#[tokio::test]
async fn a_host_is_an_ip_literal_localhost_or_named() {
    let http = Http::with_options(options());
    let table = [
        ("localhost", "200"),
        ("LOCALHOST:8080", "200"),
        ("127.0.0.1:8080", "200"),
        ("10.1.2.3", "200"),
        ("[::1]:8080", "200"),
        ("[::1]", "200"),
        ("shop.example", "200"),
        ("Shop.Example:443", "200"),
        ("evil.example", "421 misdirected"),
        ("localhost.evil.example", "421 misdirected"),
        ("evil.localhost", "421 misdirected"),
        ("127.0.0.1.evil.example", "421 misdirected"),
        ("x.shop.example", "421 misdirected"),
        ("127.1", "421 misdirected"),
        ("", "400 invalid_request"),
        ("user@localhost", "400 invalid_request"),
        ("local host", "400 invalid_request"),
    ];
    for (host, expected) in table {
        assert_eq!(http.ask("GET /health", &[("host", host)], "").await.outcome(), expected, "{host}");
    }
    let both = [("host", "localhost"), ("host", "evil.example")];
    assert_eq!(http.ask("GET /health", &both, "").await.outcome(), "400 invalid_request");
    assert_eq!(
        http.ask("GET http://evil.example/health", &[("host", "localhost")], "").await.outcome(),
        "421 misdirected"
    );
}

#[tokio::test]
async fn only_our_own_pages_and_named_ones_may_write() {
    let http = Http::with_options(options());
    let table = [
        ("http://localhost", "201"),
        ("https://till.example", "201"),
        ("http://localhost:5173", "201"),
        ("https://localhost", "403 forbidden"),
        ("http://localhost:81", "403 forbidden"),
        ("http://127.0.0.1", "403 forbidden"),
        ("https://till.example:8443", "403 forbidden"),
        ("http://till.example", "403 forbidden"),
        ("https://evil.example", "403 forbidden"),
        ("https://till.example.evil.example", "403 forbidden"),
        ("null", "403 forbidden"),
        ("", "403 forbidden"),
        ("*", "403 forbidden"),
    ];
    let json_type = ("content-type", "application/json");
    for (origin, expected) in table {
        let answer = http.ask("POST /books", &[json_type, ("origin", origin)], "{\"title\":\"x\"}").await;
        assert_eq!(answer.outcome(), expected, "{origin}");
    }
    let foreign = [json_type, ("origin", "https://evil.example")];
    for line in
        ["PUT /books/1", "PATCH /books/1", "DELETE /books/1", "POST /books/transact", "OPTIONS /books", "GET /ws"]
    {
        assert_eq!(http.ask(line, &foreign, "{}").await.outcome(), "403 forbidden", "{line}");
    }
    let two = [json_type, ("origin", "http://localhost"), ("origin", "https://evil.example")];
    assert_eq!(http.ask("POST /books", &two, "{}").await.outcome(), "403 forbidden");
    assert_eq!(http.ask("GET /books", &foreign, "").await.status, 200);
}

#[tokio::test]
async fn a_named_origin_may_read_what_it_is_answered() {
    let http = Http::with_options(options());
    let answer = http.ask("GET /books", &[("origin", "https://till.example")], "").await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://till.example");
    assert_eq!(answer.header("access-control-expose-headers"), "ETag, Link, Location, X-Total-Count, Retry-After");
    let varies = answer.headers.get_all("vary").iter().any(|vary| vary == "Origin");
    assert!(varies, "{:?}", answer.headers);
    for origin in ["https://evil.example", "http://localhost"] {
        let answer = http.ask("GET /books", &[("origin", origin)], "").await;
        assert_eq!(answer.header("access-control-allow-origin"), "-", "{origin}");
    }
}

#[tokio::test]
async fn a_named_origin_is_told_beforehand_what_it_may() {
    let http = Http::with_options(options());
    let asked = [("origin", "https://till.example"), ("access-control-request-method", "PATCH")];
    let answer = http.ask("OPTIONS /books/1", &asked, "").await;
    assert_eq!(answer.outcome(), "204");
    assert_eq!(answer.header("access-control-allow-origin"), "https://till.example");
    assert_eq!(answer.header("access-control-allow-methods"), "GET, HEAD, POST, PUT, PATCH, DELETE");
    let allowed = answer.header("access-control-allow-headers").to_lowercase();
    for header in ["content-type", "if-match", "idempotency-key", "if-none-match", "authorization"] {
        assert!(allowed.contains(header), "{header}: {allowed}");
    }
    let foreign = [("origin", "https://evil.example"), ("access-control-request-method", "PATCH")];
    assert_eq!(http.ask("OPTIONS /books/1", &foreign, "").await.outcome(), "403 forbidden");
}
