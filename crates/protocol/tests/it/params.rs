//! Parameters: what makes a call, and everything that is wrong where they make none.

use catalogue::{BookId, Operation, Revision};
use expect_test::{Expect, expect};
use protocol::Problem;
use protocol::method::{Call, List, Shape, Subscribe, Write};
use serde_json::json;

/// The refusal of a call, a line for each field.
fn check(method: &str, params: &str, expected: Expect) {
    expected.assert_eq(&match Call::read(method, Some(params)) {
        Ok(call) => format!("{call:?}"),
        Err(problem) => lines(&problem),
    });
}

fn lines(problem: &Problem) -> String {
    let operation = problem.operation.map(|index| format!(" in operation {index}")).unwrap_or_default();
    let head = format!("{}{operation}", problem.name.code());
    if problem.fields.is_empty() {
        return format!("{head}: {}", problem.message);
    }
    let fields = problem.fields.iter().map(|error| format!("\n{}: {}", error.field, error.message));
    head + &fields.collect::<String>()
}

fn read(method: &str, params: serde_json::Value) -> Call {
    let text = params.to_string();
    Call::read(method, Some(&text)).unwrap_or_else(|problem| panic!("{method} {text}: {}", lines(&problem)))
}

fn write(method: &str, params: serde_json::Value) -> Write {
    match read(method, params) {
        Call::Write(write) => write,
        other => panic!("{method} is a write, not {other:?}"),
    }
}

#[test]
fn each_write_becomes_its_operation() {
    let created = write("books.create", json!({"book": {"title": "Saman"}, "request_id": "till/1"}));
    assert_eq!((created.shape, created.request_id.as_deref()), (Shape::Single, Some("till/1")));
    assert!(matches!(&created.operations[..], [Operation::Create { book }] if book.members()["title"] == "Saman"));

    let updated = write("books.update", json!({"id": 7, "set": {"year": null}, "add": {"stock": -1}}));
    let Operation::Update { id, set: Some(set), add: Some(add), if_revision } = &updated.operations[0] else {
        panic!("{updated:?}")
    };
    assert_eq!((*id, *if_revision), (BookId(7), None));
    assert_eq!((&set.members()["year"], &add.members()["stock"]), (&json!(null), &json!(-1)));

    let replaced = write("books.replace", json!({"id": 7, "book": {"title": "x"}, "if_revision": 3}));
    assert!(matches!(replaced.operations[0], Operation::Replace { if_revision: Some(Revision(3)), .. }));
    let deleted = write("books.delete", json!({"id": 7, "if_revision": null}));
    assert_eq!(deleted.operations, [Operation::Delete { id: BookId(7), if_revision: None }]);
}

#[test]
fn a_transaction_keeps_its_operations_in_order() {
    let operations = json!([
        {"create": {"book": {"title": "x"}}}, {"update": {"id": 1}}, {"replace": {"id": 2, "book": {}}},
        {"delete": {"id": 3, "if_revision": 9}},
    ]);
    let done = write("books.transact", json!({"operations": operations, "request_id": "r"}));
    assert_eq!((done.shape, done.request_id.as_deref(), done.operations.len()), (Shape::Transaction, Some("r"), 4));
    assert_eq!(done.operations[3], Operation::Delete { id: BookId(3), if_revision: Some(Revision(9)) });
    let body = json!({"operations": operations, "request_id": "r"}).to_string();
    assert_eq!(Write::transaction(&body).unwrap(), done);
}

#[test]
fn no_parameters_may_be_written_in_three_ways() {
    for params in [None, Some("{}"), Some("[]"), Some("[ ]")] {
        assert_eq!(Call::read("server.info", params).unwrap(), Call::Info);
        assert_eq!(Call::read("rpc.discover", params).unwrap(), Call::Discover);
        assert!(matches!(Call::read("books.list", params), Ok(Call::List(List { limit: 50, .. }))));
        assert!(matches!(Call::read("books.subscribe", params), Ok(Call::Subscribe(Subscribe { since: None, .. }))));
    }
    assert_eq!(lines(&Call::read("books.get", None).unwrap_err()), "-32602\nid: must be given");
}

#[test]
fn only_unsubscribe_takes_a_parameter_by_position() {
    assert_eq!(read("books.unsubscribe", json!(["7"])), Call::Unsubscribe("7".into()));
    assert_eq!(read("books.unsubscribe", json!({"subscription": "7"})), Call::Unsubscribe("7".into()));
    let by_name = "takes its parameters by name, as an object";
    for (method, params) in [
        ("books.get", "[1]"),
        ("books.unsubscribe", "[7]"),
        ("books.unsubscribe", r#"["7","8"]"#),
        ("server.info", "[0]"),
    ] {
        let refused = lines(&Call::read(method, Some(params)).unwrap_err());
        assert_eq!(refused, format!("-32602\nparams: {method} {by_name}"), "{params}");
    }
}

#[test]
fn wrong_names_are_told_all_at_once() {
    check(
        "books.update",
        r#"{"Id": 1, "sets": {}, "set": {}}"#,
        expect![[r#"
            -32602
            Id: there is no such parameter: correct its name
            sets: there is no such parameter: correct its name
            id: must be given"#]],
    );
    check(
        "server.info",
        r#"{"x": 1}"#,
        expect![[r#"
        -32602
        x: there is no such parameter: correct its name"#]],
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, and nothing else")]
fn wrong_values_are_told_with_their_place() {
    check(
        "books.get",
        r#"{"id": "1"}"#,
        expect![[r#"
            -32602
            id: invalid type: string "1", expected a whole number from 0"#]],
    );
    check(
        "books.get",
        r#"{"id": -1}"#,
        expect![[r#"
            -32602
            id: invalid value: integer `-1`, expected a whole number from 0"#]],
    );
    check(
        "books.get",
        r#"{"id": 1, "id": 2}"#,
        expect![[r#"
        -32602
        params: duplicate field `id`"#]],
    );
    check(
        "books.create",
        r#"{"book": []}"#,
        expect![[r#"
            -32602
            book: must be a JSON object, not a list"#]],
    );
    check(
        "books.create",
        r#"{"book": {"title": "a", "title": "b"}}"#,
        expect![[r#"
        -32602
        book: the member "title" is named twice"#]],
    );
    check(
        "books.create",
        r#"{"book": {"title": "a"}, "request_id": ""}"#,
        expect![[r#"
        -32602
        request_id: is empty: choose one for each request, e.g. a UUID"#]],
    );
    check(
        "books.create",
        &json!({"book": {}, "request_id": "é".repeat(129)}).to_string(),
        expect![[r#"
        -32602
        request_id: has 129 characters, at most 128 are kept"#]],
    );
    check(
        "books.list",
        r#"{"limit": 0, "sort": "size", "cursor": "?", "filter": {"yaer": 1}}"#,
        expect![[r#"
        -32602
        filter.yaer: is no field to filter by: correct its name
        sort: "size" is no field: name one such as "title" or "-year"
        cursor: is none of ours: send `next` of the page before unchanged
        limit: must be a whole number from 1 to 1000"#]],
    );
    check(
        "books.list",
        r#"{"limit": 1001}"#,
        expect![[r#"
        -32602
        limit: must be a whole number from 1 to 1000"#]],
    );
    check(
        "books.list",
        r#"{"filter": []}"#,
        expect![[r#"
            -32602
            filter: must be a JSON object, not a list"#]],
    );
    check(
        "books.subscribe",
        r#"{"since": "7"}"#,
        expect![[r#"
            -32602
            since: invalid type: string "7", expected a whole number from 0"#]],
    );
    check(
        "books.subscribe",
        r#"{"snapshot": 1, "filter": {"colour": "red"}}"#,
        expect![[r#"
        -32602
        snapshot: invalid type: integer `1`, expected a boolean"#]],
    );
    check(
        "books.subscribe",
        r#"{"filter": {"colour": "red"}}"#,
        expect![[r#"
        -32602
        filter.colour: is no field to filter by: correct its name"#]],
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, and nothing else")]
fn a_wrong_operation_is_told_by_its_number() {
    check(
        "books.transact",
        r#"{"operations": []}"#,
        expect![[r#"
        -32602
        operations: has 0 operations, from 1 to 1000 are allowed"#]],
    );
    check(
        "books.transact",
        r#"{"operations": {}}"#,
        expect![[r#"
        -32602
        operations: invalid type: map, expected a sequence"#]],
    );
    check(
        "books.transact",
        r#"{"operations": [{"delete": {"id": 1}}, {"delete": {"id": "x"}}]}"#,
        expect![[r#"
            -32602 in operation 1
            operations[1].delete.id: invalid type: string "x", expected a whole number from 0"#]],
    );
    check(
        "books.transact",
        r#"{"operations": [{"delete": {"id": 1}}, {"remove": {"id": 1}}]}"#,
        expect![[r#"
            -32602 in operation 1
            operations[1].remove: unknown field `remove`, expected one of `create`, `update`, `replace`, `delete`"#]],
    );
    check(
        "books.transact",
        r#"{"operations": [{"delete": {"id": 1, "force": true}}]}"#,
        expect![[r#"
        -32602 in operation 0
        operations[0].delete.force: unknown field `force`, expected one of `id`, `if_revision`, `request_id`"#]],
    );
    check(
        "books.transact",
        r#"{"operations": [{"delete": {"id": 1, "request_id": "r"}}]}"#,
        expect![[r#"
        -32602 in operation 0
        operations[0]: has a request_id: a transaction has one for all, beside operations"#]],
    );
    check(
        "books.transact",
        r#"{"operations": [{"delete": {"id": 1}, "create": {"book": {}}}]}"#,
        expect![[r#"
            -32602 in operation 0
            operations[0]: must have exactly one member: create, update, replace or delete"#]],
    );
    check(
        "books.transact",
        r#"{"operations": [{"delete": {"id": 1}}, 5]}"#,
        expect![[r#"
            -32602 in operation 1
            operations[1]: invalid type: integer `5`, expected an object with one member"#]],
    );
    check(
        "books.transact",
        r#"{"operations": [{"delete": 1}]}"#,
        expect![[r#"
            -32602 in operation 0
            operations[0].delete: invalid type: integer `1`, expected an object"#]],
    );
    let many = json!({"operations": vec![json!({"delete": {"id": 1}}); 1_001]});
    check(
        "books.transact",
        &many.to_string(),
        expect![[r#"
        -32602
        operations: has 1001 operations, from 1 to 1000 are allowed"#]],
    );
}

#[test]
fn what_belongs_to_later_versions_is_refused_by_name() {
    check(
        "books.list",
        r#"{"search": "saman", "facets": ["author"], "explain": true}"#,
        expect![[r#"
        -32602
        explain: is not there yet: it comes with a later version of this server; use filter meanwhile
        facets: is not there yet: it comes with a later version of this server; use filter meanwhile
        search: is not there yet: it comes with a later version of this server; use filter meanwhile"#]],
    );
    check(
        "books.subscribe",
        r#"{"search": "saman"}"#,
        expect![[r#"
        -32602
        search: is not there yet: it comes with a later version of this server; use filter meanwhile"#]],
    );
    for method in ["books.history", "books.revert", "presence.set"] {
        let refused = Call::read(method, None).unwrap_err();
        assert_eq!(
            lines(&refused),
            format!("-32601: {method} is not there yet: it comes with a later version of this server")
        );
    }
    check(
        "books.frobnicate",
        "{}",
        expect![[r#"-32601: there is no method "books.frobnicate"; rpc.discover lists what there is"#]],
    );
}

#[test]
fn json_beyond_all_bounds_is_told_so() {
    let deep = "[".repeat(1_000) + &"]".repeat(1_000);
    check(
        "books.create",
        &format!(r#"{{"book": {{"extra": {deep}}}}}"#),
        expect![[r#"
            -32602
            params: cannot be read: recursion limit exceeded at line 1 column 145"#]],
    );
    check(
        "books.create",
        r#"{"book": {"year": 1e999}}"#,
        expect![[r#"
            -32602
            params: cannot be read: number out of range at line 1 column 23"#]],
    );
    check(
        "books.create",
        r#"{"book": {"title": "\ud800"}}"#,
        expect![[r#"
            -32602
            params: cannot be read: unexpected end of hex escape at line 1 column 27"#]],
    );
    check(
        "books.get",
        &deep,
        expect![[r#"
            -32602
            params: cannot be read: recursion limit exceeded at line 1 column 128"#]],
    );
}

#[test]
fn the_body_of_a_transaction_that_is_no_json_is_told_so() {
    for body in ["", "{", "nonsense", "{}}"] {
        assert_eq!(Write::transaction(body).unwrap_err().name.text(), "bad_json", "{body}");
    }
    for body in ["{}", "[]", "5", "null", " {}", r#"{"operations": 1e999}"#] {
        assert_eq!(Write::transaction(body).unwrap_err().name.text(), "invalid", "{body}");
    }
}
