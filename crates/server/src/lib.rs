//! The doors: WebSocket, HTTP, event stream and pages. Turns wire words into commands and queries; knows no files.

mod access;
mod answer;
mod app;
mod body;
mod books;
mod budget;
mod changes;
mod conditions;
mod descriptions;
mod dispatch;
mod dress;
mod events;
mod health;
mod metrics;
mod negotiate;
mod pages;
mod peer;
mod query;
mod rates;
mod router;
mod run;
mod starting;
mod websocket;
mod write;

pub use app::{App, Options};
pub use peer::{Peer, Transport};
pub use rates::{Loopback, Rates};
pub use router::router;
pub use run::run;
pub use starting::starting;
