//! The doors: WebSocket, HTTP, event stream and pages. Turns wire words into commands and queries; knows no files.

mod access;
mod answer;
mod app;
mod archive;
mod body;
mod books;
mod budget;
mod caller;
mod changes;
mod conditions;
mod descriptions;
mod dispatch;
mod dress;
mod events;
#[doc(hidden)]
pub mod fuzzing;
mod health;
mod login;
mod metrics;
mod negotiate;
mod pages;
mod peer;
mod query;
mod rates;
mod router;
mod run;
mod session;
mod starting;
mod tls;
mod tokens;
mod websocket;
mod write;

pub use app::{App, Options};
pub use archive::{Archive, ArchiveError, Download, Pieces, Upload};
pub use peer::{Peer, Transport};
pub use rates::{Loopback, Rates};
pub use router::router;
pub use run::{Listening, run};
pub use starting::starting;
pub use tls::{Tls, TlsError};
