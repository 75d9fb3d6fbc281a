//! Who asks for lists.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Filter;
use crate::link::{Link, ReceiveBuffer};

/// The most books that one page may have.
const LARGE_PAGE_BOOKS: usize = 1_000;

/// A client that asks for one list after the other.
pub(super) struct Lister {
    link: Link,
}

/// A page that is asked for.
#[derive(Clone)]
pub(super) struct Question {
    pub(super) sort: String,
    pub(super) filter: Value,
    pub(super) limit: usize,
    pub(super) cursor: Option<String>,
}

/// What was answered, and how long that took.
pub(super) struct Answered {
    pub(super) took: Duration,
    pub(super) total: u64,
    books: usize,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    books: Vec<Box<RawValue>>,
    total: u64,
    next: Option<String>,
}

impl Question {
    pub(super) fn new(sort: String, filter: &Filter, limit: usize) -> Self {
        Question { sort, filter: filter.members.clone(), limit, cursor: None }
    }
}

impl Lister {
    pub(super) async fn connect(server: SocketAddr) -> anyhow::Result<Lister> {
        Ok(Lister { link: Link::connect(server, ReceiveBuffer::Usual).await? })
    }

    pub(super) async fn page(&mut self, question: &Question) -> anyhow::Result<Answered> {
        let Question { sort, filter, limit, cursor } = question;
        let mut params = json!({"sort": sort, "filter": filter, "limit": limit});
        if let Some(cursor) = cursor {
            params["cursor"] = json!(cursor);
        }
        let began = Instant::now();
        let result = self.link.call("books.list", params).await?;
        let took = began.elapsed();
        let Page { books, total, next } = serde_json::from_str(result.get()).context("a page")?;
        Ok(Answered { took, total, books: books.len(), next })
    }

    /// The same question for page `number`, or the last one before it that is not empty; the way there leads over large
    /// pages.
    pub(super) async fn at_page(&mut self, question: &Question, number: usize) -> anyhow::Result<Question> {
        let mut question = question.clone();
        let limit = question.limit;
        let mut missing = limit * (number - 1);
        while missing > 0 {
            question.limit = missing.min(LARGE_PAGE_BOOKS);
            let Answered { books, next, .. } = self.page(&question).await?;
            let Some(next) = next else { break };
            missing -= books;
            question.cursor = Some(next);
        }
        Ok(Question { limit, ..question })
    }

    /// Changes `writes` books here and there, each in one field that is sorted by.
    pub(super) async fn write(&mut self, books: u64, writes: u64) -> anyhow::Result<()> {
        let numbers: Vec<u64> = (0..writes).collect();
        for some in numbers.chunks(200) {
            let update = |number: &u64| {
                let id = number * 7_919 % books + 1;
                let set = match number % 3 {
                    0 => json!({"shelf": format!("A-{number}")}),
                    1 => json!({"year": 1950 + number % 75}),
                    _ => json!({"title": format!("Title {number}")}),
                };
                json!({"update": {"id": id, "set": set}})
            };
            let operations: Vec<Value> = some.iter().map(update).collect();
            self.link.call("books.transact", json!({ "operations": operations })).await?;
        }
        Ok(())
    }
}
