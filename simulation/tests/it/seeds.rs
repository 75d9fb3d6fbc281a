//! A thousand histories, and what they must have been through.

use simulation::{Plant, Seeds, Telling, run};

#[test]
fn a_thousand_histories_keep_every_promise_and_leave_nothing_out() {
    let lived = Seeds::from(0..1_000).run(Plant::Nothing, Telling::Silent).unwrap_or_else(|broken| panic!("{broken}"));
    assert_eq!(lived.count, 1_000);
    let operations = OPERATIONS.map(|operation| format!("cut short at {operation}"));
    let failures = FAILED.map(|(how, operation)| format!("{how} at {operation}"));
    let all = operations.iter().chain(&failures).map(String::as_str).chain(HAPPENINGS.iter().copied());
    let never: Vec<_> = all.filter(|name| lived.tally.of(name) == 0).collect();
    assert!(never.is_empty(), "what never happens proves nothing: {never:?}\n{}", lived.tally);
}

#[test]
fn one_seed_is_one_history() {
    for seed in 0..20 {
        let once = run(seed, Plant::Nothing, Telling::Silent).unwrap_or_else(|broken| panic!("{broken}"));
        let again = run(seed, Plant::Nothing, Telling::Silent).unwrap_or_else(|broken| panic!("{broken}"));
        assert_eq!(once, again, "seed {seed}");
    }
    let other = run(21, Plant::Nothing, Telling::Silent).unwrap_or_else(|broken| panic!("{broken}"));
    assert_ne!(run(20, Plant::Nothing, Telling::Silent).map(|history| history.hash).ok(), Some(other.hash));
}

/// The power is cut before each of them.
const OPERATIONS: [&str; 12] = [
    "Open",
    "Create",
    "CreateDir",
    "List",
    "Rename",
    "Remove",
    "SyncDir",
    "Length",
    "Read",
    "Write",
    "SetLength",
    "Sync",
];

/// How they fail.
const FAILED: [(&str, &str); 17] = [
    ("error", "Open"),
    ("error", "Create"),
    ("error", "List"),
    ("error", "Rename"),
    ("error", "Remove"),
    ("error", "SyncDir"),
    ("error", "Read"),
    ("error", "Write"),
    ("error", "SetLength"),
    ("error", "Sync"),
    ("error halfway", "Write"),
    ("error halfway", "Sync"),
    ("full", "Create"),
    ("full halfway", "Write"),
    ("interrupted", "Write"),
    ("short", "Write"),
    ("short", "Read"),
];

/// What else there must be.
const HAPPENINGS: [&str; 52] = [
    "Call while the disk works",
    "Hear while the disk works",
    "Read while the disk works",
    "Retry while the disk works",
    "a first answer could not be read",
    "a forgotten request id was used anew",
    "a retry was answered as the first time",
    "a segment was begun",
    "a segment was dropped",
    "a snapshot was put in its place",
    "a start failed",
    "a start was cut short",
    "a torn end was moved aside",
    "a turned bit was found",
    "a turned bit was found by verify",
    "a turned bit was harmless",
    "a write was refused after a failure",
    "a write was refused by a stop",
    "a write was refused for want of room",
    "an unanswered call was found",
    "carried out at the named revision",
    "carried out with a request id",
    "could not resume",
    "could not resume, and is reset",
    "crash: everything unsynced survives",
    "crash: nothing unsynced survives",
    "crash: some of the unsynced survives",
    "crash: the machine runs on",
    "created",
    "deleted",
    "disconnected",
    "no room",
    "read",
    "read after a failure",
    "refused: conflict",
    "refused: invalid",
    "refused: not found",
    "refused: request id reused",
    "refused: too large",
    "replaced",
    "resumed",
    "stopped",
    "subscribed",
    "the writer worked during a snapshot",
    "told a change",
    "told a reset",
    "told books",
    "told current",
    "transacted",
    "updated",
    "written again after a lack of room",
    "a retry of an unanswered call found it done",
];
