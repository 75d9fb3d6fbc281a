//! Book fields on the command line: `title=Saman`, `price=79000 currency=IDR`, `extra.supplier=Gramedia`.

use clap::Args;
use serde_json::{Map, Value, json};

use crate::failure::Failure;

/// A book by options.
#[derive(Args, Debug)]
#[command(next_help_heading = "Fields")]
pub(crate) struct FieldArgs {
    /// Any field, also price, currency and extra.NAME
    #[arg(value_name = "FIELD=VALUE")]
    pairs: Vec<String>,
    /// The title; the only field that must be given
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The authors, joined by "; "
    #[arg(long, value_name = "NAMES")]
    author: Option<String>,
    /// The publisher
    #[arg(long, value_name = "NAME")]
    publisher: Option<String>,
    /// The year of publication
    #[arg(long, value_name = "YEAR", allow_hyphen_values = true)]
    year: Option<String>,
    /// The number of pages
    #[arg(long, value_name = "N")]
    pages: Option<String>,
    /// The edition
    #[arg(long, value_name = "TEXT")]
    edition: Option<String>,
    /// What the book is about
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The status [default: Available]
    #[arg(long, value_name = "TEXT")]
    status: Option<String>,
    /// The ISBN in any usual form
    #[arg(long, value_name = "ISBN")]
    isbn: Option<String>,
    /// The language, e.g. id
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// The subjects, joined by "; "
    #[arg(long, value_name = "TEXTS")]
    subjects: Option<String>,
    /// The series and the number in it
    #[arg(long, value_name = "TEXT")]
    series: Option<String>,
    /// Where the book stands
    #[arg(long, value_name = "TEXT")]
    shelf: Option<String>,
    /// The shop's own barcode
    #[arg(long, value_name = "TEXT")]
    barcode: Option<String>,
    /// Copies in stock
    #[arg(long, value_name = "N")]
    stock: Option<String>,
    /// The price; with --currency
    #[arg(long, value_name = "AMOUNT")]
    price: Option<String>,
    /// The price's currency, e.g. IDR
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
}

impl FieldArgs {
    /// The fields given, as a merge patch.
    pub(crate) fn to_patch(&self) -> Result<Map<String, Value>, Failure> {
        let named = [
            ("title", &self.title),
            ("author", &self.author),
            ("publisher", &self.publisher),
            ("year", &self.year),
            ("pages", &self.pages),
            ("edition", &self.edition),
            ("description", &self.description),
            ("status", &self.status),
            ("isbn", &self.isbn),
            ("language", &self.language),
            ("subjects", &self.subjects),
            ("series", &self.series),
            ("shelf", &self.shelf),
            ("barcode", &self.barcode),
            ("stock", &self.stock),
            ("price", &self.price),
            ("currency", &self.currency),
        ];
        let mut fields = patch(&self.pairs)?;
        for (field, value) in named {
            if let Some(value) = value {
                put(&mut fields, field, value);
            }
        }
        Ok(fields)
    }
}

/// A merge patch from `FIELD=VALUE` pairs; an empty value unsets.
pub(crate) fn patch(pairs: &[String]) -> Result<Map<String, Value>, Failure> {
    let mut fields = Map::new();
    for pair in pairs {
        let (field, value) = pair
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("{pair:?} sets no field: write FIELD=VALUE, such as shelf=A-3")))?;
        put(&mut fields, field.trim(), value);
    }
    Ok(fields)
}

fn put(fields: &mut Map<String, Value>, field: &str, value: &str) {
    let text = if value.is_empty() { Value::Null } else { Value::from(value) };
    match field {
        "price" if value.is_empty() => drop(fields.insert("price".into(), Value::Null)),
        "price" | "price.amount" => put_member(fields, "price", "amount", text),
        "currency" | "price.currency" => put_member(fields, "price", "currency", text),
        "subjects" if !value.is_empty() => {
            let subjects: Vec<&str> = value.split(';').map(str::trim).filter(|subject| !subject.is_empty()).collect();
            fields.insert("subjects".into(), json!(subjects));
        }
        _ => match field.strip_prefix("extra.") {
            Some(name) => put_member(fields, "extra", name, text),
            None => drop(fields.insert(field.into(), text)),
        },
    }
}

fn put_member(fields: &mut Map<String, Value>, field: &str, member: &str, value: Value) {
    let object = fields.entry(field).or_insert_with(|| json!({}));
    if !object.is_object() {
        *object = json!({});
    }
    object[member] = value;
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    fn check(pairs: &[&str], expected: Expect) {
        let pairs: Vec<String> = pairs.iter().map(|pair| (*pair).to_owned()).collect();
        let written = match super::patch(&pairs) {
            Ok(patch) => serde_json::Value::from(patch).to_string(),
            Err(failure) => failure.to_string(),
        };
        expected.assert_eq(&written);
    }

    #[test]
    fn pairs_become_a_merge_patch() {
        check(&["title=a=b", "shelf="], expect![[r#"{"shelf":null,"title":"a=b"}"#]]);
        check(&["price=79000", "currency=IDR"], expect![[r#"{"price":{"amount":"79000","currency":"IDR"}}"#]]);
        check(&["price="], expect![[r#"{"price":null}"#]]);
        check(&["subjects=Fiction; Sea;"], expect![[r#"{"subjects":["Fiction","Sea"]}"#]]);
        check(&["extra.supplier=Gramedia", "extra.old="], expect![[r#"{"extra":{"old":null,"supplier":"Gramedia"}}"#]]);
        check(&["title"], expect![[r#""title" sets no field: write FIELD=VALUE, such as shelf=A-3"#]]);
    }
}
