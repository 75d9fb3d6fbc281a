//! The protocol's rules for operations once more, as simply as they can be said: a map from ids to JSON objects.
//!
//! Knows only the fields and values that `properties` draws.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

pub(crate) type Object = Map<String, Value>;

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Model {
    pub(crate) revision: u64,
    pub(crate) books: BTreeMap<u64, Object>,
    pub(crate) deleted: BTreeSet<u64>,
    pub(crate) largest_id: u64,
}

/// An operation as a client would say it.
#[derive(Clone, Debug)]
pub(crate) enum Wish {
    Create(Object),
    Update(u64, Option<Object>, Option<Object>, Option<u64>),
    Replace(u64, Object, Option<u64>),
    Delete(u64, Option<u64>),
}

/// A no: which operation met it, and its name.
pub(crate) type No = (usize, &'static str);

impl Model {
    /// Carries out all wishes or none; `is_noted` says whether a request id asks for an entry in any case.
    pub(crate) fn call(&mut self, wishes: &[Wish], is_strict: bool, is_noted: bool) -> Result<(u64, Vec<Value>), No> {
        let mut after = Model { revision: self.revision + 1, ..self.clone() };
        let mut results = Vec::new();
        for (index, wish) in wishes.iter().enumerate() {
            results.push(after.carry_out(wish, self, is_strict).map_err(|name| (index, name))?);
        }
        for (id, book) in &mut after.books {
            if let Some(before) = self.books.get(id).filter(|before| says_the_same(before, book)) {
                *book = before.clone();
            }
        }
        for result in &mut results {
            let Some(book) = result.get_mut("book") else { continue };
            let now = book["id"].as_u64().and_then(|id| after.books.get(&id));
            if let Some(now) = now.filter(|_| book["revision"] == after.revision) {
                book["revision"] = now["revision"].clone();
            }
        }
        let changes_nothing = after.books == self.books && after.deleted == self.deleted;
        if !changes_nothing || is_noted {
            *self = after;
        }
        Ok((self.revision, results))
    }

    fn carry_out(&mut self, wish: &Wish, before: &Model, is_strict: bool) -> Result<Value, &'static str> {
        match wish {
            Wish::Create(draft) => {
                if let Some(id) = draft.get("id").and_then(Value::as_u64) {
                    self.is_free(id)?;
                }
                let mut book = empty_book();
                lay(&mut book, draft)?;
                let id = draft.get("id").and_then(Value::as_u64).unwrap_or(self.largest_id + 1);
                self.largest_id = self.largest_id.max(id);
                self.put(id, book)
            }
            Wish::Update(id, set, add, seen) => {
                let mut book = self.look(*id, before, *seen, is_strict && set.is_some())?;
                change(&mut book, *id, set.as_ref(), add.as_ref())?;
                self.put(*id, book)
            }
            Wish::Replace(id, draft, seen) => {
                self.look(*id, before, *seen, is_strict)?;
                let mut book = empty_book();
                lay(&mut book, draft)?;
                if draft.get("id").is_some_and(|named| *named != *id) {
                    return Err("invalid");
                }
                self.put(*id, book)
            }
            Wish::Delete(id, seen) => {
                self.look(*id, before, *seen, is_strict)?;
                self.books.remove(id);
                self.deleted.insert(*id);
                Ok(json!({ "id": id }))
            }
        }
    }

    fn is_free(&self, id: u64) -> Result<(), &'static str> {
        match (self.books.contains_key(&id), self.deleted.contains(&id)) {
            (true, _) => Err("IdTaken"),
            (_, true) => Err("IdDeleted"),
            _ => Ok(()),
        }
    }

    fn look(&self, id: u64, before: &Model, seen: Option<u64>, needs_seen: bool) -> Result<Object, &'static str> {
        let book = self.books.get(&id).ok_or("not found")?;
        match seen {
            None if needs_seen => Err("revision required"),
            None => Ok(book.clone()),
            Some(seen) => match before.books.get(&id) {
                Some(before) if before["revision"] == seen => Ok(book.clone()),
                _ => Err("RevisionMismatch"),
            },
        }
    }

    fn put(&mut self, id: u64, mut book: Object) -> Result<Value, &'static str> {
        book.insert("id".into(), id.into());
        if let Some(before) = self.books.get(&id).filter(|before| says_the_same(before, &book)) {
            return Ok(json!({ "book": before }));
        }
        book.insert("revision".into(), self.revision.into());
        self.books.insert(id, book.clone());
        Ok(json!({ "book": book }))
    }
}

fn says_the_same(one: &Object, other: &Object) -> bool {
    let content = |book: &Object| Object::from_iter(book.clone().into_iter().filter(|(name, _)| name != "revision"));
    content(one) == content(other)
}

fn empty_book() -> Object {
    let empty = json!({
        "author": "", "publisher": "", "year": null, "pages": null, "edition": "", "description": "",
        "status": "Available",
    });
    empty.as_object().expect("it is one").clone()
}

/// Lays a whole draft over an empty book.
fn lay(book: &mut Object, draft: &Object) -> Result<(), &'static str> {
    for (name, value) in draft {
        put_field(book, name, value)?;
    }
    if book.contains_key("title") { Ok(()) } else { Err("invalid") }
}

fn change(book: &mut Object, id: u64, set: Option<&Object>, add: Option<&Object>) -> Result<(), &'static str> {
    if set.is_none() && add.is_none() {
        return Err("invalid");
    }
    let before = book.clone();
    for (name, value) in set.into_iter().flatten() {
        if name == "id" && *value != id {
            return Err("invalid");
        }
        let patched = match (value, before.get(name)) {
            (Value::Object(patch), Some(Value::Object(old))) => Value::Object(patched(old, patch)),
            _ => value.clone(),
        };
        put_field(book, name, &patched)?;
    }
    let mut is_below_zero = false;
    for (name, value) in add.into_iter().flatten() {
        if !matches!(name.as_str(), "stock" | "pages") || set.is_some_and(|set| set.contains_key(name)) {
            return Err("invalid");
        }
        let sum = before.get(name).and_then(Value::as_i64).unwrap_or(0) + value.as_i64().ok_or("invalid")?;
        is_below_zero |= sum < 0;
        book.insert(name.clone(), sum.into());
    }
    if is_below_zero { Err("BelowZero") } else { Ok(()) }
}

fn patched(old: &Object, patch: &Object) -> Object {
    let mut new = old.clone();
    for (name, value) in patch {
        new.insert(name.clone(), value.clone());
    }
    new.retain(|_, value| !value.is_null());
    new
}

/// Puts one field as it is shown: of the optional ones, unset means absent.
fn put_field(book: &mut Object, name: &str, value: &Value) -> Result<(), &'static str> {
    let shown = match (name, value) {
        ("revision" | "id", _) => return Ok(()),
        ("title", Value::String(text)) if !text.is_empty() => value.clone(),
        ("author", Value::String(_)) => value.clone(),
        ("author", Value::Null) => json!(""),
        ("status", Value::Null) => json!("Available"),
        ("status", Value::String(text)) => json!(if text.is_empty() { "Available" } else { text }),
        ("pages", Value::Null) => Value::Null,
        ("shelf" | "stock" | "subjects" | "extra" | "price", Value::Null) => return unset(book, name),
        ("shelf", Value::String(text)) if text.is_empty() => return unset(book, name),
        ("shelf", Value::String(_)) => value.clone(),
        ("stock" | "pages", Value::Number(number)) if number.as_i64().is_some_and(|number| number >= 0) => {
            value.clone()
        }
        ("stock" | "pages", Value::String(digits)) => json!(digits.parse::<u32>().map_err(|_| "invalid")?),
        ("subjects", Value::Array(subjects)) if subjects.is_empty() => return unset(book, name),
        ("subjects", Value::Array(subjects)) if !subjects.contains(&json!("a;b")) => value.clone(),
        ("extra", Value::Object(pairs)) if !pairs.values().any(Value::is_number) => {
            let pairs = patched(pairs, &Object::new());
            if pairs.is_empty() {
                return unset(book, name);
            }
            pairs.into()
        }
        ("price", Value::Object(price)) if price.contains_key("amount") && price.contains_key("currency") => {
            value.clone()
        }
        _ => return Err("invalid"),
    };
    book.insert(name.into(), shown);
    Ok(())
}

fn unset(book: &mut Object, name: &str) -> Result<(), &'static str> {
    book.remove(name);
    Ok(())
}
