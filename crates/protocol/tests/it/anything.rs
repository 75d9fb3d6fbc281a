//! Whatever comes from outside is answered, and nothing breaks.

use catalogue::OPERATIONS_MAX;
use proptest::prelude::*;
use protocol::Role;
use protocol::method::{AtOnce, Call, Method};
use protocol::rpc::{self, Incoming, Message};
use serde_json::Value;

/// Pieces of calls, right ones and wrong ones.
const PIECES: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    " ",
    "\n",
    "1",
    "-0.5e3",
    "1e999",
    "null",
    "true",
    "{}",
    "[]",
    "\"2.0\"",
    "\"jsonrpc\":\"2.0\"",
    "\"id\":1",
    "\"id\":null",
    "\"method\":\"books.create\"",
    "\"method\":\"books.list\"",
    "\"method\":\"books.transact\"",
    "\"params\":",
    "\"book\":",
    "\"title\":",
    "\"filter\":",
    "\"operations\":",
    "\"create\":",
    "\"update\":",
    "\"set\":",
    "\"year\":",
    "\"cursor\":",
    "\"sort\":",
    "\"x\"",
    "\"\\ud800\"",
    "\u{0}",
    "é",
    "\u{1f4d6}",
];

const METHODS: [&str; 6] =
    ["books.create", "books.update", "books.list", "books.transact", "books.subscribe", "books.unsubscribe"];
const NAMES: [&str; 13] =
    ["id", "book", "title", "set", "add", "filter", "year", "from", "sort", "limit", "cursor", "operations", "x"];

fn frames() -> impl Strategy<Value = String> {
    let pieces = proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..40);
    prop_oneof![pieces.prop_map(|pieces| pieces.concat()), any::<String>(), calls()]
}

/// Calls that are well-formed but for their parameters.
fn calls() -> impl Strategy<Value = String> {
    (proptest::sample::select(&METHODS[..]), json()).prop_map(|(method, params)| {
        serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string()
    })
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z-]{0,8}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        let members = proptest::collection::btree_map(proptest::sample::select(&NAMES[..]), inner.clone(), 0..5);
        prop_oneof![
            proptest::collection::vec(inner, 0..5).prop_map(Value::from),
            members.prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

/// What a server would answer.
fn answer(incoming: Incoming<'_>) -> String {
    let (id, problem) = match incoming {
        Ok(request) => (request.id.unwrap_or(rpc::NO_ID), Call::read(&request.method, request.params).err()),
        Err(malformed) => (malformed.id, Some(*malformed.problem)),
    };
    problem.map_or_else(|| rpc::result(id, &true), |problem| rpc::error(id, &problem))
}

/// Envelopes whose members are nearly right, in any order and number.
fn envelopes() -> impl Strategy<Value = String> {
    let members = proptest::sample::select(
        &[
            r#""jsonrpc":"2.0""#,
            r#""jsonrpc" : "\u0032.0""#,
            r#""jsonrpc":"1.0""#,
            r#""jsonrpc":2"#,
            r#""id":1"#,
            r#""id":null"#,
            r#""id":"\ud800""#,
            r#""id":[]"#,
            r#""id":-1.50e+3"#,
            r#""method":"books.get""#,
            r#""method":"books\u002eget""#,
            r#""meth\u006fd":"books.get""#,
            r#""method":null"#,
            r#""params":{"id":1}"#,
            r#""params":[1e999, "\ud800"]"#,
            r#""params":null"#,
            r#""params":7"#,
            r#""more":[{}]"#,
        ][..],
    );
    let frame =
        proptest::sample::select(&[("{", "}"), ("[", "]"), (" {", "} "), ("{", "}}"), ("{", ",}"), ("\n{", "")][..]);
    (proptest::collection::vec(members, 0..6), frame)
        .prop_map(|(members, (open, close))| format!("{open}{}{close}", members.join(",")))
}

/// Calls that are made all the time, most of them with members of theirs; parameters without their outer braces.
fn usual_calls() -> impl Strategy<Value = (&'static str, String)> {
    const BOOK: &str = r#""book":{"title":"Saman","year":1998,"isbn":"978-0306406157"}"#;
    const ID: &str = r#""id":7"#;
    const IF_REVISION: &str = r#""if_revision":3"#;
    const REQUEST_ID: &str = r#""request_id":"till/1""#;
    let right: [(&str, &[&str]); 7] = [
        ("books.get", &[ID]),
        ("books.create", &[BOOK, REQUEST_ID]),
        ("books.update", &[ID, r#""set":{"stock":2}"#, r#""add":{"stock":-1}"#, IF_REVISION, REQUEST_ID]),
        ("books.replace", &[ID, BOOK, IF_REVISION, REQUEST_ID]),
        ("books.delete", &[ID, IF_REVISION, REQUEST_ID]),
        ("books.transact", &[r#""operations":[{"create":{"book":{"title":"a"}}},{"delete":{"id":1}}]"#, REQUEST_ID]),
        ("books.list", &[]),
    ];
    proptest::sample::select(right.to_vec()).prop_flat_map(|(method, right)| {
        let right = proptest::sample::subsequence(right.to_vec(), 0..=right.len()).prop_shuffle();
        let odd = prop_oneof![3 => Just(String::new()), 1 => usual_params()];
        (Just(method), right, odd).prop_map(|(method, mut members, odd)| {
            members.extend((!odd.is_empty()).then_some(odd.as_str()));
            (method, members.join(","))
        })
    })
}

/// Some members of any of them, right or nearly so.
fn usual_params() -> impl Strategy<Value = String> {
    let member = proptest::sample::select(
        &[
            r#""id":7"#,
            r#""id" : 18446744073709551616"#,
            r#""id":7.0"#,
            r#""book":{"title":"Saman","year":1998}"#,
            r#""book":{"title":"Saman \"1\"","mood":1}"#,
            r#""book":[]"#,
            r#""set":{"stock":2,"price":{"amount":"1.00","currency":"IDR"}}"#,
            r#""set":null"#,
            r#""add":{"stock":-1}"#,
            r#""if_revision":3"#,
            r#""if_revision":null"#,
            r#""request_id":"till/1""#,
            r#""request_id":"""#,
            r#""operations":[{"create":{"book":{"title":"a"}}},{"delete":{"id":1}}]"#,
            r#""operations":[{"update":{"id":1,"set":{},"request_id":"x"}}]"#,
            r#""operations":[{"replace":{"id":1,"book":{"title":"é"},"if_revision":1}}, {"update":{"id":1,"add":{}}}]"#,
            r#""operations":[{"delete":{"id":1},"create":{"book":{}}}]"#,
            r#""operations":[]"#,
        ][..],
    );
    proptest::collection::vec(member, 0..4).prop_map(|members| members.join(","))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// What `serde` makes of parameters is what they mean; an escape in a name has it read them.
    #[test]
    fn what_is_read_at_once_is_what_is_read_step_by_step(
        envelope in proptest::sample::select(&[
            (r#"{"jsonrpc":"2.0","id":1,"method":"#, "}"),
            (r#" {"method" : "#, r#","jsonrpc":"2.0"}"#),
            (r#"{"id":"a\u0062","jsonrpc":"2.0","method":"#, "}"),
            (r#"{"id":"ab","id":2,"jsonrpc":"2.0","method":"#, "}"),
            (r#"{"id":null,"jsonrpc":"2.0","method":"#, "}"),
            (r#"{"jsonrpc":"1.0","method":"#, "}"),
            (r#"{"jsonrpc":"2.0","method":"#, "\u{c}}"),
            (r#"{"jsonrpc":"2.0","id":"é","method":"#, "\n} "),
            (r#"{"jsonrpc":"2.0","id":-5,"method":"#, "}}"),
            (r#"{"jsonrpc":"2.0","id":1.5,"method":"#, ",}"),
            (r#"[{"jsonrpc":"2.0","method":"#, "}"),
        ][..]),
        (method, params) in usual_calls(),
    ) {
        let frame = |params: &str| format!("{}{method:?},\"params\":{{{params}}}{}", envelope.0, envelope.1);
        let text = frame(&params);
        let Some(AtOnce { id, call }) = Call::read_at_once(&text, |_| true) else { return Ok(()) };
        let Message::Single(Ok(request)) = Message::parse(&text, 100) else { panic!("{text} is no call") };
        prop_assert_eq!((id, &*request.method), (request.id, method));
        let params = request.params.unwrap().replacen("{\"", "{\"\\u00", 1);
        let named = params.find("\\u00").map_or(0, |at| at + 4);
        let letter = format!("{:02x}", params.as_bytes()[named]);
        let spelt = format!("{}{letter}{}", &params[..named], &params[named + 1..]);
        prop_assert_eq!(Call::read(method, Some(&spelt)).ok(), Some(call), "{} as {}", text, spelt);
    }
}

#[test]
fn a_transaction_is_taken_at_once_up_to_its_longest() {
    let frame = |operations: usize| {
        let operations = vec![r#"{"delete":{"id":1}}"#; operations].join(",");
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"books.transact","params":{{"operations":[{operations}]}}}}"#)
    };
    assert!(Call::read_at_once(&frame(OPERATIONS_MAX), |_| true).is_some());
    assert!(
        Call::read_at_once(&frame(OPERATIONS_MAX + 1), |_| true).is_none(),
        "it would take memory for what is refused"
    );
}

#[test]
fn who_may_not_call_a_method_has_nothing_read_of_its_parameters() {
    let frame = |params: &str| format!(r#"{{"jsonrpc":"2.0","id":1,"method":"books.delete","params":{{{params}}}}}"#);
    let may = |allowed: Role| move |method: &Method| method.role().is_none_or(|role| role <= allowed);
    assert!(Call::read_at_once(&frame(r#""id":1"#), may(Role::Reader)).is_none());
    assert!(Call::read_at_once(&frame(r#""id":1"#), may(Role::Editor)).is_some());
    // What is asked for parameters that are wrong is asked before they are read.
    let mut is_asked = false;
    let asked = |_: &Method| std::mem::replace(&mut is_asked, true);
    assert!(Call::read_at_once(&frame(r#""id":[]"#), asked).is_none());
    assert!(is_asked);
}

#[test]
fn what_lies_too_deep_is_taken_at_once_no_more_than_otherwise() {
    for depth in 1..140 {
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let book = format!(r#"{{"title":"Saman","updated_at":{deep}}}"#);
        let text = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"books.create","params":{{"book":{book}}}}}"#);
        let Some(AtOnce { call, .. }) = Call::read_at_once(&text, |_| true) else { continue };
        let Message::Single(Ok(request)) = Message::parse(&text, 100) else { panic!("{text} is no call") };
        let spelt = request.params.unwrap().replacen("book", "\\u0062ook", 1);
        assert_eq!(Call::read(&request.method, Some(&spelt)).ok(), Some(call), "at a depth of {depth}");
    }
}

proptest! {
    /// Two ways lead through the reader: this is what makes them one.
    #[test]
    fn a_call_alone_is_taken_for_what_it_is_taken_for_in_a_batch(frame in prop_oneof![envelopes(), frames()]) {
        let Message::Single(alone) = Message::parse(&frame, 100) else { return Ok(()) };
        let batch = format!("[{frame}]");
        let Message::Batch(calls) = Message::parse(&batch, 100) else { panic!("{batch} is no batch") };
        prop_assert_eq!(format!("{:?}", [alone]), format!("{calls:?}"));
    }

    #[test]
    fn any_frame_is_answered_with_json(frame in frames()) {
        let answers = match Message::parse(&frame, 100) {
            Message::Single(incoming) => vec![answer(incoming)],
            Message::Batch(calls) => calls.into_iter().map(answer).collect(),
            Message::Unreadable(problem) => vec![rpc::error(rpc::NO_ID, &problem)],
        };
        for answer in answers {
            let answer: Value = serde_json::from_str(&answer).unwrap();
            prop_assert_eq!(&answer["jsonrpc"], "2.0");
            let message = answer["error"]["message"].as_str();
            prop_assert!(answer["result"] == true || message.is_some_and(|message| !message.is_empty()));
        }
    }
}
