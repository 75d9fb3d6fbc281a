//! A WebSocket frame: whatever it holds is answered by JSON-RPC, and what is accepted means the same when written anew.
#![no_main]

use catalogue::OPERATIONS_MAX;
use libfuzzer_sys::fuzz_target;
use protocol::Problem;
use protocol::method::{AtOnce, Call, PAGE_BOOKS_MAX, REQUEST_ID_CHARS_MAX};
use protocol::rpc::{self, Incoming, Message, NO_ID, Request};
use serde_json::Value;

const BATCH_CALLS_MAX: usize = 100;
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

fuzz_target!(|frame: &str| {
    match Message::parse(frame, BATCH_CALLS_MAX) {
        Message::Unreadable(problem) => {
            assert!(Call::read_at_once(frame, |_| true).is_none(), "{frame} is no call");
            check_error(NO_ID, &problem);
        }
        Message::Single(incoming) => {
            check_at_once(frame, &incoming);
            check_alone(frame, &incoming);
            check(incoming);
        }
        Message::Batch(calls) => {
            assert!((1..=BATCH_CALLS_MAX).contains(&calls.len()));
            calls.into_iter().for_each(check);
        }
    }
});

/// A call alone and the only one of a batch are read in different ways, and must come out the same.
fn check_alone(frame: &str, incoming: &Incoming<'_>) {
    let batch = format!("[{frame}]");
    let Message::Batch(calls) = Message::parse(&batch, 1) else { panic!("{batch} is no batch") };
    assert_eq!(format!("{calls:?}"), format!("[{incoming:?}]"));
}

/// A call that was read in one pass is the one that was read step by step: an escape in a parameter's name has `serde` read
/// them.
fn check_at_once(frame: &str, incoming: &Incoming<'_>) {
    let Some(AtOnce { id, call }) = Call::read_at_once(frame, |_| true) else { return };
    let request = incoming.as_ref().expect("what was read at once is a call");
    let params = request.params.map(with_an_escape);
    assert_eq!((request.id, Call::read(&request.method, params.as_deref()).ok()), (id, Some(call)), "{frame}");
}

/// The same object with the first letter of its first name escaped.
fn with_an_escape(params: &str) -> String {
    let name = params.find('"').map_or(params.len(), |at| at + 1);
    let (before, behind) = params.split_at(name);
    match behind.chars().next() {
        Some(letter @ 'a'..='z') => format!("{before}\\u{:04x}{}", u32::from(letter), &behind[1..]),
        _ => params.to_owned(),
    }
}

fn check(incoming: Incoming<'_>) {
    match incoming {
        Err(malformed) => check_error(malformed.id, &malformed.problem),
        Ok(Request { id, method, params }) => {
            let id = id.unwrap_or(NO_ID);
            check_reply(id, &rpc::result(id, &true));
            match Call::read(&method, params) {
                Err(problem) => check_error(id, &problem),
                Ok(call) => check_call(&method, params, &call),
            }
        }
    }
}

fn check_error(id: &str, problem: &Problem) {
    let reply = check_reply(id, &rpc::error(id, problem));
    let error = &reply["error"];
    assert_eq!(error["code"], problem.name.code());
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{reply}");
}

/// A reply is one message, and names the call.
fn check_reply(id: &str, reply: &str) -> Value {
    assert!(reply.len() <= MESSAGE_BYTES_MAX, "a reply of {} bytes", reply.len());
    let id: Option<Value> = serde_json::from_str(id).ok();
    let reply: Value = serde_json::from_str(reply).expect("a reply is JSON");
    // A number beyond all numbers goes back as it came.
    assert!(id.is_none_or(|id| reply["id"] == id), "{reply}");
    reply
}

fn check_call(method: &str, params: Option<&str>, call: &Call) {
    match call {
        Call::Write(write) => {
            assert!((1..=OPERATIONS_MAX).contains(&write.operations.len()));
            let id = write.request_id.as_deref().unwrap_or("-");
            assert!((1..=REQUEST_ID_CHARS_MAX).contains(&id.chars().count()), "{id:?}");
        }
        Call::List(list) => {
            assert!((1..=PAGE_BOOKS_MAX).contains(&list.limit));
            assert!(list.cursor.as_ref().is_none_or(|cursor| cursor.to_string().parse().as_ref() == Ok(cursor)));
            assert!(list.sort.as_ref().is_none_or(|sort| sort.to_string().parse().as_ref() == Ok(sort)));
        }
        _ => {}
    }
    let Some(Ok(rewritten)) = params.map(serde_json::from_str::<Value>) else { return };
    assert_eq!(Call::read(method, Some(&rewritten.to_string())).as_ref().ok(), Some(call), "{rewritten}");
}
