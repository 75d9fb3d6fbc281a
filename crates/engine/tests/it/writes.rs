//! What is answered, when, and what everybody sees then.

use catalogue::{BookId, ConflictReason, Outcome, Refusal, Revision};
use engine::{CallKind, Ending, Failures, Health, Limits, Write, WriteError, look_for_room};
use serde_json::json;

use crate::failing_journal::{FailingJournal, Fault};
use crate::fixture::*;

#[tokio::test]
async fn an_answered_write_is_in_the_view() {
    let engine = in_memory();
    let answer = wrote(&engine, create("Laskar Pelangi")).await;
    assert_eq!(answer.revision, Revision(1));
    assert_eq!(&*engine.view().get(BookId(1)).expect("the book is there").details().title, "Laskar Pelangi");
}

#[tokio::test]
async fn writes_take_effect_in_the_order_they_were_submitted() {
    let engine = in_memory();
    wrote(&engine, create("Bumi Manusia")).await;
    let mut pending = Vec::new();
    for year in 1980..2000 {
        pending.push(engine.submit(single(set(1, json!({ "year": year })))).await);
    }
    let mut revisions = Vec::new();
    for answer in pending {
        revisions.push(answer.await.expect("answered").expect("accepted").revision.0);
    }
    assert_eq!(revisions, (2..22).collect::<Vec<_>>());
    assert_eq!(engine.view().get(BookId(1)).expect("there").details().year, Some(1999));
}

#[tokio::test]
async fn of_two_writers_on_one_revision_one_wins_and_the_other_sees_the_winners_book() {
    let engine = in_memory();
    wrote(&engine, create("Cantik Itu Luka")).await;
    let first = engine.submit(single(set_at(1, 1, json!({ "year": 2002 })))).await;
    let second = engine.submit(single(set_at(1, 1, json!({ "year": 2015 })))).await;
    first.await.expect("answered").expect("the first wins");
    let Err(WriteError::Refused(refused)) = second.await.expect("answered") else { panic!("the second must lose") };
    let Refusal::Conflict { reason, book: Some(book), .. } = refused.refusal else { panic!("it is a conflict") };
    assert_eq!((reason, book.details().year), (ConflictReason::RevisionMismatch, Some(2002)));
}

#[tokio::test]
async fn stock_counted_down_by_many_at_once_loses_no_copy_and_never_goes_below_zero() {
    let engine = in_memory();
    wrote(&engine, create("Pulang")).await;
    wrote(&engine, add_stock(1, 30)).await;
    let tills: Vec<_> = (0..40)
        .map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move { write(&engine, single(add_stock(1, -1))).await.is_ok() })
        })
        .collect();
    let mut sold = 0;
    for till in tills {
        sold += usize::from(till.await.expect("no till panics"));
    }
    assert_eq!((sold, engine.view().get(BookId(1)).expect("there").details().stock), (30, Some(0)));
}

#[tokio::test]
async fn a_transaction_is_all_or_nothing_and_says_which_operation_was_refused() {
    let engine = in_memory();
    let write_both = |operations| Write { kind: CallKind::Transact, operations, ..single(create("unused")) };
    let refused = write(&engine, write_both(vec![create("Saman"), delete(99)])).await;
    let Err(WriteError::Refused(refused)) = refused else { panic!("the second operation must be refused") };
    assert_eq!((refused.operation, refused.refusal), (1, Refusal::NotFound(BookId(99))));
    assert!(engine.view().is_empty());

    let answer = write(&engine, write_both(vec![create("Saman"), create("Larung")])).await.expect("accepted");
    assert_eq!((answer.revision, answer.results.len()), (Revision(1), 2));
}

#[tokio::test]
async fn a_call_that_changes_nothing_makes_no_entry_and_answers_the_stores_revision() {
    let engine = in_memory();
    wrote(&engine, create("Saman")).await;
    wrote(&engine, create("Larung")).await;
    let answer = wrote(&engine, set(1, json!({ "title": "Saman" }))).await;
    assert_eq!(answer.revision, Revision(2));
    let [Outcome::Book { book }] = answer.results.as_slice() else { panic!("one book is answered") };
    assert_eq!(book.revision(), Revision(1));
    assert_eq!(engine.view().revision(), Revision(2));
}

#[tokio::test]
async fn a_write_whose_answer_would_not_fit_is_not_carried_out() {
    let engine = in_memory();
    let tight = Write { answer_bytes_max: 600, ..single(create(&"x".repeat(900))) };
    let refused = write(&engine, tight).await;
    assert!(matches!(refused, Err(WriteError::TooLarge(_))), "{refused:?}");
    assert!(engine.view().is_empty());
}

#[tokio::test]
async fn nobody_sees_what_the_journal_did_not_take() {
    let journal = FailingJournal::default();
    let engine = start(journal.open(), Limits::default());
    journal.fail_next(Fault::Full);
    let refused = write(&engine, single(create("Saman"))).await;
    assert!(matches!(refused, Err(WriteError::Unavailable(_))), "{refused:?}");
    assert!(engine.view().is_empty());
    assert!(matches!(engine.health(), Health::ReadOnly(_)));
}

#[tokio::test]
async fn failed_appends_are_counted_by_reason() {
    let journal = FailingJournal::default();
    let engine = start(journal.open(), Limits::default());
    for fault in [Fault::Full, Fault::Full, Fault::UnknownButWritten, Fault::Poisoned] {
        journal.fail_next(fault);
        // Whether it is refused is another matter.
        let _ = write(&engine, single(create("Saman"))).await;
    }
    write(&engine, single(create("Larung"))).await.expect_err("nothing is appended after a failed sync");
    assert_eq!(engine.failures(), Failures { full: 2, poisoned: 1, unknown: 1, snapshots: 0 });
}

#[tokio::test]
async fn writes_go_on_by_themselves_when_there_is_space_again() {
    let journal = FailingJournal::default();
    let engine = start(journal.open(), Limits::default());
    journal.fail_next(Fault::Full);
    write(&engine, single(create("lost"))).await.expect_err("the disk is full");
    let answer = wrote(&engine, create("kept")).await;
    assert_eq!((answer.revision, engine.health()), (Revision(1), Health::Ready));
}

#[tokio::test(start_paused = true)]
async fn space_is_noticed_although_nobody_writes() {
    let journal = FailingJournal::default();
    let engine = start(journal.open(), Limits::default());
    tokio::spawn(look_for_room(engine.clone()));
    let mut health = engine.health_changes();
    journal.fail_next(Fault::Full);
    write(&engine, single(create("lost"))).await.expect_err("the disk is full");
    health.wait_for(|health| *health == Health::Ready).await.expect("the engine runs");
}

#[tokio::test]
async fn who_starts_on_a_full_disk_is_told_before_anybody_writes() {
    let journal = FailingJournal::default();
    let engine = start(journal.open(), Limits::default());
    let mut health = engine.health_changes();
    journal.fail_room(Fault::Full);
    engine.look_for_room().await;
    health.wait_for(|health| matches!(health, Health::ReadOnly(_))).await.expect("the engine runs");
    wrote(&engine, create("small enough")).await;
    assert_eq!(engine.health(), Health::Ready);
}

#[tokio::test]
async fn a_disk_that_fails_while_room_is_looked_for_takes_no_writes_any_more() {
    let journal = FailingJournal::default();
    let engine = start(journal.open(), Limits::default());
    journal.fail_next(Fault::Full);
    write(&engine, single(create("lost"))).await.expect_err("the disk is full");
    journal.fail_room(Fault::Poisoned);
    engine.look_for_room().await;
    write(&engine, single(create("lost too"))).await.expect_err("the disk has failed");
    let Health::ReadOnly(reason) = engine.health() else { panic!("writes are refused") };
    assert!(reason.contains("restart"), "{reason}");
}

#[tokio::test]
async fn looking_for_room_mends_no_failed_sync() {
    let journal = FailingJournal::default();
    let engine = start(journal.open(), Limits::default());
    journal.fail_next(Fault::Poisoned);
    write(&engine, single(create("lost"))).await.expect_err("the sync failed");
    engine.look_for_room().await;
    let refused = write(&engine, single(create("lost too"))).await;
    assert!(matches!(refused, Err(WriteError::Unavailable(_))), "{refused:?}");
    assert!(matches!(engine.health(), Health::ReadOnly(_)));
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_acknowledged_any_more_and_reads_go_on() {
    let journal = FailingJournal::default();
    let engine = start(journal.open(), Limits::default());
    wrote(&engine, create("kept")).await;
    journal.fail_next(Fault::Poisoned);
    write(&engine, single(create("lost"))).await.expect_err("the sync failed");
    // The journal would take entries again; the engine must not offer any.
    let refused = write(&engine, single(create("lost too"))).await;
    assert!(matches!(refused, Err(WriteError::Unavailable(_))), "{refused:?}");
    assert_eq!(engine.view().len(), 1);
}

#[tokio::test]
async fn an_append_of_unknown_outcome_is_read_back_before_anybody_is_answered() {
    for fault in [Fault::UnknownButWritten, Fault::UnknownAndLost] {
        let journal = FailingJournal::default();
        let engine = start(journal.open(), Limits::default());
        journal.fail_next(fault);
        let answer = wrote(&engine, create("Saman")).await;
        assert_eq!((answer.revision, engine.view().len()), (Revision(1), 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_stopped_engine_refuses_writes_and_still_reads() {
    let engine = in_memory();
    wrote(&engine, create("Saman")).await;
    engine.stop(Ending::Saved).await;
    let refused = write(&engine, single(create("late"))).await;
    assert!(matches!(refused, Err(WriteError::Unavailable(_))), "{refused:?}");
    assert_eq!((engine.view().len(), engine.health()), (1, Health::Stopping));
}
