//! How much one client may ask for, as it is written on the command line.

use std::num::NonZeroU32;

use clap::Args;
use server::{Loopback, Rates};

#[derive(Args, Debug)]
pub(crate) struct RateArgs {
    /// Plain reads a second on one connection, and four times as many of one address; other calls count more. 0: no limit
    #[arg(long, value_name = "N", default_value_t = Rates::PER_SECOND)]
    pub(crate) rate: u32,
    /// Connections that one address may have at once; 0: no limit
    #[arg(long, value_name = "N", default_value_t = Rates::CONNECTIONS_PER_ADDRESS)]
    pub(crate) connections_per_address: usize,
    /// Limit clients on this machine as well: they are free unless this is given
    #[arg(long)]
    pub(crate) limit_loopback: bool,
}

impl RateArgs {
    pub(crate) fn read(&self) -> Rates {
        Rates {
            per_second: NonZeroU32::new(self.rate),
            connections_per_address: Some(self.connections_per_address).filter(|max| *max > 0),
            loopback: if self.limit_loopback { Loopback::Limited } else { Loopback::Free },
        }
    }
}
