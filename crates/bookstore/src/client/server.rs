//! A server as a client knows it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use tokio_tungstenite::Connector;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::http::{Request, Response};
use url::Url;

use super::{CallError, Login, Refusal, trust};

/// Where a server is, and what is trusted there.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// An http or https URL.
    pub(crate) url: Url,
    /// A file of certificates that are trusted beside the system's; read at each connection, for it may be renewed.
    pub(crate) ca: Option<PathBuf>,
    /// What logs in there.
    pub(crate) login: Login,
}

impl Server {
    /// The URL of its WebSocket.
    pub(super) fn websocket(&self) -> Result<Url, CallError> {
        let wrong = || self.unreachable("the address must begin with http:// or https://");
        let scheme = match self.url.scheme() {
            "http" | "ws" => "ws",
            "https" | "wss" => "wss",
            _ => return Err(wrong()),
        };
        let mut address = self.url.clone();
        address.set_scheme(scheme).map_err(|()| wrong())?;
        let path = format!("{}/ws", self.url.path().trim_end_matches('/'));
        address.set_path(&path);
        Ok(address)
    }

    /// The request that opens its WebSocket, and logs in by it.
    pub(super) fn handshake(&self) -> Result<Request<()>, CallError> {
        let request = self.websocket()?.as_str().into_client_request();
        let mut request = request.map_err(|error| self.unreachable(error.to_string()))?;
        if let Some(value) = self.login.header() {
            let value = value.parse().map_err(|_| self.unreachable("the token has characters that no token has"))?;
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        Ok(request)
    }

    /// How to speak with it below the WebSocket.
    pub(super) fn connector(&self) -> Result<Connector, CallError> {
        if matches!(self.url.scheme(), "http" | "ws") {
            return Ok(Connector::Plain);
        }
        trust::tls(self.ca.as_deref()).map(Connector::Rustls).map_err(|reason| self.unreachable(reason))
    }

    /// There is no connection to it.
    pub(crate) fn unreachable(&self, reason: impl Into<String>) -> CallError {
        CallError::Unreachable { server: self.to_string(), reason: reason.into() }
    }

    /// Why connecting did not work. A server that knows us and says no is another matter than one that is not there, or
    /// not ready.
    pub(super) fn refused(&self, error: &Error) -> CallError {
        if let Error::Http(answer) = error
            && matches!(answer.status().as_u16(), 401 | 403)
        {
            let body = answer.body().as_deref().unwrap_or_default();
            return CallError::Refused(Refusal::of_problem(answer.status().as_u16(), body));
        }
        self.unreachable(match error {
            Error::Http(answer) => detail(answer).unwrap_or_else(|| error.to_string()),
            Error::Io(io) => return self.broken_off(io),
            _ => error.to_string(),
        })
    }

    /// Why there is no connection.
    pub(super) fn broken_off(&self, error: &io::Error) -> CallError {
        let advice = match error.to_string().contains("invalid peer certificate") {
            true => ". If it is the right server, give its certificate, or its authority's, with --ca FILE",
            false => "",
        };
        self.unreachable(format!("{error}{advice}"))
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

/// What a problem's body says.
fn detail(answer: &Response<Option<Vec<u8>>>) -> Option<String> {
    let problem: serde_json::Value = serde_json::from_slice(answer.body().as_deref()?).ok()?;
    Some(problem["detail"].as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::Server;

    fn check(server: &str, expected: Expect) {
        let written = match (Server { url: server.parse().unwrap(), ca: None, login: Default::default() }).websocket() {
            Ok(url) => url.to_string(),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&written);
    }

    #[test]
    fn the_websocket_stands_below_the_servers_address() {
        check("http://127.0.0.1:8080", expect!["ws://127.0.0.1:8080/ws"]);
        check("http://shop.example/books/", expect!["ws://shop.example/books/ws"]);
        check("https://shop.example", expect!["wss://shop.example/ws"]);
        check(
            "ftp://shop.example",
            expect!["cannot reach ftp://shop.example/: the address must begin with http:// or https://"],
        );
    }
}
