//! The power fails in the middle of writing: a real file system forgets what was not synced.

use std::path::Path;

use rand::RngExt;

use crate::kills::rounds;
use crate::ledger::{Difference, Ledger};
use crate::mount::Mount;
use crate::patience::until;
use crate::server::Server;
use crate::strace::Strace;
use crate::writers::Writers;

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_in_the_middle_of_a_sync_loses_nothing_acknowledged() {
    lose_power_again_and_again(Cut::UnderWay).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shut_down_file_system_loses_nothing_acknowledged() {
    lose_power_again_and_again(Cut::AtRest).await;
}

async fn lose_power_again_and_again(cut: Cut) {
    let mut machine = Machine::start(cut);
    let mut known = Ledger::default();
    for round in 0..rounds() {
        let mut writers = Writers::start(&machine.server, &format!("cut-{round}"));
        writers.acknowledged(rand::rng().random_range(1..300)).await;
        machine.lose_power(writers, &mut known).await;
        known.check(&machine.server).await;
    }
    assert_eq!(known.refusals().next(), None);
    let (acknowledged, unanswered) = (known.acknowledged(), known.unanswered());
    println!(
        "power cut {cut:?}: {} rounds, {} of them in the middle of a call, {acknowledged} acknowledged, {unanswered} unanswered, 0 lost",
        rounds(),
        machine.interrupted
    );
}

/// Without these, the tests above could hold for the reason that their power cuts take nothing away.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_disk_that_lies_about_syncs_each_power_cut_is_seen_to_lose_data() {
    for cut in [Cut::UnderWay, Cut::AtRest] {
        let mut machine = Machine::start(cut);
        let mut known = Ledger::default();
        let strace = Strace::attach(&machine.server, None, "fdatasync,fsync:retval=0");
        let mut writers = Writers::start(&machine.server, "lie");
        writers.acknowledged(200).await;
        machine.lose_power(writers, &mut known).await;
        drop(strace);
        let Difference { lost, .. } = known.compare(&machine.server).await;
        let acknowledged = known.acknowledged();
        assert!(!lost.is_empty(), "{acknowledged} acknowledged without a sync, none lost: this test sees nothing");
        println!("power cut {cut:?} without syncs: {acknowledged} acknowledged, {} lost, as it must be", lost.len());
    }
}

/// What the disk is doing when the power fails.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// Whatever it is told to.
    UnderWay,
    /// Nothing.
    AtRest,
}

/// A server and its disk.
struct Machine {
    server: Server,
    disk: Mount,
    cut: Cut,
    /// How often the power failed while a thread was in the system's hands.
    interrupted: usize,
}

impl Machine {
    fn start(cut: Cut) -> Machine {
        let disk = Mount::disk();
        Machine { server: Server::start_on(&disk.path(), &[]), disk, cut, interrupted: 0 }
    }

    /// Everything stops, the disk keeps what it was given, and the machine is started again.
    async fn lose_power(&mut self, writers: Writers, known: &mut Ledger) {
        let threads = Path::new("/proc").join(self.server.pid().to_string()).join("task");
        self.server.signal("STOP");
        match self.cut {
            Cut::UnderWay => {
                // Once one thread stands still no other comes back from the system: what is synced from now on, nobody is told.
                until("the server to stop", || stopped(&threads).contains(&true)).await;
                self.disk.cut();
                self.interrupted += usize::from(stopped(&threads).contains(&false));
            }
            Cut::AtRest => {
                until("the server to stand still", || !stopped(&threads).contains(&false)).await;
                self.disk.shut_down();
            }
        }
        self.server.kill();
        writers.end(known).await;
        self.disk.switch_on();
        let address = self.server.address().to_owned();
        self.server = Server::start_at(&address, &self.disk.path(), &[]);
    }
}

/// Which of the threads stand still.
fn stopped(threads: &Path) -> Vec<bool> {
    let threads = std::fs::read_dir(threads).unwrap().map(|thread| thread.unwrap().path().join("stat"));
    let is_stopped = |status: String| {
        // The state follows the name, which stands in parentheses.
        status.rsplit(") ").next().is_some_and(|rest| rest.starts_with(['T', 't']))
    };
    threads.map(|status| is_stopped(std::fs::read_to_string(status).unwrap_or_default())).collect()
}
