//! Books to try things on.

use catalogue::{Book, BookId, Catalogue, Command, Details, Draft, Operation, Prepared, Revision, Rules, Timestamp};
use serde_json::{Value, json};

/// A book with those details, as every test makes it.
pub fn book(id: BookId, details: Details) -> Book {
    Book::new(id, &details, Revision(3), Timestamp(0))
}

/// A command of one operation.
pub fn command(operation: Operation) -> Command {
    Command { at: Timestamp(7), by: "local".into(), request: None, operations: vec![operation] }
}

/// Carries an operation out, if it may be.
pub fn carry_out(state: &mut Catalogue, operation: Operation) -> Option<Prepared> {
    let prepared = state.prepare(&command(operation), &Rules::default()).ok()?;
    if let Some(entry) = &prepared.entry {
        state.apply(entry);
    }
    Some(prepared)
}

/// A few books that differ in what can be set.
pub fn shop() -> Catalogue {
    let drafts = [
        json!({"title": "Saman", "author": "Ayu Utami", "year": 1998, "stock": 3, "language": "id"}),
        json!({"title": "Larung", "subjects": ["Novel", "Drama"], "extra": {"rak": "A", "no": "7"}}),
        json!({"title": "Éclair; Straße", "author": "Ana B.; C. Dé", "year": -5, "price": {"amount": "79000", "currency": "IDR"}}),
        json!({"title": "Pulang", "isbn": "9789793062792", "status": "dipinjam", "series": "x", "shelf": "A-3", "pages": 0}),
    ];
    let mut state = Catalogue::default();
    for draft in drafts {
        carry_out(&mut state, Operation::Create { book: draft_of(draft) }).expect("the draft is right");
    }
    state
}

/// A draft of an object.
pub fn draft_of(value: Value) -> Draft {
    serde_json::from_value(value).expect("it is an object")
}
