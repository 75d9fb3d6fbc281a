//! The doors: WebSocket, HTTP, event stream and pages. Turns wire words into commands and queries; knows no files.

mod app;

pub use app::{App, Options, run};
