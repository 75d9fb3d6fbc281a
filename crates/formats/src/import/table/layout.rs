//! Which column is what.

use std::collections::BTreeSet;

use catalogue::Field;

use super::names::{self, Known, Target, normal};
use crate::import::value::price;

/// The columns of a table.
pub(super) struct Layout {
    names: Vec<String>,
    columns: Vec<Option<Column>>,
    unknown: Vec<String>,
    twice: Option<String>,
}

/// How the cells of a column are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// Our own number.
    Id,
    /// A text as it stands.
    Text(Field),
    /// Authors, with what stands between them in this kind of file.
    Authors(&'static str),
    /// A whole number.
    Whole(Field),
    /// A whole number, perhaps with a unit: "345 hlm."
    Counted(Field),
    /// A year.
    Year,
    /// A date, or what a librarian writes for one.
    Date,
    /// An ISBN; there may be a column for 10 digits and one for 13.
    Isbn(Digits),
    /// A language's code or name.
    Language,
    /// Subjects, with what stands between them.
    Subjects(&'static [char]),
    /// A price, with the currency where the header names it: "Harga (Rp)".
    Price(Option<String>),
    /// The currency of the price.
    Currency,
    /// A shop's own column.
    Extra(String),
}

/// How many digits the name of a column of ISBN promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digits {
    Thirteen,
    Any,
}

impl Layout {
    pub(super) fn of<'a>(header: impl Iterator<Item = &'a str>) -> Layout {
        let names: Vec<String> = header.map(|name| name.trim().to_owned()).collect();
        let normal: Vec<String> = names.iter().map(|name| normal(name)).collect();
        let kind = Kind::of(&normal);
        let found: Vec<_> = normal.iter().map(|name| find(name)).collect();
        let mut layout = Layout { columns: Vec::with_capacity(names.len()), unknown: Vec::new(), twice: None, names };
        let mut taken = BTreeSet::new();
        for index in 0..layout.names.len() {
            let column = match (extra_key(&layout.names[index]), &found[index]) {
                (Some(key), _) => Some((Column::Extra(key.to_owned()), format!("extra.{key}"))),
                (None, Some((known, currency))) if is_best(&found, known) => {
                    Some((kind.column(known, &normal[index], currency.clone()), normal[index].clone()))
                }
                _ => None,
            };
            if let Some((_, name)) = &column
                && !taken.insert(name.clone())
            {
                layout.twice.get_or_insert(layout.names[index].clone());
            }
            layout.push(index, column.map(|(column, _)| column));
        }
        layout
    }

    /// The names as they stand in the file.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// A column's meaning, `None` where it is left out.
    pub(super) fn column(&self, index: usize) -> Option<&Column> {
        self.columns.get(index)?.as_ref()
    }

    /// The names of the columns that are left out.
    pub(super) fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// A column that stands there twice: which of the two is meant?
    pub(super) fn twice(&self) -> Option<&str> {
        self.twice.as_deref()
    }

    /// How many columns are known.
    pub(super) fn known(&self) -> usize {
        self.columns.iter().flatten().count()
    }

    /// Whether this is a header, and not the first book of a table without one.
    pub(super) fn is_header(&self) -> bool {
        let mut columns = self.columns.iter().flatten();
        let has_title = columns.clone().any(|column| *column == Column::Text(Field::Title));
        has_title || (self.known() > 1 && columns.any(|column| matches!(column, Column::Id | Column::Isbn(_))))
    }

    fn push(&mut self, index: usize, column: Option<Column>) {
        if column.is_none() {
            let name = &self.names[index];
            let name = if name.is_empty() { format!("(column {})", index + 1) } else { name.clone() };
            if !self.unknown.contains(&name) {
                self.unknown.push(name);
            }
        }
        self.columns.push(column);
    }
}

/// What a name means, and the currency that it names.
type Found = Option<(Known, Option<String>)>;

fn find(name: &str) -> Found {
    if let Some(known) = names::find(name) {
        return Some((known, None));
    }
    // "harga rp", "price usd".
    let (price_name, currency) = name.rsplit_once(' ')?;
    let known = names::find(price_name).filter(|known| known.target == Target::Field(Field::Price))?;
    Some((known, Some(price::currency(currency)?)))
}

/// Of several columns for one field the best is read, and of ISBN all.
fn is_best(found: &[Found], known: &Known) -> bool {
    let others = found.iter().flatten().filter(|(other, _)| other.target == known.target);
    known.target == Target::Field(Field::Isbn) || others.map(|(other, _)| other.rank).min() == Some(known.rank)
}

fn extra_key(name: &str) -> Option<&str> {
    name.strip_prefix("extra.").map(str::trim).filter(|key| !key.is_empty())
}

/// Where a file comes from, as far as that says how its cells are to be read.
#[derive(Clone, Copy)]
enum Kind {
    /// The books of goodbooks-10k: authors joined by ", ".
    Goodbooks,
    /// The books of the Goodreads data set with pages: authors joined by "/".
    GoodreadsPages,
    /// Fiction of HathiTrust: subjects joined by "|".
    Hathi,
    Other,
}

impl Kind {
    fn of(names: &[String]) -> Kind {
        let has = |wanted: &[&str]| wanted.iter().all(|wanted| names.iter().any(|name| name == wanted));
        match () {
            () if has(&["goodreads book id", "authors"]) => Kind::Goodbooks,
            () if has(&["bookid", "authors", "num pages"]) => Kind::GoodreadsPages,
            () if has(&["inferreddate", "subjects"]) => Kind::Hathi,
            () => Kind::Other,
        }
    }

    fn column(self, known: &Known, name: &str, currency: Option<String>) -> Column {
        let field = match known.target {
            Target::Id => return Column::Id,
            Target::Currency => return Column::Currency,
            Target::Field(field) => field,
        };
        let is_ours = known.rank == 0;
        match field {
            Field::Author if is_ours => Column::Text(field),
            Field::Author => Column::Authors(self.between_authors()),
            Field::Year if is_ours => Column::Year,
            Field::Year => Column::Date,
            Field::Pages | Field::Stock if is_ours => Column::Whole(field),
            Field::Pages | Field::Stock => Column::Counted(field),
            Field::Isbn => Column::Isbn(if name.ends_with("13") { Digits::Thirteen } else { Digits::Any }),
            Field::Language => Column::Language,
            Field::Subjects => Column::Subjects(self.between_subjects(name)),
            Field::Price => Column::Price(currency),
            other => Column::Text(other),
        }
    }

    fn between_authors(self) -> &'static str {
        match self {
            Kind::Goodbooks => ",",
            Kind::GoodreadsPages => "/",
            Kind::Hathi | Kind::Other => ";",
        }
    }

    /// Headings of libraries hold commas ("Revolution, 1775-1783"); tags do not.
    fn between_subjects(self, name: &str) -> &'static [char] {
        match (self, name) {
            (Kind::Hathi, _) => &['|', ';'],
            (_, "tags" | "keywords" | "kata kunci" | "kategori" | "categories" | "genre" | "genres") => &[';', ','],
            _ => &[';'],
        }
    }
}
