//! What every answer has: codings, headers for caches, the same head for HEAD.

use super::Http;

const PATHS: [&str; 9] = [
    "/books",
    "/books/1",
    "/books?limit=1",
    "/openapi.json",
    "/openrpc.json",
    "/health",
    "/ready",
    "/metrics",
    "/nowhere",
];

#[tokio::test]
async fn every_get_answers_head_with_the_same_headers_and_no_body() {
    let http = Http::new();
    http.add("Saman").await;
    for path in PATHS {
        let get = http.get(path).await;
        let head = http.ask(&format!("HEAD {path}"), &[], "").await;
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        for name in ["content-type", "etag", "x-total-count", "link", "cache-control", "vary"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
}

#[tokio::test]
async fn answers_are_compressed_where_accepted_but_for_strong_tags() {
    let http = Http::new();
    for number in 0..20 {
        http.add(&format!("{number}: {}", "x".repeat(500))).await;
    }
    let table = [
        ("/books", "gzip", "gzip"),
        ("/books", "gzip, br", "br"),
        ("/books", "br;q=0, gzip", "gzip"),
        ("/books", "identity", "-"),
        ("/books", "zstd", "-"),
        ("/books", "*;q=0", "-"),
        ("/books?limit=5", "gzip", "gzip"),
        ("/openapi.json", "br", "br"),
        ("/metrics", "gzip", "gzip"),
        ("/books/1", "gzip, br", "-"),
    ];
    for (path, accepted, coding) in table {
        let answer = http.ask(&format!("GET {path}"), &[("accept-encoding", accepted)], "").await;
        assert_eq!((answer.status.as_u16(), answer.header("content-encoding")), (200, coding), "{path} {accepted}");
        let varies = answer
            .headers
            .get_all("vary")
            .iter()
            .any(|vary| vary.to_str().unwrap().to_lowercase().contains("accept-encoding"));
        assert_eq!(varies, path != "/books/1", "{path} {accepted}");
        if coding == "gzip" {
            assert_eq!(answer.body[..2], [0x1f, 0x8b]);
        }
    }
    let plain = http.get("/books").await;
    assert_eq!(plain.header("content-encoding"), "-");
}

#[tokio::test]
async fn answers_are_kept_only_to_be_asked_about_again() {
    let http = Http::new();
    http.add("Saman").await;
    for path in PATHS {
        let answer = http.get(path).await;
        assert_eq!(answer.header("cache-control"), "no-cache", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
}

#[tokio::test]
async fn a_book_is_json_unless_a_page_is_preferred() {
    let http = Http::new();
    http.add("Saman").await;
    for accept in ["*/*", "application/json", "application/json, text/html;q=0.9"] {
        let answer = http.ask("GET /books/1", &[("accept", accept)], "").await;
        assert_eq!((answer.header("content-type"), answer.header("etag")), ("application/json", "\"1\""), "{accept}");
        assert!(answer.headers.get_all("vary").iter().any(|vary| vary == "Accept"), "{accept}");
    }
}
