//! The catalogue under load, and how it is written to.

use std::collections::VecDeque;

use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::link::{Ended, Link};

/// The languages of the books, in turn: what subscribers filter by.
pub(crate) const LANGUAGES: [&str; 10] = ["id", "en", "de", "fr", "es", "it", "nl", "pt", "ja", "zh"];
/// Books made by one write.
const TOGETHER: usize = 200;
/// Writes under way at once when there is no hurry to wait for.
const UNDER_WAY: usize = 200;

/// Fills an empty catalogue with `books` books: the first has id 1, and language after language.
pub(crate) async fn fill(link: &mut Link, books: usize) -> Result<(), Ended> {
    let numbers: Vec<usize> = (0..books).collect();
    for some in numbers.chunks(TOGETHER) {
        let create = |number: &usize| json!({"create": {"book": book(*number)}});
        let operations: Vec<Value> = some.iter().map(create).collect();
        link.call("books.transact", json!({ "operations": operations })).await?;
    }
    Ok(())
}

/// About 500 bytes of JSON.
fn book(number: usize) -> Value {
    json!({
        "id": number + 1,
        "title": format!("Laskar Pelangi, volume {number}"),
        "author": "Andrea Hirata",
        "publisher": "Bentang Pustaka",
        "year": 1950 + number % 70,
        "pages": 100 + number % 500,
        "language": LANGUAGES[number % LANGUAGES.len()],
        "subjects": ["Fiction", "Belitung"],
        "stock": number % 9,
        "description": "Ten children of a poor island go to a school that is about to be closed, and two teachers who do \
                        not give up change their lives.",
    })
}

/// Write `number`: it changes a book whose language is the one of that number.
pub(crate) fn update(number: u64) -> Value {
    let id = number % LANGUAGES.len() as u64 + 1;
    json!({"id": id, "set": {"shelf": format!("shelf {number}")}, "request_id": number.to_string()})
}

/// Carries out the writes `numbers` as fast as they are taken.
pub(crate) async fn write_all(link: &mut Link, numbers: std::ops::Range<u64>) -> Result<(), Ended> {
    write_each(link, numbers, update).await
}

/// The same with an update of the caller's choice for each number.
pub(crate) async fn write_each(
    link: &mut Link,
    numbers: std::ops::Range<u64>,
    update: impl Fn(u64) -> Value,
) -> Result<(), Ended> {
    let mut waiting = VecDeque::new();
    for number in numbers {
        waiting.push_back(link.begin("books.update", update(number)).await?);
        if waiting.len() == UNDER_WAY {
            link.flush().await?;
            while waiting.len() > UNDER_WAY / 2 {
                link.answer().await?;
                waiting.pop_front();
            }
        }
    }
    link.flush().await?;
    for _ in waiting {
        link.answer().await?;
    }
    Ok(())
}

/// The store and its revision.
pub(crate) async fn position(link: &mut Link) -> anyhow::Result<(String, u64)> {
    #[derive(Deserialize)]
    struct Info {
        store: String,
        revision: u64,
    }
    let info = link.call("server.info", json!({})).await?;
    let Info { store, revision } = serde_json::from_str(info.get()).context("server.info")?;
    Ok((store, revision))
}
