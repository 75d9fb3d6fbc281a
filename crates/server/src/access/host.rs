//! Whether a request means this server: its name must be an IP literal, `localhost`, or one the operator named.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{Version, header};
use protocol::Name;

use crate::answer::Refused;
use crate::app::Options;

/// Checks `Host` and, where the request line names one too (`GET http://name/…`), that name as well.
pub(super) fn check(request: &Request, options: &Options) -> Result<(), Refused> {
    let mut lines = request.headers().get_all(header::HOST).into_iter();
    match (lines.next(), lines.next()) {
        (Some(_), Some(_)) => return Err(malformed("there are several Host headers")),
        (None, _) if request.version() >= Version::HTTP_11 && request.uri().authority().is_none() => {
            return Err(malformed("there is no Host header"));
        }
        (None, _) => {}
        (Some(host), None) => check_name(host.as_bytes(), options)?,
    }
    request.uri().authority().map_or(Ok(()), |authority| check_name(authority.as_str().as_bytes(), options))
}

fn check_name(host: &[u8], options: &Options) -> Result<(), Refused> {
    let authority = Authority::try_from(host).ok().filter(|authority| !authority.as_str().contains('@'));
    let authority = authority.ok_or_else(|| malformed("the Host header is no name with an optional port"))?;
    let name = authority.host();
    let known = is_ip_literal(name)
        || name.eq_ignore_ascii_case("localhost")
        || options.allow_hosts.iter().any(|named| named.eq_ignore_ascii_case(name));
    known.then_some(()).ok_or_else(|| {
        let message = format!("this server is not called {name:?}; the operator can name it: --allow-host {name}");
        Refused::new(Name::Misdirected, message)
    })
}

fn is_ip_literal(name: &str) -> bool {
    let v6 = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    v6.is_some_and(|inner| inner.parse::<Ipv6Addr>().is_ok()) || name.parse::<Ipv4Addr>().is_ok()
}

fn malformed(why: &str) -> Refused {
    Refused::new(Name::InvalidRequest, format!("{why}: send one Host header, e.g. Host: localhost:8080"))
}
