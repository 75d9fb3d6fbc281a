//! A write or a sync of the journal fails, as on a disk that is dying.

use std::path::PathBuf;

use serde_json::json;

use crate::client::Client;
use crate::full_disk::{assert_reads_go_on, assert_tells_what_to_do};
use crate::http::{get, until_ready_is};
use crate::ledger::Ledger;
use crate::server::Server;
use crate::strace::Strace;
use crate::writers::Writers;

/// Which of the calls fails, counted from when the fault begins.
const NTH: [u32; 4] = [1, 2, 5, 17];

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_sync_nothing_is_acknowledged_and_the_sync_is_not_tried_again() {
    for nth in NTH {
        fails_for_good("fdatasync", nth).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_write_nothing_is_acknowledged_and_nothing_is_written_any_more() {
    for nth in NTH {
        fails_for_good("pwrite64", nth).await;
    }
}

/// The nth such call on the journal answers EIO.
async fn fails_for_good(call: &str, nth: u32) {
    let mut server = Server::start();
    let mut known = Ledger::default();
    let mut writers = Writers::start(&server, "dying");
    writers.acknowledged(10).await;
    let strace = Strace::attach(&server, Some(&segment(&server)), &format!("{call}:error=EIO:when={nth}"));
    writers.end(&mut known).await;
    assert_eq!(known.unanswered(), 0, "who cannot be told yes is told no");
    for error in known.refusals() {
        assert_eq!((&error["code"], &error["data"]["type"]), (&json!(-32007), &json!("unavailable")));
    }

    assert_reads_go_on(&server, &known).await;
    assert_tells_what_to_do(&server, "Check the disk, then restart").await;
    let metrics = get(&server, "/metrics").await.text;
    assert!(metrics.contains("\nbookstore_failed_appends_total{reason=\"poisoned\"} 1\n"), "{metrics}");
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    for _ in 0..3 {
        let error = client.refused("books.create", json!({"book": {"title": "Saman"}})).await;
        assert_eq!(error["code"], -32007, "{error}");
    }
    assert_leaves_the_disk_alone(&strace.calls());
    drop(strace);

    if nth.is_multiple_of(2) {
        assert_eq!(server.stop().code(), Some(0), "it ends in good order");
    }
    server.kill_and_restart();
    let doubtful = known.check(&server).await.refused_and_there;
    let writers = Writers::start(&server, "mended");
    finish(writers, &mut server, &mut known).await;
    println!("{call} {nth}: {} acknowledged, 0 lost, {} refused and there", known.acknowledged(), doubtful.len());
}

/// Lets clients write for a while, then kills the server and looks at what is left.
async fn finish(mut writers: Writers, server: &mut Server, known: &mut Ledger) {
    writers.acknowledged(30).await;
    server.kill();
    writers.end(known).await;
    server.kill_and_restart();
    known.check(server).await;
}

/// What the disk holds is not known after the fault, and a second sync that succeeds would prove nothing.
fn assert_leaves_the_disk_alone(calls: &[String]) {
    let failed = calls.iter().position(|call| call.contains("(INJECTED)")).expect("a call was made to fail");
    assert_eq!(calls[failed + 1..], [] as [String; 0], "after {}", calls[failed]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_that_cannot_be_written_is_told_before_the_next_write_is_refused() {
    let server = Server::start();
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    // The first write is the entry's, the second its mark.
    let strace = Strace::attach(&server, Some(&segment(&server)), "pwrite64:error=EIO:when=2");
    let book = json!({"book": {"title": "Saman"}});
    assert_eq!(client.call("books.create", book.clone()).await["revision"], 1);
    until_ready_is(&server, 503).await;
    assert_tells_what_to_do(&server, "Check the disk, then restart").await;
    assert_eq!(client.refused("books.create", book).await["code"], -32007);
    assert_leaves_the_disk_alone(&strace.calls());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_without_room_is_cut_off_and_writes_go_on_once_there_is_some() {
    let mut server = Server::start();
    let mut known = Ledger::default();
    let strace = Strace::attach(&server, Some(&segment(&server)), "pwrite64:error=ENOSPC:when=9+");
    let writers = Writers::start(&server, "narrow");
    writers.end(&mut known).await;
    assert_eq!(known.unanswered(), 0);
    let calls = strace.calls();
    let failed = calls.iter().position(|call| call.contains("(INJECTED)")).expect("a call was made to fail");
    assert!(calls[failed + 1].contains("ftruncate(") && calls[failed + 2].contains("fdatasync("), "{calls:?}");
    drop(strace);
    until_ready_is(&server, 200).await;

    let writers = Writers::start(&server, "wide");
    finish(writers, &mut server, &mut known).await;
    assert_eq!(known.check(&server).await.refused_and_there, Vec::<String>::new());
    println!("ENOSPC: {} acknowledged, {} refused, 0 lost", known.acknowledged(), known.refusals().count());
}

fn segment(server: &Server) -> PathBuf {
    server.data().join("journal/00000000000000000001.jsonl")
}
