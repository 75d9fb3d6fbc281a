//! What a server must do at least that answers `books.get`: parse the call, look the book up, put its JSON into the answer.
//! No journal, no access, no limits, no other methods.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::generated;

/// All books as JSON; clones are the same.
#[derive(Clone)]
pub(super) struct Shelf(Arc<ArcSwap<State>>);

struct State {
    revision: u64,
    books: HashMap<u64, Box<str>>,
}

#[derive(Deserialize)]
struct Call<'a> {
    jsonrpc: &'a str,
    #[serde(borrow)]
    id: &'a RawValue,
    method: &'a str,
    params: Params,
}

#[derive(Deserialize)]
struct Params {
    id: u64,
}

impl Shelf {
    /// The books that our server has as well, each as our server writes it.
    pub(super) fn new(books: u64) -> Shelf {
        let book = |number| {
            let mut book = generated::book(number);
            book["revision"] = 1.into();
            book["updated_at"] = "2026-11-23T05:00:00Z".into();
            (number, book.to_string().into_boxed_str())
        };
        let state = State { revision: 1, books: (1..=books).map(book).collect() };
        Shelf(Arc::new(ArcSwap::from_pointee(state)))
    }

    pub(super) fn answer(&self, text: &str) -> Utf8Bytes {
        let Ok(Call { jsonrpc: "2.0", id, method: "books.get", params }) = serde_json::from_str(text) else {
            return r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"only books.get"}}"#.into();
        };
        let state = self.0.load();
        let Some(book) = state.books.get(&params.id) else {
            return format!(r#"{{"jsonrpc":"2.0","id":{},"error":{{"code":-32001,"message":"no"}}}}"#, id.get()).into();
        };
        let mut reply = String::with_capacity(80 + book.len());
        reply.push_str(r#"{"jsonrpc":"2.0","id":"#);
        reply.push_str(id.get());
        reply.push_str(r#","result":{"revision":"#);
        push_number(&mut reply, state.revision);
        reply.push_str(r#","book":"#);
        reply.push_str(book);
        reply.push_str("}}");
        reply.into()
    }
}

fn push_number(reply: &mut String, number: u64) {
    use std::fmt::Write;
    write!(reply, "{number}").expect("a String takes everything");
}
