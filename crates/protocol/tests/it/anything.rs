//! Whatever comes from outside is answered, and nothing breaks.

use proptest::prelude::*;
use protocol::method::Call;
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
