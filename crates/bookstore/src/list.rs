//! Books by filter.

use catalogue::Book;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::args::ListArgs;
use crate::client::{Link, Login};
use crate::failure::{Ended, Outcome};
use crate::{output, table};

/// The server's limit for one page.
const PAGE_MAX: u64 = 1_000;

#[derive(Deserialize)]
struct Page {
    books: Vec<Value>,
    total: u64,
    next: Option<String>,
}

/// Shows the books that match, page after page until there are enough.
pub(crate) async fn list(args: ListArgs, login: Login) -> Ended {
    let filter = args.filter.to_json()?;
    let wanted = if args.all { u64::MAX } else { args.limit };
    let link = Link::to(&args.server.named(login)).await?;
    let mut books: Vec<Value> = Vec::new();
    let mut cursor = None;
    let total = loop {
        let limit = (wanted - books.len() as u64).min(PAGE_MAX);
        let page: Page = link.call("books.list", question(&filter, args.sort.as_deref(), limit, cursor)).await?;
        books.extend(page.books);
        cursor = page.next;
        if cursor.is_none() || books.len() as u64 >= wanted {
            break page.total;
        }
    };
    if args.json.json {
        output::json(&books)?;
    } else {
        let shown: Vec<Book> =
            books.into_iter().map(serde_json::from_value).collect::<Result<_, _>>().map_err(anyhow::Error::from)?;
        table::books(&shown)?;
        if (shown.len() as u64) < total {
            eprintln!("{} of {total} books; --all shows every one", shown.len());
        }
    }
    Ok(Outcome::Done)
}

fn question(filter: &Map<String, Value>, sort: Option<&str>, limit: u64, cursor: Option<String>) -> Value {
    let mut params = json!({"limit": limit});
    if !filter.is_empty() {
        params["filter"] = Value::Object(filter.clone());
    }
    if let Some(sort) = sort {
        params["sort"] = sort.into();
    }
    if let Some(cursor) = cursor {
        params["cursor"] = cursor.into();
    }
    params
}
