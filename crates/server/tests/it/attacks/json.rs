//! JSON that is made to be dear to read: each is one short error, and the connection lives.

use serde_json::{Value, json};

use crate::fixture::Server;
use crate::http::Http;

/// An answer is never as long as what provoked it.
const ANSWER_BYTES_MAX: usize = 32 * 1024;

fn call(params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"books.create","params":{params}}}"#)
}

/// What of it, the frame, the code.
fn table() -> Vec<(&'static str, String, i64)> {
    let million = 1_000_000;
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    let many = |piece: &str, count: usize| vec![piece; count].join(",");
    let members: Vec<String> = (0..80_000).map(|number| format!("\"{number}\":1")).collect();
    vec![
        ("an array 100,000 deep", deep("[", "]"), -32600),
        ("an object 100,000 deep", deep("{\"a\":", "}").replace(":}", ":1}"), -32600),
        ("an array that never ends", "[".repeat(million), -32700),
        ("an object that never ends", "{\"a\":".repeat(100_000), -32700),
        ("parameters 100,000 deep", call(&deep("[", "]")), -32602),
        ("a book 100,000 deep", call(&format!(r#"{{"book":{{"title":{}}}}}"#, deep("[", "]"))), -32602),
        ("a batch of half a million", format!("[{}]", many("1", 500_000)), -32600),
        ("a batch of 300,000 objects", format!("[{}]", many("{}", 300_000)), -32600),
        ("a number of a million digits", "9".repeat(million), -32600),
        (
            "a year of a million digits",
            call(&format!(r#"{{"book":{{"title":"x","year":{}}}}}"#, "9".repeat(million))),
            -32602,
        ),
        ("a year of 1e1000000", call(r#"{"book":{"title":"x","year":1e1000000}}"#), -32602),
        ("a text of a million letters", call(&format!(r#"{{"book":{{"title":"{}"}}}}"#, "x".repeat(million))), -32602),
        ("a million escapes", call(&format!(r#"{{"book":{{"title":"{}"}}}}"#, "\\n".repeat(500_000))), -32602),
        ("a name of a million letters", call(&format!(r#"{{"book":{{"{}":1}}}}"#, "x".repeat(million))), -32602),
        ("a parameter of a million letters", call(&format!(r#"{{"{}":1}}"#, "x".repeat(million))), -32602),
        ("80,000 unknown fields", call(&format!(r#"{{"book":{{{}}}}}"#, members.join(","))), -32602),
        ("80,000 unknown parameters", call(&format!("{{{}}}", members.join(","))), -32602),
        ("100,000 members of one name", call(&format!(r#"{{"book":{{{}}}}}"#, many(r#""a":1"#, 100_000))), -32602),
        ("two methods", r#"{"jsonrpc":"2.0","id":1,"method":"server.info","method":"books.get"}"#.into(), -32600),
        (
            "a method of a million letters",
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{}"}}"#, "x".repeat(million)),
            -32601,
        ),
        (
            "an id of a million letters",
            format!(r#"{{"jsonrpc":"2.0","id":"{}","method":"server.info"}}"#, "x".repeat(million)),
            -32600,
        ),
        (
            "300,000 subjects",
            call(&format!(r#"{{"book":{{"title":"x","subjects":[{}]}}}}"#, many("[]", 300_000))),
            -32602,
        ),
        ("half a surrogate", call(r#"{"book":{"title":"\ud800"}}"#), -32602),
    ]
}

#[tokio::test]
async fn json_that_is_dear_to_read_is_one_short_error_and_the_connection_lives() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for (what, frame, code) in table() {
        assert!(frame.len() <= 1024 * 1024, "{what} is read at all");
        let answer = client.ask(&frame).await;
        assert!(answer.len() <= ANSWER_BYTES_MAX, "{what}: an answer of {} bytes", answer.len());
        let answer: Value = serde_json::from_str(&answer).unwrap();
        // An array is a batch: one of a single call that is none is answered by an array.
        let answer = answer.get(0).unwrap_or(&answer);
        assert_eq!(answer["error"]["code"], code, "{what}: {answer}");
        client.call("server.info", json!({})).await;
    }
}

#[tokio::test]
async fn the_same_over_http_is_one_short_problem() {
    let http = Http::new();
    let million = 1_000_000;
    let table = [
        ("deep", "[".repeat(100_000), "400 bad_json"),
        ("a long name", format!("{{\"{}\":1}}", "x".repeat(million)), "422 invalid"),
        ("a long number", format!("{{\"title\":\"x\",\"year\":{}}}", "9".repeat(million)), "400 bad_json"),
        ("a long text", format!("{{\"title\":\"{}\"}}", "x".repeat(million)), "422 invalid"),
    ];
    for (what, body, outcome) in table {
        let answer = http.ask("POST /books", &[("content-type", "application/json")], &body).await;
        assert_eq!(answer.outcome(), outcome, "{what}");
        assert!(answer.body.len() <= ANSWER_BYTES_MAX, "{what}: {} bytes", answer.body.len());
    }
}
