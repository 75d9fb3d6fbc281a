//! `/login` and `/logout`, as a script uses them.

use access::{FAILURES_FREE, Reading};
use serde_json::json;
use server::{Peer, Transport};

use super::Http;
use crate::fixture::{guarded, peer};

#[tokio::test]
async fn a_script_logs_in_and_is_told_who_it_is() {
    let (app, keys) = guarded(Reading::LoggedIn);
    let http = Http::of(app);
    let answer = http.send("POST /login", &[], json!({"token": keys.editor})).await;
    assert_eq!(answer.outcome(), "200");
    assert_eq!(answer.json(), json!({"name": "editor", "role": "editor"}));
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    let add = http.send("POST /books", &[("cookie", &cookie)], json!({"title": "Saman"})).await;
    assert_eq!(add.outcome(), "201");
}

#[tokio::test]
async fn a_login_that_fails_is_told_and_slowed_down() {
    let (app, keys) = guarded(Reading::LoggedIn);
    let http = Http::of(app);
    for body in [json!({}), json!({"token": 7}), json!({"token": "x", "user": "y"})] {
        assert_eq!(http.send("POST /login", &[], body).await.outcome(), "422 invalid");
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(http.ask("POST /login", &form, "next=/").await.outcome(), "422 invalid");
    assert_eq!(http.ask("POST /login", &[("content-type", "text/plain")], "").await.status.as_u16(), 415);
    for _ in 0..FAILURES_FREE + 1 {
        let answer = http.send("POST /login", &[], json!({"token": "wrong"})).await;
        assert_eq!((answer.outcome().as_str(), answer.header("set-cookie")), ("401 unauthenticated", "-"));
    }
    let answer = http.send("POST /login", &[], json!({"token": "wrong"})).await;
    assert_eq!((answer.outcome().as_str(), answer.header("retry-after")), ("429 too_many_requests", "1"));
    assert_eq!(http.send("POST /login", &[], json!({"token": keys.reader})).await.outcome(), "200");
}

#[tokio::test]
async fn a_page_of_another_site_can_neither_log_in_nor_out() {
    let (app, keys) = guarded(Reading::LoggedIn);
    let http = Http::of(app);
    for line in ["POST /login", "POST /logout", "POST /ws-ticket", "POST /tokens", "DELETE /tokens/reader"] {
        let cookie = format!("bookstore_session={}", keys.admin);
        let headers = [("origin", "https://evil.example"), ("cookie", cookie.as_str())];
        let answer = http.send(line, &headers, json!({"token": keys.reader})).await;
        assert_eq!((answer.outcome().as_str(), answer.header("set-cookie")), ("403 forbidden", "-"), "{line}");
    }
}

#[tokio::test]
async fn through_tls_the_cookie_never_goes_another_way() {
    let (app, keys) = guarded(Reading::LoggedIn);
    let http = Http::of(app);
    let tls = Some(Peer { transport: Transport::Tls, ..peer() });
    let logged_out = http.ask_from(tls, "POST /logout", &[]).await;
    let expected = "__Host-bookstore_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure";
    assert_eq!(logged_out.header("set-cookie"), expected);

    let secure = format!("__Host-bookstore_session={}", keys.reader);
    let plain = format!("bookstore_session={}", keys.reader);
    assert_eq!(http.ask_from(tls, "GET /books", &[("cookie", &secure)]).await.outcome(), "200");
    assert_eq!(http.ask_from(tls, "GET /books", &[("cookie", &plain)]).await.outcome(), "401 unauthenticated");
}
