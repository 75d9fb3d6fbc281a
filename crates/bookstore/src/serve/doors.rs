//! Who may come in, as the operator decided.

use std::sync::Arc;

use access::{Access, Reading, Secret, Tokens};
use server::Options;

use crate::args::ServeArgs;

/// What the operator decided, with the tokens of the data directory and a secret for who works beside it.
pub(super) fn options(args: &ServeArgs, operator: &Secret) -> anyhow::Result<Options> {
    let reading = if args.public_read { Reading::Public } else { Reading::LoggedIn };
    Ok(Options {
        allow_hosts: args.allow_host.clone(),
        allow_origins: args.allow_origin.clone(),
        access: Arc::new(Access::new(tokens(args)?, reading).with_operator(operator)),
        trusted_proxies: args.trusted_proxy.clone(),
        rates: args.rates.read(),
    })
}

/// The tokens of the data directory; what the operator should know of them is logged.
pub(super) fn tokens(args: &ServeArgs) -> anyhow::Result<Tokens> {
    let (tokens, notices) = Tokens::open(&args.data)?;
    for notice in notices {
        tracing::warn!("{notice}");
    }
    Ok(tokens)
}
