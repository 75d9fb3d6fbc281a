//! Any calls, also transactions, against the naive model; and what must hold of every entry they make.

use catalogue::{Book, BookId, Catalogue, Entry, Former, Operation, Refusal, Refused, Revision, RevisionPolicy, Rules};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::{Store, command, draft, requested};
use crate::model::{Model, No, Object, Wish};

/// What a client names as the revision it saw.
#[derive(Clone, Copy, Debug)]
enum Seen {
    Nothing,
    TheCurrent,
    Another,
}

#[derive(Clone, Debug)]
struct Call {
    wishes: Vec<(Wish, Seen)>,
    is_noted: bool,
}

const VALUES: &[(&str, &[&str])] = &[
    ("title", &[r#""a""#, r#""b""#, r#""""#, "null"]),
    ("author", &[r#""x""#, r#""x; y""#, "null", "5"]),
    ("status", &[r#""Lost""#, r#""""#, "null"]),
    ("shelf", &[r#""A""#, r#""""#, "null"]),
    ("pages", &["7", "null", r#""8""#]),
    ("stock", &["0", "3", "null", r#""4""#, "-1"]),
    ("subjects", &[r#"["s"]"#, r#"["s","t"]"#, "[]", "null", r#"["a;b"]"#]),
    ("extra", &[r#"{"k":"v"}"#, r#"{"k":null}"#, r#"{"l":"w"}"#, "{}", "null", r#"{"k":5}"#]),
    ("price", &[r#"{"amount":"1.00","currency":"IDR"}"#, r#"{"amount":"2.00"}"#, "null"]),
    ("id", &["1", "2", "3", "9"]),
    ("revision", &["77"]),
    ("mood", &["1"]),
];

/// A member that is usually right.
fn member() -> impl Strategy<Value = (String, Value)> {
    prop::sample::select(VALUES).prop_flat_map(|(name, values)| {
        (Just(name.to_string()), prop::sample::select(values))
            .prop_map(|(name, value)| (name, serde_json::from_str(value).unwrap()))
    })
}

fn fields() -> impl Strategy<Value = Object> {
    prop::collection::vec(member(), 0..4).prop_map(|members| members.into_iter().collect())
}

fn book() -> impl Strategy<Value = Object> {
    fields().prop_map(|mut book| {
        book.entry("title").or_insert_with(|| json!("a"));
        book
    })
}

fn sums() -> impl Strategy<Value = Object> {
    let member = (prop::sample::select(vec!["stock", "stock", "pages", "title"]), -3i64..4);
    prop::collection::vec(member, 0..3)
        .prop_map(|members| members.into_iter().map(|(name, sum)| (name.to_owned(), json!(sum))).collect())
}

fn wish() -> impl Strategy<Value = (Wish, Seen)> {
    let id = || 1u64..6;
    let wish = prop_oneof![
        3 => book().prop_map(Wish::Create),
        4 => (id(), prop::option::weighted(0.8, fields()), prop::option::weighted(0.3, sums()))
            .prop_map(|(id, set, add)| Wish::Update(id, set, add, None)),
        2 => (id(), book()).prop_map(|(id, book)| Wish::Replace(id, book, None)),
        1 => id().prop_map(|id| Wish::Delete(id, None)),
    ];
    let seen = prop_oneof![4 => Just(Seen::Nothing), 3 => Just(Seen::TheCurrent), 1 => Just(Seen::Another)];
    (wish, seen)
}

fn call() -> impl Strategy<Value = Call> {
    let wishes = prop_oneof![2 => prop::collection::vec(wish(), 1..2), 1 => prop::collection::vec(wish(), 2..6)];
    (wishes, prop::bool::weighted(0.3)).prop_map(|(wishes, is_noted)| Call { wishes, is_noted })
}

/// The wishes with the revisions that their clients saw.
fn resolved(call: &Call, model: &Model) -> Vec<Wish> {
    let current = |id: &u64| model.books.get(id).map_or(0, |book| book["revision"].as_u64().unwrap());
    let revision = |id: &u64, seen: Seen| match seen {
        Seen::Nothing => None,
        Seen::TheCurrent => Some(current(id)),
        Seen::Another => Some(current(id) + 1),
    };
    let resolve = |(wish, seen): &(Wish, Seen)| match wish.clone() {
        Wish::Create(book) => Wish::Create(book),
        Wish::Update(id, set, add, _) => Wish::Update(id, set, add, revision(&id, *seen)),
        Wish::Replace(id, book, _) => Wish::Replace(id, book, revision(&id, *seen)),
        Wish::Delete(id, _) => Wish::Delete(id, revision(&id, *seen)),
    };
    call.wishes.iter().map(resolve).collect()
}

fn operation(wish: &Wish) -> Operation {
    let draft = |members: &Object| draft(Value::Object(members.clone()));
    let seen = |revision: &Option<u64>| revision.map(Revision);
    match wish {
        Wish::Create(book) => Operation::Create { book: draft(book) },
        Wish::Update(id, set, add, revision) => Operation::Update {
            id: BookId(*id),
            set: set.as_ref().map(draft),
            add: add.as_ref().map(draft),
            if_revision: seen(revision),
        },
        Wish::Replace(id, book, revision) => {
            Operation::Replace { id: BookId(*id), book: draft(book), if_revision: seen(revision) }
        }
        Wish::Delete(id, revision) => Operation::Delete { id: BookId(*id), if_revision: seen(revision) },
    }
}

fn no(refused: Refused) -> No {
    let name = match refused.refusal {
        Refusal::Invalid(_) => "invalid",
        Refusal::NotFound(_) => "not found",
        Refusal::Conflict { reason, .. } => format!("{reason:?}").leak(),
        Refusal::TooLarge(_) => "too large",
        Refusal::RevisionRequired => "revision required",
    };
    (refused.operation, name)
}

/// A book as the model has it: the model knows no time.
fn shown(book: &Book) -> Object {
    let Value::Object(mut members) = serde_json::to_value(book).unwrap() else { panic!("a book is an object") };
    members.remove("updated_at");
    members
}

/// Carries the calls out on both and compares every answer and state.
fn compare(calls: &[Call], policy: RevisionPolicy) -> Result<Store, TestCaseError> {
    let mut store = Store { rules: Rules { revision: policy }, ..Store::default() };
    let mut model = Model::default();
    for (number, call) in calls.iter().enumerate() {
        let wishes = resolved(call, &model);
        let operations: Vec<_> = wishes.iter().map(operation).collect();
        let command = if call.is_noted { requested(&number.to_string(), operations) } else { command(operations) };
        let answer = store.take(&command).map_err(no).map(|answer| {
            let mut results = serde_json::to_value(&answer.results).unwrap();
            let books =
                results.as_array_mut().unwrap().iter_mut().filter_map(|result| result.get_mut("book")?.as_object_mut());
            books.for_each(|book| drop(book.remove("updated_at")));
            (answer.revision.0, results)
        });
        let expected = model.call(&wishes, policy == RevisionPolicy::Required, call.is_noted);
        prop_assert_eq!(
            answer,
            expected.map(|(revision, results)| (revision, Value::from(results))),
            "call {}",
            number
        );
        let books: Vec<Object> = store.catalogue.books().map(shown).collect();
        prop_assert_eq!(books, model.books.values().cloned().collect::<Vec<_>>(), "after call {}", number);
        prop_assert_eq!(store.catalogue.next_id().0, model.largest_id + 1);
    }
    Ok(store)
}

/// What must hold of each entry on the state before it.
fn check_entry(entry: &Entry, before: &Catalogue, after: &Catalogue) -> Result<(), TestCaseError> {
    let mut touched = std::collections::BTreeSet::new();
    for change in &entry.changes {
        prop_assert!(touched.insert(change.id), "one change for each book");
        let former = before.get(change.id).map(Book::details);
        let book_before = change.book_before().map(|book| book.details());
        prop_assert_eq!(&book_before, &former);
        prop_assert_eq!(change.book.as_ref(), after.get(change.id));
        if let (Some(former), Some(book)) = (former, &change.book) {
            prop_assert!(former != book.details() && !change.changed.is_empty());
            let named: Vec<_> = change.changed.iter().map(|field| field.name().to_owned()).collect();
            let was = change.was.as_ref().map(Former::values).unwrap_or_default();
            prop_assert_eq!(was.len(), named.len());
            prop_assert!(was.keys().all(|name| named.contains(name)));
        }
        prop_assert!(
            change.book.as_ref().is_none_or(|book| book.revision() == entry.revision && book.updated_at() == entry.at)
        );
    }
    let line = serde_json::to_string(entry).unwrap();
    prop_assert_eq!(&serde_json::from_str::<Entry>(&line).unwrap(), entry);
    let untouched = |book: &&Book| !touched.contains(&book.id());
    prop_assert!(before.books().filter(untouched).eq(after.books().filter(untouched)));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_calls_are_answered_as_the_protocol_says(calls in prop::collection::vec(call(), 1..25)) {
        compare(&calls, RevisionPolicy::Optional)?;
    }

    #[test]
    fn a_store_that_demands_revisions_answers_as_the_protocol_says(calls in prop::collection::vec(call(), 1..25)) {
        compare(&calls, RevisionPolicy::Required)?;
    }

    #[test]
    fn replaying_the_entries_gives_the_state(calls in prop::collection::vec(call(), 1..25)) {
        let store = compare(&calls, RevisionPolicy::Optional)?;
        let mut replayed = Catalogue::default();
        for entry in &store.entries {
            prop_assert_eq!(entry.revision, replayed.revision().next());
            let before = replayed.clone();
            replayed.apply(entry);
            check_entry(entry, &before, &replayed)?;
        }
        prop_assert_eq!(&replayed, &store.catalogue);
        let books = replayed.books().map(Book::clone);
        prop_assert_eq!(Catalogue::restore(replayed.revision(), replayed.next_id(), books, replayed.deleted()), store.catalogue);
    }

    #[test]
    fn a_retry_gets_the_first_answer_from_the_entry_alone(calls in prop::collection::vec(call(), 1..25)) {
        let mut store = Store::default();
        let mut model = Model::default();
        for call in &calls {
            let wishes = resolved(call, &model);
            let _ = model.call(&wishes, false, true);
            let operations: Vec<_> = wishes.iter().map(operation).collect();
            if let Ok(answer) = store.take(&requested("r", operations)) {
                prop_assert_eq!(store.last_entry().answer(), answer);
            }
        }
    }
}
