//! Who asks, as far as limits are concerned.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use access::Principal;
use axum::http::Extensions;

use super::Loopback;
use crate::peer::Peer;

/// Who asks: an address and, where one is logged in, a token.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    /// `None` where there is no socket.
    address: Option<IpAddr>,
    /// The name of the token.
    principal: Option<Arc<str>>,
}

/// What has a bucket of its own.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Whose<'a> {
    Address(IpAddr),
    Token(&'a str),
}

impl Source {
    /// Whom a request comes from.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        Source { address: extensions.get::<Peer>().map(|peer| peer.address.ip()), principal: None }
    }

    /// The same, logged in as `principal`; who came without a token has no bucket for it.
    pub(crate) fn known(self, principal: &Principal) -> Self {
        Source { principal: principal.has_token().then(|| principal.name().into()), ..self }
    }

    /// The bucket of its token, if it has one and is limited.
    pub(super) fn token(&self, loopback: Loopback) -> Option<Whose<'_>> {
        self.limited(loopback).and(self.principal.as_deref()).map(Whose::Token)
    }

    /// Whose buckets a call is taken from: none for those who are not limited.
    pub(super) fn buckets(&self, loopback: Loopback) -> impl Iterator<Item = Whose<'_>> {
        self.limited(loopback).map(Whose::Address).into_iter().chain(self.token(loopback))
    }

    /// Its address, if it is limited.
    pub(super) fn limited(&self, loopback: Loopback) -> Option<IpAddr> {
        self.address.and_then(|address| limited(address, loopback))
    }
}

/// What an address counts as, if it is limited: of IPv6 its /64, which is what one customer has.
pub(super) fn limited(address: IpAddr, loopback: Loopback) -> Option<IpAddr> {
    let address = address.to_canonical();
    if address.is_loopback() && loopback == Loopback::Free {
        return None;
    }
    Some(match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_ipv6_is_its_64_and_a_mapped_one_is_ipv4() {
        for (address, counts_as) in [
            ("192.0.2.7", Some("192.0.2.7")),
            ("::ffff:192.0.2.7", Some("192.0.2.7")),
            ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1:2::")),
            ("127.0.0.1", None),
            ("127.9.9.9", None),
            ("::1", None),
            ("::ffff:127.0.0.1", None),
        ] {
            let counted = limited(address.parse().unwrap(), Loopback::Free);
            assert_eq!(counted, counts_as.map(|text| text.parse().unwrap()), "{address}");
        }
        assert!(limited("127.0.0.1".parse().unwrap(), Loopback::Limited).is_some());
    }

    #[test]
    fn a_token_has_a_bucket_beside_its_address() {
        let address: IpAddr = "192.0.2.7".parse().unwrap();
        let source = Source { address: Some(address), principal: Some("till-1".into()) };
        let buckets: Vec<Whose<'_>> = source.buckets(Loopback::Free).collect();
        assert_eq!(buckets, [Whose::Address(address), Whose::Token("till-1")]);
    }
}
