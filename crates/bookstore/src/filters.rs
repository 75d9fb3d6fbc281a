//! Filters on the command line: `--author "Eka Kurniawan" --year 1990..1999`.

use clap::Args;
use serde_json::{Map, Value, json};

use crate::failure::Failure;

/// Which books. Options are and-ed; one given several times means any of its values; an empty value means not set.
#[derive(Args, Debug)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Any field; numbers also as ranges: year=1990..1999, stock=1.. (repeatable)
    #[arg(long, value_name = "FIELD=VALUE")]
    filter: Vec<String>,
    /// The whole title, regardless of case and accents
    #[arg(long, value_name = "TEXT")]
    title: Vec<String>,
    /// One of the authors
    #[arg(long, value_name = "NAME")]
    author: Vec<String>,
    /// The publisher
    #[arg(long, value_name = "NAME")]
    publisher: Vec<String>,
    /// The year, or a range such as 1990..1999
    #[arg(long, value_name = "YEAR", allow_hyphen_values = true)]
    year: Vec<String>,
    /// The status
    #[arg(long, value_name = "TEXT")]
    status: Vec<String>,
    /// The ISBN in any form
    #[arg(long, value_name = "ISBN")]
    isbn: Vec<String>,
    /// The language, e.g. id
    #[arg(long, value_name = "TAG")]
    language: Vec<String>,
    /// One of the subjects
    #[arg(long, value_name = "TEXT")]
    subjects: Vec<String>,
    /// The series
    #[arg(long, value_name = "TEXT")]
    series: Vec<String>,
    /// The shelf
    #[arg(long, value_name = "TEXT")]
    shelf: Vec<String>,
    /// The barcode
    #[arg(long, value_name = "TEXT")]
    barcode: Vec<String>,
    /// Copies in stock, or a range such as 1..
    #[arg(long, value_name = "N")]
    stock: Vec<String>,
}

/// Fields whose values may be written as a range.
const NUMBERS: [&str; 3] = ["year", "pages", "stock"];

impl FilterArgs {
    /// The filter as the server reads it.
    pub(crate) fn to_json(&self) -> Result<Map<String, Value>, Failure> {
        let mut filter: Map<String, Value> = Map::new();
        for (field, value) in self.pairs()? {
            let condition = condition(field, value);
            match filter.get_mut(field) {
                None => drop(filter.insert(field.to_owned(), condition)),
                Some(Value::Array(any)) => any.push(condition),
                Some(first) => *first = json!([first.take(), condition]),
            }
        }
        Ok(filter)
    }

    fn pairs(&self) -> Result<Vec<(&str, &str)>, Failure> {
        let named = [
            ("title", &self.title),
            ("author", &self.author),
            ("publisher", &self.publisher),
            ("year", &self.year),
            ("status", &self.status),
            ("isbn", &self.isbn),
            ("language", &self.language),
            ("subjects", &self.subjects),
            ("series", &self.series),
            ("shelf", &self.shelf),
            ("barcode", &self.barcode),
            ("stock", &self.stock),
        ];
        let mut pairs: Vec<(&str, &str)> =
            named.iter().flat_map(|(field, values)| values.iter().map(|value| (*field, value.as_str()))).collect();
        for pair in &self.filter {
            let split = pair.split_once('=');
            pairs.push(split.ok_or_else(|| {
                Failure::usage(format!("--filter {pair}: write FIELD=VALUE, such as --filter year=1990..1999"))
            })?);
        }
        Ok(pairs)
    }
}

fn condition(field: &str, value: &str) -> Value {
    if value.is_empty() {
        return Value::Null;
    }
    let range = value.split_once("..").filter(|_| NUMBERS.contains(&field));
    let Some((from, to)) = range else { return value.into() };
    let ends = [("from", from), ("to", to)].into_iter().filter(|(_, end)| !end.is_empty());
    ends.map(|(name, end)| (name.to_owned(), Value::from(end))).collect::<Map<_, _>>().into()
}
