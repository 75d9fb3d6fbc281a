//! What clients of a history ask for: few fields, every kind of operation.

use catalogue::{BookId, Draft, Operation, Revision};
use engine::CallKind;
use serde_json::{Map, Value, json};

/// Some fields of a book as a client names them; what is `None` is not named, a `None` in it unsets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) title: Option<String>,
    pub(crate) stock: Option<Option<i64>>,
    pub(crate) shelf: Option<Option<char>>,
    /// The length of a description, to fill pages with.
    pub(crate) length: Option<usize>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Create { id: Option<u64>, fields: Fields },
    Update { id: u64, set: Option<Fields>, add: Option<i64>, seen: Option<u64> },
    Replace { id: u64, fields: Fields, seen: Option<u64> },
    Delete { id: u64, seen: Option<u64> },
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) by: String,
    pub(crate) request: Option<String>,
    pub(crate) is_single: bool,
    pub(crate) wishes: Vec<Wish>,
    /// Whether the client takes only answers so short that there are none.
    pub(crate) is_tight: bool,
}

impl Call {
    /// Whether another call asks for the same, which is what a retry must do.
    pub(crate) fn asks_the_same(&self, other: &Call) -> bool {
        (self.is_single, &self.wishes) == (other.is_single, &other.wishes)
    }

    pub(crate) fn write(&self) -> engine::Write {
        engine::Write {
            by: self.by.as_str().into(),
            request_id: self.request.clone(),
            kind: if self.is_single { CallKind::Single } else { CallKind::Transact },
            operations: self.wishes.iter().map(Wish::operation).collect(),
            answer_bytes_max: if self.is_tight { 16 } else { 1024 * 1024 },
        }
    }
}

impl Wish {
    fn operation(&self) -> Operation {
        let revision = |seen: &Option<u64>| seen.map(Revision);
        match self {
            Wish::Create { id, fields } => {
                let mut draft = fields.draft();
                draft.members_mut().extend(id.map(|id| ("id".to_owned(), json!(id))));
                Operation::Create { book: draft }
            }
            Wish::Update { id, set, add, seen } => Operation::Update {
                id: BookId(*id),
                set: set.as_ref().map(Fields::draft),
                add: add.map(|by| Map::from_iter([("stock".to_owned(), json!(by))]).into()),
                if_revision: revision(seen),
            },
            Wish::Replace { id, fields, seen } => {
                Operation::Replace { id: BookId(*id), book: fields.draft(), if_revision: revision(seen) }
            }
            Wish::Delete { id, seen } => Operation::Delete { id: BookId(*id), if_revision: revision(seen) },
        }
    }
}

impl Fields {
    fn draft(&self) -> Draft {
        let mut members = Map::new();
        if let Some(title) = &self.title {
            members.insert("title".into(), json!(title));
        }
        if let Some(stock) = self.stock {
            members.insert("stock".into(), json!(stock));
        }
        if let Some(shelf) = self.shelf {
            members.insert("shelf".into(), shelf.map_or(Value::Null, |shelf| json!(shelf)));
        }
        if let Some(length) = self.length {
            members.insert("description".into(), json!("x".repeat(length)));
        }
        members.into()
    }
}
