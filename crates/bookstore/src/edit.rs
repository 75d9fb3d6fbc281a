//! Changes to one book.

use catalogue::Revision;
use protocol::Name;
use serde_json::json;

use crate::args::EditArgs;
use crate::client::{CallError, Link, Login, Refusal, request_id};
use crate::failure::{Ended, Failure, Outcome};
use crate::get::{Answer, read};
use crate::{fields, output, table};

/// Reads the book, then changes it if nobody was faster.
pub(crate) async fn edit(args: EditArgs, login: Login) -> Ended {
    let set = fields::patch(&args.fields)?;
    let link = Link::to(&args.server.named(login)).await?;
    let if_revision = match args.if_revision {
        Some(revision) => Revision(revision),
        None => read(&link, args.id).await?.revision(),
    };
    let params = json!({"id": args.id, "set": set, "if_revision": if_revision, "request_id": request_id()});
    match link.call::<Answer>("books.update", params).await {
        Ok(answer) => answer.show(args.json.json)?,
        Err(CallError::Refused(refusal)) => return Err(refused(refusal, args.json.json)?),
        Err(error) => return Err(error.into()),
    }
    Ok(Outcome::Done)
}

/// Shows the book as it is now, where that is what stands in the way.
pub(crate) fn refused(refusal: Refusal, as_json: bool) -> Result<Failure, Failure> {
    if let Some(book) = refusal.data.book.as_ref().filter(|_| refusal.is(Name::Conflict)) {
        eprintln!("somebody was faster. The book as it is now:");
        if as_json {
            output::json(book)?;
        } else {
            table::book(&serde_json::to_value(book).map_err(anyhow::Error::from)?)?;
        }
    }
    Ok(CallError::Refused(refusal).into())
}
