//! kill -9 in the middle of writing.

use rand::RngExt;

use crate::ledger::Ledger;
use crate::server::Server;
use crate::writers::Writers;

/// How many times a kill or a power cut is tried: `FAULT_ROUNDS=50`.
pub(crate) fn rounds() -> usize {
    std::env::var("FAULT_ROUNDS").map_or(10, |rounds| rounds.parse().expect("FAULT_ROUNDS is a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_nine_loses_nothing_acknowledged() {
    let mut server = Server::start();
    let mut known = Ledger::default();
    let rounds = rounds();
    for round in 0..rounds {
        let mut writers = Writers::start(&server, &format!("kill-{round}"));
        writers.acknowledged(rand::rng().random_range(1..300)).await;
        server.kill();
        writers.end(&mut known).await;
        server.kill_and_restart();
        known.check(&server).await;
    }
    assert_eq!(known.refusals().next(), None);
    println!(
        "kill -9: {rounds} rounds, {} acknowledged, {} unanswered, 0 lost",
        known.acknowledged(),
        known.unanswered()
    );
}
