//! Books out of the catalogue.

use std::io::{self, BufRead, IsTerminal, Write};

use catalogue::{Book, BookId, Field};
use serde_json::{Value, json};

use crate::args::DeleteArgs;
use crate::client::{CallError, Link, Login, request_id};
use crate::edit::refused;
use crate::failure::{Ended, Failure, Outcome};
use crate::get::read;
use crate::output;

/// Deletes the books one after the other, each as it was just read.
pub(crate) async fn delete(args: DeleteArgs, login: Login) -> Ended {
    let link = Link::to(&args.server.named(login)).await?;
    let mut books = Vec::new();
    for id in &args.ids {
        books.push(read(&link, *id).await.map_err(|error| about(*id, error))?);
    }
    if !args.yes && io::stdin().is_terminal() && !confirmed(&books)? {
        return Err(Failure::Failed(anyhow::anyhow!("nothing was deleted")));
    }
    for (deleted, book) in books.iter().enumerate() {
        if let Err(failure) = delete_one(&link, book, args.json.json).await {
            if deleted == 0 {
                return Err(failure);
            }
            eprintln!("bookstore: {failure}");
            eprintln!("{deleted} of {} books are deleted", books.len());
            return Ok(Outcome::Partial);
        }
    }
    Ok(Outcome::Done)
}

async fn delete_one(link: &Link, book: &Book, as_json: bool) -> Result<(), Failure> {
    let params = json!({"id": book.id(), "if_revision": book.revision(), "request_id": request_id()});
    match link.call::<Value>("books.delete", params).await {
        Ok(answer) if as_json => Ok(output::json(&answer)?),
        Ok(_) => {
            Ok(output::line(format_args!("deleted book {}: {}", book.id(), output::plain(&book.text(Field::Title))))?)
        }
        Err(CallError::Refused(refusal)) => Err(refused(refusal, as_json)?),
        Err(error) => Err(error.into()),
    }
}

fn about(id: BookId, error: CallError) -> anyhow::Error {
    anyhow::Error::from(error).context(format!("book {id}"))
}

fn confirmed(books: &[Book]) -> io::Result<bool> {
    for book in books {
        eprintln!("{}: {}", book.id(), output::plain(&book.text(Field::Title)));
    }
    eprint!("Delete {} book(s)? [y/N] ", books.len());
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "ya"))
}
