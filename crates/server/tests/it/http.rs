//! The HTTP routes, called without a socket.

mod access;
mod answers;
mod archive;
mod books;
mod conditions;
mod events;
mod lists;
mod logins;
mod refusals;
mod rest;
mod roles;
mod senders;
mod tokens;

use std::fmt::Write;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use catalogue::Rules;
use engine::Limits;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use server::{App, Options, Peer};
use tower::ServiceExt;

use crate::fixture::{app, app_with};

/// A router over an empty store.
pub(crate) struct Http(Router);

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Http {
    pub(crate) fn new() -> Http {
        Http::of(app())
    }

    pub(crate) fn of(app: App) -> Http {
        Http(server::router(app))
    }

    pub(crate) fn with_options(options: Options) -> Http {
        Http::of(app_with(Limits::default(), Rules::default(), options))
    }

    /// A request for `localhost`, unless a header says otherwise; `line` is method and path.
    pub(crate) async fn ask(&self, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.answer(request(line, headers, body)).await
    }

    async fn answer(&self, request: Request<Body>) -> Answer {
        let response = self.0.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// A request over another connection than one from this machine, or over none that is known.
    pub(crate) async fn ask_from(&self, peer: Option<Peer>, line: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = request(line, headers, "");
        request.extensions_mut().remove::<Peer>();
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        self.answer(request).await
    }

    /// The same, with the body left to be read bit by bit.
    pub(crate) async fn begin(&self, line: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Body) {
        let response = self.0.clone().oneshot(request(line, headers, "")).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, body)
    }

    /// A request whose body never comes to an end.
    pub(crate) async fn ask_without_end(&self, line: &str, headers: &[(&str, &str)]) -> Answer {
        let nothing = futures_util::stream::pending::<Result<&'static [u8], std::convert::Infallible>>();
        self.answer(request(line, headers, "").map(|_| Body::from_stream(nothing))).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), &[], "").await
    }

    /// A request with a JSON body.
    pub(crate) async fn send(&self, line: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let headers = [headers, &[("content-type", "application/json")]].concat();
        self.ask(line, &headers, &body.to_string()).await
    }

    /// Adds a book; gives it.
    pub(crate) async fn add(&self, title: &str) -> Value {
        self.send("POST /books", &[], json!({ "title": title })).await.json()
    }
}

fn request(line: &str, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let (method, path) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "localhost");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.extension(crate::fixture::peer()).body(Body::from(body.to_owned())).unwrap()
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.text()).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// A header, `-` where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("-", |value| value.to_str().unwrap())
    }

    /// The status of what was done, or status and name of the problem.
    pub(crate) fn outcome(&self) -> String {
        let mut line = self.status.as_u16().to_string();
        if self.header("content-type") == "application/problem+json" {
            let problem = self.json();
            assert_eq!(problem["status"], self.status.as_u16(), "{problem}");
            assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
            write!(line, " {}", problem["type"].as_str().unwrap().strip_prefix("/problems/").unwrap()).unwrap();
        }
        line
    }
}
