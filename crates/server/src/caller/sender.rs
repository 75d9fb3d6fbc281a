//! Where a request comes from, as far as that decides what it may.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, HeaderName, header};

use crate::app::Options;
use crate::peer::{Peer, Transport};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// What a proxy adds, besides headers that begin with [`FORWARDED_PREFIX`]. A request that has one of these began
/// elsewhere, whoever brought it here.
const BY_PROXIES: [HeaderName; 3] = [header::FORWARDED, HeaderName::from_static("x-real-ip"), header::VIA];
/// Some proxies tell of the name or the scheme and not of the address.
const FORWARDED_PREFIX: &str = "x-forwarded";

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender {
    /// The other end of the connection, or whom a trusted proxy names.
    pub(crate) address: IpAddr,
    /// How its bytes travel to this server.
    pub(crate) transport: Transport,
    /// Whether a program on this machine asks: a proxy in front must not make the world local.
    pub(crate) is_local: bool,
}

impl Sender {
    /// What headers and connection tell, once [`look_behind_proxy`] was asked. Who comes over no connection that is known is not local.
    pub(crate) fn of(headers: &HeaderMap, extensions: &Extensions) -> Self {
        let Some(Peer { address, transport }) = extensions.get::<Peer>().copied() else {
            let address = Ipv4Addr::UNSPECIFIED.into();
            return Sender { address, transport: Transport::Plain, is_local: false };
        };
        let address = address.ip().to_canonical();
        let is_local = address.is_loopback() && !headers.keys().any(is_by_proxy);
        Sender { address, transport, is_local }
    }
}

fn is_by_proxy(name: &HeaderName) -> bool {
    BY_PROXIES.contains(name) || name.as_str().starts_with(FORWARDED_PREFIX)
}

/// Puts whom a trusted proxy names into the place of the proxy: whatever counts by address then counts that one.
pub(crate) fn look_behind_proxy(request: &mut Request, options: &Options) {
    let Some(peer) = request.extensions().get::<Peer>().copied() else { return };
    if options.trusted_proxies.contains(&peer.address.ip().to_canonical())
        && let Some(named) = forwarded_for(request.headers())
    {
        let address = SocketAddr::new(named, peer.address.port());
        request.extensions_mut().insert(Peer { address, ..peer });
    }
}

/// Whom the last proxy names: what stands before that could be anybody's invention.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all(FORWARDED_FOR).into_iter().next_back()?.to_str().ok()?;
    let last = line.rsplit(',').next()?.trim();
    last.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}
