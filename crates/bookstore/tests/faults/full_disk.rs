//! The disk fills up, and has room again.

use std::fs::File;
use std::path::Path;

use serde_json::{Value, json};

use crate::client::Client;
use crate::http::{get, until_ready_is};
use crate::ledger::Ledger;
use crate::mount::{Mount, fill};
use crate::patience::soon;
use crate::server::Server;
use crate::writers::Writers;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_writes_and_loses_nothing() {
    fills_up(&Mount::tmpfs(2 * 1024)).await;
}

/// Here the system finds room for what is written only when it is on its way to the disk.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_ext4_refuses_writes_and_loses_nothing() {
    fills_up(&Mount::disk()).await;
}

/// Writes until the disk is full, starts on the full disk, and makes room.
async fn fills_up(disk: &Mount) {
    let others = disk.path().join("another program's file");
    fill(&others);
    make_room(&others);
    let mut server = Server::start_on(&disk.path(), &[]);
    let mut known = Ledger::default();
    let mut watching = Client::connect(&server.websocket()).await.unwrap();
    watching.call("books.subscribe", json!({})).await;

    let writers = Writers::start(&server, "filling");
    writers.end(&mut known).await;
    assert!(known.acknowledged() > 100 && known.unanswered() == 0, "{} fit", known.acknowledged());
    assert_refused_for_want_of_room(&known);
    assert_reads_go_on(&server, &known).await;

    // Full to the last byte; whoever tries now is told the same.
    fill(&disk.path().join("a third one's"));
    let writers = Writers::start(&server, "full");
    writers.end(&mut known).await;
    refuses_a_large_book(&server).await;
    assert_tells_what_to_do(&server, "Free some space").await;
    sees_all(&mut watching, &known).await;

    // A start on the full disk serves what there is.
    server.kill_and_restart();
    until_ready_is(&server, 503).await;
    assert_tells_what_to_do(&server, "Free some space").await;
    let difference = known.check(&server).await;
    assert_eq!(difference.refused_and_there, Vec::<String>::new());
    let writers = Writers::start(&server, "still-full");
    writers.end(&mut known).await;
    assert_refused_for_want_of_room(&known);
    refuses_a_large_book(&server).await;
    assert_tells_what_to_do(&server, "Free some space").await;

    // Room again: nobody needs to do more than make it.
    make_room(&others);
    until_ready_is(&server, 200).await;
    let pid = server.pid();
    let writers = Writers::start(&server, "again");
    writers.end(&mut known).await;
    assert_eq!(server.pid(), pid);
    server.kill_and_restart();
    let difference = known.check(&server).await;
    assert_eq!(difference.refused_and_there, Vec::<String>::new(), "what was refused does not appear later");
    println!("full disk: {} acknowledged, {} refused, 0 lost", known.acknowledged(), known.refusals().count());
}

/// Makes a file smaller.
fn make_room(file: &Path) {
    let file = File::options().write(true).open(file).unwrap();
    file.set_len(file.metadata().unwrap().len() - 700 * 1024).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mebibyte_is_enough_to_start() {
    let disk = Mount::tmpfs(1024);
    let server = Server::start_on(&disk.path(), &[]);
    let mut known = Ledger::default();
    let writers = Writers::start(&server, "little");
    writers.end(&mut known).await;
    assert!(known.acknowledged() > 100, "{} fit", known.acknowledged());
    known.check(&server).await;
}

/// What the others left of the last block is enough for a small book, not for this one.
async fn refuses_a_large_book(server: &Server) {
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    let book = json!({"title": "Arok Dedes", "description": "x".repeat(20_000)});
    let error = client.refused("books.create", json!({"book": book})).await;
    assert_eq!(error["code"], -32007, "{error}");
}

fn assert_refused_for_want_of_room(known: &Ledger) {
    for error in known.refusals() {
        assert_eq!((&error["code"], &error["data"]["type"]), (&json!(-32007), &json!("unavailable")));
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("no space") && message.contains("Free some space"), "{message}");
    }
}

/// Reads, the feed, the page: everything but writes.
pub(crate) async fn assert_reads_go_on(server: &Server, known: &Ledger) {
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    assert_eq!(client.call("server.info", json!({})).await["revision"], known.last_revision());
    client.call("books.get", json!({"id": 1})).await;
    client.call("books.subscribe", json!({})).await;
    assert_eq!(client.event().await.unwrap()["type"], "current");
    for path in ["/", "/books", "/books/1", "/health"] {
        assert_eq!(get(server, path).await.status, 200, "{path}");
    }
    known.check(server).await;
}

/// Whoever looks after the server finds out everywhere, and with what to do.
pub(crate) async fn assert_tells_what_to_do(server: &Server, advice: &str) {
    let ready = get(server, "/ready").await;
    assert!(ready.status == 503 && ready.text.contains("application/problem+json"), "{}", ready.text);
    assert!(ready.text.contains(advice), "{}", ready.text);
    let metrics = get(server, "/metrics").await.text;
    assert!(metrics.contains("\nbookstore_ready 0\n"), "{metrics}");
    let log = server.log();
    let told = log.lines().filter(|line| line.contains("writes are refused") && line.contains(advice)).count();
    assert!((1..=10).contains(&told), "not for each write that is refused: {log}");
}

/// Reads events up to the last acknowledged write.
async fn sees_all(watching: &mut Client, known: &Ledger) {
    let mut seen = 0;
    while seen < known.last_revision() {
        let event: Value = soon("the feed", watching.event()).await.expect("the feed goes on");
        let revision = event["revision"].as_u64().unwrap();
        assert!(event["type"] != "change" || revision == seen + 1, "{event}");
        seen = revision;
    }
}
