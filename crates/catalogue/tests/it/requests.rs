//! Calls with a request id: what is kept so that a retry gets the first answer again.

use catalogue::{Entry, Operation, RequestNote, Revision};
use expect_test::{Expect, expect};
use serde_json::json;

use crate::fixture::*;

/// Carries a call with a request id out on two books; shows the answer and whether the entry keeps it beside its changes.
#[track_caller]
fn check(operations: impl Into<Vec<Operation>>, expected: Expect) {
    let mut store = Store::with([json!({"title": "one", "stock": 5}), json!({"title": "two", "year": 2000})]);
    let answer = store.take(&requested("till-1/8", operations)).expect("the call is accepted");
    let line = serde_json::to_string(store.last_entry()).expect("an entry is JSON");
    let entry: Entry = serde_json::from_str(&line).expect("an entry is read back");
    assert_eq!(entry.answer(), answer, "a retry after a restart gets the first answer");
    let kept =
        if entry.request.expect("the request is noted").answer.is_some() { "kept whole" } else { "in the changes" };
    expected.assert_eq(&format!("{}{} changes, the answer is {kept}\n", told(&Ok(answer)), entry.changes.len()));
}

#[test]
fn the_answer_is_not_written_twice_where_the_changes_yield_it() {
    check(
        [set(1, json!({"year": 1}))],
        expect![[r#"
            revision 3
            1@3 {"stock":5,"title":"one","year":1}
            1 changes, the answer is in the changes
        "#]],
    );
    check(
        [titled("three"), delete(2), set(1, json!({"year": 1}))],
        expect![[r#"
            revision 3
            3@3 {"title":"three"}
            2 deleted
            1@3 {"stock":5,"title":"one","year":1}
            3 changes, the answer is in the changes
        "#]],
    );
}

#[test]
fn a_call_that_changes_nothing_is_an_entry_without_changes() {
    check(
        [set(1, json!({"stock": 5}))],
        expect![[r#"
            revision 3
            1@1 {"stock":5,"title":"one"}
            0 changes, the answer is kept whole
        "#]],
    );
    check(
        [set(1, json!({"stock": 6})), set(1, json!({"stock": 5}))],
        expect![[r#"
            revision 3
            1@1 {"stock":6,"title":"one"}
            1@1 {"stock":5,"title":"one"}
            0 changes, the answer is kept whole
        "#]],
    );
}

#[test]
fn the_answer_is_kept_where_an_operation_saw_something_else_than_the_changes_tell() {
    check(
        [add(1, json!({"stock": 1})), add(1, json!({"stock": 1}))],
        expect![[r#"
            revision 3
            1@3 {"stock":6,"title":"one"}
            1@3 {"stock":7,"title":"one"}
            1 changes, the answer is kept whole
        "#]],
    );
    check(
        [titled("three"), delete(3)],
        expect![[r#"
            revision 3
            3@3 {"title":"three"}
            3 deleted
            1 changes, the answer is kept whole
        "#]],
    );
    check(
        [set(2, json!({"year": 2000})), set(1, json!({"year": 1}))],
        expect![[r#"
            revision 3
            2@2 {"title":"two","year":2000}
            1@3 {"stock":5,"title":"one","year":1}
            1 changes, the answer is kept whole
        "#]],
    );
    check(
        [set(1, json!({"year": 1})), set(2, json!({"year": 1})), set(2, json!({"year": 2000}))],
        expect![[r#"
            revision 3
            1@3 {"stock":5,"title":"one","year":1}
            2@2 {"title":"two","year":1}
            2@2 {"title":"two","year":2000}
            1 changes, the answer is kept whole
        "#]],
    );
}

#[test]
fn a_request_is_noted_with_its_fingerprint_and_without_what_a_client_claims_it_was_answered() {
    let mut store = Store::default();
    let mut call = requested("order-77", [titled("one")]);
    let claimed = store.prepare([titled("else")]).unwrap().answer;
    call.request = Some(RequestNote { answer: Some(claimed), ..call.request.unwrap() });
    store.take(&call).unwrap();
    let entry = store.last_entry();
    assert_eq!(entry.request, Some(RequestNote { id: "order-77".into(), hash: "hash".into(), answer: None }));
    assert_eq!((entry.revision, &*entry.by, entry.at), (Revision(1), "local", call.at));
}

#[test]
fn equal_calls_have_equal_json_however_they_were_written() {
    let json = |text: &str| {
        let book = serde_json::from_str(text).unwrap();
        serde_json::to_string(&Operation::Create { book }).unwrap()
    };
    assert_eq!(
        json(r#"{"title":"t","year":1,"extra":{"b":"1","a":"2"}}"#),
        json(r#"{ "extra":{"a":"2","b":"1"},"year":1,"title":"t"}"#)
    );
    expect![[r#"{"update":{"id":1,"add":{"stock":-1},"if_revision":3}}"#]]
        .assert_eq(&serde_json::to_string(&seen_at(3, add(1, json!({"stock": -1})))).unwrap());
}
