//! Connections that do nothing: what each costs in memory, subscribed and silent, beside a server that only has the
//! WebSocket.

use std::time::Duration;

use anyhow::Context;
use futures_util::{StreamExt, stream};
use serde_json::json;
use tokio::time::sleep;

use crate::args::{self, Target, YardstickKind};
use crate::latencies::median;
use crate::link::{Ended, Link, ReceiveBuffer};
use crate::report::{Reach, Report, note};
use crate::requests::Contestant;

/// Connections made at the same time.
const CONNECTING_MAX: usize = 64;
/// From the last connection to the look at the memory: what served the handshake is given back by then.
const SETTLING: Duration = Duration::from_secs(1);
/// A connection is to cost no more.
const KIB_MAX: f64 = 10.0;

/// Opens all connections on each server, by turns.
pub(crate) async fn run(target: &Target, args: &args::Idle) -> anyhow::Result<Report> {
    let settings = json!({"connections": args.connections, "rounds": args.rounds});
    let mut report = Report::new("idle", settings);
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..args.rounds {
        ours.push(kib_each(&Contestant::ours(target, 0).await?, args.connections).await?);
        bare.push(kib_each(&Contestant::yardstick(YardstickKind::Echo, 0).await?, args.connections).await?);
    }
    let (ours, bare) = (median(ours), median(bare));
    report.goal("a connection, subscribed", ours, "KiB", Reach::AtMost(KIB_MAX));
    report.figure("a bare WebSocket on the same library", bare, "KiB");
    report.figure("ours by the bare one", ours / bare, "");
    Ok(report)
}

/// What the server's memory grows by for each of so many connections.
async fn kib_each(contestant: &Contestant, connections: usize) -> anyhow::Result<f64> {
    // The first connections are for what all of them share.
    let first = open(contestant, CONNECTING_MAX).await?;
    sleep(SETTLING).await;
    let before = contestant.process.memory()?;
    let links = open(contestant, connections).await?;
    sleep(SETTLING).await;
    let grown = contestant.process.memory()?.saturating_sub(before);
    drop((first, links));
    let kib = grown as f64 / 1024.0 / connections as f64;
    note(format_args!("{}: {kib:.2} KiB a connection", contestant.name));
    Ok(kib)
}

async fn open(contestant: &Contestant, connections: usize) -> anyhow::Result<Vec<Link>> {
    let connecting = (0..connections).map(|_| settle_in(contestant));
    let links: Vec<_> = stream::iter(connecting).buffer_unordered(CONNECTING_MAX).collect().await;
    links.into_iter().collect::<Result<_, _>>().context("a connection could not be made")
}

/// Connects and has one thing said: of ours, that the subscription has all there is.
async fn settle_in(contestant: &Contestant) -> Result<Link, Ended> {
    let mut link = Link::connect(contestant.address, ReceiveBuffer::Usual).await?;
    if contestant.is_ours() {
        link.call("books.subscribe", json!({})).await?;
        link.event().await?;
    } else {
        link.say("something".to_owned()).await?;
        link.flush().await?;
        link.text().await?;
    }
    Ok(link)
}
