//! The simulation can fail: five bugs that many a store really had are each found within a thousand histories. Without a
//! bug the same thousand find nothing, which is what `seeds` shows.

use simulation::{Plant, Seeds, Telling};

#[test]
fn a_batch_that_is_answered_before_its_sync_is_found() {
    found(Plant::AcknowledgeBeforeSync);
}

#[test]
fn a_batch_that_is_shown_before_its_sync_is_found() {
    found(Plant::PublishBeforeSync);
}

#[test]
fn a_failed_sync_that_is_tried_again_is_found() {
    found(Plant::RetryFailedSync);
}

#[test]
fn a_directory_that_is_never_synced_is_found() {
    found(Plant::SkipDirectorySync);
}

#[test]
fn a_receipt_that_is_lost_is_found() {
    found(Plant::LoseReceipt);
}

/// Stops at the first history that notices, and says which.
#[track_caller]
fn found(plant: Plant) {
    let Err(broken) = Seeds::from(0..1_000).run(plant, Telling::Silent) else { panic!("{plant:?} is found by nobody") };
    println!("{plant:?} is found by seed {}: {}", broken.seed, broken.problem);
    let shown = broken.to_string();
    assert!(shown.ends_with(&format!("--seed {} --verbose", broken.seed)), "it says how to see it again: {shown}");
    assert!(!broken.last.is_empty(), "it says what happened before");
}
