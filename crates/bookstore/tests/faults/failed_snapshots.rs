//! A snapshot that cannot be written: the journal has everything, and nobody is kept from writing.

use serde_json::json;

use crate::client::Client;
use crate::http::get;
use crate::ledger::Ledger;
use crate::patience::until;
use crate::server::Server;
use crate::strace::Strace;
use crate::writers::Writers;

/// Each step of putting a new `books.json` in the place of the old one, and the file or folder that it concerns.
const STEPS: [(&str, &str); 4] = [
    ("pwrite64:error=ENOSPC", "books.json.tmp"),
    ("fdatasync:error=EIO", "books.json.tmp"),
    ("rename:error=EIO", "books.json.tmp"),
    ("fsync:error=EIO", "."),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_fails_at_any_step_stops_no_write_and_loses_nothing() {
    for (inject, path) in STEPS {
        // In memory: on a disk a snapshot may be made before it has a name, and strace finds a file by its name only.
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let mut server = Server::start_on(&folder.path().join("data"), &[]);
        let mut known = Ledger::default();
        let concerned = if path == "." { server.data().to_owned() } else { server.data().join(path) };
        let strace = Strace::attach(&server, Some(&concerned), inject);
        let mut writers = Writers::start(&server, "on");
        until("a snapshot", || server.log().contains("the snapshot was not written")).await;
        let metrics = get(&server, "/metrics").await.text;
        assert!(metrics.contains("\nbookstore_failed_snapshots_total 1\n"), "{metrics}");
        assert!(strace.calls().iter().any(|call| call.contains("(INJECTED)")), "{inject}");

        // Writing goes on as if nothing had been.
        let mut client = Client::connect(&server.websocket()).await.unwrap();
        let before = client.call("server.info", json!({})).await["revision"].as_u64().unwrap();
        writers.acknowledged(before as usize + 30).await;
        assert_eq!(get(&server, "/ready").await.status, 200);
        drop(strace);
        server.kill();
        writers.end(&mut known).await;
        server.kill_and_restart();
        known.check(&server).await;
        assert_eq!(known.refusals().next(), None);
        println!("snapshot {inject}: {} acknowledged, 0 lost", known.acknowledged());
    }
}
