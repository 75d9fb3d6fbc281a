//! A new book.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use catalogue::merge;
use serde_json::{Map, Value, json};

use crate::args::AddArgs;
use crate::client::{Link, Login, request_id};
use crate::failure::{Ended, Failure, Outcome};
use crate::get::Answer;

/// Adds the book that options, a JSON object, or both describe.
pub(crate) async fn add(args: AddArgs, login: Login) -> Ended {
    let fields = args.fields.to_patch()?;
    let from_file = match &args.json_file {
        Some(file) => read(file)?,
        None if fields.is_empty() && !std::io::stdin().is_terminal() => read(&PathBuf::from("-"))?,
        None => json!({}),
    };
    let book = merge(from_file, &Value::Object(fields));
    if book.as_object().is_none_or(Map::is_empty) {
        return Err(Failure::usage("no book: write --title, FIELD=VALUE, or --json-file FILE with a JSON object"));
    }
    let link = Link::to(&args.server.named(login)).await?;
    let answer: Answer = link.call("books.create", json!({"book": book, "request_id": request_id()})).await?;
    answer.show(args.json.json)?;
    Ok(Outcome::Done)
}

fn read(file: &Path) -> anyhow::Result<Value> {
    let (text, name) = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text).map(|text| (text, "stdin".to_owned()))
    } else {
        std::fs::read_to_string(file).map(|text| (text, file.display().to_string()))
    }
    .with_context(|| format!("cannot read {}", file.display()))?;
    let value: Value = serde_json::from_str(&text).with_context(|| format!("{name} is not JSON"))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(anyhow!("{name} is not one JSON object; files of many books: import"))
    }
}
