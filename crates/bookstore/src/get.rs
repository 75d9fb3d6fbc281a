//! One book, and the server itself.

use catalogue::{Book, BookId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::args::{GetArgs, InfoArgs};
use crate::client::{CallError, Link, Login};
use crate::failure::{Ended, Outcome};
use crate::{output, table};

/// The answer to a call about one book.
#[derive(Deserialize)]
pub(crate) struct Answer {
    pub(crate) book: Value,
}

impl Answer {
    /// Shows the book.
    pub(crate) fn show(self, as_json: bool) -> anyhow::Result<()> {
        if as_json {
            return Ok(output::json(&self.book)?);
        }
        Ok(table::book(&self.book)?)
    }
}

/// Shows one book.
pub(crate) async fn get(args: GetArgs, login: Login) -> Ended {
    let link = Link::to(&args.server.named(login)).await?;
    let answer: Answer = link.call("books.get", json!({"id": args.id})).await?;
    answer.show(args.json.json)?;
    Ok(Outcome::Done)
}

/// Shows what the server says of itself.
pub(crate) async fn info(args: InfoArgs, login: Login) -> Ended {
    let link = Link::to(&args.server.named(login)).await?;
    let info: Value = link.call("server.info", json!({})).await?;
    if args.json.json {
        output::json(&info)?;
    } else {
        table::book(&info)?;
    }
    Ok(Outcome::Done)
}

/// The book as it is now.
pub(crate) async fn read(link: &Link, id: BookId) -> Result<Book, CallError> {
    #[derive(Deserialize)]
    struct Read {
        book: Book,
    }
    let read: Read = link.call("books.get", json!({"id": id})).await?;
    Ok(read.book)
}
