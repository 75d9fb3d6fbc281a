//! The power fails in the middle of writing: a real file system forgets what was not synced.

use std::path::Path;
use std::process::Command;

use rand::RngExt;

use crate::kills::rounds;
use crate::ledger::{Difference, Ledger};
use crate::mount::{Mount, run};
use crate::patience::until;
use crate::server::Server;
use crate::strace::Strace;
use crate::writers::Writers;

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_loses_nothing_acknowledged() {
    let mut machine = Machine::start();
    let mut known = Ledger::default();
    let rounds = rounds();
    for round in 0..rounds {
        let mut writers = Writers::start(&machine.server, &format!("cut-{round}"));
        writers.acknowledged(rand::rng().random_range(1..300)).await;
        machine.lose_power(writers, &mut known).await;
        known.check(&machine.server).await;
    }
    assert_eq!(known.refusals().next(), None);
    println!(
        "power cut: {rounds} rounds, {} acknowledged, {} unanswered, 0 lost",
        known.acknowledged(),
        known.unanswered()
    );
}

/// Without this, the test above could hold for the reason that its power cut takes nothing away.
#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_on_a_disk_that_lies_about_syncs_is_seen_to_lose_data() {
    let mut machine = Machine::start();
    let mut known = Ledger::default();
    let strace = Strace::attach(&machine.server, None, "fdatasync,fsync:retval=0");
    let mut writers = Writers::start(&machine.server, "lie");
    writers.acknowledged(200).await;
    machine.lose_power(writers, &mut known).await;
    drop(strace);
    let Difference { lost, .. } = known.compare(&machine.server).await;
    assert!(
        !lost.is_empty(),
        "{} acknowledged without a sync, none lost: this test sees nothing",
        known.acknowledged()
    );
    println!("power cut without syncs: {} acknowledged, {} lost, as it must be", known.acknowledged(), lost.len());
}

/// A server and its disk.
struct Machine {
    server: Server,
    disk: Mount,
}

impl Machine {
    fn start() -> Machine {
        let disk = Mount::ext4();
        Machine { server: Server::start_on(&disk.path(), &[]), disk }
    }

    /// Everything stops at once, the disk keeps what it was given, and the machine is started again.
    async fn lose_power(&mut self, writers: Writers, known: &mut Ledger) {
        self.stand_still().await;
        self.disk.cut();
        self.server.kill();
        writers.end(known).await;
        self.disk.switch_on();
        let address = self.server.address().to_owned();
        self.server = Server::start_at(&address, &self.disk.path(), &[]);
    }

    /// Stops the server's threads, and waits until the last one has come back from the system.
    async fn stand_still(&self) {
        let pid = self.server.pid().to_string();
        run(Command::new("kill").args(["-STOP", &pid]));
        let threads = Path::new("/proc").join(pid).join("task");
        until("the server to stand still", || are_stopped(&threads)).await;
    }
}

fn are_stopped(threads: &Path) -> bool {
    std::fs::read_dir(threads).unwrap().all(|thread| {
        let status = std::fs::read_to_string(thread.unwrap().path().join("stat")).unwrap_or_default();
        // The state follows the name, which stands in parentheses.
        status.rsplit(") ").next().is_some_and(|rest| rest.starts_with(['T', 't']))
    })
}
