//! Many clients at once, and yet every answer is one that the calls could have been given one after the other.

mod clients;
mod history;
mod model;
mod planted;

use std::fs;
use std::path::Path;

use serde_json::Value;
use tokio::sync::watch;

use self::clients::{Caller, Log};
use self::history::{Entry, check_linearizable, check_order};
use self::planted::{Bug, exchange_two_revisions, run};
use crate::server::Server;
use crate::writers::soak;

const CLIENTS: u64 = 6;
const CALLS: usize = 400;
const KILLS: usize = 3;

/// `SOAK=100 cargo test -p bookstore what_many_clients` does it a hundred times.
#[tokio::test(flavor = "multi_thread")]
async fn what_many_clients_are_answered_over_kills_and_cuts_could_have_happened_in_one_order() {
    for round in 0..soak() as u64 {
        let mut server = Server::start();
        let log = Log::default();
        let (progress, mut made) = watch::channel(0);
        let callers: Vec<_> = (0..CLIENTS)
            .map(|number| Caller::new(&server.websocket(), &log, round * CLIENTS + number))
            .map(|caller| tokio::spawn(caller.run(CALLS, progress.clone())))
            .collect();
        for kill in 1..=KILLS {
            let so_far = CLIENTS as usize * CALLS * kill / (KILLS + 1);
            made.wait_for(|count| *count >= so_far).await.unwrap();
            server = tokio::task::spawn_blocking(move || {
                server.kill_and_restart();
                server
            })
            .await
            .unwrap();
        }
        for caller in callers {
            caller.await.unwrap();
        }
        server.stop();
        let (calls, journal) = (log.calls(), journal(server.data()));
        assert!(calls.iter().any(|call| call.answered.is_none()), "no outcome was unknown");
        check_linearizable(&calls).unwrap();
        check_order(&calls, &journal).unwrap();
    }
}

#[test]
fn a_right_server_passes_both_checks() {
    for seed in 0..20 {
        let (calls, journal) = run(Bug::None, seed);
        check_linearizable(&calls).unwrap();
        check_order(&calls, &journal).unwrap();
    }
}

#[test]
fn a_server_that_answers_stale_reads_is_rejected() {
    check_rejected(Bug::StaleRead);
}

#[test]
fn a_server_that_loses_updates_is_rejected() {
    check_rejected(Bug::LostUpdate);
}

#[test]
fn a_server_that_applies_twice_is_rejected() {
    check_rejected(Bug::DoubleApply);
}

#[test]
fn a_server_that_loses_acknowledged_writes_is_rejected() {
    check_rejected(Bug::LostAcknowledged);
}

/// The check by books says no each time, without the journal. That by the journal does so too, unless all that was wrong
/// were refusals, which have no place in it.
fn check_rejected(bug: Bug) {
    let mut found_by_order = 0;
    for seed in 0..8 {
        let (calls, journal) = run(bug, seed);
        assert!(check_linearizable(&calls).is_err(), "{bug:?}, seed {seed}: some order explains it");
        found_by_order += usize::from(check_order(&calls, &journal).is_err());
    }
    assert!(found_by_order > 4, "{bug:?}: the journal explains all but {found_by_order}");
}

#[test]
fn revisions_that_contradict_the_clock_are_rejected() {
    let (mut calls, mut journal) = run(Bug::None, 0);
    exchange_two_revisions(&mut calls, &mut journal);
    let said = check_order(&calls, &journal).unwrap_err();
    assert!(said.contains("was answered before this was sent"), "{said}");
}

/// The entries in a data directory, as anybody can read them.
pub(crate) fn journal(data: &Path) -> Vec<Entry> {
    let mut segments: Vec<_> = fs::read_dir(data.join("journal")).unwrap().map(|file| file.unwrap().path()).collect();
    segments.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    segments.sort();
    let text: String = segments.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let entry = |line: Value| {
        let request = line["request"]["id"].as_str().unwrap_or_default().to_owned();
        Some(Entry { revision: line["revision"].as_u64()?, request })
    };
    lines.filter_map(entry).collect()
}
