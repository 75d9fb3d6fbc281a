//! The page on which people log in.

use access::Principal;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use maud::{Markup, html};
use protocol::{Name, Problem};

use super::layout::{self, Content};
use super::{Reader, choose_language};

/// Somebody at the page.
pub(crate) struct Visit<'a> {
    /// Where they go on from there, a path of this server.
    pub(crate) next: &'a str,
    pub(crate) occasion: Occasion<'a>,
    /// Whether they may read without a login.
    pub(crate) is_public: bool,
}

/// What brings somebody to the page.
pub(crate) enum Occasion<'a> {
    /// Nobody is logged in.
    First,
    /// Somebody was, until a moment ago.
    Ended,
    /// Somebody is, but not for much longer.
    EndsSoon(&'a Principal),
    /// A token was tried that was no good, or too soon.
    Failed(&'a Problem),
}

impl<'a> Occasion<'a> {
    fn problem(&self) -> Option<&'a Problem> {
        match self {
            Occasion::Failed(problem) => Some(problem),
            Occasion::First | Occasion::Ended | Occasion::EndsSoon(_) => None,
        }
    }
}

/// The page, to go on from, and why it is shown.
pub(crate) fn login(headers: &HeaderMap, uri: &Uri, visit: &Visit<'_>) -> Response {
    let problem = visit.occasion.problem();
    if problem.is_none()
        && let Some(answer) = choose_language(uri)
    {
        return answer;
    }
    let reader = match visit.occasion {
        Occasion::EndsSoon(principal) => Reader::new(headers, uri).known(principal),
        _ => Reader::new(headers, uri),
    };
    let title = reader.texts.say("login.title").to_owned();
    let status = problem.map_or(200, |problem| problem.name.status());
    let status = StatusCode::from_u16(status).expect("the table holds valid statuses");
    let page = layout::page(reader, &Content { kind: "login", title, body: body(reader, visit) });
    let mut response = reader.page(status, &page);
    add_headers(response.headers_mut(), problem);
    response
}

fn body(reader: Reader<'_>, visit: &Visit<'_>) -> Markup {
    let texts = reader.texts;
    let wrong = visit.occasion.problem().map(|problem| reason(reader, problem));
    let described_by = if wrong.is_some() { "token-error token-hint" } else { "token-hint" };
    html! {
        main #main .login tabindex="-1" {
            form .card method="post" action="/login" {
                h1 { (texts.say("login.title")) }
                @if let Some(notice) = notice(reader, &visit.occasion) { p .notice.warning role="status" { (notice) } }
                input type="hidden" name="next" value=(visit.next);
                div .field {
                    label for="token" { (texts.say("login.token")) }
                    input #token type="password" name="token" required autofocus autocomplete="current-password"
                        spellcheck="false" aria-describedby=(described_by)
                        aria-invalid=[wrong.as_ref().map(|_| "true")];
                    @if let Some(wrong) = &wrong { p #token-error .error role="alert" { (wrong) } }
                    p #token-hint .hint { (texts.say("login.hint")) }
                }
                button .primary type="submit" { (texts.say("login.submit")) }
                @if visit.is_public { p .public { a href=(visit.next) { (texts.say("login.public")) } } }
            }
        }
    }
}

fn notice(reader: Reader<'_>, occasion: &Occasion<'_>) -> Option<String> {
    match occasion {
        Occasion::First | Occasion::Failed(_) => None,
        Occasion::Ended => Some(reader.texts.say("login.ended").to_owned()),
        Occasion::EndsSoon(principal) => Some(reader.texts.fill("login.ends", &[("name", principal.name())])),
    }
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
