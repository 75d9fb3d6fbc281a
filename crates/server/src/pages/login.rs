//! The page on which people log in.

use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use maud::html;
use protocol::{Name, Problem};

use super::layout::{self, Content};
use super::{Reader, choose_language};

/// The page, to go on to `next` from; with what was wrong with an attempt.
pub(crate) fn login(headers: &HeaderMap, uri: &Uri, next: &str, failed: Option<&Problem>) -> Response {
    if failed.is_none()
        && let Some(answer) = choose_language(uri)
    {
        return answer;
    }
    let reader = Reader::new(headers, uri);
    let texts = reader.texts;
    let wrong = failed.map(|problem| reason(reader, problem));
    let body = html! {
        main #main .narrow tabindex="-1" {
            h1 { (texts.say("login.title")) }
            form .login method="post" action="/login" {
                input type="hidden" name="next" value=(next);
                label for="token" { (texts.say("login.token")) }
                input #token type="password" name="token" required autofocus autocomplete="current-password"
                    spellcheck="false" aria-describedby="token-hint" aria-invalid=[wrong.as_ref().map(|_| "true")];
                p #token-hint .hint { (texts.say("login.hint")) }
                @if let Some(wrong) = &wrong { p .wrong role="alert" { (wrong) } }
                button .primary type="submit" { (texts.say("login.submit")) }
            }
        }
    };
    let title = texts.say("login.title").to_owned();
    let status = failed.map_or(200, |problem| problem.name.status());
    let status = StatusCode::from_u16(status).expect("the table holds valid statuses");
    let mut response = reader.page(status, &layout::page(reader, &Content { kind: "none", title, body }));
    add_headers(response.headers_mut(), failed);
    response
}

fn reason(reader: Reader<'_>, problem: &Problem) -> String {
    match problem.retry_after {
        Some(seconds) => reader.texts.fill("login.wait", &[("seconds", &seconds.to_string())]),
        None => reader.texts.say("login.wrong").to_owned(),
    }
}

/// What a refusal says in its headers on every door.
fn add_headers(headers: &mut HeaderMap, failed: Option<&Problem>) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if failed.is_some_and(|problem| problem.name == Name::Unauthenticated) {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = failed.and_then(|problem| problem.retry_after) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}
