//! Books of a running server, one by one or many: list, get, add, edit, delete, watch, info.

use std::path::PathBuf;

use catalogue::BookId;
use clap::Args;

use super::{JsonArg, ServerArgs};
use crate::filters::FilterArgs;

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    /// Order by this field, e.g. title; -year is descending
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    /// The most books to show
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: u64,
    /// Show every book that matches
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) json: JsonArg,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

#[derive(Args, Debug)]
pub(crate) struct GetArgs {
    /// The book's number
    #[arg(value_parser = book_id)]
    pub(crate) id: BookId,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) json: JsonArg,
}

#[derive(Args, Debug)]
pub(crate) struct AddArgs {
    /// Read the book as a JSON object from this file; - is stdin. Options lie over it
    #[arg(long, value_name = "FILE")]
    pub(crate) json_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) json: JsonArg,
    #[command(flatten)]
    pub(crate) fields: crate::fields::FieldArgs,
}

#[derive(Args, Debug)]
pub(crate) struct EditArgs {
    /// The book's number
    #[arg(value_parser = book_id)]
    pub(crate) id: BookId,
    /// What to change; `shelf=` empties a field. Also price, currency and extra.NAME
    #[arg(required = true, value_name = "FIELD=VALUE")]
    pub(crate) fields: Vec<String>,
    /// The revision you saw [default: the present one]
    #[arg(long, value_name = "N")]
    pub(crate) if_revision: Option<u64>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) json: JsonArg,
}

#[derive(Args, Debug)]
pub(crate) struct DeleteArgs {
    /// The books' numbers
    #[arg(required = true, value_name = "ID", value_parser = book_id)]
    pub(crate) ids: Vec<BookId>,
    /// Do not ask (nothing is asked where stdin is no terminal)
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) json: JsonArg,
}

#[derive(Args, Debug)]
pub(crate) struct WatchArgs {
    /// Begin with the changes after this revision
    #[arg(long, value_name = "N")]
    pub(crate) since: Option<u64>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) json: JsonArg,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

#[derive(Args, Debug)]
pub(crate) struct InfoArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) json: JsonArg,
}

fn book_id(text: &str) -> Result<BookId, String> {
    text.parse().map(BookId).map_err(|_| format!("{text:?} is no book number"))
}
