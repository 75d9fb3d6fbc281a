//! Refusals and faults in both their forms.

use catalogue::{Book, BookId, ConflictReason, Details, FieldError, Refusal, Refused, Revision, Timestamp};
use expect_test::{Expect, expect};
use protocol::{Name, Problem};

fn book() -> Book {
    let details = Details { title: "Saman".into(), status: "Available".into(), ..Details::default() };
    Book::new(BookId(7), &details, Revision(3), Timestamp(0))
}

fn check(problem: &Problem, rpc: Expect, http: Expect) {
    rpc.assert_eq(&problem.to_rpc());
    http.assert_eq(&problem.to_http());
}

#[test]
fn the_table_of_names_is_the_protocols() {
    let rows = Name::all().map(|name| format!("{} {} {} {}\n", name.text(), name.code(), name.status(), name.title()));
    expect![[r#"
        bad_json -32700 400 The body is not JSON
        invalid_request -32600 400 Not a request
        method_not_found -32601 404 No such method
        invalid -32602 422 Fields break rules
        internal -32603 500 Something broke on our side
        not_found -32001 404 Not found
        conflict -32002 409 Conflict
        unauthenticated -32003 401 Not logged in
        forbidden -32004 403 Not allowed
        too_large -32005 413 Too large
        too_many_requests -32006 429 Too many requests
        unavailable -32007 503 Cannot write now
        revision_required -32008 428 A revision is required
        request_id_reused -32009 422 The request id was used before
        revision_gone -32010 410 The revision is no longer kept
        method_not_allowed -32600 405 Method not allowed
        precondition_failed -32600 412 The book has changed
        unsupported_media_type -32600 415 Unsupported media type
        misdirected -32600 421 Not a name of this server
        upgrade_required -32600 426 An upgrade to WebSocket is required
        headers_too_large -32600 431 Request headers too large
    "#]]
    .assert_eq(&rows.collect::<String>());
}

#[test]
fn every_problem_has_its_name_in_both_forms() {
    for name in Name::all() {
        let problem = Problem::new(name, "why");
        let rpc: serde_json::Value = serde_json::from_str(&problem.to_rpc()).unwrap();
        let http: serde_json::Value = serde_json::from_str(&problem.to_http()).unwrap();
        assert_eq!((&rpc["code"], &rpc["message"]), (&name.code().into(), &"why".into()));
        assert_eq!(rpc["data"], serde_json::json!({"type": name.text()}));
        let expected = serde_json::json!({
            "type": format!("/problems/{}", name.text()), "title": name.title(), "status": name.status(), "detail": "why",
        });
        assert_eq!(http, expected);
    }
}

#[test]
fn broken_fields_are_listed() {
    let one = Problem::invalid(vec![FieldError::new("year", "must be a whole number")]);
    assert_eq!(&*one.message, "year: must be a whole number");
    let two = Problem::invalid(vec![FieldError::new("year", "is wrong"), FieldError::new("titel", "is unknown")]);
    check(
        &two,
        expect![[
            r#"{"code":-32602,"message":"2 fields break rules","data":{"type":"invalid","fields":[{"field":"year","message":"is wrong"},{"field":"titel","message":"is unknown"}]}}"#
        ]],
        expect![[
            r#"{"type":"/problems/invalid","title":"Fields break rules","status":422,"detail":"2 fields break rules","fields":[{"field":"year","message":"is wrong"},{"field":"titel","message":"is unknown"}]}"#
        ]],
    );
}

#[test]
fn what_the_catalogue_refuses_keeps_its_particulars() {
    let conflict = Refusal::Conflict {
        reason: ConflictReason::RevisionMismatch,
        message: "book 7 is at revision 3, not 2".into(),
        book: Some(book()),
    };
    let refused = |refusal| Refused { refusal, operation: 4 };
    check(
        &Problem::refused(refused(conflict.clone()), false),
        expect![[
            r#"{"code":-32002,"message":"book 7 is at revision 3, not 2","data":{"type":"conflict","book":{"id":7,"title":"Saman","author":"","publisher":"","year":null,"pages":null,"edition":"","description":"","status":"Available","revision":3,"updated_at":"1970-01-01T00:00:00Z"}}}"#
        ]],
        expect![[
            r#"{"type":"/problems/conflict","title":"Conflict","status":409,"detail":"book 7 is at revision 3, not 2","book":{"id":7,"title":"Saman","author":"","publisher":"","year":null,"pages":null,"edition":"","description":"","status":"Available","revision":3,"updated_at":"1970-01-01T00:00:00Z"}}"#
        ]],
    );
    assert_eq!(Problem::refused(refused(conflict), true).operation, Some(4));
    let table = [
        (Refusal::Invalid(vec![FieldError::new("year", "is wrong")]), Name::Invalid),
        (Refusal::NotFound(BookId(9)), Name::NotFound),
        (Refusal::TooLarge("the book is too large".into()), Name::TooLarge),
        (Refusal::RevisionRequired, Name::RevisionRequired),
    ];
    for (refusal, name) in table {
        let problem = Problem::refused(refused(refusal), true);
        assert_eq!((problem.name, problem.operation), (name, Some(4)));
        assert_eq!(problem.fields.is_empty(), name != Name::Invalid);
    }
}

#[test]
fn a_position_that_is_gone_says_which_is_not() {
    let gone = Problem::new(Name::RevisionGone, "no longer kept");
    let gone = Problem { oldest: Some(Revision(5)), store: Some("abc".into()), ..gone };
    check(
        &gone,
        expect![[
            r#"{"code":-32010,"message":"no longer kept","data":{"type":"revision_gone","oldest":5,"store":"abc"}}"#
        ]],
        expect![[
            r#"{"type":"/problems/revision_gone","title":"The revision is no longer kept","status":410,"detail":"no longer kept","oldest":5,"store":"abc"}"#
        ]],
    );
    let wait = Problem { retry_after: Some(2), ..Problem::new(Name::Unavailable, "the disk is full") };
    check(
        &wait,
        expect![[r#"{"code":-32007,"message":"the disk is full","data":{"type":"unavailable","retry_after":2}}"#]],
        expect![[
            r#"{"type":"/problems/unavailable","title":"Cannot write now","status":503,"detail":"the disk is full","retry_after":2}"#
        ]],
    );
}

#[test]
fn a_problem_is_short_whatever_it_quotes() {
    let long = Problem::new(Name::MethodNotFound, format!("there is no method {}", "é".repeat(1_000_000)));
    assert!(long.to_rpc().len() < 5_000 && long.message.ends_with('…'));
    let many = Problem::invalid(vec![FieldError::new("x", "unknown"); 100_000]);
    assert_eq!((many.fields.len(), &*many.message), (200, "100000 fields break rules"));
}
