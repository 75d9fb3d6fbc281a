//! What a request brings along to say who calls: `Authorization`, else the cookie. Never the address of the request: that
//! gets into logs, histories and other people's hands.

use axum::http::{HeaderMap, HeaderValue, header};
use protocol::Name;

use crate::answer::{Refused, header_text};
use crate::peer::Transport;

/// Longer than any token.
const TOKEN_BYTES_MAX: usize = 256;
const PLAIN: &str = "bookstore_session";
/// The prefix makes browsers insist that the cookie came through TLS, from this very host.
const SECURE: &str = "__Host-bookstore_session";

/// The token of a request, if it has one.
pub(super) fn token(headers: &HeaderMap, transport: Transport) -> Result<Option<String>, Refused> {
    Ok(bearer(headers)?.or_else(|| cookie(headers, transport)))
}

/// The token in `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    let mut lines = headers.get_all(header::AUTHORIZATION).into_iter();
    let Some(line) = lines.next() else { return Ok(None) };
    let token = line.to_str().ok().and_then(|line| line.split_once(' ')).and_then(|(scheme, token)| {
        let token = token.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= TOKEN_BYTES_MAX).then_some(token)
    });
    match token {
        Some(token) if lines.next().is_none() => Ok(Some(token.to_owned())),
        _ => Err(Refused::new(Name::Unauthenticated, "write one header Authorization: Bearer TOKEN")),
    }
}

fn cookie(headers: &HeaderMap, transport: Transport) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, token) = pairs.find(|(name, _)| *name == name_of(transport))?;
    (!token.is_empty()).then(|| token.chars().take(TOKEN_BYTES_MAX).collect())
}

/// The `Set-Cookie` that keeps a token for so many seconds; none at all forgets it.
pub(crate) fn set_cookie(token: &str, seconds: u64, transport: Transport) -> HeaderValue {
    let secure = if transport == Transport::Tls { "; Secure" } else { "" };
    let name = name_of(transport);
    header_text(&format!("{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"))
}

fn name_of(transport: Transport) -> &'static str {
    match transport {
        Transport::Plain => PLAIN,
        Transport::Tls => SECURE,
    }
}
