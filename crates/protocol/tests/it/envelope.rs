//! The envelope: what is a call, what is none, and ids that come back as they were written.

use protocol::Problem;
use protocol::rpc::{self, ID_BYTES_MAX, Incoming, Message};

/// What a frame is taken for, in a line.
fn taken_for(frame: &str) -> String {
    match Message::parse(frame, 3) {
        Message::Single(incoming) => line(&incoming),
        Message::Batch(calls) => calls.iter().map(line).collect::<Vec<_>>().join(" | "),
        Message::Unreadable(problem) => refused("null", &problem),
    }
}

fn line(incoming: &Incoming<'_>) -> String {
    match incoming {
        Ok(request) => {
            let id = request.id.unwrap_or("none");
            format!("{id} {}({})", request.method, request.params.unwrap_or_default())
        }
        Err(malformed) => refused(malformed.id, &malformed.problem),
    }
}

fn refused(id: &str, problem: &Problem) -> String {
    format!("{id} {}", problem.name.code())
}

#[test]
fn a_call_is_taken_as_it_was_written() {
    let table = [
        (r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a": [1]}}"#, r#"1 m({"a": [1]})"#),
        (r#" {"params":[ ],"method":"m","id":1,"jsonrpc":"2.0"} "#, "1 m([ ])"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"m"}"#, "1 m()"),
        (r#"{"jsonrpc":"2.0","method":"m"}"#, "none m()"),
        (r#"{"jsonrpc":"2.0","id":null,"method":"m"}"#, "null m()"),
        (r#"{"jsonrpc":"2.0","id":"","method":"m"}"#, r#""" m()"#),
        (r#"{"jsonrpc":"2.0","id":"\u00e9\n","method":"m"}"#, r#""\u00e9\n" m()"#),
        (r#"{"jsonrpc":"2.0","id":1.0,"method":"m"}"#, "1.0 m()"),
        (r#"{"jsonrpc":"2.0","id":-1.50e+3,"method":"m"}"#, "-1.50e+3 m()"),
        (r#"{"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"m"}"#, "123456789012345678901234567890 m()"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"\u006d"}"#, "1 m()"),
        (r#"{"jsonrpc":"\u0032.0","id":1,"method":"m","later":true}"#, "1 m()"),
    ];
    for (frame, expected) in table {
        assert_eq!(taken_for(frame), expected, "{frame}");
    }
}

#[test]
fn what_is_no_call_is_refused_with_its_id_where_it_has_one() {
    let table = [
        ("", "null -32700"),
        (" ", "null -32700"),
        ("{", "null -32700"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"m"},"#, "null -32700"),
        (r#"{'jsonrpc':'2.0'}"#, "null -32700"),
        ("\u{feff}{}", "null -32700"),
        ("1", "null -32600"),
        ("null", "null -32600"),
        (r#""text""#, "null -32600"),
        ("{}", "null -32600"),
        (r#"{"foo":"boo"}"#, "null -32600"),
        (r#"{"id":7}"#, "7 -32600"),
        (r#"{"jsonrpc":"1.0","id":7,"method":"m"}"#, "7 -32600"),
        (r#"{"jsonrpc":2.0,"id":7,"method":"m"}"#, "7 -32600"),
        (r#"{"jsonrpc":"2.0","id":7,"method":1}"#, "7 -32600"),
        (r#"{"jsonrpc":"2.0","id":7}"#, "7 -32600"),
        (r#"{"jsonrpc":"2.0","id":7,"method":"m","params":"bar"}"#, "7 -32600"),
        (r#"{"jsonrpc":"2.0","id":7,"method":"m","params":null}"#, "7 -32600"),
        (r#"{"jsonrpc":"2.0","id":true,"method":"m"}"#, "null -32600"),
        (r#"{"jsonrpc":"2.0","id":{},"method":"m"}"#, "null -32600"),
        (r#"{"jsonrpc":"2.0","id":[1],"method":"m"}"#, "null -32600"),
        (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"m"}"#, "null -32600"),
    ];
    for (frame, expected) in table {
        assert_eq!(taken_for(frame), expected, "{frame}");
    }
}

#[test]
fn a_batch_is_read_call_by_call_and_has_a_limit() {
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"m"}"#;
    assert_eq!(taken_for(&format!("[{call}, 1, {call}]")), "1 m() | null -32600 | 1 m()");
    assert_eq!(taken_for(&format!("[[{call}]]")), "null -32600");
    assert_eq!(taken_for(r#"["2.0",1,"m"]"#), "null -32600 | null -32600 | null -32600");
    assert_eq!(taken_for("[]"), "null -32600");
    assert_eq!(taken_for(" [ ] "), "null -32600");
    assert_eq!(taken_for(&format!("[{call},{call},{call},{call}]")), "null -32600");
    assert_eq!(taken_for(&format!("[{}1]", "1,".repeat(500_000))), "null -32600");
    assert_eq!(taken_for("[1,"), "null -32700");
}

#[test]
fn nesting_without_end_is_one_error() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    assert_eq!(taken_for(&deep), "null -32600");
    assert_eq!(taken_for(&"[".repeat(100_000)), "null -32700");
}

#[test]
fn an_id_leaves_room_for_its_answer() {
    let id = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    let call = |id: &str| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"m"}}"#);
    assert_eq!(taken_for(&call(&id(ID_BYTES_MAX))), format!("{} m()", id(ID_BYTES_MAX)));
    assert_eq!(taken_for(&call(&id(ID_BYTES_MAX + 1))), "null -32600");
}

#[test]
fn answers_begin_with_the_version_and_the_id() {
    assert_eq!(rpc::result("1.0", &true), r#"{"jsonrpc":"2.0","id":1.0,"result":true}"#);
    assert_eq!(rpc::ready_result(r#""a""#, "[1]"), r#"{"jsonrpc":"2.0","id":"a","result":[1]}"#);
    let problem = Problem::new(protocol::Name::NotFound, "there is no book 7");
    assert_eq!(
        rpc::error("null", &problem),
        r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"there is no book 7","data":{"type":"not_found"}}}"#
    );
}
