//! A browser that runs no scripts.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use engine::Engine;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::fixture;

/// What browsers send.
const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// A browser without scripts in front of an empty shop.
pub(super) struct Browser {
    router: axum::Router,
    pub(super) engine: Engine,
    pub(super) headers: HeaderMap,
}

pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Browser {
    pub(super) fn new() -> Self {
        Browser::of(fixture::app())
    }

    /// A browser in front of that shop.
    pub(super) fn of(app: server::App) -> Self {
        let engine = app.engine.clone();
        let headers = HeaderMap::from_iter([(header::ACCEPT, ACCEPT.parse().unwrap())]);
        Browser { router: server::router(app), engine, headers }
    }

    pub(super) fn with(mut self, name: header::HeaderName, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub(super) fn without(mut self, name: header::HeaderName) -> Self {
        self.headers.remove(name);
        self
    }

    /// Sends a form.
    pub(super) async fn form(&self, path: &str, fields: &str) -> Page {
        let request = Request::builder().method("POST").uri(path).body(Body::from(fields.to_owned())).unwrap();
        self.send(request, "application/x-www-form-urlencoded").await
    }

    /// The same shop as a program sees it.
    pub(super) fn without_accept(mut self) -> Self {
        self.headers.remove(header::ACCEPT);
        self
    }

    pub(super) async fn get(&self, path: &str) -> Page {
        self.ask("GET", path, Body::empty()).await
    }

    pub(super) async fn ask(&self, method: &str, path: &str, body: Body) -> Page {
        let request = Request::builder().method(method).uri(path).body(body).unwrap();
        self.send(request, "application/json").await
    }

    async fn send(&self, mut request: Request<Body>, media_type: &'static str) -> Page {
        request.extensions_mut().insert(fixture::peer());
        request.headers_mut().extend(self.headers.clone());
        request.headers_mut().insert(header::HOST, "localhost".parse().unwrap());
        request.headers_mut().insert(header::CONTENT_TYPE, media_type.parse().unwrap());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Page { status: parts.status, headers: parts.headers, body: String::from_utf8(body.into()).unwrap() }
    }

    pub(super) async fn add(&self, book: Value) {
        let page = self.ask("POST", "/books", Body::from(book.to_string())).await;
        assert_eq!(page.status, StatusCode::CREATED, "{}", page.body);
    }

    /// Adds `count` books: "Book 001", "Book 002", …
    pub(super) async fn add_many(&self, count: usize) {
        for n in 1..=count {
            self.add(json!({"title": format!("Book {n:03}"), "year": 1900 + n % 100})).await;
        }
    }
}

impl Page {
    pub(super) fn header(&self, name: header::HeaderName) -> String {
        let values = self.headers.get_all(name).into_iter().map(|value| value.to_str().unwrap());
        values.collect::<Vec<_>>().join(", ")
    }

    /// What stands between each `start` and the next `end`.
    pub(super) fn between<'a>(&'a self, start: &str, end: &str) -> Vec<&'a str> {
        self.body.split(start).skip(1).filter_map(|rest| rest.split_once(end)).map(|(part, _)| part).collect()
    }

    /// The titles in the table, from the top.
    pub(super) fn titles(&self) -> Vec<&str> {
        self.between(r#"" dir="auto">"#, "</a></th>")
    }

    pub(super) fn has(&self, text: &str) -> bool {
        self.body.contains(text)
    }
}
